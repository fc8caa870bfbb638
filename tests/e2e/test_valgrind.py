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
    of its own. A fork leaves by _exit, so that what it did not free is no
    leak: the core's leaks are judged by its log alone."""
    program = daemon.binary
    if b"__asan_init" in program.read_bytes():
        pytest.skip("a sanitizer's build does not run under valgrind")
    daemon.binary = daemon.folder / "under-valgrind"
    daemon.binary.write_text("#!/bin/sh\nexec %s %s \"$@\"\n" % (" ".join([
        "valgrind", "--leak-check=full", "--show-leak-kinds=definite",
        "--errors-for-leak-kinds=none", "--error-exitcode=%d" % FAULT,
        "--trace-children=no", "--child-silent-after-fork=no",
        "--num-callers=30", "--suppressions=%s" % SUPPRESSIONS,
        "--log-file=%s/%%p" % logs]), program))
    daemon.binary.chmod(0o755)


def complaint(log):
    """What valgrind found in one process, or nothing. Only who leaves by
    himself gets a summary; in the log of who was killed, each place in the
    program that is named is one of an error."""
    text = re.sub(r"(?m)^==\d+== ?", "", log.read_text(errors="replace"))
    assert text.startswith("Memcheck"), "%s: %r" % (log.name, text)
    summary = re.findall(r"ERROR SUMMARY: (\d+) errors", text)
    clean = summary[-1] == "0" if summary else "   at 0x" not in text
    return "" if clean else text


def test_life_under_valgrind(rig, push, daemon, certs):
    imap = real.server(rig, certs, "alice", "bob")
    real.box(daemon, push, imap, "alice", watch="notify")
    real.box(daemon, push, imap, "bob", watch="idle", tls="starttls")
    logs = daemon.folder / "valgrind"
    logs.mkdir()
    under_valgrind(daemon, logs)
    daemon.start()
    daemon.wait_watching("alice", "bob", timeout=30)
    core = daemon.process.pid
    sessions = set(daemon.with_role("session"))
    for _ in range(MAILS // 2):
        for user in imap.users:
            imap.deliver(user)
        for user in imap.users:
            real.put_after(push, user, imap.appeared(user))
    real.account(daemon, imap, "bob", watch="poll")
    daemon.reload()
    daemon.wait_about("bob", "watching INBOX by poll", timeout=30)
    sessions |= set(daemon.with_role("session"))
    for user in imap.users:
        imap.deliver(user)
        real.put_after(push, user, imap.appeared(user))
        push.assert_rising(user)
    daemon.stop()
    assert len(sessions) == 3
    assert {str(pid) for pid in sessions | {core}} <= {
        log.name for log in logs.iterdir()}
    for log in logs.iterdir():
        assert not complaint(log), complaint(log)
    leaks = (logs / str(core)).read_text()
    assert re.search("definitely lost: 0 bytes|no leaks are possible",
                     leaks), leaks
