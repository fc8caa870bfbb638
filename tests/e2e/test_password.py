"""Where a password comes from, and what can go wrong on the way."""

import shlex
import time

import pytest

from rig.daemon import with_argument

SECRET = "s3cret-w0rd"


def box(rig, push, daemon, name="work", password=SECRET, **settings):
    imap = rig.imap(password)
    daemon.box(name, imap, push, **settings)
    return imap


FORMS = {
    "list": (["printf", "%s\\n", SECRET], SECRET),
    "shell": (f"echo {SECRET}", SECRET),
    "shell-pipe": (f"echo {SECRET[::-1]} | rev", SECRET),
    "shell-home": ('test -d "$HOME" && echo ' + SECRET, SECRET),
    "no-newline": (["printf", SECRET], SECRET),
    "crlf": (["printf", SECRET + "\\r\\n"], SECRET),
    "blanks": (["printf", f"  {SECRET} \\t\\n"], f"  {SECRET} \t"),
    "first-line": (["printf", SECRET + "\\nlogin: alice\\nurl: x\\n"],
                   SECRET),
    "list-is-no-shell": (["printf", "%s", "$HOME;`id`*"], "$HOME;`id`*"),
    "stderr-repeats": (f"echo {SECRET}; echo got {SECRET} >&2", SECRET),
    "stderr-too": (f"echo opening >&2; echo {SECRET}", SECRET),
}


def test_password_command_in_all_forms(rig, push, daemon):
    servers = {name: box(rig, push, daemon, name, password,
                         password_command=command)
               for name, (command, password) in FORMS.items()}
    daemon.start()
    for name, server in servers.items():
        server.wait_idle()
        login, = server.logins
        assert login.good, f"{name}: {login.password!r} arrived"


FAILURES = {
    "fails": f"echo {SECRET}; exit 1",
    "nothing": "true",
    "empty-line": "echo",
    "nul": ["printf", "a\\000b\\n"],
    "leaks": f"echo {SECRET}; echo it is {SECRET} >&2; exit 1",
    "complains": "echo the vault is locked >&2; exit 2",
    # the status is that of the last one: 0
    "complains-in-a-pipe": "echo the vault is locked >&2 | cat",
    "too-much": "head -c 10000000 /dev/zero | tr '\\0' x",
    "not-there": ["/nonexistent/program"],
    "killed": "kill -9 $$",
    "carriage-return": ["printf", "a\\rb\\n"],
}


def test_password_command_fails(rig, push, daemon):
    """mutt-wizard#551: then nothing is sent, and the next try comes later;
    what it complained of is told, but never what may be the password."""
    servers = {name: box(rig, push, daemon, name, "not this one",
                         password_command=command)
               for name, command in FAILURES.items()}
    daemon.start()
    for name, server in servers.items():
        daemon.wait_about(name, "retrying in")
        assert not server.count("login"), f"{name}: a login was tried"
    assert not daemon.lines(SECRET)
    daemon.wait_about("complains", "the vault is locked")
    # Here nobody can tell a complaint from a password in the wrong place.
    daemon.wait_about("complains-in-a-pipe", "run the command by hand",
                      timeout=1)
    assert not daemon.lines("complains-in-a-pipe.*the vault is locked")


def test_password_command_never_ends(rig, push, daemon):
    """fdm#143 (pinentry): it is ended with all that it started, and the other
    account has not waited for it."""
    unique = f"100{time.monotonic_ns()}"
    imap = box(rig, push, daemon,
               password_command=f"sleep {unique} | cat; echo no")
    good = box(rig, push, daemon, "good")
    daemon.start(command_seconds=1)
    good.wait_idle(timeout=3)
    daemon.wait_about("work", "retrying in")
    assert not with_argument(unique)
    assert not imap.accepted
    assert len(good.logins) == 1


@pytest.mark.parametrize("whom", ["daemon", "session", "daemon-softly"])
def test_command_outlives_who_started_it(rig, push, daemon, whom):
    """sh -c "sleep 1000 | cat" leaves no survivor."""
    unique = f"100{time.monotonic_ns()}"
    box(rig, push, daemon, password_command=f"sleep {unique} | cat")
    daemon.start()
    wait_for(lambda: with_argument(unique))
    first = set(with_argument(unique))
    if whom == "daemon":
        daemon.kill()
    elif whom == "session":
        session, = daemon.with_role("session")
        daemon.signal_child(session)
    else:
        daemon.stop()
    wait_for(lambda: not first & set(with_argument(unique)))


def wait_for(condition, timeout=3):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "still not so"
        time.sleep(0.02)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_password_file_is_readable_by_others(rig, push, daemon, mode):
    imap = box(rig, push, daemon, password_file=daemon.password_file(
        "open", SECRET, mode))
    daemon.start()
    line = daemon.wait_about("work", "retrying in")
    assert "open" in line
    assert not imap.accepted


def test_password_file_is_missing_and_then_there(rig, push, daemon):
    imap = box(rig, push, daemon,
               password_file=str(daemon.secrets / "later"))
    daemon.start()
    daemon.wait_about("work", "later.*retrying in")
    daemon.password_file("later", SECRET + "\n")
    daemon.reload()
    imap.wait_idle()


def test_password_file_lies_among_systemds_credentials(rig, push, daemon):
    imap = box(rig, push, daemon, password_file="work-password")
    daemon.password_file("work-password", SECRET, 0o400)
    daemon.start(CREDENTIALS_DIRECTORY=str(daemon.secrets))
    imap.wait_idle()


def test_password_is_asked_for_again_at_each_login(rig, push, daemon):
    """It is not kept: a changed one is taken at the next connection."""
    imap = box(rig, push, daemon, password_file=daemon.password_file(
        "changing", SECRET))
    daemon.start()
    imap.wait_idle()
    imap.users["user1"] = "another-w0rd"
    daemon.password_file("changing", "another-w0rd")
    imap.drop()
    daemon.wait_about("work", "retrying in")
    daemon.reload()
    imap.wait_step("login", 2)
    imap.wait_idle()
    assert [login.good for login in imap.logins] == [True, True]


def test_password_stands_nowhere_to_be_seen(rig, push, daemon):
    """Not in an argument or the environment of a process of ours."""
    box(rig, push, daemon, password_command=shlex.join(
        ["cat", daemon.password_file("hidden", SECRET)]))
    daemon.start()
    daemon.wait_watching("work")
    for pid in [daemon.process.pid, *daemon.children()]:
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as stream:
                    assert SECRET.encode() not in stream.read()
            except PermissionError:
                pass  # nobody may look
