"""Logging in with an access token that a command prints."""

import base64
import json
import re
import time

import pytest

from rig.fakeimap import reply

TOKEN = "ya29.t0k3n-t0k3n_~+/=="
MECHANISMS = ["XOAUTH2", "OAUTHBEARER"]


def offering(rig, *mechanisms, token=TOKEN, without=(), **options):
    """A server that takes these mechanisms, and no password."""
    server = rig.imap(token, without=["AUTH=PLAIN", *without],
                      extra=["AUTH=" + name for name in mechanisms], **options)
    server.inbox.append(3)
    return server


def prints(daemon, name, *tokens):
    """A token_command that prints one token after the other, and the last of
    them from then on."""
    path = daemon.password_file(name, "".join(t + "\n" for t in tokens))
    return (f"head -n 1 {path}; "
            f"test $(wc -l < {path}) = 1 || sed -i 1d {path}")


def box(daemon, push, name, server, *tokens, **values):
    """An account with a token_command, and an endpoint for it."""
    command = prints(daemon, name, *tokens or (TOKEN,))
    daemon.box(name, server, push, auth="oauth2", token_command=command,
               **values)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_both_mechanisms_with_and_without_initial_response(
        rig, push, daemon, mechanism):
    servers = {"with": offering(rig, mechanism),
               "without": offering(rig, mechanism, without=["SASL-IR"])}
    for name, server in servers.items():
        box(daemon, push, name, server)
    daemon.start()
    for name, server in servers.items():
        server.wait_idle()
        login, = server.logins
        assert (login.way, login.good) == (mechanism, True)
        server.inbox.deliver()
        push.wait_put(name)


def test_user_has_marks_of_the_header_in_his_name(rig, push, daemon):
    """RFC 5801 section 4: "," and "=" are written in another way."""
    server = offering(rig, "OAUTHBEARER", users={"a=b,c@example.org": TOKEN})
    box(daemon, push, "work", server)
    daemon.start()
    server.wait_idle()
    assert server.logins[0].user == "a=b,c@example.org"


def test_xoauth2_comes_first(rig, push, daemon):
    server = offering(rig, "OAUTHBEARER", "XOAUTH2", "PLAIN")
    box(daemon, push, "work", server)
    daemon.start()
    server.wait_idle()
    assert server.logins[0].way == "XOAUTH2"


def test_server_takes_no_tokens(rig, push, daemon, imap):
    """Nothing is sent, and least of all by another way."""
    daemon.box("work", imap, push, auth="oauth2",
               token_command=["echo", TOKEN])
    daemon.start()
    daemon.wait_about("work", "neither XOAUTH2 nor OAUTHBEARER.*retrying in")
    assert not imap.count("login")


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("without", [[], ["SASL-IR"]])
def test_error_comes_in_a_continuation(rig, push, daemon, mechanism, without):
    """node-imap#254, enough_mail#234: without an answer the server waits for
    ever. (It looks at the answer.) Then it is one refused login, and the next
    try is with a token that is fetched anew."""
    server = offering(rig, mechanism, without=without)
    box(daemon, push, "work", server, "an-0ld-token", TOKEN)
    daemon.start()
    status = {"XOAUTH2": "401", "OAUTHBEARER": "invalid_token"}[mechanism]
    line = daemon.wait_about("work", rf"refused.*\(status {status}\).*"
                             "AUTHENTICATIONFAILED.*retrying in 30 s")
    assert "an-0ld-token" not in daemon.text(), line
    daemon.reload()
    server.wait_idle()
    assert [(login.password, login.good) for login in server.logins] == [
        ("an-0ld-token", False), (TOKEN, True)]


def again(connection, command):
    """A bare "+", whatever came with the command: it asks for the message."""
    connection.say("+")
    connection.judge_message(command, command.arguments[0],
                             connection.read_line().decode())


@pytest.mark.parametrize("without", [[], ["SASL-IR"]])
def test_bare_plus_comes_first(rig, push, daemon, without):
    """async-imap#35, rust-imap#145 (Yandex): "+" and nothing else, and then
    it wants the data, and may refuse them."""
    server = offering(rig, "XOAUTH2", without=without)
    server.on("login", again)
    box(daemon, push, "work", server, "an-0ld-token", TOKEN)
    daemon.start()
    daemon.wait_about("work", r"refused.*\(status 401\).*retrying in 30 s")
    daemon.reload()
    server.wait_idle()
    assert [login.good for login in server.logins] == [False, True]


def test_no_comes_at_once(rig, push, daemon):
    """async-imap#35: NO without a word of the mechanism."""
    server = offering(rig, "XOAUTH2")
    server.on("login", reply("NO [AUTHENTICATIONFAILED] invalid credentials or"
                             " IMAP is disabled"))
    box(daemon, push, "work", server)
    daemon.start()
    daemon.wait_about("work", "refused.*IMAP is disabled.*retrying in 30 s")


def test_busy_server_is_taken_for_a_refused_token(rig, push, daemon):
    server = offering(rig, "XOAUTH2")
    server.on("login", reply("NO [UNAVAILABLE] Temporary failure"), times=2)
    box(daemon, push, "work", server)
    daemon.start()
    for tries in (1, 2):
        daemon.wait_about("work", r"retrying in \d s$", count=tries)
        daemon.reload()
    server.wait_idle()


def says(*words, count=None):
    """Continuations, each of which waits for a line; then NO."""
    def handler(connection, command):
        if "SASL-IR" not in connection.capabilities().split():
            connection.say("+ ")
            connection.read_line()
        for n in range(count or len(words)):
            connection.send(b"+ " + words[n % len(words)] + b"\r\n")
            connection.read_line()
        connection.say("{tag} NO [AUTHENTICATIONFAILED] no", command=command)
    return handler


def coded(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.b64encode(text.encode())


HOSTILE = {
    "not-base64": [b"{\"status\":\"401\"}"],
    "half-base64": [b"eyJzdGF0dXM"],
    "binary": [bytes(range(0x80, 0x100))],
    "huge": [b"QUFB" * 15000],
    "just-too-long": [coded({"status": "x" * 6000})],
    "no-status": [coded({"schemes": "bearer"})],
    "status-is-a-list": [coded({"status": [[[[1]]]]})],
    "cut": [coded('{"status"')],
    "escapes": [coded('{"status":"\x1b[31m\r\n<3>all is well"}')],
    "nul": [coded('\0{"status":"401"}')],
    "long": [coded({"status": "a" * 400})],
    "token": [coded({"status": TOKEN})],
    "nested": [coded("[" * 2900)],
    "twice": [coded({"status": "401"}), coded({"status": "402"})],
}


@pytest.mark.parametrize("without", [[], ["SASL-IR"]])
def test_continuation_is_hostile(rig, push, daemon, without):
    """Whatever it says, it is one refused login, and the log has one line
    about it that can be shown on a terminal."""
    servers = {name: offering(rig, "XOAUTH2", without=without)
               for name in HOSTILE}
    for name, server in servers.items():
        server.on("login", says(*HOSTILE[name]))
        box(daemon, push, name, server)
    daemon.start(answer_seconds=5)
    for name, server in servers.items():
        line = daemon.wait_about(name, "refused.*retrying in 30 s")
        assert len(line) < 400, line
        assert not re.search(r"[\x00-\x1f\x7f]", line), line
        server.wait_step("login")
        assert server.count("login") == 1
    assert "all is well" not in daemon.text()


def endless(connection, command):
    while True:
        connection.say("+ ")
        connection.read_line()


def test_continuations_never_end(rig, push, daemon):
    server = offering(rig, "XOAUTH2")
    server.on("login", endless)
    box(daemon, push, "work", server)
    daemon.start()
    daemon.wait_about("work", "asks on and on.*retrying in")
    lines = [text for _, _, direction, text in server.log if direction == "C"]
    assert len(lines) < 10


def test_server_falls_silent_after_the_message(rig, push, daemon):
    def handler(connection, command):
        connection.hang()
    server = offering(rig, "OAUTHBEARER")
    server.on("login", handler)
    box(daemon, push, "work", server)
    daemon.start(answer_seconds=1)
    daemon.wait_about("work", "did not answer in time; retrying in")


# The longest is what a command may print; such tokens are not made by anybody,
# but those with groups of a company in them come to 4 KB and more.
@pytest.mark.parametrize("length", [100, 2000, 4500, 6500, 16383])
def test_token_is_long(rig, push, daemon, length):
    """From 8000 bytes on a line may be too long for a server (RFC 2683
    section 3.2.1.5): the message is kept for the "+"."""
    token = ("t0k3n-" * 2731)[:length]
    server = offering(rig, "XOAUTH2", token=token)
    box(daemon, push, "work", server, token)
    daemon.start()
    server.wait_idle()
    _, _, command = server.passes("login")[0]
    assert len(command.raw) <= 8100
    assert (len(command.arguments) > 1) == (length <= 4500)


ODD = {
    "nothing": "true",
    "json": f"echo '{{\"access_token\": \"{TOKEN}\"}}'",
    "bearer": f"echo 'Bearer {TOKEN}'",
    "control": ["printf", TOKEN + "\\001\\001auth=x\\n"],
    "nul": ["printf", TOKEN + "\\000\\n"],
    "utf8": f"echo ä{TOKEN}",
    "fails": f"echo {TOKEN}; exit 1",
    "leaks": f"echo {TOKEN}; echo it is {TOKEN} >&2; exit 1",
    "too-much": "head -c 10000000 /dev/zero | tr '\\0' x",
    "not-there": ["/nonexistent/program"],
}


def test_token_command_prints_no_token(rig, push, daemon):
    servers = {name: offering(rig, "XOAUTH2") for name in ODD}
    for name, server in servers.items():
        daemon.box(name, server, push, auth="oauth2", token_command=ODD[name])
    daemon.start()
    for name, server in servers.items():
        daemon.wait_about(name, "token_command.*retrying in")
        assert not server.count("login"), name
    assert TOKEN not in daemon.text()


def test_person_is_told_of_the_second_refusal(rig, push, daemon):
    """The first token may have grown old with who keeps it. Once, and for all
    connections of the account together."""
    server = offering(rig, "XOAUTH2")
    box(daemon, push, "work", server, "0ne-token", "tw0-token", "thr33-token")
    daemon.endpoint("owner", push.url("owner"), events=["attention"],
                    headers=["X-About: %a: %m"])
    daemon.start()
    daemon.wait_about("work", "retrying in 30 s")
    push.no_put_for("owner", 1)
    with_two = time.monotonic()
    server.wait_step("login", 2, timeout=45)
    assert time.monotonic() - with_two > 20
    put, = push.assert_exactly("owner", 1)
    assert put.header("X-About") == "work: login refused"
    assert {login.password for login in server.logins} == {
        "0ne-token", "tw0-token"}


def test_server_cuts_when_the_token_expires(rig, push, daemon):
    """mirador#6, getmail6#60: the next login is with a new token, and what
    came meanwhile is told."""
    server = offering(rig, "XOAUTH2")
    (user,) = server.users
    box(daemon, push, "work", server, TOKEN, "a-n3w-token", "a-n3wer-token")
    daemon.start()
    for round_, token in enumerate(("a-n3w-token", "a-n3wer-token"), 1):
        server.wait_idle()
        server.users[user] = token
        server.inbox.append(1)
        server.say("* BYE Session expired, please login again.")
        server.drop()
        push.wait_put("work", round_)
    server.wait_idle()
    assert [login.good for login in server.logins] == [True] * 3


def test_token_stands_nowhere_to_be_seen(rig, push, daemon):
    server = offering(rig, "XOAUTH2")
    box(daemon, push, "work", server)
    daemon.start()
    server.wait_idle()
    for pid in [daemon.process.pid, *daemon.children()]:
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as stream:
                    assert TOKEN.encode() not in stream.read()
            except PermissionError:
                pass  # nobody may look
    assert TOKEN not in daemon.text()
