"""Subscriptions of the Push API, as a phone would give them; and the phone, which opens
what was sealed for it and looks at who signed it. OpenSSL does both, which the daemon
does not use.

    phone = Subscriber()
    subscribe(daemon, push, phone=phone)
    put, = push.wait_put("phone")
    assert json.loads(phone.open(put.body))["version"] > 0
    claims, key = read_token(put.header("Authorization"))
"""

import base64
import json
import os
import re
import subprocess

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .daemon import binary

# The subscription of RFC 8291 section 5.
P256DH = ("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7V"
          "d8pZGH6SRpkNtoIAiw4")
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
CURVE = ec.SECP256R1()


def encode(data):
    """base64url, without padding"""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point(data):
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, data)


def _derive(salt, secret, info, length):
    return HKDF(SHA256(), length, salt, info).derive(secret)


class Subscriber:
    """A phone's keys, new ones."""

    def __init__(self):
        self.key = ec.generate_private_key(CURVE)
        self.point = self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint)
        self.auth = os.urandom(16)

    @property
    def keys(self):
        return {"p256dh": encode(self.point), "auth": encode(self.auth)}

    def open(self, body):
        """What was sealed (RFC 8291 section 3.4, RFC 8188 section 2)."""
        salt, size, length = body[:16], body[16:20], body[20]
        theirs, sealed = body[21:21 + length], body[21 + length:]
        assert size == b"\0\0\x10\0" and length == 65 and len(body) <= 4096
        shared = self.key.exchange(ec.ECDH(), _point(theirs))
        secret = _derive(self.auth, shared,
                         b"WebPush: info\0" + self.point + theirs, 32)
        key = _derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(salt, secret, b"Content-Encoding: nonce\0", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text.endswith(b"\2")  # the last record, and nothing after it
        return text[:-1]


def read_token(header, audience=None):
    """The claims of a token, verified (RFC 8292), and the key it comes with."""
    token, key = re.fullmatch(r"vapid t=([\w.-]+), k=([\w-]+)", header).groups()
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "ES256"}
    claims = jwt.decode(token, _point(decode(key)), algorithms=["ES256"],
                        audience=audience,
                        options={"require": ["aud", "exp", "sub"],
                                 "verify_aud": audience is not None})
    return claims, key


def lines(arguments, questions):
    """What the courier's own code makes of each line; see the program."""
    tool = binary().parents[1] / "tests" / "webpush_lines"
    done = subprocess.run([tool, *arguments], input="\n".join(questions) + "\n",
                          capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions)
    return answers


def seal(texts):
    """(phone, text, body) of each, every phone a new one."""
    phones = [Subscriber() for _ in texts]
    bodies = lines(["seal"], [
        f"{phone.keys['p256dh']} {phone.keys['auth']} {text.hex()}"
        for phone, text in zip(phones, texts)])
    return list(zip(phones, texts, map(bytes.fromhex, bodies)))


def sign(key_file, origins, now):
    """The tokens for all of them."""
    return lines(["sign", str(key_file)], [
        f"{origin} mailto:me@example.org {now}" for origin in origins])


def subscription(url, p256dh=P256DH, auth=AUTH):
    return json.dumps({"endpoint": url, "expirationTime": None,
                       "keys": {"p256dh": p256dh, "auth": auth}})


def box_key(daemon):
    """The key that subscriptions are made for, as a person would ask for it."""
    courier = daemon.binary.parents[1] / "libexec" / "imappushd" / "courier"
    daemon.state.mkdir(parents=True, mode=0o700, exist_ok=True)
    shown = subprocess.run([courier, "--show-key", daemon.state / "vapid.key"],
                           capture_output=True, text=True, check=True)
    return shown.stdout.strip()


def subscribe(daemon, push, name="phone", phone=None, **settings):
    """An endpoint of push, and its subscription beside it."""
    keys = phone.keys if phone else {}
    return endpoint(daemon, subscription(push.url(name), **keys), name, **settings)


def endpoint(daemon, text, name="phone", **settings):
    """The same, for a subscription that there is."""
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    known = {"kind": "webpush", "min_interval": 0}
    known.update(settings)
    path = daemon.write(f"endpoints.d/{name}.conf", **known)
    return daemon.write(f"endpoints.d/{path.stem}.json", text)
