"""Endpoints by the command line: --add-endpoint, --rotate-endpoint, --remove-endpoint.
(--test-push is in test_test_push.py.)"""

import json
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time

import pytest

from rig.daemon import command_line
from rig.nginx import Nginx, Phone
from rig.receiver import SECRET, answer, hang, refuse
from rig.terminal import INTERRUPT, Terminal
from rig.webpush import AUTH, Subscriber, subscription


def files(daemon):
    """{name: text} of endpoints.d, hidden ones as well; {} where it is not there."""
    folder = daemon.config / "endpoints.d"
    return {path.name: path.read_text() for path in folder.glob("*")} | {
        path.name: path.read_text() for path in folder.glob(".*")}


def act(daemon, *words, given="", status=0, timeout=60, **environment):
    """Runs an action; whatever it says, it says nothing of a URL."""
    done = daemon.run(*words, stdin=given, timeout=timeout, **environment)
    assert SECRET not in done.stdout + done.stderr
    assert AUTH not in done.stdout + done.stderr
    assert done.returncode == status, done
    return done


def add(daemon, url, name="phone", *words, **options):
    return act(daemon, "--add-endpoint", name, "--url-stdin", *words,
               given=url + "\n", **options)


def person(daemon, *words):
    return Terminal([daemon.binary, *words], daemon.environment(), daemon.folder)


@pytest.fixture
def ntfy(push):
    """An ntfy server, as far as this look goes."""
    push.answer_path("/v1/health", answer(200, body=b'{"healthy":true}'))
    return push


# ---- adding ----

def test_added_without_a_daemon_and_used_by_the_next(daemon, imap, push):
    daemon.account("work", imap)
    done = add(daemon, push.url("phone"))
    assert re.match(r'Test push: 201 Created in \d+ ms\nEndpoint "phone" was added',
                    done.stdout)
    assert "No daemon runs" in done.stderr
    assert files(daemon)["phone.url"] == push.url("phone") + "\n"
    assert 'kind = "put";' in files(daemon)["phone.conf"]
    assert set(files(daemon)) == {"phone.conf", "phone.url"}
    for path in (daemon.config / "endpoints.d").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    put, = push.assert_exactly("phone", 1, settle=0.1)
    assert put.method == "PUT" and put.version
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 2)
    push.assert_rising("phone")


def test_added_to_the_daemon_that_runs(watching, imap, push):
    """It is told of the next mail, without a word more; versions go on where its own
    are."""
    imap.inbox.deliver()
    before = push.wait_put("phone")[0].version
    done = add(watching, push.url("tablet"), "tablet")
    assert "No daemon" not in done.stderr
    test, = push.wait_put("tablet")
    assert test.version > before
    imap.inbox.deliver()
    push.assert_exactly("tablet", 2)
    push.assert_rising("tablet")


def test_very_first_action_on_a_new_box(rig, push):
    """Not even the folders are there."""
    daemon = rig.daemon()
    for path in sorted(daemon.config.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    daemon.config.rmdir()
    add(daemon, push.url("phone"))
    for folder in (daemon.config, daemon.config / "endpoints.d"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert act(daemon, "--check-config").stdout.count("warning") == 2
    push.assert_exactly("phone", 1, settle=0.1)


def test_person_pastes_the_url(daemon, push):
    with person(daemon, "--add-endpoint") as terminal:
        terminal.wait("Name of the endpoint")
        terminal.type("phone\n")
        terminal.wait("Push URL")
        assert terminal.echoes()
        terminal.type("  " + push.url("phone") + "  \n")
        assert terminal.wait_exit() == 0
    assert "Test push: 201 Created in" in terminal.text
    assert files(daemon)["phone.url"] == push.url("phone") + "\n"


def test_person_pastes_a_subscription(daemon, push):
    """As some pages show it: over several lines. It is webpush then."""
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    phone = Subscriber()
    text = json.dumps(json.loads(subscription(push.url("phone"), **phone.keys)),
                      indent=2)
    with person(daemon, "--add-endpoint", "phone") as terminal:
        terminal.wait("Push URL")
        terminal.type(text + "\n")
        assert terminal.wait_exit() == 0
    assert 'should show "imappushd test"' in terminal.text
    assert json.loads(files(daemon)["phone.json"]) == json.loads(text)
    assert 'kind = "webpush";' in files(daemon)["phone.conf"]
    put, = push.wait_put("phone")
    message = json.loads(phone.open(put.body))
    assert message["notification"]["title"] == "imappushd test"
    assert message["version"] > 0


def test_subscription_on_standard_input(watching, imap, push):
    watching.write("imappushd.conf", log_level="debug",
                   vapid_subject="mailto:me@example.org")
    phone = Subscriber()
    act(watching, "--add-endpoint", "browser", "--subscription-stdin",
        given=subscription(push.url("browser"), **phone.keys))
    imap.inbox.deliver()
    puts = push.assert_exactly("browser", 2)
    versions = [json.loads(phone.open(put.body))["version"] for put in puts]
    assert versions[0] < versions[1]


def test_nobody_to_write_to(daemon, push):
    """Push services want an address: it says which line to add to which file."""
    done = act(daemon, "--add-endpoint", "phone", "--subscription-stdin",
               given=subscription(push.url("phone")), status=78)
    assert f"add this line to {daemon.config}/imappushd.conf" in done.stderr
    assert 'vapid_subject = "mailto:' in done.stderr
    assert not files(daemon) and not push.requests


def test_server_answers_like_ntfy(daemon, ntfy):
    """It is found out by a look that pushes nothing and does not name the topic."""
    done = add(daemon, ntfy.plain_url("topic"))
    assert 'kind "ntfy"' in done.stderr
    assert 'should show "imappushd test"' in done.stdout
    assert 'kind = "ntfy";' in files(daemon)["phone.conf"]
    look, put = ntfy.requests
    assert (look.method, look.path, look.body) == ("GET", "/v1/health", b"")
    assert "topic" not in str(look.headers)
    assert put.header("Title") == "imappushd test"
    assert put.body.decode() == "Pushes reach this phone."
    assert put.version


@pytest.mark.parametrize("body, status, path, kind", [
    (b'{"healthy":false}', 200, "topic", "ntfy"),
    (b'{"healthy":true}', 404, "topic", "put"),
    (b'{"ok":true}', 200, "topic", "put"),
    (b"<html>healthy</html>", 200, "topic", "put"),
    (b'{"healthy":true}' + b" " * 10000, 200, "topic", "put"),
    (b'{"healthy":true}', 302, "topic", "put"),
    (b'{"healthy":true}', 200, "topic?up=1", "put"),
    (b'{"healthy":true}', 200, "up/topic", "put"),
], ids=["ill", "no", "other", "page", "long", "moved", "app", "deeper"])
def test_other_servers(daemon, push, body, status, path, kind):
    push.answer_path("/v1/health",
                     answer(status, "Location: /other", body=body))
    add(daemon, push.plain_url(path), "phone", "--no-test")
    assert f'kind = "{kind}";' in files(daemon)["phone.conf"]
    assert not [r for r in push.requests if r.path == "/other"]


def test_kind_is_said(daemon, ntfy):
    """Then nobody is asked; the other settings come along."""
    add(daemon, ntfy.plain_url("topic"), "phone", "--kind=put", "--method", "POST",
        "--header", 'X-A: "b" \\ %a', "--header=X-C: d", "--body", "v=%v\n",
        "--account=work", "--account", "home*")
    put, = ntfy.requests
    assert (put.method, put.path) == ("POST", "/topic")
    assert put.header("X-A") == '"b" \\' and put.header("X-C") == "d"
    assert put.body == b"v=%d\n" % put.version
    assert 'accounts = [ "work", "home*" ];' in files(daemon)["phone.conf"]


@pytest.mark.parametrize("words, given, status, said", [
    (["--kind=webpush"], "https://p.test/x", 64, "wants a subscription"),
    (["--kind=put"], subscription("https://p.test/x"), 64, "is for --kind=webpush"),
    (["--kind=nfty"], "https://p.test/x", 78, "kind must be one of"),
    (["--kind=put", "--method=GET"], "https://p.test/x", 78, "method must be"),
    (["--kind=put", "--header=x"], "https://p.test/x", 78, "headers: number 1"),
    (["--kind=put", "--body=%x"], "https://p.test/x", 78, "body may only"),
    (["--kind=put", "--header=authorization: Bearer x"], "https://p.test/x", 64,
     "is a secret"),
    (["--kind=put"], "http://p.test/x", 78, "use https"),
    (["--kind=put"], "https://p.test/a b", 78, "a blank"),
    (["--kind=put"], "p.test/x", 78, "does not begin with https"),
    (["--kind=put"], "https://p.test/x\nhttps://p.test/y", 65, "one line"),
    (["--kind=put"], "https://p.test/\0x", 78, "NUL"),
    (["--kind=put"], "https://p.test/" + "x" * 20000, 78, "longer than 16384"),
    (["--kind=put"], "x" * 70000, 65, "longer than any"),
    (["--kind=put"], "", 65, "nothing was given"),
    ([], "{", 78, "no object of JSON"),
    ([], subscription("https://p.test/x", auth="AAAA"), 78, "no keys.auth"),
    (["--subscription-stdin"], "x", 64, "two ways"),
    (["--timeout=x"], "x", 64, "--timeout is a number"),
    (["--password-stdin"], "x", 64, ""),
])
def test_what_is_given_is_mistaken(daemon, words, given, status, said):
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    done = act(daemon, "--add-endpoint", "phone", "--url-stdin", *words, given=given,
               status=status)
    assert said in done.stderr
    assert "p.test/" not in done.stdout + done.stderr
    assert not files(daemon)


@pytest.mark.parametrize("name, said", [
    ("a/b", "letters, digits"), ("../x", "letters, digits"), (".x", "dot"),
    ("x" * 201, "200"), ("a b", "letters, digits"), ("\u00e4", "letters, digits"),
])
def test_name_that_cannot_be(daemon, push, name, said):
    assert said in add(daemon, push.url("x"), name, status=64).stderr
    assert not files(daemon) and not push.requests


def test_name_is_taken(daemon, push):
    """By a file, or in the main file: the error says where."""
    add(daemon, push.url("phone"))
    before = files(daemon)
    assert "endpoints.d/phone.conf" in add(daemon, push.url("x"), status=73).stderr
    daemon.write("imappushd.conf", endpoints=[{"name": "desk",
                                               "url": push.url("desk")}])
    done = add(daemon, push.url("x"), "desk", status=73)
    assert "imappushd.conf" in done.stderr
    assert files(daemon) == before
    assert not push.puts("x")


def test_url_is_taken(daemon, push):
    add(daemon, push.url("phone"))
    done = add(daemon, push.url("phone"), "tablet", status=78)
    assert 'endpoint "phone" has the same push URL' in done.stderr
    assert "tablet.conf" not in files(daemon)
    push.assert_exactly("phone", 1, settle=0.1)


def test_other_files_have_errors(daemon, push):
    """They are said, with their place; nothing is changed."""
    daemon.write("accounts.d/work.conf", hots="x")
    done = add(daemon, push.url("phone"), status=78)
    assert re.search(r'accounts.d/work.conf:1: unknown key "hots"', done.stderr)
    assert not files(daemon) and not push.requests


# ---- the test push fails ----

FAILURES = [
    (refuse(404), 1, "does not know this URL: get a new one on the phone"),
    (refuse(410), 1, "get a new one on the phone"),
    (refuse(405), 1, "is it a Web Push URL"),
    (refuse(401), 1, "clock"),
    (refuse(302, "Location: /x"), 1, "redirect"),
    (refuse(429), 75, "try again later"),
    (refuse(503), 75, "try again later"),
    (refuse(507), 75, "open the app"),
]


@pytest.mark.parametrize("how, status, said", FAILURES,
                         ids=["404", "410", "405", "401", "302", "429", "503", "507"])
@pytest.mark.parametrize("running", [False, True])
def test_push_service_refuses(daemon, imap, push, how, status, said, running):
    """Nothing is kept, and the person is told what to do."""
    daemon.box("work", imap, push)
    if running:
        daemon.start()
        daemon.wait_watching("work")
    push.always("phone", how)
    done = add(daemon, push.url("phone"), status=status)
    assert said in done.stderr and "nothing was changed" in done.stderr
    assert set(files(daemon)) == {"work.conf"}
    push.assert_exactly("phone", 1, settle=0.1)


def test_nobody_is_there(daemon, push):
    push.refuse()
    done = add(daemon, push.url("phone"), status=69)
    assert "network" in done.stderr
    assert not files(daemon)


def test_push_service_does_not_answer(daemon, push):
    push.always("phone", hang())
    begun = time.monotonic()
    done = add(daemon, push.url("phone"), "phone", "--kind=put", "--timeout=1", status=75)
    assert 1 <= time.monotonic() - begun < 5
    assert "no answer within 1 s" in done.stderr
    assert not files(daemon)


def test_kept_all_the_same(daemon, push):
    """By --yes, or because the person says so; not by Return alone."""
    push.always("phone", refuse(503))
    with person(daemon, "--add-endpoint", "phone") as terminal:
        terminal.wait("Push URL")
        terminal.type(push.url("phone") + "\n")
        terminal.wait("Keep it all the same? [y/N]")
        terminal.type("\n")
        assert terminal.wait_exit() == 75
    assert not files(daemon)
    with person(daemon, "--add-endpoint", "phone") as terminal:
        terminal.wait("Push URL")
        terminal.type(push.url("phone") + "\n")
        terminal.wait("Keep it all the same? [y/N]")
        terminal.type("y\n")
        assert terminal.wait_exit() == 1
    assert "phone.conf" in files(daemon)
    push.always("tablet", refuse(503))
    add(daemon, push.url("tablet"), "tablet", "--yes", status=1)
    assert "tablet.conf" in files(daemon)


def test_without_a_test(daemon, push):
    add(daemon, push.url("phone"), "phone", "--no-test", "--kind=put")
    assert "phone.conf" in files(daemon)
    assert not push.requests


def test_nothing_is_done(daemon, push):
    """--dry-run: what would be, in words that give nothing away."""
    done = add(daemon, push.url("phone"), "phone", "--dry-run")
    assert "would write" in done.stdout and 'kind = "put";' in done.stdout
    assert not files(daemon) and not push.puts("phone")
    assert not daemon.ledger.exists()


@pytest.mark.parametrize("words", [["--no-input"], []])
def test_nobody_to_ask(daemon, words):
    done = act(daemon, "--add-endpoint", "phone", *words, status=64)
    assert "--url-stdin" in done.stderr and "--subscription-stdin" in done.stderr
    assert "name" in act(daemon, "--add-endpoint", *words, status=64).stderr


def test_json_for_scripts(daemon, push):
    told = json.loads(add(daemon, push.url("phone"), "phone", "--json").stdout)
    assert told["version"] == 1 and told["name"] == "phone" and told["kind"] == "put"
    assert told["file"] == str(daemon.config / "endpoints.d" / "phone.conf")
    assert told["added"] is True and told["reloaded"] is False
    assert told["test"]["status"] == 201 and told["test"]["accepted"] is True
    assert told["test"]["push_version"] == push.puts("phone")[0].version
    told = json.loads(act(daemon, "--remove-endpoint", "phone", "--yes",
                          "--json").stdout)
    assert told["removed"] is True and len(told["files"]) == 2


def test_nchan_is_the_push_service(rig, daemon):
    """A phone that listens there gets the version of the test."""
    with Nginx(rig.folder / "nginx") as nginx:
        phone = Phone(nginx, "phone")
        done = act(daemon, "--add-endpoint", "phone", "--url-stdin",
                   given=nginx.url("phone"))
        assert "Test push: 201 Created" in done.stdout
        assert re.fullmatch(r"version=\d{16}", phone.wait())
        phone.disconnect()
        assert "Test push: 202 Accepted" in act(daemon, "--test-push", "phone").stdout
        pushes = [push["body"] for push in nginx.pushes()]
    assert len(set(pushes)) == 2 and pushes == sorted(pushes)


# ---- nothing is left behind ----

def test_person_gives_up(daemon, push):
    """At the prompt, while the push is under way, and at the question."""
    push.always("phone", hang())
    push.always("tablet", refuse(503))
    with person(daemon, "--add-endpoint", "phone") as terminal:
        terminal.wait("Push URL")
        terminal.type(INTERRUPT)
        assert terminal.wait_exit() == -signal.SIGINT
    with person(daemon, "--add-endpoint", "phone") as terminal:
        terminal.wait("Push URL")
        terminal.type(push.url("phone") + "\n")
        push.wait_put("phone")
        terminal.type(INTERRUPT)
        assert terminal.wait_exit() == -signal.SIGINT
    with person(daemon, "--add-endpoint", "tablet") as terminal:
        terminal.wait("Push URL")
        terminal.type(push.url("tablet") + "\n")
        terminal.wait("Keep it")
        terminal.type(INTERRUPT)
        assert terminal.wait_exit() == -signal.SIGINT
    assert not files(daemon)
    assert not daemon.survivors(grace=1)


def test_killed_at_any_moment(daemon, push):
    """There is a whole endpoint or none, and the same command works the next time."""
    chance = random.Random(1)
    words = [daemon.binary, "--add-endpoint", "phone", "--url-stdin", "--kind=put"]
    for _ in range(40):
        process = subprocess.Popen(words, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL,
                                   env=daemon.environment())
        process.stdin.write(push.url("phone").encode())
        process.stdin.close()
        time.sleep(chance.uniform(0, 0.04))
        process.kill()
        process.wait()
        assert act(daemon, "--check-config").returncode == 0
        left = files(daemon)
        if "phone.conf" in left:
            assert left["phone.url"] == push.url("phone") + "\n"
            act(daemon, "--remove-endpoint", "phone", "--yes")
    add(daemon, push.url("phone"))
    assert set(files(daemon)) == {"phone.conf", "phone.url"}
    push.assert_rising("phone")


def test_disk_is_full(daemon, push):
    """The files cannot be written: said, and none of them is there."""
    folder = daemon.config / "endpoints.d"
    folder.rmdir()
    folder.write_text("in the way")
    done = act(daemon, "--add-endpoint", "phone", "--url-stdin", "--no-test",
               given="https://p.test/x", status=78)
    assert "endpoints.d" in done.stderr
    folder.unlink()
    limited = ["prlimit", "--fsize=10", str(daemon.binary), "--add-endpoint", "phone",
               "--url-stdin", "--no-test", "--kind=put"]
    done = subprocess.run(limited, input="https://p.test/long/enough", text=True,
                          capture_output=True, env=daemon.environment(),
                          restore_signals=False)  # SIGXFSZ stays ignored
    assert done.returncode == 73, done
    assert "phone.url: File too large" in done.stderr
    assert not files(daemon)


def test_what_was_left_by_a_power_cut(daemon, push):
    """A hidden file that never got its place goes away with the next action; a URL
    without an endpoint is nobody's."""
    daemon.write("endpoints.d/.tablet.url.imappushd-new", "https://p.test/x")
    daemon.write("endpoints.d/phone.url", "https://p.test/y")
    add(daemon, push.url("phone"))
    assert set(files(daemon)) == {"phone.conf", "phone.url"}
    assert files(daemon)["phone.url"] == push.url("phone") + "\n"


def test_url_is_on_no_command_line(daemon, push):
    """Nor in an environment: that of all processes is looked through all the while."""
    seen = set()
    stop = threading.Event()

    def look():
        while not stop.is_set():
            for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
                seen.update(command_line(pid))
                try:
                    seen.add(pathlib.Path(f"/proc/{pid}/environ").read_text(
                        errors="replace"))
                except OSError:
                    pass  # it has just ended, or may not be looked at

    push.always("phone", answer(201, delay=0.5))
    push.answer_path("/v1/health", answer(404, delay=0.3))
    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        add(daemon, push.url("phone"))
        act(daemon, "--test-push", "phone")
    finally:
        stop.set()
        watcher.join()
    assert any("--add-endpoint" in word for word in seen)
    assert any("courier" in word for word in seen)
    assert not [word for word in seen if push.url("phone") in word]


def test_reload_is_refused(watching, push):
    """It is said: the daemon stays with what it has."""
    watching.write("accounts.d/work.conf", "")
    done = act(watching, "--remove-endpoint", "phone", "--yes", status=1)
    assert "did not take it" in done.stderr


# ---- rotating ----

@pytest.mark.parametrize("running", [False, True])
def test_rotated(daemon, imap, push, running):
    """A new URL, once it answers; a person's settings stay."""
    daemon.account("work", imap)
    add(daemon, push.url("old"))
    conf = daemon.config / "endpoints.d" / "phone.conf"
    conf.write_text("# mine\nmin_interval = 0;\n" + conf.read_text())
    if running:
        daemon.start()
        imap.wait_idle()
    before = conf.read_text()
    done = act(daemon, "--rotate-endpoint", "phone", "--url-stdin",
               given=push.url("new"))
    assert "Test push: 201" in done.stdout
    assert conf.read_text() == before
    assert files(daemon)["phone.url"] == push.url("new") + "\n"
    if not running:
        daemon.start()
        imap.wait_idle()
    count = len(push.settled("new"))
    imap.inbox.deliver()
    push.wait_accepted("new", count + 1)
    push.assert_rising("new")
    push.assert_exactly("old", 1, settle=0.1)


def test_new_one_does_not_answer(watching, imap, push):
    """The old one stays in force."""
    watching.remove("endpoints.d/phone.conf")
    watching.write("endpoints.d/phone.conf", min_interval=0)
    watching.write("endpoints.d/phone.url", push.url("phone"))
    act(watching, "--reload")
    push.always("new", refuse(404))
    act(watching, "--rotate-endpoint", "phone", "--url-stdin", given=push.url("new"),
        status=1)
    assert files(watching)["phone.url"] == push.url("phone")
    imap.inbox.deliver()
    push.wait_put("phone")
    push.assert_exactly("new", 1)


def test_subscription_is_rotated(daemon, push):
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    phones = [Subscriber(), Subscriber()]
    for word, name, phone in zip(("--add-endpoint", "--rotate-endpoint"),
                                 ("old", "new"), phones):
        act(daemon, word, "phone", "--subscription-stdin",
            given=subscription(push.url(name), **phone.keys))
        put, = push.wait_put(name)
        assert phone.open(put.body)
    done = act(daemon, "--rotate-endpoint", "phone", "--url-stdin",
               given=push.url("x"), status=65)
    assert "wants a subscription" in done.stderr


def test_url_stands_where_it_is_not_replaced(daemon, push):
    """In the endpoint's own file, or in the main file: said, with the place."""
    daemon.endpoint("phone", push.url("phone"))
    daemon.write("imappushd.conf", endpoints=[{"name": "desk",
                                               "url": push.url("desk")}])
    before = files(daemon)
    done = act(daemon, "--rotate-endpoint", "phone", "--url-stdin",
               given=push.url("new"), status=78)
    assert "stands in" in done.stderr and "endpoints.d/phone.conf" in done.stderr
    done = act(daemon, "--rotate-endpoint", "desk", "--url-stdin",
               given=push.url("new"), status=78)
    assert "imappushd.conf" in done.stderr
    assert files(daemon) == before and not push.requests


def test_rotated_to_what_it_has(daemon, push):
    add(daemon, push.url("phone"), "phone", "--no-test")
    done = act(daemon, "--rotate-endpoint", "phone", "--url-stdin",
               given=push.url("phone"), status=65)
    assert "has already" in done.stderr
    done = act(daemon, "--rotate-endpoint", "phnoe", "--url-stdin",
               given=push.url("x"), status=66)
    assert 'is "phone" meant?' in done.stderr


# ---- removing ----

def test_removed(watching, imap, push):
    """The person is asked; then nobody is told any more."""
    add(watching, push.url("tablet"), "tablet")
    with person(watching, "--remove-endpoint", "tablet") as terminal:
        terminal.wait('Remove endpoint "tablet" (127.0.0.1')
        terminal.type("\n")
        assert terminal.wait_exit() == 1
    assert "tablet.url" in files(watching)
    with person(watching, "--remove-endpoint", "tablet") as terminal:
        terminal.wait("[y/N]")
        terminal.type("y\n")
        assert terminal.wait_exit() == 0
    assert set(files(watching)) == {"phone.conf"}
    imap.inbox.deliver()
    push.wait_put("phone")
    push.assert_exactly("tablet", 1)


def test_removed_by_a_script(daemon, push):
    add(daemon, push.url("phone"))
    assert "--yes" in act(daemon, "--remove-endpoint", "phone", "--no-input",
                          status=64).stderr
    before = files(daemon)
    act(daemon, "--remove-endpoint", "phone", "--dry-run")
    assert files(daemon) == before
    act(daemon, "--remove-endpoint", "phone", "--yes")
    assert not files(daemon)
    act(daemon, "--remove-endpoint", "phone", "--yes", status=66)


def test_removing_what_is_in_the_main_file_or_in_a_rule(daemon, imap, push):
    daemon.write("imappushd.conf", endpoints=[{"name": "desk",
                                               "url": push.url("desk")}])
    done = act(daemon, "--remove-endpoint", "desk", "--yes", status=78)
    assert "imappushd.conf" in done.stderr
    daemon.endpoint("phone", push.url("phone"))
    daemon.account("work", imap, rules=[{"from": "*", "push": "now",
                                         "endpoints": ["phone"]}])
    done = act(daemon, "--remove-endpoint", "phone", "--yes", status=78)
    assert re.search(r'work.conf:\d+: there is no endpoint "phone"', done.stderr)
    assert "phone.conf" in files(daemon)


def test_broken_one_is_removed(daemon, push):
    """Though the configuration cannot be read with it."""
    daemon.write("endpoints.d/phone.conf", "rubbish")
    act(daemon, "--remove-endpoint", "phone", "--yes")
    assert not files(daemon)
