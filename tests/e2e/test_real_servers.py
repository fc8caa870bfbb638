"""The same on each real server: Dovecot, Cyrus with idled or not, Courier.

They are watched side by side, each account by a way of its own; an account is
called SERVER-WAY. SEED in the environment repeats a run, as far as one can be
repeated; ROUNDS is how often a mail comes at a random moment around each step.
Run as a program, this prints the table of test_what_they_offer as Markdown.
"""

import functools
import platform
import os
import random
import re
import sys
import threading
import time


if __name__ == "__main__":
    from conftest import Rig  # it knows where the rig is

import pytest

from rig import real, servers
from rig.courier import Courier
from rig.cyrus import Cyrus

ROUNDS = int(os.environ.get("ROUNDS", "5"))
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
pytestmark = pytest.mark.skipif(
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


# ---- what they offer ----

EXTENSIONS = ("NOTIFY", "IDLE", "SAVEDATE", "OBJECTID", "SPECIAL-USE",
              "LIST-STATUS", "QRESYNC", "ID", "METADATA")


def look_at(server, user):
    """What a client sees of a server after login: {what: how it is}."""
    client = server.client(user)
    capabilities = client.capability()[1][-1]
    client.select(readonly=True)
    listed = client.list('""', '""')[1][-1]
    words = capabilities.decode().upper().split()
    found = {word: word in words for word in EXTENSIONS}
    found["UIDNEXT on EXAMINE"] = bool(client.response("UIDNEXT")[1][0])
    found = {what: "yes" if is_so else "no" for what, is_so in found.items()}
    found["separator"] = re.search(rb'"(.)"', listed).group(1).decode()
    client.logout()
    return found


def version(server):
    """Of the package that was unpacked, such as 3.6.1."""
    tree, package = server.package
    stamp = (servers.tree(tree) / ".stamp").read_text(encoding="utf-8")
    found = re.search(r" %s=(?:\d+:)?([\d.]+)" % package, stamp)
    return found.group(1) if found else "?"


def survey(rig, push, daemon):
    """[{column: text}], one for each server."""
    names = all_ways(["auto"])
    homes = start(rig, names)
    watch(push, daemon, homes, names)
    rows = []
    for name, server in homes.items():
        line = daemon.lines(name + ": watching INBOX by ")[0]
        title = name[:-len("-auto")].replace("-", " ").capitalize()
        rows.append({"server": title,
                     "version": version(server), **look_at(server, name),
                     "watched by": line.rpartition(" ")[2]})
    return rows


def table(rows, markdown=False):
    """The servers side by side, a line for each thing to know of them."""
    lines = [[what] + [row[what] for row in rows] for what in rows[0]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    bar = "| " if markdown else ""
    texts = [bar + (" | " if markdown else "  ").join(
        cell.ljust(width) for cell, width in zip(line, widths)) +
        (" |" if markdown else "") for line in lines]
    if markdown:
        texts.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(text.rstrip() for text in texts)


def test_what_they_offer(rig, push, daemon):
    """And how each is watched when nobody says how."""
    rows = survey(rig, push, daemon)
    print("\n" + table(rows))
    assert [row["watched by"].lower() for row in rows] == [
        rig.servers[n].best for n in range(len(rows))]


# ---- mail ----

def test_isolated_mails(rig, push, daemon):
    ways = all_ways()
    homes = start(rig, ways)
    watch(push, daemon, homes, ways)
    for count in (1, 2, 3):
        before = deliver(homes, ways)
        assert_puts(push, ways, count, before, SETTLE if count == 3 else 0.4)


def test_two_mailboxes(rig, push, daemon):
    ways = all_ways()
    homes = start(rig, ways)
    for name in ways:
        homes[name].make_mailbox(name, "Lists")
    deliver(homes, ways, mailbox="Lists")
    watch(push, daemon, homes, ways, mailboxes=["INBOX", "Lists"])
    for name in ways:
        daemon.wait_about(name, "watching INBOX(\\.| and 1 more)|Lists")
    time.sleep(SETTLE)  # the first sight of a mailbox that is polled
    for count, mailbox in enumerate(("Lists", None, None, "Lists"), 1):
        before = deliver(homes, ways, mailbox=mailbox)
        assert_puts(push, ways, count, before, SETTLE if count == 4 else 0.4)


def test_mail_in_the_gap(rig, push, daemon):
    """The daemon is away, then the server: told once each time, and nothing
    is told when there was nothing."""
    ways = all_ways()
    homes = start(rig, ways)
    deliver(homes, ways, count=3)
    watch(push, daemon, homes, ways)
    daemon.stop()
    daemon.start()
    daemon.wait_watching(*ways)
    daemon.stop()
    before = deliver(homes, ways)
    daemon.start()
    daemon.wait_watching(*ways)
    assert_puts(push, ways, 1, before)
    for server in rig.servers:
        server.restart()
    before = deliver(homes, ways)
    assert_puts(push, ways, 2, before)


def other_client(push, daemon, homes, ways, act):
    """What another client does with three mails is no news; the next mail
    is."""
    deliver(homes, ways, count=3)
    watch(push, daemon, homes, ways)
    for name in ways:
        client = homes[name].client(name)
        client.select()  # first, or Courier gives old mail new UIDs
        act(client)
        client.logout()
    time.sleep(SETTLE)
    assert {name: len(push.puts(name)) for name in ways} == \
        dict.fromkeys(ways, 0)
    assert_puts(push, ways, 1, deliver(homes, ways))


def test_mail_that_is_seen(rig, push, daemon):
    """An APPEND of a \\Seen message; and flags."""
    def act(client):
        client.append("INBOX", "(\\Seen)", None, b"Subject: x\r\n\r\nx\r\n")
        client.store("1", "+FLAGS", "(\\Flagged)")

    ways = all_ways()
    other_client(push, daemon, start(rig, ways), ways, act)


def test_mail_that_is_deleted(rig, push, daemon):
    def act(client):
        client.store("2", "+FLAGS", "(\\Deleted)")
        client.expunge()

    ways = all_ways()
    other_client(push, daemon, start(rig, ways), ways, act)


# ---- on the wire ----

class Recorder(real.Tap):
    """A Tap that sends on what came together together, and remembers it:
    [(from whom, bytes)]."""

    def __init__(self, imap):
        self.traffic = []
        super().__init__(imap)

    def _copy(self, source, sink, seen=None):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                if seen:
                    seen(data)
                self.traffic.append(("client" if seen else "server", data))
                sink.sendall(data)
        except OSError:
            pass
        self._end(sink)

    def text(self):
        return "\n".join("%s: %r" % part for part in self.traffic)


def test_one_write(rig, push, daemon):
    """DONE, UID FETCH and IDLE go out in one write, and every server takes
    it: the mail costs one round trip."""
    ways = all_ways(["idle"])
    homes = start(rig, ways)
    taps = {name: Recorder(homes[name]) for name in ways}
    for name in ways:
        real.box(daemon, push, homes[name], name, watch="idle", tls="none",
                 port=taps[name].imap_port)
    daemon.start()
    daemon.wait_watching(*ways)
    marks = {name: len(taps[name].traffic) for name in ways}
    assert_puts(push, ways, 1, deliver(homes, ways))
    for name, tap in taps.items():
        traffic = tap.traffic[marks[name]:]
        sent = [data for who, data in traffic if who == "client"]
        told = b"".join(data for who, data in traffic if who == "server")
        assert len(sent) == 1, tap.text()
        batch = re.fullmatch(
            rb"DONE\r\n(\w+) UID FETCH [^\r]+\r\n\w+ IDLE\r\n", sent[0])
        assert batch, tap.text()
        assert re.search(rb"\w+ OK .*\r\n\* 1 FETCH (.*\r\n)*%s OK .*\r\n\+ "
                         % batch.group(1), told), tap.text()
        print("%s\n%s\n" % (name, "\n".join("%s: %r" % t for t in traffic)))
    for tap in taps.values():
        tap.stop()


# ---- Courier's UIDs ----

def test_mailbox_that_was_never_selected(rig, push, daemon):
    """An EXAMINE writes down neither UIDVALIDITY nor UIDs. So the mailbox is
    "rebuilt" each time that we come back, and mail may get a second UID when
    a client APPENDs. That is told once more, but nothing is lost."""
    server = CourierUnopened(rig.folder / "courier",
                             {"courier-auto": real.password("courier-auto")})
    rig.servers.append(server)
    homes = {"courier-auto": server.start()}
    names = {"courier-auto": "auto"}
    deliver(homes, names)
    watch(push, daemon, homes, names)
    told = 0
    for again in (False, True):
        if again:
            daemon.stop()
            time.sleep(1.1)  # it takes UIDVALIDITY from the clock
            daemon.start()
            daemon.wait_watching(*names)
            told = len(push.settled("courier-auto", SETTLE))
        before = deliver(homes, names)
        told += 1
        assert_puts(push, names, told, before, settle=0.4)
    assert told <= 3
    client = server.client("courier-auto")
    client.append("INBOX", "(\\Seen)", None, b"Subject: x\r\n\r\nx\r\n")
    client.logout()
    assert len(push.settled("courier-auto", SETTLE)) <= told + 1


def test_uidnext_that_goes_back(rig, push, daemon):
    """A program that is no IMAP client takes the mail away before any client
    has SELECTed the mailbox: STATUS goes back to UIDNEXT 1, and the next mail
    has the same UID. (Where both come between two looks, nothing tells.)"""
    names = {"courier-poll": "poll"}
    homes = start(rig, names)
    server = homes["courier-poll"]
    server.make_mailbox("courier-poll", "Lists")
    watch(push, daemon, homes, names, mailboxes=["INBOX", "Lists"])
    time.sleep(SETTLE)  # the first sight of Lists
    deliver(homes, names, mailbox="Lists")
    assert_puts(push, names, 1)
    server.wipe("courier-poll", "Lists")
    told = len(push.settled("courier-poll", SETTLE))
    assert told <= 2
    deliver(homes, names, mailbox="Lists")
    time.sleep(SETTLE)
    assert len(push.puts("courier-poll")) == told + 1


# ---- at any moment ----

STEPS = {
    "connects": b"CAPABILITY|AUTHENTICATE|LOGIN",
    "selects": b"EXAMINE",
    "idles": b" IDLE|NOTIFY",
    "refreshes": b"DONE",
}


class Crowd:
    """Five accounts for each step on each server, each with its tap. Half of
    the mailboxes are empty, the others are not."""

    def __init__(self, rig, push, daemon, dice):
        self.push, self.daemon, self.dice = push, daemon, dice
        steps = [(step, number) for step in STEPS for number in range(5)]
        self.names = {"%s-%s%d" % ((kind,) + step): step
                      for kind in KINDS for step in steps}
        self.homes = start(rig, self.names)
        self.taps = {name: Recorder(self.homes[name]) for name in self.names}
        deliver(self.homes, [name for name, (_, number) in self.names.items()
                             if number % 2])
        for name in self.names:
            real.box(daemon, push, self.homes[name], name, tls="none",
                     port=self.taps[name].imap_port, refresh_interval=5)
        self.told = dict.fromkeys(self.names, 0)
        self.start()  # first sight is silent

    def start(self):
        self.daemon.start()
        self.daemon.wait_watching(*self.names, timeout=20)

    def arm(self, refreshing):
        for name, (step, _) in self.names.items():
            if (step == "refreshes") == refreshing:
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

    def round(self):
        """A mail around its step for each account."""
        self.daemon.stop()
        for tap in self.taps.values():
            del tap.traffic[:]
        self.arm(refreshing=False)
        self.start()
        self.arm(refreshing=True)
        end = time.monotonic() + 9
        while time.monotonic() < end and any(
                len(self.push.accepted(name)) == self.told[name]
                for name in self.names):
            time.sleep(0.1)
        time.sleep(SETTLE)
        counts = {name: len(self.push.puts(name)) - self.told[name]
                  for name in self.names}
        wrong = {name: counts[name] for name in counts if counts[name] != 1}
        assert not wrong, "PUTs: %s\n%s" % (wrong, "\n\n".join(
            name + "\n" + self.taps[name].text() for name in wrong))
        for name in self.names:
            self.told[name] += 1

    def stop(self):
        for tap in self.taps.values():
            tap.stop()


def test_mail_at_a_random_moment(rig, push, daemon):
    """Around connecting, selecting, the entry of IDLE, and the refresh: none
    is lost, none told twice."""
    seed = os.environ.get("SEED", str(random.randrange(10 ** 6)))
    print("SEED=" + seed)
    crowd = Crowd(rig, push, daemon, random.Random(seed))
    for _ in range(-(-ROUNDS // 5)):
        crowd.round()
    crowd.stop()


def main():
    rig = Rig()
    try:
        print(table(survey(rig, rig.push(), rig.daemon()), markdown=True))
    finally:
        rig.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
