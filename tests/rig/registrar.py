"""What a mail app does that registers a push endpoint at its own mail server."""

import imaplib
import json

VENDOR = "/private/vendor/vendor.imappushd"

for _command in ("GETMETADATA", "SETMETADATA"):
    imaplib.Commands.setdefault(_command, ("AUTH", "SELECTED"))


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


class Annotations:
    """By METADATA (RFC 5464), over a connection of its own for each step."""

    def __init__(self, server, user):
        self.server, self.user = server, user

    def _set(self, entry, value):
        client = self.server.client(self.user)
        value = "NIL" if value is None else quoted(value)
        typ, data = client._simple_command(
            "SETMETADATA", '""', "(%s/%s %s)" % (VENDOR, entry, value))
        client.logout()
        assert typ == "OK", data

    def register(self, name, value):
        self._set("endpoint/" + name, value)

    def renew(self, name, what):
        self._set("endpoint/%s/renewed" % name, what)

    def remove(self, name):
        self._set("endpoint/" + name, None)

    def relay(self):
        """What imappushd says of itself; None for nothing."""
        client = self.server.client(self.user)
        client._simple_command("GETMETADATA", '""', "(%s/relay)" % VENDOR)
        typ, data = client._untagged_response("OK", [None], "METADATA")
        client.logout()
        parts = [part for item in data if item
                 for part in (item if isinstance(item, tuple) else (item,))]
        text = b"".join(parts).decode()
        text = text.replace('\\"', '"')
        begin = text.find('{"version"')
        return None if begin < 0 else json.loads(
            text[begin:text.rindex("}") + 1])


class Letterbox:
    """By a mailbox named "imappushd"."""

    def __init__(self, server, user):
        self.server, self.user = server, user
        self.mailbox = server.mailbox("imappushd")

    def _do(self, *steps):
        client = self.server.client(self.user)
        results = [step(client) for step in steps]
        client.logout()
        return results

    def create(self):
        self._do(lambda client: client.create(quoted(self.mailbox)))

    def append(self, message, flags=None):
        typ, data = self._do(lambda client: client.append(
            quoted(self.mailbox), flags, None, message))[0]
        assert typ == "OK", data

    def register(self, name, value, more=""):
        self.append(("Subject: %s\r\nContent-Type: application/json\r\n%s\r\n%s\r\n"
                     % (name, more, value)).encode())

    renew = register

    def remove(self, name):
        self._do(lambda client: client.select(quoted(self.mailbox)),
                 lambda client: self._expunge(client, name))

    @staticmethod
    def _expunge(client, name):
        found = client.search(None, "SUBJECT", quoted(name))[1][0].split()
        for number in found:
            client.store(number, "+FLAGS", r"(\Deleted)")
        client.expunge()
