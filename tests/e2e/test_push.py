"""Push services that are down, busy, gone, moved or mad."""

import time

import pytest

from rig.daemon import memory_kib
from rig.receiver import (SECRET, answer, close, drip, endless, hang, refuse,
                          reset)


@pytest.fixture
def told(push, daemon, imap):
    """A function: one mail comes, and each of these endpoints, {name: first
    answers}, is told of it once."""
    def run(scripts):
        daemon.account("work", imap)
        for name, script in scripts.items():
            daemon.endpoint(name, push.url(name))
            push.script(name, *script)
        daemon.start()
        imap.wait_idle()
        imap.inbox.deliver()
        for name in scripts:
            push.wait_put(name)
    return run


def test_service_is_down_then_ill_then_busy_then_well(rig, imap, daemon):
    """One accepted PUT in the end, and it has the newest version."""
    push = rig.push(listening=False)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    daemon.wait_about("phone", "retrying in")
    moment = int(time.time() * 1e6)
    imap.inbox.deliver()
    imap.wait_step("fetch", 2)
    imap.wait_idle()
    push.script("phone", refuse(500), refuse(429, "Retry-After: 1"))
    push.listen()
    accepted = push.wait_accepted("phone", timeout=60)
    push.no_put_for("phone", 1.5)
    assert len(accepted) == 1
    assert accepted[0].version > moment
    busy = push.puts("phone")[-2]
    assert busy.status == 429
    assert accepted[0].time - busy.time >= 1


def test_service_is_busy_and_says_for_how_long(watching, imap, push):
    """Mail that comes meanwhile rides along; nothing goes out before."""
    push.script("phone", refuse(503, "Retry-After: 2"))
    imap.inbox.deliver()
    push.wait_put("phone")
    imap.inbox.deliver()
    push.no_put_for("phone", 1.5)
    accepted, = push.wait_accepted("phone", timeout=5)
    assert accepted.version > push.versions("phone")[0]
    push.no_put_for("phone")


NONSENSE = {
    "negative": "-5", "word": "soon", "huge": "99999999999999999999",
    "largest": "9223372036854775807", "empty": "",
    "past": "Wed, 21 Oct 2015 07:28:00 GMT"}


def test_retry_after_is_nonsense(push, daemon, told):
    """curl#15833: not at once, not never: a reload tries again."""
    told({name: [refuse(503, f"Retry-After: {value}")]
          for name, value in NONSENSE.items()})
    for name in NONSENSE:
        daemon.wait_about(name, "retrying in")
    daemon.reload()
    for name in NONSENSE:
        push.wait_accepted(name)
        assert len(push.puts(name)) == 2


def test_service_is_ill_for_a_moment(push, daemon, told):
    statuses = [408, 429, 500, 502, 503, 504, 507]
    told({str(status): [refuse(status)] for status in statuses})
    for status in statuses:
        daemon.wait_about(str(status), "retrying in")
        if status != 507:  # a ntfy without a subscriber: not within minutes
            push.wait_accepted(str(status))
            push.assert_exactly(str(status), 2, settle=0.05)


def test_connection_ends_instead_of_an_answer(push, told):
    """The service may have taken it, or not: the same version again."""
    told({"reset": [reset()], "close": [close()]})
    for name in ("reset", "close"):
        push.wait_accepted(name)
        first, second = push.assert_exactly(name, 2)
        assert first.version == second.version


def test_any_2xx_is_success(push, told):
    statuses = [200, 201, 202, 204, 299]
    told({str(status): [answer(status)] for status in statuses})
    push.no_put_for("200", 2.2)  # a first retry comes within 2 s
    for status in statuses:
        assert len(push.puts(str(status))) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_endpoint_is_gone(watching, imap, push, status):
    """ntfy#664: no more for it, others go on; a reload tries again, and a
    2xx revives it, with the newest version."""
    watching.endpoint("other", push.url("other"))
    watching.reload()
    push.always("phone", refuse(status))
    imap.inbox.deliver()
    watching.wait_about("phone", "gone")
    push.wait_accepted("other", 1)
    imap.inbox.deliver()
    push.wait_accepted("other", 2)
    push.no_put_for("phone", 1)
    assert len(push.puts("phone")) == 1
    push.always("phone", answer(201))
    watching.reload()
    revived, = push.wait_accepted("phone")
    assert revived.version > push.versions("phone")[0]
    imap.inbox.deliver()
    push.wait_accepted("phone", 2)
    push.assert_rising("phone")


def test_redirect_is_followed(imap, push, daemon, told):
    """libcpr#608, curl#11520: it never is. The endpoint is parked: no retry
    of that version for an hour, but the next mail tries."""
    statuses = [301, 302, 303, 307, 308]
    told({str(status): [refuse(status, f"Location: {SECRET}new")]
          for status in statuses})
    parked(imap, push, daemon, statuses)
    assert not push.puts("new")


def test_request_is_refused(imap, push, daemon, told):
    """Our fault or the owner's: no retry, the next mail tries once."""
    statuses = [400, 401, 403, 405, 413, 415, 422]
    told({str(status): [refuse(status)] for status in statuses})
    parked(imap, push, daemon, statuses)


def parked(imap, push, daemon, statuses):
    for status in statuses:
        daemon.wait_about(str(status), f"{status}")
    push.no_put_for(str(statuses[0]), 2.2)  # a first retry comes within 2 s
    for status in statuses:
        assert len(push.puts(str(status))) == 1
    imap.inbox.deliver()
    for status in statuses:
        push.wait_accepted(str(status))
        push.assert_exactly(str(status), 2, settle=0.02)
        push.assert_rising(str(status))


@pytest.mark.parametrize("body", [endless, drip])
def test_answer_has_no_end(watching, imap, push, body):
    """eonx/easy-monorepo#1836: the status counts, the rest is thrown away."""
    push.script("phone", body())
    imap.inbox.deliver()
    push.wait_accepted("phone")
    time.sleep(0.3)
    for pid in watching.with_role("courier"):
        assert memory_kib(pid) < 50_000
    if body is endless:
        imap.inbox.deliver()
        push.wait_accepted("phone", 2)
        push.assert_rising("phone")
    assert len(imap.logins) == 1


def test_one_request_at_a_time(watching, imap, push):
    """What comes while a request is on its way is merged behind it (the
    receiver watches for two at a time)."""
    push.script("phone", answer(delay=1))
    imap.inbox.deliver()
    push.wait_put("phone")
    for count in range(2, 6):
        imap.inbox.deliver()
        imap.wait_step("fetch", count)
        imap.wait_idle()
    push.wait_accepted("phone", 2)
    push.assert_exactly("phone", 2)
    push.assert_rising("phone")


def test_hanging_endpoint_holds_up_another(watching, imap, push):
    push.script("phone", hang())
    watching.endpoint("other", push.url("other"))
    watching.reload()
    imap.inbox.deliver()
    push.wait_put("phone")
    for count in (1, 2, 3):
        push.wait_accepted("other", count, timeout=3)
        imap.inbox.deliver()
    push.wait_accepted("other", 4, timeout=3)
    assert len(push.puts("phone")) == 1


def test_mail_comes_faster_than_it_may_be_told(rig, push, daemon, imap):
    """min_interval: the first at once, the rest in one."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), min_interval=2)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_accepted("phone", timeout=1)
    for count in (2, 3, 4):
        imap.inbox.deliver()
        imap.wait_step("fetch", count)
        imap.wait_idle()
    first, second = push.wait_put("phone", 2)
    assert second.time - first.time >= 1.9
    push.no_put_for("phone", 2.2)


def test_several_endpoints_are_told(rig, push, daemon, imap):
    for name in ("one", "two", "three"):
        daemon.endpoint(name, push.url(name))
    daemon.account("work", imap)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    for name in ("one", "two", "three"):
        push.assert_exactly(name, 1, settle=0.2)


def test_endpoint_is_not_for_this_account(rig, push, daemon, imap):
    """accounts takes names and patterns."""
    private = rig.imap()
    daemon.account("work", imap)
    daemon.account("private-mail", private)
    daemon.endpoint("all", push.url("all"))
    daemon.endpoint("named", push.url("named"), accounts=["x", "work"])
    daemon.endpoint("pattern", push.url("pattern"), accounts=["private*"])
    daemon.endpoint("nobody", push.url("nobody"), accounts=["else"])
    daemon.start()
    imap.wait_idle()
    private.wait_idle()
    imap.inbox.deliver()
    push.wait_accepted("all", 1)
    push.wait_accepted("named", 1)
    private.inbox.deliver()
    push.wait_accepted("all", 2)
    push.wait_accepted("pattern", 1)
    for name, count in (("named", 1), ("pattern", 1), ("nobody", 0)):
        push.no_put_for(name, 0.3)
        assert len(push.puts(name)) == count


def test_push_is_owed_when_the_daemon_ends(rig, imap, daemon):
    """The debt is in the ledger, and is paid after the next start."""
    push = rig.push(listening=False)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    daemon.wait_about("phone", "retrying in")
    daemon.stop()
    push.listen()
    daemon.start()
    push.wait_accepted("phone")
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("answers", [
    [refuse(410)], [refuse(403)], [refuse(429, "Retry-After: 600")]],
    ids=["gone", "parked", "busy"])
def test_restart_forgets_how_an_endpoint_is(watching, imap, push, answers):
    """It does not: who is gone, or asked to be left alone, is not pushed to
    sooner because the daemon began again; a reload, by a person, does that."""
    push.script("phone", *answers)
    imap.inbox.deliver()
    watching.wait_about("phone", "retrying in")
    watching.stop()
    watching.start()
    watching.wait_watching("work")
    push.no_put_for("phone", 1)
    assert len(push.puts("phone")) == 1
    watching.reload()
    push.wait_accepted("phone")
    push.assert_exactly("phone", 2)


def test_new_endpoint_owes_nothing(watching, imap, push):
    imap.inbox.deliver()
    push.wait_accepted("phone")
    watching.endpoint("new", push.url("new"))
    watching.reload()
    push.no_put_for("new")
    imap.inbox.deliver()
    push.assert_exactly("new", 1)


def test_endpoint_gets_a_new_url(watching, imap, push):
    """A new URL under the old name is owed one push: the phone behind it may
    have missed what the old one got."""
    imap.inbox.deliver()
    push.wait_accepted("phone")
    watching.endpoint("phone", push.url("moved"))
    watching.reload()
    moved, = push.wait_accepted("moved")
    assert moved.version >= push.versions("phone")[0]
    imap.inbox.deliver()
    push.wait_accepted("moved", 2)
    push.assert_rising("moved")
    assert len(push.puts("phone")) == 1


def test_endpoint_is_removed_with_its_debt(watching, imap, push):
    push.always("phone", refuse(503, "Retry-After: 1"))
    imap.inbox.deliver()
    push.wait_put("phone")
    watching.remove("endpoints.d/phone.conf")
    watching.reload()
    push.no_put_for("phone", 1.5)
