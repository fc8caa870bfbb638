"""Mail that comes while the daemon or the real Dovecot is away, and mailboxes
that are not the same afterwards. Troubles that take their time are met by
several accounts side by side, which are named after them."""

import contextlib
import os
import sqlite3
import time

import pytest

from rig import real
from rig.real import WAYS

SETTLE = 1.3  # past this nothing comes any more: see test_real_dovecot.py


def named(troubles):
    """{account: (trouble, way)} for each trouble and each way to watch."""
    return {trouble + "-" + way: (trouble, way)
            for trouble in troubles for way in WAYS}


def watch(push, daemon, servers, names):
    """Every account watches its server, with three old mails."""
    for name, (_, way) in names.items():
        servers[name].deliver(name, count=3)
        real.box(daemon, push, servers[name], name, watch=way)
    daemon.start()
    daemon.wait_watching(*names)


def assert_puts(push, servers, counts, timeout=10):
    """Each account got exactly so many PUTs, the last after its newest
    mail."""
    for name, count in counts.items():
        if count:
            push.wait_put(name, count, timeout)
    time.sleep(SETTLE)
    found = {name: len(push.puts(name)) for name in counts}
    assert found == counts
    for name, count in counts.items():
        if count:
            newest = servers[name].appeared(name)
            assert push.accepted(name)[-1].version >= newest, name
        push.assert_rising(name)


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
    imap.drop_in("idle", BIG, missed)
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


def read_elsewhere(imap, user):
    """Two mails come, and the owner reads them with another program."""
    imap.deliver(user, count=2)
    client = imap.client(user)
    client.select()
    client.store("4:*", "+FLAGS", "(\\Seen)")
    client.logout()


CAME = {
    "nothing": (lambda imap, user: None, 0),
    "one-mail": (lambda imap, user: imap.deliver(user), 1),
    "ten-mails": (lambda imap, user: imap.deliver(user, count=10), 1),
    "read-mail": (read_elsewhere, 0),
}


def test_daemon_was_away(rig, push, daemon, certs):
    """What came meanwhile is told once, and only if nobody has read it."""
    names = named(CAME)
    imap = real.server(rig, certs, *names)
    servers = dict.fromkeys(names, imap)
    watch(push, daemon, servers, names)
    daemon.stop()
    for name, (trouble, _) in names.items():
        CAME[trouble][0](imap, name)
    daemon.start()
    daemon.wait_watching(*names)
    told = {name: CAME[trouble][1] for name, (trouble, _) in names.items()}
    assert_puts(push, servers, told)
    for name in names:
        imap.deliver(name)
        told[name] += 1
    assert_puts(push, servers, told)


# ---- the server is away ----

def drop_in(imap, names):
    for name in names:
        imap.drop_in(name)


def restarted(imap, names):
    """In good order, with a BYE for everyone."""
    imap.stop()
    drop_in(imap, names)
    imap.start()


def killed(imap, names):
    """All its processes at once."""
    imap.kill()
    drop_in(imap, names)
    imap.start()


def cut(imap, names):
    """The processes that serve the connections are killed, no more."""
    for pid in imap.serving():
        os.kill(pid, 9)
    drop_in(imap, names)


GOES = {function.__name__: function for function in (restarted, killed, cut)}


def test_server_goes_and_comes(rig, push, daemon, certs):
    """A mail comes meanwhile (by another mail server: into the Maildir). It is
    told once, and so is the next one."""
    names = named(GOES)
    servers = {}
    for trouble in GOES:
        users = [name for name in names if names[name][0] == trouble]
        servers.update(dict.fromkeys(users, real.server(rig, certs, *users)))
    watch(push, daemon, servers, names)
    for trouble, goes in GOES.items():
        users = [name for name in names if names[name][0] == trouble]
        goes(servers[users[0]], users)
    assert_puts(push, servers, dict.fromkeys(names, 1), timeout=20)
    for name in names:
        servers[name].deliver(name)
    assert_puts(push, servers, dict.fromkeys(names, 2))


def test_server_is_stopped_for_a_while(rig, push, daemon, certs):
    """The daemon meets a closed port and backs off; a reload ends its waiting.
    The mail that came meanwhile is told once."""
    names = named(["stopped"])
    imap = real.server(rig, certs, *names)
    servers = dict.fromkeys(names, imap)
    watch(push, daemon, servers, names)
    imap.stop()
    drop_in(imap, names)
    for name in names:
        daemon.wait_about(name, "refused; retrying in")
    push.no_put_for("stopped-idle", 0.1)
    imap.start()
    daemon.reload()
    assert_puts(push, servers, dict.fromkeys(names, 1))
    for name in names:
        imap.deliver(name)
    assert_puts(push, servers, dict.fromkeys(names, 2))


# ---- the mailbox is another one ----

def rebuild(imap, user):
    """What is left when an administrator removes Dovecot's own files, as many
    a guide says: the mails alone. They get new UIDs. (What Dovecot remembers
    of numbers it has used stays, so that the new UIDVALIDITY is one more.)"""
    for path in imap.maildir(user).glob("dovecot*"):
        if not path.name.startswith("dovecot-uidvalidity"):
            path.unlink()


def uidvalidity(imap, user):
    client = imap.client(user)
    _, (line,) = client.status("INBOX", "(UIDVALIDITY)")
    client.logout()
    return line.rpartition(b" ")[2]


@pytest.mark.parametrize("away", ["server", "daemon"])
def test_uidvalidity_changes(rig, push, daemon, certs, away):
    """At most one PUT for it, and the next mail is told."""
    names = named(["rebuilt"])
    imap = real.server(rig, certs, *names)
    watch(push, daemon, dict.fromkeys(names, imap), names)
    old = {name: uidvalidity(imap, name) for name in names}
    if away == "daemon":
        daemon.stop()
    imap.stop()
    for name in names:
        rebuild(imap, name)
    imap.start()
    if away == "daemon":
        daemon.start()
    else:
        daemon.reload()  # does not wait for the next try
    for name in names:
        daemon.wait_about(name, "watching", timeout=20,
                          count=1 if away == "daemon" else 2)
    time.sleep(SETTLE)
    told = {name: len(push.puts(name)) for name in names}
    for name in names:
        assert uidvalidity(imap, name) != old[name]
        assert told[name] <= 1
        imap.deliver(name)
        told[name] += 1
    assert_puts(push, dict.fromkeys(names, imap), told)
