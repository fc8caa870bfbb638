"""Secrets, and the search for them wherever they must not be.

    hoard = Hoard()
    hoard.add("the password", "open sesame")
    hoard.found(b"... b3BlbiBzZXNhbWU= ...")     # {"the password"}

    with Lookout() as lookout:                    # all command lines, all environments
        ...
    hoard.found(lookout.seen)

A secret is found as it is, and as programs write it: base64 of either alphabet, wherever
in a longer text it begins, percent-encoded, in hexadecimal digits, and with the escapes of
JSON.
"""

import base64
import json
import os
import pathlib
import threading
import time
import urllib.parse


class Hoard:
    def __init__(self):
        self._needles = {}              # bytes: the name of the secret

    def add(self, name, secret):
        """Text or bytes. Returns it."""
        data = secret.encode() if isinstance(secret, str) else secret
        assert len(data) >= 8, "too short to be told from chance"
        for needle in forms(data):
            self._needles[needle] = name
        return secret

    def names(self):
        return set(self._needles.values())

    def found(self, text):
        """The names of those that are in it."""
        data = text.encode() if isinstance(text, str) else text
        return {name for needle, name in self._needles.items() if needle in data}


def forms(data):
    """What a secret looks like in other clothes, each long enough to be no chance."""
    yield data
    yield data.hex().encode()
    yield data.hex().upper().encode()
    text = data.decode("latin-1")
    for safe in ("", "/", "/:"):
        yield urllib.parse.quote_from_bytes(data, safe=safe).encode()
    yield "".join("%%%02X" % byte for byte in data).encode()
    if data.isascii():
        yield json.dumps(text)[1:-1].encode()
        yield text.replace("/", "\\/").encode()
    for begin in range(3):              # what of it fills whole groups of four characters
        whole = data[-begin % 3:]
        whole = whole[:len(whole) // 3 * 3]
        yield base64.b64encode(whole)
        yield base64.urlsafe_b64encode(whole)


class Lookout:
    """Reads the command line and the environment of every process, again and again, as
    fast as it can. Only root may do that; what cannot be read is in `unreadable`, unless
    it was there before: then it is none of those that this is about."""

    def __init__(self):
        self._before = set(filter(str.isdigit, os.listdir("/proc")))
        self._blobs = set()
        self.unreadable = set()
        self.rounds = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    @property
    def seen(self):
        return b"\n".join(self._blobs)

    def _look(self):
        while not self._stop.is_set():
            for pid in filter(str.isdigit, os.listdir("/proc")):
                for name in ("cmdline", "environ"):
                    self._read("/proc/%s/%s" % (pid, name))
            self.rounds += 1
            time.sleep(0.001)

    def _read(self, path):
        try:
            self._blobs.add(pathlib.Path(path).read_bytes())
        except (FileNotFoundError, ProcessLookupError):
            pass                        # it has ended
        except OSError as error:
            if path.split("/")[2] not in self._before:
                self.unreadable.add((path, error.strerror))


def files(*folders):
    """{path: bytes} of every file below them."""
    held = {}
    for folder in folders:
        for path in pathlib.Path(folder).rglob("*"):
            if path.is_file() and not path.is_symlink():
                try:
                    held[path] = path.read_bytes()
                except FileNotFoundError:
                    pass                # it was there for a moment
    return held
