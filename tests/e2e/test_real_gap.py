"""Mail that comes while the daemon or the real Dovecot is away, and mailboxes
that are not the same afterwards."""

import contextlib
import os
import sqlite3
import time

import pytest

from rig import real
from rig.real import WAYS

SETTLE = 1.6  # past this nothing comes any more: see test_real_dovecot.py


@pytest.fixture
def boxes(rig, push, daemon, certs):
    """A Dovecot that is watched by all ways, with three old mails each."""
    imap = real.server(rig, certs, *WAYS)
    for way in WAYS:
        imap.deliver(way, count=3)
        real.box(daemon, push, imap, way, watch=way)
    daemon.start()
    daemon.wait_watching(*WAYS)
    return imap


def assert_one_more_each(push, imap, before, timeout=10):
    """Each way: exactly one PUT more than before, after the newest mail."""
    for way in WAYS:
        push.wait_put(way, before[way] + 1, timeout)
    time.sleep(SETTLE)
    for way in WAYS:
        puts = push.assert_exactly(way, before[way] + 1, settle=0)
        assert puts[-1].version >= imap.appeared(way)
        push.assert_rising(way)


def counts(push):
    return {way: len(push.puts(way)) for way in WAYS}


def ledger_cursor(daemon, user):
    """What a stopped daemon's ledger knows of the user's INBOX: (UIDVALIDITY,
    next UID)."""
    with contextlib.closing(sqlite3.connect(daemon.ledger)) as database:
        return database.execute(
            "SELECT uidvalidity, uidnext FROM cursor WHERE user = ?",
            (user,)).fetchone()


# ---- the daemon is away ----

BIG = b"".join(b"X-Trace-%d: %s\n" % (n, b"x" * 76) for n in range(96))


@pytest.mark.parametrize("missed", [5000, 5200])
def test_return_after_thousands_of_mails(rig, push, daemon, certs, missed):
    """With headers of 8 KiB each: one PUT, and the cursor is at UIDNEXT. More
    than 5,000 are not even looked at one by one."""
    imap = real.server(rig, certs, "idle")
    imap.deliver("idle")
    real.box(daemon, push, imap, "idle", watch="idle")
    daemon.start()
    daemon.wait_watching("idle")
    daemon.stop()
    for _ in range(missed):
        imap.drop_in("idle", BIG)
    daemon.start()
    put, = push.wait_accepted("idle", timeout=20)
    assert put.version >= imap.appeared("idle")
    daemon.wait_watching("idle")
    push.no_put_for("idle", SETTLE)
    imap.deliver("idle")
    real.put_after(push, "idle", imap.appeared("idle"))
    push.assert_exactly("idle", 2)
    daemon.stop()
    assert ledger_cursor(daemon, "idle")[1] == missed + 3
    daemon.start()
    daemon.wait_watching("idle")
    push.no_put_for("idle", 1)


def test_return_after_one_mail(boxes, push, daemon):
    daemon.stop()
    for way in WAYS:
        boxes.deliver(way)
    before = counts(push)
    daemon.start()
    assert_one_more_each(push, boxes, before)


def test_return_after_read_mail_alone(boxes, push, daemon):
    """What the owner has read elsewhere meanwhile is told to nobody."""
    daemon.stop()
    before = counts(push)
    for way in WAYS:
        boxes.deliver(way, count=2)
        client = boxes.client(way)
        client.select()
        client.store("4:*", "+FLAGS", "(\\Seen)")
        client.logout()
    daemon.start()
    daemon.wait_watching(*WAYS)
    time.sleep(SETTLE)
    assert counts(push) == before
    for way in WAYS:
        boxes.deliver(way)
    assert_one_more_each(push, boxes, before)


def test_nothing_came_while_it_was_away(boxes, push, daemon):
    daemon.stop()
    daemon.start()
    daemon.wait_watching(*WAYS)
    time.sleep(SETTLE)
    assert counts(push) == dict.fromkeys(WAYS, 0)


# ---- the server is away ----

def restart(imap):
    """In good order, with a BYE for everyone."""
    imap.stop()
    imap.drop_in_each()
    imap.start()


def kill(imap):
    """All its processes at once."""
    imap.kill()
    imap.drop_in_each()
    imap.start()


def stop_for_a_while(imap):
    """Long enough for the daemon to meet a closed port."""
    imap.stop()
    time.sleep(1)
    imap.drop_in_each()
    time.sleep(2)
    imap.start()


@pytest.mark.parametrize("trouble", [restart, kill, stop_for_a_while])
def test_server_goes_and_comes(boxes, push, daemon, trouble):
    """A mail came meanwhile (by another mail server: into the Maildir). It is
    told once, and so is the next one."""
    boxes.drop_in_each = lambda: [boxes.drop_in(way) for way in WAYS]
    before = counts(push)
    trouble(boxes)
    assert_one_more_each(push, boxes, before, timeout=20)
    before = counts(push)
    for way in WAYS:
        boxes.deliver(way)
    assert_one_more_each(push, boxes, before)


def test_connections_are_cut(boxes, push, daemon):
    """The processes that serve the connections are killed, one by one, as by
    an administrator: everybody comes back and nothing is lost."""
    before = counts(push)
    for pid in boxes.serving():
        os.kill(pid, 9)
    for way in WAYS:
        boxes.deliver(way)
    assert_one_more_each(push, boxes, before, timeout=12)


# ---- the mailbox is another one ----

def rebuild(imap, user):
    """What is left when an administrator removes Dovecot's own files, as many
    a guide says: the mails alone. They get new UIDs."""
    for path in imap.maildir(user).glob("dovecot*"):
        path.unlink()


def uidvalidity(imap, user):
    client = imap.client(user)
    _, (line,) = client.status("INBOX", "(UIDVALIDITY)")
    client.logout()
    return line.rpartition(b" ")[2]


@pytest.mark.parametrize("away", ["server", "daemon"])
def test_uidvalidity_changes(boxes, push, daemon, away):
    """At most one PUT for it, and the next mail is told."""
    old = {way: uidvalidity(boxes, way) for way in WAYS}
    if away == "daemon":
        daemon.stop()
    boxes.stop()
    for way in WAYS:
        rebuild(boxes, way)
    time.sleep(1)  # a new UIDVALIDITY is the time, in seconds
    boxes.start()
    if away == "daemon":
        daemon.start()
        daemon.wait_watching(*WAYS)
    else:
        for way in WAYS:
            daemon.wait_about(way, "watching", count=2, timeout=20)
    time.sleep(SETTLE)
    for way in WAYS:
        assert uidvalidity(boxes, way) != old[way]
        assert len(push.puts(way)) <= 1
    before = counts(push)
    for way in WAYS:
        boxes.deliver(way)
    assert_one_more_each(push, boxes, before)
