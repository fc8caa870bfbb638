"""Quiet hours: what comes meanwhile is held back, then told once."""

import datetime


def span(begin, end):
    """From so many hours after now to so many, in UTC: the daemon's zone."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return "-".join((now + datetime.timedelta(hours=h)).strftime("%H:%M")
                    for h in (begin, end))


def test_mail_comes_in_quiet_hours(rig, push, daemon, imap):
    """Others are told at once. The first push afterwards is for all of it, with
    the newest version; and a restart in between changes nothing."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), quiet=[span(-1, 1)])
    daemon.endpoint("desk", push.url("desk"), quiet=[span(1, 2)])
    daemon.start()
    imap.wait_idle()
    for count in (1, 2):
        imap.inbox.deliver()
        push.wait_put("desk", count)
    daemon.stop()
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("desk", 3)
    push.no_put_for("phone", 0.3)
    daemon.clock.set(3600 + 60)  # the hour is over; the desk's begins
    assert daemon.run("--check-now").returncode == 0
    put, = push.assert_exactly("phone", 1)
    assert put.version == push.accepted("desk")[-1].version
    imap.inbox.deliver()
    push.assert_exactly("phone", 2, settle=0.3)
    push.assert_exactly("desk", 3, settle=0)


def test_quiet_hours_end_while_nothing_happens(rig, push, daemon, imap):
    """It wakes by itself: no look at the clock in between."""
    now = datetime.datetime.now(datetime.timezone.utc)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), quiet=[span(-1, 1)])
    end = (now + datetime.timedelta(hours=1)).replace(second=0, microsecond=0)
    daemon.start()
    imap.wait_idle()
    seconds_to_go = 3
    daemon.clock.set(int((end - datetime.datetime.now(datetime.timezone.utc))
                         .total_seconds()) - seconds_to_go)
    imap.inbox.deliver()
    push.no_put_for("phone", 1)
    push.wait_put("phone", timeout=seconds_to_go + 1)
    push.assert_exactly("phone", 1)


def test_clock_is_set_back_into_quiet_hours(rig, push, daemon, imap):
    """What was owed already waits again; a version never goes down."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), quiet=[span(-3, -1)])
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
    daemon.clock.set(-2 * 3600)
    imap.inbox.deliver()
    push.no_put_for("phone", 0.5)
    assert len(push.puts("phone")) == 1
    daemon.clock.set(0)
    assert daemon.run("--check-now").returncode == 0
    push.assert_exactly("phone", 2)
    push.assert_rising("phone")
