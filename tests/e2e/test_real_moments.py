"""Mail that comes at any moment, at each real server: around connecting,
selecting, the entry of IDLE, the refresh, and the look into another mailbox.
None is lost, none is told twice.

SEED in the environment repeats a run, as far as one can be repeated; ROUNDS is
how often a mail comes around each step of each server.
"""

import functools
import os
import random
import threading
import time

from rig import kinds, real

ROUNDS = int(os.environ.get("ROUNDS", "10"))

pytestmark = kinds.needs_debian_12


STEPS = {
    "connects": b"CAPABILITY|AUTHENTICATE|LOGIN",
    "selects": b"EXAMINE",
    "idles": b" IDLE|NOTIFY",
    "refreshes": b"DONE",
    "leaves": b'EXAMINE "[^"]*Lists"',
    "returns": b'EXAMINE "INBOX"',
}
WHILE_STARTING = {"connects", "selects", "idles"}
ELSEWHERE = {"leaves", "returns"}  # mail in another mailbox makes it do so
AT_ONCE = 5


class Crowd:
    """Five accounts for each step on each server, each with its tap. Half of
    the mailboxes are empty, the others are not."""

    def __init__(self, rig, push, daemon, dice):
        self.push, self.daemon, self.dice = push, daemon, dice
        self.names = {"%s-%s%d" % (kind, step, number): step
                      for kind in kinds.KINDS for step in STEPS
                      for number in range(AT_ONCE)}
        self.homes = kinds.start(rig, self.names)
        self.taps = {name: real.Recorder(self.homes[name])
                     for name in self.names}
        kinds.deliver(self.homes, [name for name in self.names
                                   if int(name[-1]) % 2])
        for name, step in self.names.items():
            settings = {}
            if step in ELSEWHERE:
                self.homes[name].make_mailbox(name, "Lists")
                settings = {"mailboxes": ["INBOX",
                                          self.homes[name].mailbox("Lists")],
                            "max_connections": 1}
            real.box(daemon, push, self.homes[name], name, tls="none",
                     port=self.taps[name].imap_port, refresh_interval=5,
                     **settings)
        self.start()  # first sight is silent

    def start(self):
        self.daemon.start()
        self.daemon.wait_watching(*self.names, timeout=30)

    def arm(self, steps):
        for name, step in self.names.items():
            if step in steps:
                self.taps[name].arm(STEPS[step], functools.partial(
                    self.deliver_around_now, name))

    def deliver_around_now(self, name):
        """A mail just before the command is sent on, or while the server works
        at it."""
        moment = self.dice.uniform(-0.010, 0.025)
        if moment < 0:
            self.homes[name].deliver(name)
        else:
            threading.Timer(moment, self.homes[name].deliver, (name,)).start()

    def told(self, name, mark):
        """How often INBOX was news since then."""
        return len(self.daemon.lines(name + ": (perhaps )?new mail.* in INBOX$",
                                     after=mark))

    def round(self):
        """A mail around its step for each account."""
        self.daemon.stop()
        mark = self.daemon.mark()
        puts = {name: len(self.push.puts(name)) for name in self.names}
        for tap in self.taps.values():
            del tap.traffic[:]
        self.arm(WHILE_STARTING)
        self.start()
        self.arm(STEPS.keys() - WHILE_STARTING)
        kinds.deliver(self.homes, [name for name, step in self.names.items()
                                   if step in ELSEWHERE], mailbox="Lists")
        end = time.monotonic() + 9
        while time.monotonic() < end and not all(
                self.told(name, mark) for name in self.names):
            time.sleep(0.1)
        time.sleep(kinds.SETTLE)
        wrong = {}
        for name, step in self.names.items():
            # what is told of two mailboxes at once is told in one
            most = 2 if step in ELSEWHERE else 1
            sent = len(self.push.puts(name)) - puts[name]
            if self.told(name, mark) != 1 or not 1 <= sent <= most:
                wrong[name] = sent
        assert not wrong, "PUTs: %s\n%s" % (wrong, "\n\n".join(
            name + "\n" + self.taps[name].text() for name in wrong))

    def stop(self):
        for tap in self.taps.values():
            tap.stop()


def test_mail_at_a_random_moment(rig, push, daemon):
    seed = os.environ.get("SEED", str(random.randrange(10 ** 6)))
    print("SEED=" + seed)
    crowd = Crowd(rig, push, daemon, random.Random(seed))
    for _ in range(-(-ROUNDS // AT_ONCE)):
        crowd.round()
    crowd.stop()
