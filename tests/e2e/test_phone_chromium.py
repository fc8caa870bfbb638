"""The page in Chromium: all that it has to do in Firefox, and what is Chromium's own. Run by
make check-chromium. Google's push service is played by the tests (tests/phone/google.js):
there Chromium checks in, has its subscriptions from, and gets what the box has sealed, which
it opens itself."""

import pytest

from rig.pairing import Code
from rig.phone import DELIVERED
from rig.webpush import encode
from test_phone_pair import letter
from test_phone_page import *  # noqa: F403

# How Google's would say that it has forgotten a phone, the tests do not know.
del test_push_service_forgets_the_phone
# It is about what Firefox can be set to (see test_signs_of_life_while_nobody_looks).
del test_many_signs_of_life_while_nobody_looks
# What needs no browser.
del test_camera_reads_the_code, test_tap_on_a_notification, test_storage_is_broken


@pytest.fixture(scope="module")
def browser():
    return "chromium"


def test_person_says_no(page, link):
    """What a Chromium takes it for that has nobody to ask."""
    page.open(link, permitted=False)
    page.wait_state("start")
    page.tap("turn-on")
    seen = page.wait_state("blocked")
    assert seen.subscription == "" and seen.trouble == ""
    assert "blocked" in seen.shown and "turn-on" not in seen.shown


def test_push_service_is_out_of_reach(make_page, link, key_file):
    """Chromium waits, and tries again after 15 seconds or more."""
    page = make_page()
    page.push_service("unwell")
    page.open(link)
    page.tap("turn-on")
    seen = page.wait_seen("trouble", timeout=15)
    assert "still waiting for its push service" in seen.trouble
    assert seen.state == "start" and seen.subscription == ""
    page.push_service("well")
    seen = page.wait_state("hand", timeout=60)
    assert seen.trouble == "" and "turn-on" not in seen.shown
    page.send(key_file, message(1))
    page.wait_shown(["New mail"])


def test_push_service_refuses(make_page, link):
    """The page says so, and lets one try again."""
    page = make_page()
    page.push_service("refusing")
    page.open(link)
    page.tap("turn-on")
    seen = page.wait_seen("trouble", timeout=30)
    assert seen.trouble.startswith("That did not work: ") and "push service" in seen.trouble
    page.push_service("well")
    page.tap("turn-on")
    assert page.wait_state("hand").trouble == ""


def test_signs_of_life_while_nobody_looks(page, link, key_file):
    """They go by themselves without a page, too. It tells nothing of what Chromium would
    do about a page that shows nothing: without a window it did nothing about one."""
    page.open(link)
    page.tap("turn-on")
    subscription = page.wait_state("hand").subscription
    page.leave()
    for count in (1, 2, 3):
        page.send(key_file, sign(), subscription)
        page.wait_acks(count)
    assert [code for _, code in page.acks] == [DELIVERED] * 3
    page.settled(6)
    page.open(link)
    page.wait_state("on")
    assert page.shown() == []


def test_mail_that_pairs(page, link):
    """The page seals the subscription for who made the code. No box takes part: it would
    try the push URL, which is Google's."""
    code = Code()
    assert code.take(f"https://me.example/push/{link}&id=0123456789ab"
                     f"&secret={encode(bytes(range(16)))}&account=alice%40example.org")
    page.open(code.link)
    page.wait_state("start")
    page.tap("turn-on")
    subscription = page.wait_state("pair").subscription
    page.tap("send-mail")
    to, fields = letter(page)
    assert (to, fields["subject"]) == ("alice@example.org", code.subject)
    assert code.read(fields["body"]) == subscription
    page.wait_state("waiting")
