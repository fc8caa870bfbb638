"""Subscriptions of the Push API, as a phone would give them."""

import json
import subprocess

# The subscription of RFC 8291 section 5.
P256DH = ("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7V"
          "d8pZGH6SRpkNtoIAiw4")
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


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


def subscribe(daemon, push, name="phone", **settings):
    """An endpoint of push, and its subscription beside it."""
    return endpoint(daemon, subscription(push.url(name)), name, **settings)


def endpoint(daemon, text, name="phone", **settings):
    """The same, for a subscription that there is."""
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    known = {"kind": "webpush", "min_interval": 0}
    known.update(settings)
    path = daemon.write(f"endpoints.d/{name}.conf", **known)
    beside = path.with_suffix(".json")
    beside.write_text(text)
    beside.chmod(0o600)
    return beside
