"""Versions only grow, whatever happens to clock and ledger."""

import datetime
import time

import pytest

from rig.receiver import hang

DAY = 86400
YEAR = 365 * DAY


@pytest.fixture
def pushed(watching, imap, push):
    """The daemon stopped, with one push behind it."""
    imap.inbox.deliver()
    push.wait_accepted("phone")
    imap.wait_idle()
    watching.stop()
    return watching


def next_push(daemon, imap, push):
    """Starts the daemon; a mail comes; the version of the push after it."""
    daemon.start()
    daemon.wait_watching("work")
    imap.wait_idle()
    before = max(push.versions("phone"))
    imap.inbox.deliver()
    return push.wait_version_above("phone", before)


def test_versions_rise(watching, imap, push):
    for count in range(1, 11):
        imap.inbox.deliver()
        push.wait_accepted("phone", count)
    push.assert_rising("phone")


def test_versions_rise_over_restarts(pushed, imap, push):
    for _ in range(3):
        next_push(pushed, imap, push)
        pushed.stop()
        next_push(pushed, imap, push)
        pushed.kill()
    assert len(push.assert_rising("phone", repeats=True)) == 7


@pytest.mark.parametrize("trusted", [True, False])
def test_clock_goes_back_a_day(pushed, imap, push, trusted):
    pushed.clock.set(-DAY, trusted)
    next_push(pushed, imap, push)
    push.assert_rising("phone")


def test_clock_goes_back_while_it_runs(watching, imap, push):
    imap.inbox.deliver()
    push.wait_accepted("phone", 1)
    watching.clock.set(-DAY)
    imap.inbox.deliver()
    push.wait_accepted("phone", 2)
    push.assert_rising("phone")


def test_bad_clock_poisons_the_series(pushed, imap, push):
    """A year ahead and not trusted: one more than the last, no more."""
    last = max(push.versions("phone"))
    pushed.clock.set(YEAR, False)
    version = next_push(pushed, imap, push)
    assert version < last + YEAR * 1_000_000 // 2


def test_ledger_is_deleted(pushed, imap, push):
    for path in pushed.state.iterdir():
        path.unlink()
    next_push(pushed, imap, push)
    push.assert_rising("phone")


@pytest.mark.parametrize("damage", ["half", "empty", "rubbish", "header"])
def test_ledger_is_damaged(pushed, imap, push, damage):
    """It is put aside, never trusted, and told once: mail may have been
    missed."""
    data = pushed.ledger.read_bytes()
    pushed.ledger.write_bytes({
        "half": data[:len(data) // 2], "empty": b"",
        "rubbish": b"rubbish" * 1000,
        "header": b"\xff" * 100 + data[100:]}[damage])
    next_push(pushed, imap, push)
    before = len(push.settled("phone"))  # with that for the loss
    push.assert_rising("phone")
    pushed.stop()
    next_push(pushed, imap, push)  # what it made instead holds
    assert len(push.puts("phone")) == before + 1


def test_damaged_ledger_is_told_once(pushed, imap, push):
    data = pushed.ledger.read_bytes()
    pushed.ledger.write_bytes(data[:len(data) // 2])
    pushed.start()
    push.assert_exactly("phone", 2)
    push.assert_rising("phone")
    pushed.stop()
    pushed.start()
    pushed.wait_watching("work")
    push.no_put_for("phone")


def test_ledger_cannot_be_written(pushed, imap, push):
    """A directory stands where SQLite wants its log (a full or read-only
    card looks the same from inside): pushes go on from memory."""
    log = pushed.state / "ledger.db-wal"
    log.unlink(missing_ok=True)
    log.mkdir()
    (log / "full").touch()
    next_push(pushed, imap, push)
    last = max(push.versions("phone"))
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_version_above("phone", last)
    pushed.wait_log("ledger")
    pushed.stop()
    (log / "full").unlink()
    log.rmdir()
    next_push(pushed, imap, push)
    push.assert_rising("phone")


def test_ledger_belongs_to_a_link(pushed, imap, push):
    """O_NOFOLLOW: a link is not followed to somebody else's file."""
    elsewhere = pushed.folder / "elsewhere"
    pushed.ledger.rename(elsewhere)
    before = elsewhere.read_bytes()
    pushed.ledger.symlink_to(elsewhere)
    pushed.start()
    pushed.wait_log("ledger")
    assert elsewhere.read_bytes() == before


def old(years=3):
    """A mail whose date cannot be a witness for any clock of these tests."""
    return datetime.datetime.now(datetime.timezone.utc) \
        - datetime.timedelta(days=years * 365)


def test_nothing_vouches_for_the_clock(rig, push, daemon, imap):
    """Not synchronised, no ledger, no witness: a push with a version from
    such a clock could silence a phone for ever. Held, said, sent later."""
    daemon.clock.set(-YEAR, False)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver(internaldate=old())
    daemon.wait_log("clock")
    push.no_put_for("phone", 1)
    daemon.clock.set(0, True)
    push.wait_accepted("phone", timeout=30)
    push.assert_exactly("phone", 1)


def test_held_push_survives_the_daemon(rig, push, daemon, imap):
    daemon.clock.set(-YEAR, False)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver(internaldate=old())
    daemon.wait_log("clock")
    push.no_put_for("phone", 0.5)
    daemon.stop()
    daemon.clock.set(0, True)
    daemon.start()
    push.assert_exactly("phone", 1)


def test_mail_vouches_for_the_clock(rig, push, daemon, imap):
    """The server's date of a mail that just came agrees within minutes."""
    daemon.clock.set(0, False)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


def test_mail_disagrees_with_the_clock(rig, push, daemon, imap):
    daemon.clock.set(-YEAR, False)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.no_put_for("phone", 1)


def test_version_of_a_new_event_is_above_one_never_answered(watching, imap,
                                                            push):
    """Killed with a request on its way: whether it arrived is not known, so
    the next event's version must be above that one's."""
    push.script("phone", hang())
    imap.inbox.deliver()
    push.wait_put("phone")
    watching.kill()
    imap.inbox.append()
    watching.start()
    push.wait_version_above("phone", push.versions("phone")[0])


def test_program_as_it_is_installed(rig, push, imap):
    """Without a clock of the test's: this box may or may not be
    synchronised, and the mail that comes vouches for it where it is not."""
    daemon = rig.daemon(testclock=False)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    moment = int(time.time() * 1e6)
    imap.inbox.deliver()
    push.wait_version_above("phone", moment)
    push.assert_exactly("phone", 1)
