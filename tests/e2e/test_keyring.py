"""An account whose password is in the keyring or in the file store: locked for a
while, missing, or with nothing that could be asked."""

import pathlib
import time

from rig import status
from rig.credential import DONE, Helper
from rig.daemon import command_line, processes
from rig.keyring import Keyring, Silent

SECRET = "open sesame"


def box(rig, push, daemon, name="work"):
    """An account that says nothing of where its password is."""
    imap = rig.imap(SECRET)
    daemon.box(name, imap, push, password_file=None)
    return imap


def deliver(imap, push, name="work"):
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly(name, 1)


def tell_password(daemon, bus, name="work", store="keyring"):
    assert Helper(daemon, bus).store(name, SECRET, store) == DONE


def test_password_is_in_the_keyring(rig, push, daemon, keyring):
    imap = box(rig, push, daemon)
    tell_password(daemon, keyring)
    daemon.start(**keyring.environment())
    deliver(imap, push)


def test_password_is_in_the_file_store_without_any_bus(rig, push, daemon):
    imap = box(rig, push, daemon)
    tell_password(daemon, None, store="file")
    daemon.start()
    deliver(imap, push)


def test_keyring_is_locked_at_boot(rig, push, daemon, keyring):
    """It is no wrong password: no login is tried, it is said once, nobody is
    waited for; and once it is unlocked the account goes on at once, not at the
    next try."""
    imap = box(rig, push, daemon)
    other = rig.imap("another one")
    daemon.box("other", other, push)
    tell_password(daemon, keyring)
    keyring.lock()
    daemon.start(**keyring.environment())
    daemon.wait_about("work", "keyring is locked; going on as soon as")
    deliver(other, push, "other")
    time.sleep(2)
    assert len(daemon.lines("locked")) == 1
    assert not imap.accepted
    told = status.ask(daemon)
    assert told.states() == {"work": "locked", "other": "watching"}
    assert told.account("work")["error"]["code"] == "locked"
    assert told.account("work")["secret"] == "store" and told.exit == 1
    assert [each["code"] for each in told.all["advice"]][-1:] == ["keyring"]
    began = time.monotonic()
    keyring.turn_the_key()
    deliver(imap, push)
    assert time.monotonic() - began < 5
    login, = imap.logins
    assert login.good


def test_keyring_is_unlocked_and_nobody_is_told(rig, push, daemon, bus):
    """A provider without signals is asked anew when a wait is over, here after
    two seconds; what is repeated is not logged again."""
    provider = bus(Silent, "prompting")
    imap = box(rig, push, daemon)
    daemon.start(IMAPPUSHD_TEST_KEYRING_SECONDS="2", **provider.environment())
    daemon.wait_about("work", "keyring is locked")
    time.sleep(5)
    assert len(daemon.lines("warning: .*locked")) == 1
    asked = provider.log().count("Unlock\n")
    assert 3 <= asked <= 6  # at the start, in each wait, and no more
    provider.open()
    imap.wait_idle(timeout=5)


def test_keyring_is_locked_for_long(rig, push, daemon, keyring):
    """Then a person is told, once."""
    imap = box(rig, push, daemon)
    daemon.endpoint("owner", push.url("owner"), events=["attention"],
                    headers=["X-About: %a: %m"])
    tell_password(daemon, keyring)
    keyring.lock()
    daemon.start(IMAPPUSHD_TEST_LOCKED_SECONDS="2",
                 IMAPPUSHD_TEST_KEYRING_SECONDS="1", **keyring.environment())
    daemon.wait_about("work", "keyring is locked")
    push.no_put_for("owner", 1)
    put, = push.assert_exactly("owner", 1)
    assert put.header("X-About") == "work: keyring locked"
    time.sleep(2)
    push.assert_exactly("owner", 1, settle=0)
    keyring.unlock()
    deliver(imap, push)


def test_password_was_never_told(rig, push, daemon, keyring):
    """A person must act; the line says how, and it works."""
    imap = box(rig, push, daemon)
    daemon.start(**keyring.environment())
    line = daemon.wait_about("work", "neither in the keyring nor in the file")
    assert "imappushd --set-password work" in line
    assert "retrying in 30 min" in line
    done = daemon.run("--set-password", "work", "--password-stdin",
                      stdin=SECRET + "\n", **keyring.environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert "in the keyring" in done.stdout
    deliver(imap, push)


def test_there_is_no_bus(rig, push, daemon):
    """Under cron, or on a box without D-Bus: said once, with what to do, which
    takes effect at once."""
    imap = box(rig, push, daemon)
    daemon.start()
    line = daemon.wait_about("work", "there is no keyring")
    assert "imappushd --set-password work" in line
    daemon.wait_about("work", "there is no keyring", count=2)
    time.sleep(1)
    assert len(daemon.lines("no keyring")) == 2  # one of them at level debug
    done = daemon.run("--set-password", "work", "--password-stdin",
                      "--store=file", stdin=SECRET)
    assert (done.returncode, done.stderr) == (0, "")
    deliver(imap, push)


def test_keyring_comes_after_the_daemon(rig, push, daemon, bus):
    """At boot, before anybody has logged in to the desktop."""
    keyring = bus(Keyring)
    keyring.unlock()
    imap = box(rig, push, daemon)
    tell_password(daemon, keyring)
    keyring.leave()
    daemon.start(**keyring.environment())
    daemon.wait_about("work", "nothing provides the secret service")
    time.sleep(1)
    keyring.unlock()
    imap.wait_idle(timeout=5)


def test_provider_never_answers(rig, push, daemon, bus):
    """The other account notices nothing, and this one is tried again."""
    box(rig, push, daemon)
    other = rig.imap("another one")
    daemon.box("other", other, push)
    daemon.start(**bus(Silent, "silent").environment())
    deliver(other, push, "other")
    daemon.wait_about("work", "did not answer within 8 s; retrying in",
                      timeout=12)


def test_password_is_put_elsewhere_while_the_keyring_is_awaited(
        rig, push, daemon, keyring):
    """What --set-password tells counts at once, whatever was waited for."""
    imap = box(rig, push, daemon)
    keyring.lock()  # with nothing in it
    daemon.start(**keyring.environment())
    daemon.wait_about("work", "keyring is locked, and may hold it")
    time.sleep(0.5)
    done = daemon.run("--set-password", "--password-stdin", "--store=file",
                      stdin=SECRET, **keyring.environment())
    assert done.returncode == 0
    deliver(imap, push)


def test_daemon_is_stopped_while_the_keyring_is_awaited(
        rig, push, daemon, keyring):
    box(rig, push, daemon)
    tell_password(daemon, keyring)
    keyring.lock()
    daemon.start(**keyring.environment())
    daemon.wait_about("work", "keyring is locked")
    session = str(daemon.process.pid)
    wait_for(lambda: helpers("session", session))
    assert daemon.stop() < 5
    assert not helpers("session", session)


def helpers(field, value):
    """Credential helpers that run. Other tests have some of their own."""
    known = processes()
    return [pid for pid, fields in known.items()
            if "".join(command_line(pid)[:1]).endswith("/credential")
            and value in (fields[field],
                          known.get(int(fields["parent"]), {}).get(field))]


def wait_for(condition, timeout=5):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "still not so"
        time.sleep(0.01)


def test_password_is_on_a_command_line_or_in_an_environment(
        rig, push, daemon, bus):
    """While a helper holds it, because its keyring does not answer: neither it
    nor who started it shows the password to who looks at processes."""
    box(rig, push, daemon)
    provider = bus(Silent, "silent")
    process = daemon.popen("--set-password", "work", "--password-stdin",
                           "--store=keyring", **provider.environment())
    process.stdin.write(SECRET.encode() + b"\n")
    process.stdin.close()
    # its guard is between the two
    wait_for(lambda: helpers("parent", str(process.pid)))
    seen = 0
    for pid in processes():
        for name in ("cmdline", "environ"):
            try:
                text = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                continue
            seen += b"--set-password" in text
            assert SECRET.encode() not in text, (pid, name)
    assert seen
    assert process.wait(15) == 69
    output = process.stdout.read() + process.stderr.read()
    assert b"did not answer" in output
    assert SECRET.encode() not in output
