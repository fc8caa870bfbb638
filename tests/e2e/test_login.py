"""Passwords that are odd, wrong, or refused for another reason."""

import time

import pytest

from rig.fakeimap import before, chain, reply, say, wait

PASSWORDS = {
    "quote": 'a"b', "backslash": "a\\b", "space": "p w", "literal": "{5}",
    "wildcard": "p*%()", "ampersand": "a&b", "dollar": "$x", "apostrophe": "'",
    "blanks": "  around  ", "percent": "%s%n", "long": "x" * 1000}


@pytest.mark.parametrize("mechanism", ["LOGIN", "AUTHENTICATE"])
def test_special_characters_in_the_password(rig, push, daemon, mechanism):
    """imapfilter#199, imapclient#120, simplomon#54, php-imap#242."""
    servers = {}
    for name, password in PASSWORDS.items():
        servers[name] = rig.imap(
            password, without=["AUTH=PLAIN"] if mechanism == "LOGIN" else [])
        daemon.box(name, servers[name], push)
    daemon.start()
    for name, server in servers.items():
        server.wait_idle()
        login, = server.logins
        assert login.way == mechanism
        assert login.password == PASSWORDS[name]


def test_authenticate_without_initial_response(rig, push, daemon):
    imap = rig.imap(without=["SASL-IR"])
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_idle()
    assert imap.logins[0].way == "AUTHENTICATE"


def test_password_is_outside_ascii(rig, push, daemon):
    """nextcloud/mail#7660: LOGIN with 8-bit data is refused there."""
    imap = rig.imap(users={"ärger": "pässwörd€"})
    imap.takes_8bit = False
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_idle()
    login, = imap.logins
    assert (login.way, login.password) == ("AUTHENTICATE", "pässwörd€")


@pytest.mark.parametrize("secret", [b"", b"\n", b"a\0b\n", b"a\rb\n"])
def test_password_that_cannot_be_sent(rig, push, daemon, imap, secret):
    daemon.account("work", imap, password_file=daemon.password_file(
        "odd", secret))
    good = rig.imap()
    daemon.box("good", good, push)
    daemon.start()
    daemon.wait_about("work", "retrying in")
    good.wait_idle()
    assert not imap.count("login")


BUSY = {
    "unavailable": "NO [UNAVAILABLE] Temporary authentication failure.",
    "limit": "NO [LIMIT] Too many logins",
    "alert": "NO [ALERT] Too many simultaneous connections. (Failure)",
    "inuse": "NO [INUSE] Mailbox is locked",
}


def test_busy_server_is_taken_for_a_wrong_password(rig, push, daemon):
    """K-9#7287, node-imap#606: comes back soon, and again, and again."""
    servers = rig.variants(daemon, push, BUSY)
    for name, server in servers.items():
        server.on("login", reply(BUSY[name]), times=4)
    daemon.start()
    for tries in range(1, 5):  # more than a wrong password may have
        for name, server in servers.items():
            server.wait_step("login", tries)
            daemon.wait_about(name, r"retrying in \d s$", count=tries)
        daemon.reload()
    for name, server in servers.items():
        server.wait_idle(timeout=30)
        server.inbox.deliver()
        push.wait_put(name)


def test_wrong_password_is_hammered(rig, push, daemon, imap):
    """K-9#2134, mailcow#1269: at most three tries, then a person is told;
    the other account is not held up; a reload takes the new password."""
    good = rig.imap()
    daemon.box("work", imap, push)
    daemon.box("good", good, push)
    daemon.password_file("work", "not it\n")
    daemon.start()
    good.wait_idle()
    daemon.wait_about("work", "check user and password.*retrying in 30 s")
    good.inbox.deliver()
    push.wait_put("good", timeout=3)
    push.no_put_for("good", 3)
    assert len(imap.logins) <= 3
    daemon.password_file("work", "open sesame\n")
    daemon.reload()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("work")
    assert len(good.logins) == 1


def test_each_connection_tries_the_wrong_password(rig, push, daemon):
    """The password is changed, and all connections are cut: one of them asks
    with the old one, however long the server thinks about it."""
    names = ["INBOX"] + ["Box%d" % n for n in range(5)]
    imap = rig.imap(mailboxes=tuple(names))
    daemon.box("work", imap, push, mailboxes=names, max_connections=6)
    daemon.start()
    imap.wait(lambda: sorted(imap.idlers()) == sorted(names), what="IDLE")
    assert len(imap.logins) == 6
    (user,) = imap.users
    imap.users[user] = "another one"
    imap.on("login", wait(3))
    imap.drop()
    daemon.wait_about("work", "refused.*retrying in 30 s", timeout=15)
    imap.off("login")
    time.sleep(2)
    assert len(imap.logins) == 7
    daemon.password_file("work", "another one\n")
    daemon.reload()
    imap.wait(lambda: sorted(imap.idlers()) == sorted(names), what="IDLE")
    assert len(imap.logins) == 13


def test_bare_no_is_a_wrong_password(rig, push, daemon, imap):
    imap.on("login", reply("NO Login failed."))
    daemon.box("work", imap, push)
    daemon.start()
    daemon.wait_about("work", "check user and password.*retrying in 30 s")
    assert imap.count("login") == 1


ID_TROUBLES = {
    "bad": reply("BAD invalid command"),
    "no": reply("NO go away"),
    "untagged": chain(before("* BAD malformed command"), reply("BAD no")),
    "nil": say("* ID NIL", "{tag} OK done"),
    "mute": say("* BAD malformed command"),
    "silent": say(),
}


def test_id_is_rejected(rig, push, daemon):
    """mcp-email-server#217 (mail.de, ukr.net): no reason to stop."""
    servers = rig.variants(daemon, push, ID_TROUBLES)
    for name, server in servers.items():
        server.on("id", ID_TROUBLES[name])
    daemon.start(answer_seconds=2)
    for name, server in servers.items():
        server.wait_idle()
        server.inbox.deliver()
        push.wait_put(name)
        assert len(server.logins) == 1


def test_id_is_demanded_before_a_mailbox(rig, push, daemon, imap):
    """himalaya#651, Wino-Mail#263 (163.com, 126.com)."""
    imap.on("examine", reply("NO EXAMINE Unsafe Login. Please contact x"),
            when=lambda connection, command: not any(
                c is connection for _, c, _ in imap.passes("id")))
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_idle()
    assert len(imap.logins) == 1
    command = imap.passes("id")[0][2]
    assert "name" in [str(w).lower() for w in command.arguments[0]]


def test_id_is_sent_where_it_is_not_offered(rig, push, daemon):
    imap = rig.imap(without=["ID"])
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_idle()
    assert not imap.count("id")
