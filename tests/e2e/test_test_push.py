"""--test-push: a real version now, with the daemon and without, and what came of it."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from rig.receiver import SECRET, answer, hang, refuse
from rig.webpush import Subscriber, subscribe

from test_quiet import span


def push_to(daemon, name="phone", *words, status=0, **environment):
    done = daemon.run("--test-push", name, *words, timeout=60, **environment)
    assert done.returncode == status, done
    assert SECRET not in done.stdout + done.stderr
    return done


def begin_push(daemon, name="phone"):
    """One that is not waited for."""
    return subprocess.Popen([daemon.binary, "--test-push", name, "--json"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True,
                            env=daemon.environment())


@pytest.fixture
def box(daemon, imap, push):
    """Account and endpoint, and no daemon running."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    return daemon


def test_with_and_without_the_daemon(box, imap, push):
    """One series of versions, whoever sends."""
    for _ in range(2):
        push_to(box)
        push_to(box)
        box.start()
        box.wait_watching("work")
        imap.wait_idle()
        push_to(box)
        count = len(push.puts("phone"))
        imap.inbox.deliver()
        push.wait_put("phone", count + 1)
        push_to(box)
        box.stop()
    push.assert_exactly("phone", 10, settle=0.2)
    assert len(push.assert_rising("phone")) == 10


def test_status_and_time_are_printed(watching, push):
    push.always("phone", answer(202, delay=0.3))
    found = re.fullmatch(r"Test push: 202 Accepted in (\d+) ms\n",
                         push_to(watching).stdout)
    assert 300 <= int(found.group(1)) < 1000
    told = json.loads(push_to(watching, "phone", "--json").stdout)
    assert told["version"] == 1 and told["status"] == 202 and told["error"] is None
    assert told["accepted"] is True and 300 <= told["milliseconds"] < 1000
    assert told["push_version"] == push.puts("phone")[-1].version


@pytest.mark.parametrize("running", [False, True], ids=["alone", "daemon"])
@pytest.mark.parametrize("how, status, said", [
    (refuse(404), 1, "get a new one on the phone"),
    (refuse(410), 1, "get a new one on the phone"),
    (refuse(400), 1, "is the kind right"),
    (refuse(301, "Location: /x"), 1, "redirect"),
    (refuse(429, "Retry-After: 3600"), 75, "try again later"),
    (refuse(500), 75, "try again later"),
], ids=["404", "410", "400", "301", "429", "500"])
def test_push_service_refuses(box, imap, push, how, status, said, running):
    push.always("phone", how)
    if running:
        box.start()
        box.wait_watching("work")
    done = push_to(box, status=status)
    assert said in done.stderr and not done.stdout
    push.always("phone", answer(201))
    push_to(box)  # whatever it waits for: a person asks
    push.assert_rising("phone", repeats=True)


@pytest.mark.parametrize("running", [False, True], ids=["alone", "daemon"])
def test_nobody_is_there(box, push, running):
    push.refuse()
    if running:
        box.start()
        box.wait_watching("work")
    assert "network" in push_to(box, status=69).stderr
    told = json.loads(push_to(box, "phone", "--json", status=69).stdout)
    assert told["accepted"] is False and told["status"] is None
    assert told["error"]["code"] == "unreachable"


@pytest.mark.parametrize("running", [False, True], ids=["alone", "daemon"])
def test_no_answer(box, push, running):
    push.always("phone", hang())
    if running:
        box.start()
        box.wait_watching("work")
    assert "no answer" in push_to(box, "phone", "--timeout=1", status=75).stderr


def test_unknown_or_broken(box):
    assert 'is "phone" meant?' in push_to(box, "phoen", status=66).stderr
    box.write("endpoints.d/phone.conf", "rubbish")
    assert "phone.conf" in push_to(box, status=78).stderr
    done = box.run("--test-push")
    assert done.returncode == 64 and "name" in done.stderr


# ---- what it goes past ----

def test_quiet_hours_and_intervals(daemon, imap, push):
    """Other pushes heed them, this one does not; and what was held back has no
    request of its own any more."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), quiet=[span(-1, 1)],
                    min_interval=3600)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.no_put_for("phone", 0.4)
    push_to(daemon)
    push_to(daemon)
    push.assert_exactly("phone", 2, settle=0.5)
    daemon.clock.set(3700)
    assert daemon.run("--check-now").returncode == 0
    push.assert_exactly("phone", 2, settle=0.3)


def test_endpoint_that_is_gone(watching, imap, push):
    """A person got it back to life: the daemon need not be told."""
    push.always("phone", refuse(404))
    imap.inbox.deliver()
    watching.wait_about("phone", "gone")
    push.always("phone", answer(201))
    push_to(watching)
    imap.inbox.deliver()
    push.wait_accepted("phone", 2)


def test_another_request_is_under_way(watching, imap, push):
    """Never two at a time; the test follows, with a greater version."""
    push.script("phone", answer(201, delay=1))
    imap.inbox.deliver()
    push.wait_put("phone")
    told = json.loads(push_to(watching, "phone", "--json").stdout)
    first, second = push.assert_exactly("phone", 2)
    assert second.version == told["push_version"] > first.version
    assert second.time - first.time > 0.9


def test_mail_comes_while_the_test_is_under_way(watching, imap, push):
    push.script("phone", answer(201, delay=1))
    process = begin_push(watching)
    push.wait_put("phone")
    imap.inbox.deliver()
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    push.wait_put("phone", 2)
    assert json.loads(out)["push_version"] == push.puts("phone")[0].version
    push.assert_rising("phone")


def test_several_ask_at_the_same_time(watching, push):
    push.always("phone", answer(201, delay=0.2))
    processes = [begin_push(watching) for _ in range(5)]
    for process in processes:
        out, said = process.communicate(timeout=20)
        assert process.returncode == 0, said
        assert json.loads(out)["accepted"]
    push.assert_rising("phone")


# ---- what is shown ----

def test_phone_says_that_it_is_a_test(rig, daemon, push):
    """And of the next mail it says what it always does."""
    imap, phone = rig.imap(), Subscriber()
    daemon.account("work", imap)
    daemon.endpoint("ntfy", push.url("ntfy"), kind="ntfy")
    subscribe(daemon, push, "browser", phone=phone)
    daemon.start()
    imap.wait_idle()
    for name in ("ntfy", "browser"):
        assert 'should show "imappushd test"' in push_to(daemon, name).stdout
    imap.inbox.deliver()
    test, mail = push.assert_exactly("ntfy", 2)
    assert test.header("Title") == "imappushd test"
    assert test.body == b"Pushes reach this phone."
    assert mail.header("Title") == "New mail" and mail.body == b"work: new mail"
    assert test.header("X-Sequence-ID") != mail.header("X-Sequence-ID")
    test, mail = push.assert_exactly("browser", 2)
    assert test.header("Topic") != mail.header("Topic")
    shown = [json.loads(phone.open(put.body))["notification"]
             for put in (test, mail)]
    assert [one["title"] for one in shown] == ["imappushd test", "New mail"]


def test_mail_is_still_owed(daemon, imap, push):
    """A mail must not hide behind the words of a test."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), kind="ntfy", quiet=[span(-1, 1)])
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    daemon.wait_about("work", "new mail")
    assert "imappushd test" not in push_to(daemon).stdout
    put, = push.assert_exactly("phone", 1)
    assert put.body == b"work: new mail"


def test_first_of_all_for_web_push(daemon, push):
    """Without a daemon, a state folder or a key: all that is made."""
    phone = Subscriber()
    subscribe(daemon, push, phone=phone)
    push_to(daemon)
    put, = push.wait_put("phone")
    assert json.loads(phone.open(put.body))["version"] > 0
    assert daemon.state.stat().st_mode & 0o777 == 0o700


# ---- the daemon and its files ----

def test_url_that_the_daemon_does_not_have_yet(watching, imap, push):
    """The version is the daemon's, the request is not."""
    watching.endpoint("phone", push.url("other"))
    push_to(watching)
    test, = push.wait_put("other")
    imap.inbox.deliver()
    assert push.wait_put("phone")[0].version > test.version
    assert watching.run("--reload").returncode == 0
    push.wait_put("other", 2)
    push.assert_rising("other")


def test_endpoint_is_removed_meanwhile(watching, push):
    push.always("phone", hang())
    process = begin_push(watching)
    push.wait_put("phone")
    watching.remove("endpoints.d/phone.conf")
    assert watching.run("--reload").returncode == 0
    _, said = process.communicate(timeout=10)
    assert process.returncode == 66 and "removed meanwhile" in said
    push.assert_exactly("phone", 1)


def test_caller_goes_away(watching, imap, push):
    """The push is a real one and goes on."""
    push.script("phone", answer(201, delay=0.5))
    process = begin_push(watching)
    push.wait_put("phone")
    process.kill()
    process.communicate()
    push.wait_accepted("phone")
    imap.inbox.deliver()
    push.wait_accepted("phone", 2)


def test_courier_dies(watching, push):
    """It is sent again by the next one, and answered then."""
    push.script("phone", hang())
    process = begin_push(watching)
    push.wait_put("phone")
    watching.signal_child(watching.with_role("courier")[0])
    out, _ = process.communicate(timeout=10)
    assert json.loads(out)["status"] == 201
    first, second = push.assert_exactly("phone", 2)
    assert first.version == second.version
    # the dead one's connection may not have been seen to end yet
    push.violations[:] = [violation for violation in push.violations
                          if "two requests in flight" not in violation]


def test_daemon_stops_meanwhile(watching, push):
    push.always("phone", hang())
    process = begin_push(watching)
    push.wait_put("phone")
    watching.stop()
    _, said = process.communicate(timeout=10)
    assert process.returncode == 69 and "did not answer" in said


def test_daemon_starts_meanwhile(box, imap, push):
    """It waits for the action that is at work on its state, and then goes on from
    there."""
    push.script("phone", answer(201, delay=1))
    process = begin_push(box)
    push.wait_put("phone")
    begun = time.monotonic()
    box.start()
    box.wait_log(f"waiting for process {process.pid}")
    box.wait_watching("work")
    assert time.monotonic() - begun > 0.5
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 2)
    push.assert_rising("phone")


def test_daemon_is_told_to_stop_while_it_waits(box, push):
    push.always("phone", hang())
    process = begin_push(box)
    push.wait_put("phone")
    box.start()
    status = pathlib.Path(f"/proc/{box.process.pid}/status")
    blocked = 1 << signal.SIGTERM - 1
    while not int(re.search(r"SigBlk:\s+(\w+)", status.read_text()).group(1),
                  16) & blocked:
        time.sleep(0.005)
    time.sleep(0.2)
    assert box.running()
    box.process.terminate()
    assert box.wait_exit(5) == 75
    process.kill()
    process.communicate()


def test_action_is_killed(box, imap, push):
    """What it had not delivered, the daemon does."""
    push.script("phone", hang())
    process = begin_push(box)
    push.wait_put("phone")
    process.kill()
    process.communicate()
    assert not box.survivors(grace=1)
    box.start()
    box.wait_watching("work")
    first, second = push.wait_put("phone", 2)
    assert first.version == second.version
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone", 3)
    push.assert_rising("phone")


def test_daemon_has_no_control_socket(box, push):
    """Then it cannot be asked, and must not be worked around."""
    long = str(box.folder / ("x" * 100))
    box.start(XDG_RUNTIME_DIR=long)
    box.wait_watching("work")
    done = push_to(box, status=75)
    assert f"process {box.process.pid}" in done.stderr
    assert not push.requests


# ---- clock and ledger ----

@pytest.mark.parametrize("running", [False, True], ids=["alone", "daemon"])
def test_nothing_vouches_for_the_clock(box, push, running):
    """Without a version that is known to be above all others, nothing is sent."""
    box.clock.set(trusted=False)
    if running:
        box.start()
        box.wait_watching("work")
    assert "clock" in push_to(box, status=75).stderr
    assert not push.requests
    box.clock.set(trusted=True)
    push_to(box)
    if running:
        box.stop()
    box.clock.set(-86400, trusted=False)
    push_to(box)
    first, second = push.assert_exactly("phone", 2, settle=0)
    assert second.version == first.version + 1


def test_ledger_is_damaged(box, push):
    """Whoever finds it, everyone gets the push that this is worth."""
    box.endpoint("tablet", push.url("tablet"))
    push_to(box)
    box.ledger.write_bytes(b"rubbish" * 1000)
    push_to(box)
    assert list(box.state.glob("ledger.db.damaged-*"))
    box.start()
    box.wait_watching("work")
    push.assert_exactly("tablet", 1)
    push.assert_exactly("phone", 2)
    push.assert_rising("phone")


# ---- the socket itself ----

def ask(daemon, line):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(daemon.runtime / "imappushd" / "control"))
        client.sendall(line)
        return json.loads(b"".join(iter(lambda: client.recv(1000), b"")))


def test_words_of_the_socket(watching, push):
    """Each version that is given away is a new one."""
    given = [ask(watching, b"version\n")["version"] for _ in range(3)]
    assert given == sorted(set(given))
    assert ask(watching, b"test-push 00000000000000000000000000000000\n")["code"] \
        == "unknown-endpoint"
    for line in (b"test-push\n", b"test-push \n", b"version 1\n"):
        assert ask(watching, line)["code"] == "command"
    push_to(watching)
    assert push.puts("phone")[0].version > given[-1]
