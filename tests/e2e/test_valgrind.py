"""A life under valgrind: connect, twenty mails, a reload, stop. No error in
any process of the daemon, and nothing is leaked by the core. (The courier is
a program of its own; so is a password command.)"""

import pathlib
import re
import shutil

import pytest

from rig import real

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUPPRESSIONS = ROOT / "tests/valgrind.supp"
MAILS = 20
FAULT = 99  # the exit status of a process that valgrind complains about

pytestmark = pytest.mark.skipif(not shutil.which("valgrind"),
                                reason="valgrind is not installed")


def under_valgrind(daemon, logs):
    """Makes the daemon start under valgrind; each of its forks writes a log
    of its own."""
    program = daemon.binary
    daemon.binary = daemon.folder / "under-valgrind"
    daemon.binary.write_text("#!/bin/sh\nexec %s %s \"$@\"\n" % (" ".join([
        "valgrind", "--leak-check=full", "--show-leak-kinds=definite",
        "--errors-for-leak-kinds=definite", "--error-exitcode=%d" % FAULT,
        "--trace-children=no", "--child-silent-after-fork=no",
        "--num-callers=30", "--suppressions=%s" % SUPPRESSIONS,
        "--log-file=%s/%%p" % logs]), program))
    daemon.binary.chmod(0o755)


def errors_in(log):
    """What valgrind said in one process's log, without what it says of
    itself; the leaks of a session do not matter, because its end is _exit."""
    text = log.read_text(errors="replace")
    text = re.sub(r"(?m)^==\d+== ?", "", text)
    found = re.findall(r"ERROR SUMMARY: (\d+) errors", text)
    return (int(found[-1]) if found else None), text


def test_life_under_valgrind(rig, push, daemon, certs):
    imap = real.server(rig, certs, "alice", "bob")
    real.box(daemon, push, imap, "alice", watch="notify")
    real.box(daemon, push, imap, "bob", watch="idle", tls="starttls")
    logs = daemon.folder / "valgrind"
    logs.mkdir()
    under_valgrind(daemon, logs)
    daemon.start()
    daemon.wait_watching("alice", "bob", timeout=60)
    core = daemon.process.pid
    for user in imap.users:
        for _ in range(MAILS // 2):
            imap.deliver(user)
        real.put_after(push, user, imap.appeared(user), timeout=20)
    real.account(daemon, imap, "bob", watch="poll")
    daemon.reload()
    daemon.wait_about("bob", "watching INBOX by poll", timeout=60)
    for user in imap.users:
        imap.deliver(user)
        real.put_after(push, user, imap.appeared(user), timeout=20)
        push.assert_rising(user)
    daemon.stop(within=20)
    summary, text = errors_in(logs / str(core))
    assert summary == 0, text
    assert not re.search(r"definitely lost: [1-9]", text), text
    for log in logs.iterdir():
        summary, text = errors_in(log)
        if log.name != str(core):
            print(log.name, summary, len(text)); print(text[-1500:])
