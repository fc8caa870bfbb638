"""--status: every state there is, what it says of mailboxes and endpoints, its
exit status; and that nobody who asks can hold up the daemon."""

import json
import os
import pty
import re
import socket
import subprocess
import time

import pytest

from rig import status
from rig.fakeimap import hang, reply, say
from rig.receiver import SECRET, refuse

ESCAPE = "\033["


# ---- accounts ----

def test_states_of_accounts(rig, push, daemon):
    """Each for a reason of its own, side by side; what may pass says when it
    is tried again, and all say what a person can do."""
    servers = {name: rig.imap() for name in
               ("watching", "refused", "waiting", "away", "connecting")}
    for name, imap in servers.items():
        daemon.account(name, imap)
    daemon.account("unknown", servers["watching"], host="nobody.invalid",
                   tls="implicit")
    daemon.account("disabled", servers["watching"], enabled=False)
    daemon.password_file("refused", "not it\n")
    servers["waiting"].on("greeting", say("* BYE come again"))
    servers["away"].refuse()
    servers["connecting"].on("greeting", hang)
    daemon.endpoint("phone", push.url("phone"))
    before = time.time()
    daemon.start()
    told = status.wait(daemon, lambda told: told.states() == {
        "watching": "watching", "refused": "refused", "waiting": "waiting",
        "away": "waiting", "connecting": "connecting", "unknown": "offline",
        "disabled": "disabled"})
    assert told.exit == 1
    codes = {"refused": "login", "waiting": "bye", "away": "connect",
             "unknown": "host-unknown"}
    for name in told.states():
        account = told.account(name)
        assert account["watch"] == ("idle" if name == "watching" else None)
        assert account["connections"] == (name == "watching")
        if name == "disabled":
            assert account["since"] is None
        else:
            assert status.is_near(account["since"], before)
        assert (account["error"] or {}).get("code") == codes.get(name), name
    refused = told.account("refused")
    assert 20 <= status.moment(refused["next_try"]) - time.time() <= 31
    assert "app password" in refused["error"]["action"]
    assert told.account("watching")["next_try"] is None


def test_trouble_is_over(rig, push, daemon, imap):
    """The state since when, and no error any more."""
    daemon.box("work", imap, push)
    daemon.password_file("work", "not it\n")
    daemon.start()
    told = status.wait_state(daemon, "work", "refused")
    assert told.exit == 1
    time.sleep(1.1)
    daemon.password_file("work", "open sesame\n")
    daemon.reload()
    later = status.wait_state(daemon, "work", "watching")
    assert later.exit == 0
    assert later.account("work")["error"] is None
    assert status.moment(later.account("work")["since"]) \
        > status.moment(told.account("work")["since"])


WAYS = {"notify": {"extra": ["NOTIFY"]}, "idle": {},
        "poll": {"without": ["IDLE"]}}


@pytest.mark.parametrize("way", WAYS)
def test_mailboxes(rig, push, daemon, way):
    """How each is watched, how far it was judged, the last event and the last
    proof."""
    imap = rig.imap(mailboxes=["INBOX", "A", "B", "C", "D"], **WAYS[way])
    imap.inbox.append(3)
    daemon.box("work", imap, push, mailboxes=["INBOX", "*"],
               max_connections=3, poll_interval=1, refresh_interval=5)
    daemon.start()
    names = ["INBOX", "A", "B", "C", "D"]
    told = status.wait(daemon, lambda told: told.states() == {
        "work": "watching"} and told.account("work")["connections"]
        == (3 if way == "idle" else 1) and all(
            told.mailbox("work", name)["last_proven"] for name in names))
    assert told.account("work")["watch"] == way
    ways = {name: told.mailbox("work", name)["watch"] for name in names}
    expected = dict.fromkeys(names, way)
    if way != "notify":
        expected = dict.fromkeys(names, "poll")
    if way == "idle":
        expected.update(dict.fromkeys(["INBOX", "A", "B"], "idle"))
    assert ways == expected
    inbox = told.mailbox("work")
    assert inbox["uidvalidity"] == imap.inbox.uidvalidity
    assert (inbox["uidnext"], inbox["last_event"]) == (4, None)
    imap.mailboxes["C"].deliver()
    put = push.wait_accepted("work")[0]
    told = status.wait(daemon,
                       lambda told: told.mailbox("work", "C")["last_event"]
                       and not told.endpoint("work")["owed"])
    assert status.is_near(told.mailbox("work", "C")["last_event"], time.time())
    assert told.mailbox("work", "C")["uidnext"] == 2
    assert told.mailbox("work")["last_event"] is None
    phone = told.endpoint("work")
    assert (phone["state"], phone["owed"], phone["error"]) == ("ok", False,
                                                               None)
    assert (phone["last_version"], phone["last_status"]) == (put.version, 201)
    assert status.is_near(phone["last_ok"], time.time())
    assert told.exit == 0


@pytest.mark.parametrize("way", WAYS)
def test_each_refresh_is_a_proof(rig, push, daemon, way):
    imap = rig.imap(mailboxes=["INBOX", "A"], **WAYS[way])
    daemon.box("work", imap, push, mailboxes=["INBOX", "A"],
               max_connections=1, poll_interval=1, refresh_interval=5)
    daemon.start()

    def proven(told):
        return [told.mailbox("work", name)["last_proven"]
                for name in ("INBOX", "A")] \
            if told.states() == {"work": "watching"} else [None]
    first = proven(status.wait(daemon, lambda told: all(proven(told))))
    status.wait(daemon, lambda told: all(
        new > old for new, old in zip(proven(told), first)))


def test_mailbox_is_not_on_the_server(rig, push, daemon, imap):
    """It was never looked at; and it may come."""
    daemon.box("work", imap, push, mailboxes=["INBOX", "Later"],
               poll_interval=1, refresh_interval=5)
    daemon.start()
    told = status.wait(daemon, lambda told: told.states() == {
        "work": "watching"} and told.mailbox("work", "Later")["missing"])
    later = told.mailbox("work", "Later")
    assert (later["watch"], later["last_proven"], later["uidnext"]) \
        == (None, None, None)
    assert "1 not on the server" in daemon.run("--status").stdout
    imap.create("Later")
    told = status.wait(
        daemon, lambda told: not told.mailbox("work", "Later")["missing"]
        and told.mailbox("work", "Later")["last_proven"], timeout=15)
    assert told.mailbox("work", "Later")["watch"]


def test_one_connection_of_several_is_refused(rig, push, daemon):
    """The account is watched all the same, and says what it lacks."""
    imap = rig.imap(mailboxes=["INBOX", "A"])
    imap.on("login", reply("NO [LIMIT] too many connections"), skip=1)
    daemon.box("work", imap, push, mailboxes=["INBOX", "A"], poll_interval=1)
    daemon.start()
    told = status.wait(daemon, lambda told: told.states() == {
        "work": "watching"} and told.account("work")["error"])
    account = told.account("work")
    assert account["error"]["text"].startswith("A: ")
    assert account["connections"] == 1
    assert told.mailbox("work", "A")["watch"] == "poll"
    assert told.exit == 0


# ---- endpoints ----

def test_states_of_endpoints(rig, push, daemon, imap):
    """What each answered, what that means, and when it is tried again."""
    daemon.account("work", imap)
    answers = {"retrying": 500, "gone": 410, "parked": 400, "moved": 301,
               "busy": 429}
    for name, code in answers.items():
        push.always(name, refuse(code, "Retry-After: 60"))
        daemon.endpoint(name, push.url(name))
    down = rig.push(listening=False)
    daemon.endpoint("down", down.url("down"))
    daemon.endpoint("good", push.url("good"), kind="put")
    daemon.endpoint("quiet", push.url("quiet"), quiet=["00:00-23:59"])
    daemon.start()
    daemon.wait_watching("work")
    told = status.ask(daemon)
    assert set(told.states("endpoints").values()) == {"ok"}
    assert told.endpoint("good")["last_version"] is None
    assert told.exit == 0
    imap.inbox.deliver()
    told = status.wait(daemon, lambda told: told.states("endpoints") == {
        "retrying": "retrying", "gone": "gone", "parked": "parked",
        "moved": "parked", "busy": "retrying", "down": "retrying",
        "good": "ok", "quiet": "ok"})
    assert told.exit == 1
    codes = {"retrying": "failing", "gone": "gone", "parked": "answered",
             "moved": "redirect", "busy": "busy", "down": "push-unreachable"}
    for name, code in codes.items():
        endpoint = told.endpoint(name)
        assert endpoint["error"]["code"] == code, name
        assert endpoint["last_status"] == answers.get(name)
        assert endpoint["owed"] and endpoint["last_ok"] is None
        assert status.moment(endpoint["next_try"]) > time.time() - 2
        assert endpoint["host"] == "127.0.0.1"
    gone = told.endpoint("gone")
    assert 500 <= status.moment(gone["next_try"]) - time.time() <= 601
    assert told.endpoint("good")["last_version"] \
        == push.versions("good")[0] == gone["last_version"]
    quiet = told.endpoint("quiet")
    assert quiet["owed"] and quiet["next_try"].endswith(":59:00Z")


def test_endpoint_of_before_the_restart(rig, push, daemon, imap):
    """The ledger knows how it was, and the answer."""
    daemon.box("work", imap, push)
    push.always("work", refuse(410))
    daemon.start()
    daemon.wait_watching("work")
    imap.inbox.deliver()
    status.wait_state(daemon, "work", "gone", "endpoints")
    daemon.stop()
    daemon.start()
    told = status.wait_state(daemon, "work", "gone", "endpoints")
    assert told.endpoint("work")["error"]["code"] == "gone"
    assert "410" in told.endpoint("work")["error"]["text"]


def test_clock_cannot_be_trusted(rig, push, daemon, imap):
    daemon.box("work", imap, push)
    daemon.clock.set(offset=-10 * 365 * 86400, trusted=False)
    daemon.start()
    daemon.wait_watching("work")
    imap.inbox.deliver()
    told = status.wait_state(daemon, "work", "retrying", "endpoints")
    assert told.endpoint("work")["error"]["code"] == "clock"
    assert told.endpoint("work")["owed"] and told.exit == 1
    daemon.clock.set()
    told = status.wait_state(daemon, "work", "ok", "endpoints", timeout=15)
    assert told.exit == 0


# ---- the daemon ----

def test_daemon(watching):
    told = status.ask(watching)
    assert told.exit == 0
    assert told.daemon["pid"] == watching.process.pid
    assert status.is_near(told.daemon["since"], time.time())
    assert (told.daemon["config"], told.troubles()) == ("ok", [])


def test_calendar_was_set(rig, push, daemon, imap):
    """A year forward: nobody watches since last year."""
    daemon.box("work", imap, push)
    daemon.start()
    daemon.wait_watching("work")
    daemon.clock.set(offset=365 * 86400)
    told = status.ask(daemon)
    now = time.time() + 365 * 86400
    for moment in (told.daemon["since"], told.account("work")["since"],
                   told.mailbox("work")["last_proven"]):
        assert status.is_near(moment, now)


def test_no_endpoint(daemon, imap):
    daemon.account("work", imap)
    daemon.start()
    told = status.wait_state(daemon, "work", "watching")
    assert (told.exit, told.troubles()) == (1, ["no-endpoint"])


def test_wrong_configuration_is_kept_out(watching):
    watching.write("accounts.d/other.conf", hots="imap.test")
    watching.reload()
    told = status.ask(watching)
    assert (told.exit, told.troubles(), told.daemon["config"]) \
        == (1, ["config"], "old")
    watching.remove("accounts.d/other.conf")
    watching.reload()
    assert status.ask(watching).exit == 0


def test_ledger_cannot_be_written(daemon, imap, push):
    """A directory stands where SQLite wants its log."""
    daemon.box("work", imap, push)
    log = daemon.ledger.with_name("ledger.db-wal")
    (log / "full").mkdir(parents=True)
    daemon.start()
    told = status.wait_state(daemon, "work", "watching")
    assert (told.exit, told.troubles(), told.daemon["ledger"]) \
        == (1, ["ledger"], "failing")


def test_one_name(rig, push, daemon, imap):
    """That account, that endpoint, or both of one name; or none."""
    daemon.box("work", imap, push)
    daemon.account("home", rig.imap())
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_watching("work", "home")
    for name, accounts, endpoints in (("work", ["work"], ["work"]),
                                      ("home", ["home"], []),
                                      ("phone", [], ["phone"])):
        told = status.ask(daemon, name)
        assert [*told.states()] == accounts
        assert [*told.states("endpoints")] == endpoints
        assert told.exit == 0
    for name in ("nobody", "wor", "a\nb", "x" * 5000, "w ork"):
        done = daemon.run("--status", name)
        assert (done.returncode, done.stdout) == (66, "")
        assert "no account or endpoint" in done.stderr


def test_no_daemon_runs(daemon, imap):
    """It says so, and how to start it; and what would keep it from that."""
    daemon.account("work", imap)
    done = daemon.run("--status")
    assert done.returncode == 69
    assert done.stdout.startswith("daemon  not running\n")
    assert "systemctl --user start imappushd" in done.stderr
    assert "--check-config" not in done.stderr
    told = status.ask(daemon)
    assert (told.exit, told.daemon) == (69, None)
    daemon.write("accounts.d/other.conf", hots="imap.test")
    assert "--check-config" in daemon.run("--status").stderr


# ---- for people ----

def test_for_people(rig, push, daemon, imap):
    """What is wrong stands below it, with what to do. Mailboxes show where
    they are asked for."""
    bad = rig.imap(mailboxes=["INBOX", "Lists"])
    daemon.account("work", bad, mailboxes=["INBOX", "Lists"])
    daemon.account("a-longer-name", imap)
    daemon.password_file("a-longer-name", "not it\n")
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    status.wait(daemon, lambda told: told.states() == {
        "work": "watching", "a-longer-name": "refused"})
    done = daemon.run("--status")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"daemon         running for \d+ s, process \d+",
                        lines[0])
    assert re.match(r"a-longer-name  refused since \d\d:\d\d; next try \d\d:",
                    lines[1])
    assert "check user and password" in lines[2]
    assert lines[3].startswith(" " * 15 + "-> imappushd --set-password")
    assert re.match(r"work           watching INBOX and 1 more by idle \("
                    r"[12] connections?\); last proven", lines[4])
    assert re.match(r"phone          ok; put to 127\.0\.0\.1 \(\w+\)",
                    lines[5])
    assert ESCAPE not in done.stdout and SECRET not in done.stdout
    for arguments in (("-v",), ("work",)):
        shown = daemon.run("--status", *arguments).stdout
        assert re.search(r"^ {8,15}INBOX  idle    next UID 1; last proven",
                         shown, re.MULTILINE), shown
    quiet = daemon.run("--status", "-q")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (1, "", "")


def test_colours(watching):
    """On a terminal only; or as it is wanted."""
    assert ESCAPE not in watching.run("--status").stdout
    assert ESCAPE in watching.run("--status", "--color=always").stdout
    assert watching.run("--status", "--color=red").returncode == 64

    def on_terminal(*arguments, **environment):
        ours, theirs = pty.openpty()
        done = subprocess.run(
            [watching.binary, "--status", *arguments], stdout=theirs,
            timeout=10, env=watching.environment(TERM="xterm", **environment))
        os.close(theirs)
        text = os.read(ours, 100000).decode()
        os.close(ours)
        assert done.returncode == 0
        return text
    assert ESCAPE in on_terminal()
    assert ESCAPE not in on_terminal(NO_COLOR="1")
    assert ESCAPE in on_terminal("--color", "always", NO_COLOR="1")
    assert ESCAPE not in on_terminal("--color=never")


def test_names_of_mailboxes_from_a_hostile_server(rig, push, daemon):
    """Nothing of them works on the terminal, and JSON stays JSON."""
    imap = rig.imap(mailboxes=["INBOX", "&ABs-[2J", "&2D3eAA-", 'quo"te'])
    daemon.box("work", imap, push, mailboxes=["*"])
    daemon.start()
    told = status.wait_state(daemon, "work", "watching")
    assert 'quo"te' in [m["name"] for m in
                        told.account("work")["mailboxes"]]
    shown = daemon.run("--status", "work", "--color=never").stdout
    assert "\033" not in shown and "\U0001f600" in shown


# ---- who asks ----

def many_mailboxes(rig, push, daemon, accounts, mailboxes=1000):
    """Accounts with that many mailboxes each, all watched."""
    servers = {}
    for number in range(accounts):
        name = f"a{number}"
        servers[name] = rig.imap(extra=["NOTIFY"], mailboxes=[
            "INBOX", *(f"{'x' * 60}{i:04}" for i in range(1, mailboxes))])
        daemon.box(name, servers[name], push, mailboxes=["*"])
    daemon.start()
    daemon.wait_watching(*servers, timeout=60)
    return servers


def socket_of(daemon, line):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(str(daemon.runtime / "imappushd" / "control"))
    client.sendall(line)
    return client


def test_answer_is_larger_than_a_buffer_and_nobody_reads(rig, push, daemon):
    """The daemon goes on at once, others are answered, and who does not read
    is hung up on."""
    environment = {"IMAPPUSHD_TEST_CALLER_SECONDS": "2"}
    old, daemon.start = daemon.start, lambda: old(**environment)
    servers = many_mailboxes(rig, push, daemon, 3)
    clients = [socket_of(daemon, b"status\n") for _ in range(3)]
    servers["a0"].inbox.deliver()
    push.wait_accepted("a0", timeout=1.5)
    begun = time.monotonic()
    told = status.ask(daemon)
    assert time.monotonic() - begun < 1.5
    assert len(told.account("a2")["mailboxes"]) == 1000
    size = len(json.dumps(told.all))
    assert size > 400000
    time.sleep(2.5)
    for client in clients:
        got = 0
        while chunk := client.recv(100000):
            got += len(chunk)
        assert 0 < got < size, "hung up on in the middle"
        client.close()


def test_fifty_accounts(rig, push, daemon):
    imap = rig.imap(users={f"u{n}": f"password of {n}" for n in range(50)})
    for user, password in imap.users.items():
        daemon.account(user, imap, user=user, password_file=daemon
                       .password_file(user, password + "\n"))
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    told = status.wait(daemon, lambda told: set(told.states().values())
                       == {"watching"}, timeout=30)
    assert len(told.states()) == 50 and told.exit == 0
    begun = time.monotonic()
    shown = daemon.run("--status").stdout
    assert time.monotonic() - begun < 1
    assert len(shown.splitlines()) == 52


def test_half_a_word_and_many_callers(watching, imap, push):
    """Twenty who say nothing, and twenty who ask and go at once."""
    silent = [socket_of(watching, b"sta") for _ in range(20)]
    for _ in range(20):
        socket_of(watching, b"status\n").close()
    assert status.ask(watching).exit == 0
    imap.inbox.deliver()
    push.assert_exactly("phone", 1, settle=0.1)
    for client in silent:
        client.close()
