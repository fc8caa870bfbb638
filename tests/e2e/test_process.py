"""One process that lives, its children, and how they end."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

from rig import receiver
from rig.fakeimap import hang


def test_second_instance(watching, imap):
    result = watching.run()
    assert result.returncode == 75
    assert str(watching.process.pid) in result.stderr
    assert len(imap.logins) == 1 and watching.running()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it(watching, imap, number):
    watching.process.send_signal(number)
    assert watching.wait_exit(5) == 0
    assert not watching.survivors()
    imap.wait(lambda: not imap.connections, 2, "end of the connection")


@pytest.mark.parametrize("step", ["accept", "greeting", "capability", "login",
                                  "id", "examine", "idle"])
def test_sigterm_while_the_server_is_silent(rig, push, daemon, imap, step):
    imap.on(step, hang)
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_hung()
    assert daemon.stop() < 5


def test_sigterm_between_two_tries(rig, push, daemon):
    imap = rig.imap(listening=False)
    daemon.box("work", imap, push)
    daemon.start()
    daemon.wait_about("work", "retrying in")
    assert daemon.stop() < 5


def test_sigterm_while_a_push_is_on_its_way(watching, imap, push):
    push.script("phone", receiver.hang())
    imap.inbox.deliver()
    push.wait_put("phone")
    assert watching.stop() < 5
    watching.start()
    push.wait_accepted("phone")


def test_sigterm_right_after_the_start(rig, push, daemon, imap):
    daemon.box("work", imap, push)
    daemon.start()
    daemon.wait_log(".")
    assert daemon.stop() < 5


def test_idle_daemon_does_nothing(watching, imap):
    """No tick: no process of it is woken while nothing happens."""
    imap.wait_idle()
    time.sleep(0.3)

    def switches():
        return {pid: [line for line in
                      pathlib.Path(f"/proc/{pid}/status").read_text()
                      .splitlines() if "ctxt_switches" in line]
                for pid in [watching.process.pid, *watching.children()]}

    before = switches()
    time.sleep(2)
    assert switches() == before


def test_session_inherits_nothing(watching, imap):
    """Three standard streams, the core, the server, and a timer or two; no
    file of the core's."""
    session, = watching.with_role("session")
    folder = pathlib.Path(f"/proc/{session}/fd")
    if os.geteuid():
        return  # not dumpable: only root may look
    targets = [os.readlink(path) for path in folder.iterdir()]
    assert not [t for t in targets if str(watching.folder) in t], targets
    assert len([t for t in targets if t.startswith("socket:")]) == 2, targets
    assert len(targets) <= 8, targets


def test_nobody_may_look_into_it(watching, imap):
    """Not dumpable, no core file, for all processes."""
    for pid in [watching.process.pid, *watching.children()]:
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        line, = [x for x in limits.splitlines() if "core file" in x]
        assert line.split()[4:6] == ["0", "0"], line
        # the files of a process that is not dumpable belong to root
        owner = pathlib.Path(f"/proc/{pid}/environ").stat().st_uid
        assert owner == 0


def test_state_folder_is_private(watching):
    assert watching.state.stat().st_mode & 0o777 == 0o700
    for path in watching.state.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_journal_gets_priorities_and_no_time(rig, push, daemon, imap):
    daemon.box("work", imap, push)
    read, write = os.pipe()
    info = os.fstat(write)
    process = subprocess.Popen(
        [daemon.binary], stderr=write, stdin=subprocess.DEVNULL,
        env=daemon.environment(
            JOURNAL_STREAM=f"{info.st_dev}:{info.st_ino}"))
    os.close(write)
    imap.wait_idle()
    process.terminate()
    process.wait(5)
    with os.fdopen(read) as stream:
        lines = stream.read().splitlines()
    assert lines
    for line in lines:
        assert line.startswith("<") and line[2] == ">", line
        assert line[1] in "34567"
    assert [line for line in lines if line[3:].startswith("work: ")]
