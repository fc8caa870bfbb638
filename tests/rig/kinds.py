"""Servers of all kinds side by side: Dovecot, Cyrus with idled or not, Courier.

    ways = kinds.all_ways()
    homes = kinds.start(rig, ways)
    kinds.watch(push, daemon, homes, ways)
    before = kinds.deliver(homes, ways)
    kinds.assert_puts(push, ways, 1, before)

Each account watches one of them by a way of its own, and is called SERVER-WAY.
"""

import functools
import platform
import time

import pytest

from . import real
from .courier import Courier
from .cyrus import Cyrus

WAYS = ("auto", "idle", "poll")

# Past this nothing comes any more: those who look for themselves do so every
# second, and we poll as often.
SETTLE = 1.6

# The rigs of Cyrus and Courier know the packages of Debian 12 (Cyrus 3.6,
# Courier 5.0); those of other releases lay out and check other things.
try:
    RELEASE = platform.freedesktop_os_release().get("VERSION_ID")
except OSError:
    RELEASE = None
needs_debian_12 = pytest.mark.skipif(
    RELEASE != "12", reason="the rigs of Cyrus and Courier are for Debian 12")


# ---- the servers ----

class DovecotHere(real.Server):
    package = "dovecot", "dovecot-core"
    best = "notify"

    def __init__(self, folder, users):
        super().__init__(folder, users, tls="plain")

    @staticmethod
    def mailbox(name):
        return name

    def make_mailbox(self, user, name):
        client = self.client(user)
        client.create(name)
        client.logout()


class Here:
    """What the parts of a test have in common."""

    violations = ()

    def report(self):
        return self.log()[-8000:]


class CyrusHere(Here, Cyrus):
    package = "cyrus", "cyrus-common"
    best = "idle"


class CourierHere(Here, Courier):
    """Its mailboxes are opened once, as their owner does. In one that was only
    ever EXAMINEd, Courier makes up UIDVALIDITY at each EXAMINE, and a UID is
    not final (see test_mailbox_that_was_never_selected)."""

    package = "courier", "courier-imap"
    best = "idle"

    def start(self):
        super().start()
        for user in self.users:
            self._open(user, "INBOX")
        return self

    def make_mailbox(self, user, name):
        super().make_mailbox(user, name)
        self._open(user, self.mailbox(name))

    def _open(self, user, name):
        client = self.client(user)
        client.select(name)
        client.logout()

    def wipe(self, user, mailbox=None):
        """Removes all mail, as a program that fetches it without IMAP."""
        for path in self.folder_of(user, mailbox).glob("*/*.mx.test*"):
            path.unlink()


class CourierUnopened(CourierHere):
    def _open(self, user, name):
        pass


KINDS = {
    "dovecot": DovecotHere,
    "cyrus": CyrusHere,
    "cyrus-without-idled": functools.partial(CyrusHere, idled=False),
    "courier": CourierHere,
}


def start(rig, names):
    """A server of each kind that users are called after; {user: server}."""
    homes = {}
    for kind in KINDS:
        users = [name for name in names if name.rpartition("-")[0] == kind]
        if not users:
            continue
        server = KINDS[kind](rig.folder / kind, {
            user: real.password(user) for user in users})
        rig.servers.append(server)
        server.start()
        homes.update(dict.fromkeys(users, server))
    return homes


def all_ways(ways=WAYS):
    """{account: way} for each server and way."""
    return {kind + "-" + way: way for kind in KINDS for way in ways}


def watch(push, daemon, homes, ways, **values):
    """Every account watches its server; names of mailboxes are as the user
    has them."""
    for name, way in ways.items():
        settings = dict(values)
        if "mailboxes" in settings:
            settings["mailboxes"] = [
                homes[name].mailbox(box) for box in settings["mailboxes"]]
        real.box(daemon, push, homes[name], name, watch=way, tls="none",
                 **settings)
    daemon.start()
    daemon.wait_watching(*ways)


def deliver(homes, names, **values):
    """To each; {name: a moment before it came, in microseconds}."""
    before = {}
    for name in names:
        before[name] = time.time_ns() // 1000
        homes[name].deliver(name, **values)
    return before


def assert_puts(push, names, count, before=None, settle=SETTLE):
    """Everybody got so many PUTs, the last one after the newest mail."""
    end = time.monotonic() + 10
    while time.monotonic() < end and any(
            len(push.accepted(name)) < count for name in names):
        time.sleep(0.05)
    time.sleep(settle)
    found = {name: len(push.puts(name)) for name in names}
    assert found == dict.fromkeys(names, count)
    for name in before or ():
        assert push.puts(name)[-1].version > before[name], name
