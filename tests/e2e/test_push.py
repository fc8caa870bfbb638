"""Push services that are down, busy, gone, moved or mad."""

import time

import pytest

from rig.daemon import memory_kib
from rig.receiver import (SECRET, answer, close, drip, endless, hang, refuse,
                          reset)


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


@pytest.mark.parametrize("value", [
    "-5", "soon", "99999999999999999999", "9223372036854775807",
    "Wed, 21 Oct 2015 07:28:00 GMT", ""])
def test_retry_after_is_nonsense(watching, imap, push, value):
    """curl#15833: not at once, not never: a reload tries again."""
    push.script("phone", refuse(503, f"Retry-After: {value}"))
    imap.inbox.deliver()
    watching.wait_about("phone", "retrying in")
    watching.reload()
    push.wait_accepted("phone")
    push.assert_rising("phone")


@pytest.mark.parametrize("status", [408, 500, 502, 504, 507])
def test_service_is_ill_for_a_moment(watching, imap, push, status):
    push.script("phone", refuse(status))
    imap.inbox.deliver()
    watching.wait_about("phone", "retrying in")
    if status == 507:  # a ntfy without a subscriber: not within minutes
        watching.reload()
    push.wait_accepted("phone")
    push.assert_exactly("phone", 2)


@pytest.mark.parametrize("trouble", [reset, close])
def test_connection_ends_instead_of_an_answer(watching, imap, push, trouble):
    """The service may have taken it, or not: the same version again."""
    push.script("phone", trouble())
    imap.inbox.deliver()
    push.wait_accepted("phone")
    first, second = push.assert_exactly("phone", 2)
    assert first.version == second.version


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(watching, imap, push, status):
    push.always("phone", answer(status))
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("status", [404, 410])
def test_endpoint_is_gone(watching, imap, push, status):
    """ntfy#664: no more for it, others go on; a reload tries again, and a
    2xx revives it, with the newest version."""
    watching.endpoint("other", push.url("other"))
    watching.reload()
    push.always("phone", refuse(status))
    imap.inbox.deliver()
    watching.wait_about("phone", "(?i)gone")
    push.wait_accepted("other", 1)
    imap.inbox.deliver()
    push.wait_accepted("other", 2)
    push.no_put_for("phone", 1)
    assert len(push.puts("phone")) == 1
    push.always("phone", answer(201))
    watching.reload()
    revived, = push.wait_accepted("phone")
    assert revived.version == push.versions("other")[-1] \
        or revived.version > push.versions("phone")[0]
    imap.inbox.deliver()
    push.wait_accepted("phone", 2)
    push.assert_rising("phone")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_followed(watching, imap, push, status):
    """libcpr#608, curl#11520: it never is. The endpoint is parked: no retry
    of that version for an hour, but the next mail tries."""
    push.script("phone", refuse(status, f"Location: {SECRET}new"))
    imap.inbox.deliver()
    watching.wait_about("phone", "(?i)redirect|parked|retrying in")
    push.no_put_for("phone", 1)
    imap.inbox.deliver()
    push.wait_accepted("phone")
    push.assert_exactly("phone", 2)
    assert not push.puts("new")


@pytest.mark.parametrize("status", [400, 401, 403, 405, 413, 415, 422])
def test_request_is_refused(watching, imap, push, status):
    """Our fault or the owner's: no retry, the next mail tries once."""
    push.script("phone", refuse(status))
    imap.inbox.deliver()
    watching.wait_about("phone", str(status))
    push.no_put_for("phone", 1)
    imap.inbox.deliver()
    push.wait_accepted("phone")
    push.assert_exactly("phone", 2)


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
    for count in (1, 2, 3, 4):
        imap.inbox.deliver()
        imap.wait_step("fetch", count)
        imap.wait_idle()
    first, second = push.wait_put("phone", 2)
    assert second.time - first.time >= 1.9
    push.no_put_for("phone", 2.3)


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
