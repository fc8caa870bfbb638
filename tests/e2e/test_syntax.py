"""Bytes that are odd, broken, slow or too many."""

import time

import pytest

from rig.daemon import memory_kib
from rig.fakeimap import Gone, chain, drop, say

HARMLESS = {
    "two-spaces": ["*  4 EXISTS"],
    "lower-case": ["* 4 exists"],
    "trailing-space": ["* 4 EXISTS "],
    "no-text-after-code": ["* OK [ALERT]", "* 4 EXISTS"],
    "unknown-response": ["* X-GM-HELLO (1 2 3)", "* 4 EXISTS"],
    "unknown-code": ["* OK [X-NEW-CODE (a b)] hello", "* 4 EXISTS"],
    "flag-storm": ["* 1 FETCH (FLAGS (\\Seen))"] * 50 + ["* 4 EXISTS"],
}


def test_odd_but_harmless_syntax_in_idle(rig, push, daemon):
    """cpython#117152, modern-email/defects#9, #21, #26, #28."""
    servers = rig.variants(daemon, push, HARMLESS)
    daemon.start()
    for name, server in servers.items():
        connection = server.wait_idle()
        with server.lock:
            server.inbox.append()
            connection.forget_news()
        connection.say(*HARMLESS[name])
    for name, server in servers.items():
        push.assert_exactly(name, 1, settle=0.05)
        assert len(server.logins) == 1, f"{name}: the session was given up"


def odd_examine(connection, command):
    connection.mailbox = connection.server.inbox
    connection.forget_news()
    connection.say("* flags ()", "*  3 EXISTS", "* 0 recent ",
                   "* OK [UIDVALIDITY 17]", "* ok [uidnext 4] ",
                   "{tag} ok [READ-ONLY]", command=command)


def test_odd_but_harmless_syntax_in_examine(rig, push, daemon, imap):
    imap.on("examine", odd_examine)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("step", ["login", "examine", "fetch", "done"])
def test_tagged_ok_has_no_text(rig, push, daemon, imap, step):
    """OfflineIMAP#623: "T OK" and nothing more; whether that is taken or
    ends the session, it is no wrong password, and mail is told."""
    def bare(connection, command):
        if step == "login":
            connection.user = "alice"
        if step == "examine":
            connection.mailbox = imap.inbox
            connection.forget_news()
            connection.say_mailbox()
        connection.say("{tag} OK", command=command)

    imap.on(step, bare, times=1)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle(timeout=15)
    imap.inbox.deliver()
    push.wait_put("phone", timeout=15)
    push.no_put_for("phone", 0.3)
    assert not daemon.lines(r"password"), daemon.report()


BROKEN = {
    "nul": b"* OK hel\0lo\r\n",
    "cut": b"* 4 EXI",
    "long-line": b"* OK " + b"x" * 2_000_000 + b"\r\n",
    "huge-literal": b"* STATUS {4000000000}\r\nabc",
    "huge-number": b"* 99999999999999999999 EXISTS\r\n",
    "negative": b"* -1 EXISTS\r\n",
    "nested": b"* 1 FETCH (" + b"(" * 5000 + b")" * 5000 + b")\r\n",
    "tag": b"zzz OK you never asked\r\n",
    "binary": bytes(range(128, 256)) * 8 + b"\r\n",
    "many": b"* 1 FETCH (FLAGS ())\r\n" * 12_000,
}


def test_broken_bytes_in_idle(rig, push, daemon):
    """MailKit#361, rgrove/larch#37: whatever comes, no crash, no push for it,
    little memory, and the mail after it is told."""
    servers = rig.variants(daemon, push, BROKEN)
    daemon.start(answer_seconds=2)
    for name, server in servers.items():
        connection = server.wait_idle()
        connection.send(BROKEN[name])
        if name == "cut":
            connection.end()
    time.sleep(0.5)
    for pid in [daemon.process.pid, *daemon.children()]:
        assert memory_kib(pid) < 50_000
    daemon.reload()  # those who were thrown out come back now
    for name, server in servers.items():
        server.wait_idle(timeout=20)
        assert not push.puts(name), f"{name}: told for nothing"
        server.inbox.deliver()
        push.wait_put(name, timeout=20)
    crashes = daemon.lines(r"signal|crash|abort|core dumped")
    assert not crashes, crashes


def test_bytes_come_one_by_one(watching, imap, push):
    connection = imap.wait_idle()
    imap.inbox.append()
    connection.forget_news()
    connection.send_slowly(b"* 4 EXISTS\r\n", 0.15)
    push.assert_exactly("phone", 1)
    assert len(imap.logins) == 1


def test_cut_exists_is_no_event(watching, imap, push):
    """libetpan's line reader returns "* 4 EXI" at the end of a connection as
    if it were whole."""
    connection = imap.wait_idle()
    mark = watching.mark()
    connection.send(b"* 4 EXI")
    connection.end()
    watching.wait_about("work", "retrying in", after=mark)
    watching.reload()
    imap.wait_step("idle", 2, timeout=15)
    push.no_put_for("phone")
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


UNREADABLE = {
    "no-uid": ["* 4 FETCH (FLAGS ())", "{tag} OK done"],
    "cut-list": ["* 4 FETCH (UID 4 FLAGS (", "{tag} OK done"],
    "rubbish": ["* 4 FETCH what a day", "{tag} OK done"],
    "bad-flags": ["* 4 FETCH (UID 4 FLAGS \\Seen)", "{tag} OK done"],
    "uid-too-big": ["* 4 FETCH (UID 99999999999 FLAGS (\\Seen))",
                    "{tag} OK done"],
    "missing": ["{tag} OK done"],
}


def test_fetch_answer_is_unreadable(rig, push, daemon):
    """In doubt it is news: told once, and only once."""
    servers = rig.variants(daemon, push, UNREADABLE)
    daemon.start()
    for name, server in servers.items():
        server.wait_idle()
        server.on("fetch", say(*UNREADABLE[name]), times=1)
        server.inbox.deliver()
    for name, server in servers.items():
        push.wait_put(name)
    daemon.wait_watching(*servers)
    time.sleep(0.5)
    for name, server in servers.items():
        assert len(push.puts(name)) == 1, f"{name}: {push.puts(name)}"
    daemon.reload()
    for name, server in servers.items():
        server.wait_idle(timeout=15)
        count = len(push.puts(name))
        server.inbox.deliver()
        push.wait_put(name, count + 1, timeout=10)


def test_fetch_answer_holds_one_unreadable_message_among_seen_ones(
        watching, imap, push):
    """The others say \\Seen; the one that cannot be read decides."""
    imap.on("fetch", say("* 4 FETCH (UID 4 FLAGS (\\Seen))",
                         "* 5 FETCH (UID 5 FLAGS (",
                         "* 6 FETCH (UID 6 FLAGS (\\Seen))",
                         "{tag} OK done"), times=1)
    imap.inbox.deliver(3, flags=["\\Seen"])
    push.assert_exactly("phone", 1)


def test_look_answers_with_more_than_is_looked_at(rig, push, daemon, imap):
    """20,000 messages in one look: past a limit the look counts as news, and
    the cursor goes to UIDNEXT, so that it is told once."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    daemon.stop()
    imap.inbox.append(20_000, flags=["\\Seen"])
    daemon.start()
    push.wait_put("phone", timeout=20)
    daemon.wait_watching("work", timeout=20)
    imap.wait_idle(timeout=20)
    push.assert_exactly("phone", 1)
    imap.inbox.deliver()
    push.assert_exactly("phone", 2)


def test_server_never_stops_talking(rig, push, daemon, imap):
    """Untagged lines without end instead of an answer to EXAMINE: the
    session is given up, the other account does not notice."""
    def talk(connection, command):
        while not connection.ended:
            connection.send(b"* OK still thinking\r\n" * 100)
            time.sleep(0.005)
        raise Gone

    imap.on("examine", talk, times=1)
    good = rig.imap()
    daemon.box("work", imap, push)
    daemon.box("good", good, push)
    daemon.start(answer_seconds=2)
    good.wait_idle()
    good.inbox.deliver()
    push.wait_put("good")
    daemon.wait_about("work", "retrying in")
    daemon.reload()
    imap.wait_idle(timeout=20)
    for pid in [daemon.process.pid, *daemon.children()]:
        assert memory_kib(pid) < 50_000


def test_connection_ends_at_any_step(rig, push, daemon):
    """The end of a connection is never more than a reason to come back."""
    steps = ["accept", "greeting", "capability", "login", "id", "examine",
             "fetch", "idle", "done"]
    servers = rig.variants(daemon, push, steps)
    for step, server in servers.items():
        server.on(step, chain(say("* OK a moment"), drop), times=1)
    daemon.start()
    for step in ("fetch", "done"):  # mail is what makes it come by these
        servers[step].wait_idle()
        servers[step].inbox.deliver()
    for step, server in servers.items():
        server.wait_step(step)
    daemon.reload()
    for step, server in servers.items():
        server.wait_idle(timeout=20)
        server.inbox.deliver()
        push.wait_put(step, timeout=20)
