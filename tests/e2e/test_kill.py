"""SIGKILL at random moments: of the whole daemon, of a session, of the
courier, once or twice in a row, while a mail comes.

Whatever is killed: every mail is followed by an accepted PUT with a version
that was assigned after the mail had come, and an event never gets a version
that was sent before it. A PUT may be repeated as it was.

    ROUNDS=200 SEED=4711 python3 -m pytest tests/e2e/test_kill.py
"""

import contextlib
import os
import random
import signal
import threading
import time

from rig import real

ROUNDS = int(os.environ.get("ROUNDS", "40"))

# A process that is killed ten times in a minute is held back for the rest of
# it, which a test need not wait for: in time the daemon gets its turn.
PATIENCE = 6

USERS = {"notify": (None,), "idle": (None, "Lists")}


class Moment:
    """What is killed in a round, and when."""

    def __init__(self, dice, spared):
        self.user = dice.choice(list(USERS))
        self.mailbox = dice.choice(USERS[self.user])
        self.victim = dice.choice(["daemon", "session", "courier"])
        if spared >= PATIENCE:
            self.victim = "daemon"
        # Dovecot tells of a mail half a second late: most moments lie before,
        # some just around that, and some around the PUT that follows.
        self.kind = dice.choice(["any", "told", "put"])
        self.wait = {"any": dice.uniform(-0.05, 0.6),
                     "told": dice.uniform(0.49, 0.52),
                     "put": dice.choice([0, dice.uniform(0, 0.01)])}[self.kind]
        self.again = dice.choice([None, None, dice.uniform(0, 0.15)])
        self.answer_ms = dice.choice([0, 0, 5, 20])

    def __repr__(self):
        return "%s/%s: kill %s, %s %+.4f s, again %s" % (
            self.user, self.mailbox or "INBOX", self.victim, self.kind,
            self.wait, self.again)


class Killing:
    """The daemon that is killed, and all that it should not mind."""

    def __init__(self, rig, push, daemon, certs, dice):
        self.push, self.daemon, self.dice = push, daemon, dice
        self.imap = real.server(rig, certs, *USERS)
        self.put_came = threading.Event()
        self.answer_ms = 0
        for user, mailboxes in USERS.items():
            for mailbox in mailboxes:
                self.imap.deliver(user, mailbox=mailbox)
            push.always(user, self.answer)
            real.box(daemon, push, self.imap, user, watch=user,
                     mailboxes=[name or "INBOX" for name in mailboxes])
        self.spared = 0
        self.killed = {"daemon": 0, "session": 0, "courier": 0}
        self.start(first=True)

    def answer(self, receiver, sock, request):
        """Tells the one who kills, and takes its time."""
        self.put_came.set()
        if self.answer_ms and not receiver.still_there(
                sock, self.answer_ms / 1000):
            return False
        receiver.answered(request, 201)
        sock.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        return True

    def start(self, first=False):
        self.daemon.start()
        if first:
            for user, mailboxes in USERS.items():
                for number in range(1, len(mailboxes) + 1):
                    self.daemon.wait_about(user, "watching", count=number)

    def kill(self, victim):
        """Kills one of that kind; the daemon where there is none."""
        there = self.daemon.with_role(victim)
        if there:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.dice.choice(there), signal.SIGKILL)
            self.spared += 1
        else:
            victim = "daemon"
            self.daemon.kill()
            self.start()
            self.spared = 0
        self.killed[victim] += 1

    def round(self):
        moment = Moment(self.dice, self.spared)
        sent = self.push.versions(moment.user)
        self.put_came.clear()
        self.answer_ms = moment.answer_ms
        mail = threading.Timer(max(0, -moment.wait), self.imap.deliver,
                               (moment.user,), {"mailbox": moment.mailbox})
        mail.start()
        if moment.wait >= 0:
            mail.join()
            if moment.kind == "put":
                self.put_came.wait(5)
            time.sleep(moment.wait)
        self.kill(moment.victim)
        if moment.again is not None:
            time.sleep(moment.again)
            self.kill(moment.victim)
        mail.join()
        self.judge(moment, sent)

    def judge(self, moment, sent):
        appeared = self.imap.appeared(moment.user, moment.mailbox)
        assert not sent or max(sent) < appeared, "a version of the future"
        try:
            real.put_after(self.push, moment.user, appeared, timeout=8)
        except AssertionError as error:
            raise AssertionError("%r: %s" % (moment, error)) from None


def test_killed_at_random_moments(rig, push, daemon, certs):
    seed = os.environ.get("SEED", str(random.randrange(10 ** 6)))
    print("SEED=" + seed)
    killing = Killing(rig, push, daemon, certs, random.Random(seed))
    for _ in range(ROUNDS):
        killing.round()
    print(killing.killed)
    daemon.wait_watching(*USERS, timeout=15)  # the last one has just begun
    # What the killed one had begun is still on its way when the next one
    # begins: two at a time are no fault here. All else is.
    push.violations[:] = [violation for violation in push.violations
                          if "in flight" not in violation]
    for user in USERS:
        versions = push.versions(user)
        assert versions == sorted(versions)
        bodies = {}
        for put in push.puts(user):
            assert bodies.setdefault(put.version, put.body) == put.body
    assert daemon.stop() < 5
