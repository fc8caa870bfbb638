"""C17: mail that the real Dovecot gets at the very moment when the daemon logs
in, selects, begins to idle or looks around (cyrus-imapd#3668,
chatmail/core#2518). None is lost, none is told twice.

Ten rounds for each way to watch, side by side: each round is an account of its
own, and has a tap on its connection that sees the command come. SEED in the
environment repeats a run, as far as one can be repeated.
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
SETTLE = 1.3  # past this nothing comes any more: see test_real_dovecot.py


class Crowd:
    """Ten accounts for each of the ways to watch, each with its tap. Half of
    the mailboxes are empty, the others are not."""

    def __init__(self, rig, push, daemon, ways, **values):
        seed = os.environ.get("SEED", str(random.randrange(10 ** 6)))
        print("SEED=" + seed)
        self.moments = random.Random(seed)
        self.push, self.daemon = push, daemon
        self.names = ["%s-%d" % (way, number) for way in ways
                      for number in range(ROUNDS)]
        self.imap = real.server(rig, None, *self.names, tls="plain")
        self.taps = {}
        for number, name in enumerate(self.names):
            if number % 2:
                self.imap.deliver(name)
            way = name.split("-")[0]
            settings = dict(values, **ways[way])
            self.taps[name] = real.Tap(self.imap)
            real.box(daemon, push, self.imap, name, tls="none",
                     port=self.taps[name].imap_port, **settings)

    def start(self):
        self.daemon.start()
        self.daemon.wait_watching(*self.names)

    def arm(self, *commands):
        """Each round of a way takes the next of the commands."""
        for number, name in enumerate(self.names):
            command = commands[number % len(commands)]
            self.taps[name].arm(command, functools.partial(
                self.deliver_around_now, name))

    def deliver_around_now(self, name):
        """A mail just before the command is sent on, or while the server works
        at it."""
        moment = self.moments.uniform(-0.010, 0.025)
        if moment < 0:
            self.imap.deliver(name)
        else:
            threading.Timer(moment, self.imap.deliver, (name,)).start()

    def assert_one_put_each(self, timeout):
        end = time.monotonic() + timeout
        while time.monotonic() < end and not all(
                self.push.accepted(name) for name in self.names):
            time.sleep(0.1)
        time.sleep(SETTLE)
        counts = {name: len(self.push.puts(name)) for name in self.names}
        lost = [name for name in self.names if counts[name] == 0]
        twice = [name for name in self.names if counts[name] > 1]
        assert not lost and not twice, "lost: %s; twice: %s" % (lost, twice)
        for name in self.names:
            put, = self.push.accepted(name)
            assert put.version >= self.imap.appeared(name), name

    def stop(self):
        for tap in self.taps.values():
            tap.stop()


@pytest.mark.parametrize("commands", [
    (b"CAPABILITY", b"AUTHENTICATE|LOGIN"),
    (b"EXAMINE",),
    (b"IDLE|NOTIFY|NOOP", b"IDLE|NOOP")],
    ids=["logs-in", "selects", "begins-to-idle"])
def test_mail_comes_while_it(rig, push, daemon, commands):
    crowd = Crowd(rig, push, daemon, {way: {"watch": way} for way in WAYS})
    crowd.start()  # first sight is silent
    daemon.stop()
    crowd.arm(*commands)
    crowd.start()
    crowd.assert_one_put_each(timeout=3)
    crowd.stop()


def test_mail_comes_while_it_refreshes(rig, push, daemon):
    """Between DONE, STATUS, FETCH and IDLE, with one mailbox and with two."""
    ways = {way: {"watch": way} for way in WAYS}
    two = {"mailboxes": ["INBOX", "Drafts"]}
    ways["notify2"] = dict(two, watch="notify")
    ways["poll2"] = dict(two, watch="poll")
    crowd = Crowd(rig, push, daemon, ways, refresh_interval=5)
    crowd.start()
    crowd.arm(b"DONE|NOOP", b"FETCH", b"STATUS|IDLE|NOOP", b"IDLE|NOOP")
    crowd.assert_one_put_each(timeout=8)
    crowd.stop()
