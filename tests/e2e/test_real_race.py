"""C17: mail that the real Dovecot gets at the very moment when the daemon logs
in, selects, begins to idle or looks around (cyrus-imapd#3668,
chatmail/core#2518). None is lost, none is told twice.

Ten rounds for each way to watch, side by side: each has an account of its
own, and a tap on its connection that sees the command come.
"""

import functools
import os
import random
import threading
import time

import pytest

from rig import real
from rig.real import WAYS

ROUNDS = 10
SETTLE = 1.6  # past this nothing comes any more: see test_real_dovecot.py
SEED = os.environ.get("SEED", "17")


def deliver_around(imap, moments, user):
    """A mail within some milliseconds of now: before the command is sent on,
    or while it is worked at."""
    moment = moments.uniform(-0.005, 0.025)
    if moment < 0:
        imap.deliver(user)
    else:
        threading.Timer(moment, imap.deliver, (user,)).start()


class Crowd:
    """Ten accounts for each of the ways, each with its tap."""

    def __init__(self, rig, push, daemon, ways, seed, **values):
        print("SEED=%s" % SEED)
        self.push, self.daemon = push, daemon
        self.moments = random.Random(SEED + seed)
        self.names = ["%s%d" % (way, number) for way in ways
                      for number in range(ROUNDS)]
        self.imap = real.server(rig, None, *self.names, tls="plain")
        self.taps = {name: real.Tap(self.imap) for name in self.names}
        for name in self.names:
            real.box(daemon, push, self.imap, name, tls="none",
                     port=self.taps[name].imap_port,
                     watch=name.rstrip("0123456789"), **values)

    def start(self):
        self.daemon.start()
        self.daemon.wait_watching(*self.names)

    def arm(self, at):
        for name in self.names:
            self.taps[name].arm(at, functools.partial(
                deliver_around, self.imap, self.moments, name))

    def assert_one_put_each(self, timeout=10):
        end = time.monotonic() + timeout
        lost = self.names
        while lost and time.monotonic() < end:
            time.sleep(0.1)
            lost = [n for n in self.names if not self.push.accepted(n)]
        assert not lost, "lost: %s" % lost
        time.sleep(SETTLE)
        for name in self.names:
            put, = self.push.puts(name)
            assert put.version >= self.imap.appeared(name)

    def stop(self):
        for tap in self.taps.values():
            tap.stop()


STEPS = {
    "connecting": b"CAPABILITY",
    "logging-in": b"AUTHENTICATE|LOGIN",
    "selecting": b"EXAMINE",
    "beginning-to-watch": b"IDLE|NOTIFY|NOOP",
    "beginning-to-idle": b"IDLE|NOOP",
}


@pytest.mark.parametrize("step", STEPS)
def test_mail_comes_while_it_starts_to_watch(rig, push, daemon, step):
    crowd = Crowd(rig, push, daemon, WAYS, step)
    crowd.start()  # first sight is silent
    daemon.stop()
    crowd.arm(STEPS[step])
    crowd.start()
    crowd.assert_one_put_each()
    crowd.stop()


@pytest.mark.parametrize("command", ["DONE|NOOP", "FETCH", "IDLE|NOOP"])
def test_mail_comes_while_it_refreshes(rig, push, daemon, command):
    """Between DONE, FETCH and IDLE again."""
    crowd = Crowd(rig, push, daemon, WAYS, command, refresh_interval=5)
    crowd.start()
    crowd.arm(command.encode())
    crowd.assert_one_put_each(timeout=9)
    crowd.stop()


@pytest.mark.parametrize("command", ["DONE|NOOP", "STATUS", "EXAMINE|STATUS"])
def test_mail_comes_while_it_looks_at_another_mailbox(rig, push, daemon,
                                                      command):
    """The refresh of a connection that watches two."""
    crowd = Crowd(rig, push, daemon, ("notify", "poll"), command,
                  refresh_interval=5, mailboxes=["INBOX", "Drafts"])
    crowd.start()
    crowd.arm(command.encode())
    crowd.assert_one_put_each(timeout=9)
    crowd.stop()
