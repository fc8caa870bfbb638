"""--pair, and what the page for phones does with its code.

    with Pairing(daemon, "--yes") as pairing:
        dovecot.deliver("alice", pairing.subject, body=pairing.mail(subscription(...)))
        assert pairing.wait_exit() == 0

The sealing is OpenSSL's (Python's cryptography), which the daemon does not use.
"""

import os
import re
import signal
import subprocess
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .webpush import decode, encode

BEGIN, END = "[imappushd-pair]", "[imappushd-end]"


def _cipher(secret, number):
    return AESGCM(HKDF(SHA256(), 16, None,
                       b"imappushd pair 1 " + number.encode()).derive(secret))


def seal(secret, number, text):
    """What stands between the markers, in one line."""
    iv = os.urandom(12)
    return encode(iv + _cipher(secret, number).encrypt(iv, text.encode(), number.encode()))


def block(sealed):
    """As the page writes it."""
    return "\r\n".join([BEGIN, *(sealed[at:at + 64] for at in range(0, len(sealed), 64)), END, ""])


class Code:
    """What a phone scans."""

    def take(self, text):
        """The link in what was said; false where there is none."""
        found = re.search(r"^(https?://\S+)#(\S+)$", text, re.MULTILINE)
        if not found:
            return False
        self.link, self.page = found.group(0), found.group(1)
        self.values = dict(urllib.parse.parse_qsl(
            found.group(2), keep_blank_values=True, strict_parsing=True))
        self.number = self.values["id"]
        self.secret = decode(self.values["secret"])
        self.subject = "imappushd " + self.number
        return True

    def mail(self, text, secret=None, number=None):
        """The body of the mail that the phone sends."""
        return block(seal(secret or self.secret, number or self.number, text))


    def read(self, body):
        """What is sealed in such a mail, as the box reads it."""
        block = body[body.index(BEGIN) + len(BEGIN):body.index(END)]
        sealed = decode("".join(block.split()))
        return _cipher(self.secret, self.number).decrypt(
            sealed[:12], sealed[12:], self.number.encode()).decode()


class Pairing(Code):
    """The program, until it ends or the block does; said: all that it said."""

    def __init__(self, daemon, *words, **environment):
        self.said = ""
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [daemon.binary, "--pair", *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", start_new_session=True, cwd=daemon.folder,
            env=daemon.environment(**environment))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.said += line
                self._changed.notify_all()

    def __enter__(self):
        self.wait_said("Waiting for the phone's mail")
        assert self.take(self.said), self.said
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()

    def wait_said(self, words, timeout=20, count=1):
        """Waits for a regular expression; returns the last match."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                found = list(re.finditer(words, self.said, re.MULTILINE))
                if len(found) >= count:
                    return found[-1]
                assert self._changed.wait(max(0, end - time.monotonic())) and \
                    time.monotonic() < end, f"no {words!r} in:\n{self.said}"

    def wait_exit(self, timeout=30):
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError("it does not end:\n" + self.said) from None
        self._reader.join()
        return status
