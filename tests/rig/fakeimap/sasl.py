"""What AUTHENTICATE carries: whose secret, and the secret, by mechanism."""

import base64
import json
import re

from .handlers import Bad


def _plain(message):
    parts = message.split("\0")
    if len(parts) != 3:
        raise Bad("not a PLAIN message")
    return parts[1], parts[2]


def _xoauth2(message):
    found = re.fullmatch("user=([^\1]+)\1auth=Bearer ([^\1 ]+)\1\1", message)
    if not found:
        raise Bad("not an XOAUTH2 message")
    return found.groups()


def _oauthbearer(message):
    """RFC 7628 section 3.1, with the header of GS2 (RFC 5801 section 4)."""
    found = re.fullmatch("n,a=((?:[^,=\1]|=2C|=3D)+),"
                         "\1host=([^\1]+)\1port=([1-9][0-9]*)"
                         "\1auth=Bearer ([^\1 ]+)\1\1", message)
    if not found:
        raise Bad("not an OAUTHBEARER message")
    user, _, _, token = found.groups()
    return user.replace("=2C", ",").replace("=3D", "="), token


class Mechanism:
    """take(data) gives user and secret. Where `error` is there, it is sent
    before NO, and `answer` has to come for it."""

    def __init__(self, parse, error=None, answer=None):
        self._parse = parse
        self.error = error and base64.b64encode(
            json.dumps(error).encode()).decode()
        self.answer = answer

    def take(self, data):
        try:
            message = base64.b64decode(data, validate=True)
        except ValueError:
            raise Bad("that is not Base64") from None
        return self._parse(message.decode("utf-8", "surrogateescape"))


MECHANISMS = {
    "PLAIN": Mechanism(_plain),
    "XOAUTH2": Mechanism(
        _xoauth2, {"status": "401", "schemes": "bearer", "scope": "mail"}, b""),
    "OAUTHBEARER": Mechanism(
        _oauthbearer, {"status": "invalid_token", "scope": "mail"}, b"AQ=="),
}
