"""What servers say, and do not say, while a client is in IDLE."""

import time

import pytest

from rig.fakeimap import DEFAULT, chain, drop


def says_exists_before_continuation(connection, command):
    connection.server.inbox.append()
    connection.sync()
    return DEFAULT


@pytest.mark.parametrize("continuation", [
    "+ IDLE accepted, awaiting DONE command.", "+ entering idle mode",
    "+ ", "+"])
def test_exists_comes_before_the_continuation(rig, push, daemon,
                                              continuation):
    """Webklex/php-imap#258 (Outlook), py3status#1899 (Courier)."""
    imap = rig.imap()
    imap.inbox.append(3)
    imap.idle_continuation = continuation
    imap.on("idle", says_exists_before_continuation, times=1)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    push.wait_put("phone", 1, timeout=5)
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 2)
    assert len(imap.logins) == 1


def test_still_here_is_taken_for_mail(watching, imap, push):
    """jonhoo/rust-imap#160, dbmail#20: signs of life, with and without text."""
    idles = imap.count("idle")
    for _ in range(10):
        imap.say("* OK Still here", "* OK")
        time.sleep(0.1)
    assert imap.count("idle") == idles, "IDLE was left for a sign of life"
    assert len(imap.logins) == 1
    assert not push.puts("phone")
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


def test_expunge_and_mail_leave_the_count_as_it_was(watching, imap, push):
    """MailKit#85, jakartaee/mail-api#319."""
    with imap.lock:
        imap.inbox.append()
        imap.inbox.expunge(1)  # tells "* 1 EXPUNGE" and "* 3 EXISTS"
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("lines", [
    ["* 3 EXISTS", "* 3 EXISTS", "* 3 EXISTS"], ["* 2 EXISTS"],
    ["* 0 RECENT"], ["* 7 EXISTS"]])
def test_exists_without_new_mail(watching, imap, push, lines):
    """smiley22/S22.Imap#32 (Gmail): the count changes, nothing is new."""
    imap.say(*lines)
    push.no_put_for("phone")
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert len(imap.logins) == 1


def test_expunge_without_new_mail(watching, imap, push):
    imap.inbox.expunge(3)
    imap.say("* 2 EXISTS")
    push.no_put_for("phone")
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


def test_recent_is_missing(watching, imap, push):
    """seanthegeek/mailsuite#41: another client took \\Recent first."""
    imap.says_recent = False
    imap.inbox.deliver()
    imap.say("* 0 RECENT")
    push.assert_exactly("phone", 1)


def test_recent_comes_alone(watching, imap, push):
    """jonhoo/buzz#23: worth a look, and news only if mail is there."""
    imap.say("* 1 RECENT")
    push.no_put_for("phone")
    looks = imap.count("fetch")
    imap.inbox.append()
    imap.say("* 1 RECENT")
    push.assert_exactly("phone", 1)
    assert imap.count("fetch") <= looks + 2, "one for each thing that is said"


def test_flag_changes_are_taken_for_mail(watching, imap, push):
    """polhenarejos/acme_email#50 (iCloud): a FETCH in IDLE is no mail; and
    what comes first after it must be DONE (the server watches for that)."""
    imap.inbox.set_flags(3, "\\Seen")
    imap.say("* 2 FETCH (FLAGS (\\Seen))")
    push.no_put_for("phone")
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


def test_literal_holds_a_fake_event(watching, imap, push):
    """MailKit#361: what is inside a literal is no response."""
    fetches = imap.count("fetch")
    imap.send(b"* 3 FETCH (BODY[HEADER] {12}\r\n* 9 EXISTS\r\n FLAGS ())\r\n")
    push.no_put_for("phone")
    assert imap.count("fetch") <= fetches + 1
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert len(imap.logins) == 1


def says_bye(connection, command):
    connection.say(connection.server.idle_continuation,
                   "* BYE Server shutting down.")


def test_bye_after_each_idle_makes_a_storm(rig, push, daemon):
    """stalwart#280, NotiMail#4: reconnects get rarer, mail is told once."""
    imap = rig.imap()
    imap.inbox.append(3)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    imap.on("idle", chain(says_bye, drop))
    daemon.start()
    imap.wait_step("idle")
    imap.inbox.append()
    time.sleep(8)
    # Waits of at most 5, 10, 20, 40 and 80 s, evenly spread: five of them
    # within 8 s come once in ten thousand runs.
    assert 1 <= len(imap.logins) <= 5
    push.wait_put("phone", timeout=30)
    assert len(push.puts("phone")) == 1


def is_blind(connection, command):
    """Mail comes as IDLE begins, and this IDLE will never tell of it."""
    connection.server.inbox.append()
    connection.forget_news()
    return DEFAULT


def test_mail_between_look_and_idle_is_never_told(rig, push, daemon):
    """cyrusimap/cyrus-imapd#3668: found at the next refresh."""
    imap = rig.imap()
    imap.inbox.append(3)
    imap.on("idle", is_blind, times=1)
    daemon.account("work", imap, refresh_interval=5)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    push.wait_put("phone", timeout=8)
    push.assert_exactly("phone", 1)
    assert len(imap.logins) == 1


def test_server_goes_quiet_in_idle(rig, push, daemon):
    """angus-mail#176 (O365), imapfilter#316 (AOL): told nothing for long,
    but a fresh IDLE is answered. The refresh comes before that hurts."""
    imap = rig.imap()
    imap.inbox.append(3)
    daemon.account("work", imap, refresh_interval=5)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    connection = imap.wait_idle()
    imap.inbox.append()
    connection.forget_news()
    push.wait_put("phone", timeout=8)
    imap.wait_idle()
    assert len(imap.logins) == 1
    fetches = imap.count("fetch")
    imap.wait_step("fetch", fetches + 1, timeout=8)  # each refresh looks
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("days", [-1, 1])
def test_clock_jumps_while_it_idles(rig, push, daemon, days):
    """No wait is measured by the calendar: the refresh is on time, a day
    before or after."""
    imap = rig.imap()
    imap.inbox.append(3)
    daemon.account("work", imap, refresh_interval=5)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    connection = imap.wait_idle()
    daemon.clock.set(days * 86400)
    fetches = imap.count("fetch")
    with imap.lock:
        imap.inbox.append()
        connection.forget_news()
    push.wait_put("phone", timeout=8)
    imap.wait_idle()
    assert imap.count("fetch") == fetches + 1
    assert len(imap.logins) == 1


def test_mail_comes_while_idle_is_being_renewed(watching, imap, push):
    """Mail in the answer to DONE, in the look, as the next IDLE begins."""
    moments = []

    def one_more(connection, command):
        imap.inbox.append()
        moments.append(int(time.time() * 1e6))
        connection.sync()
        return DEFAULT

    for step in ("done", "fetch", "idle"):
        imap.on(step, one_more, times=1)
    imap.inbox.deliver()
    imap.wait(lambda: len(moments) == 3, what="renewal of IDLE")
    push.wait_version_above("phone", moments[-1])
    imap.wait_idle()
    assert len(push.settled("phone")) <= 4
    push.assert_rising("phone")
