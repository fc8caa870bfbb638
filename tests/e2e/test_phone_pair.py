"""--pair with the page for phones in Firefox: from the code to the first push. Run by
make check-phone; see test_phone_page.py."""

import json
import re
import urllib.parse

import pytest

from rig import real, servers
from rig.page import Page
from rig.pairing import Pairing

FILES = servers.ROOT / "packaging" / "phone"


@pytest.fixture(scope="module")
def firefox(tmp_path_factory, certs):
    made = Page(tmp_path_factory.mktemp("firefox") / "phone", FILES, certs,
                preferences={"dom.push.retryBaseInterval": 100})
    yield made.turn_on()
    made.stop()


@pytest.fixture
def page(rig, firefox):
    """The page on a phone that has not seen it yet."""
    rig.receivers.append(firefox.move())
    return firefox


@pytest.fixture
def imap(rig, certs):
    return real.server(rig, certs, "alice")


@pytest.fixture
def box(daemon, imap, page):
    daemon.write("imappushd.conf", log_level="debug", phone_page=page.address,
                 vapid_subject="mailto:me@example.org")
    real.account(daemon, imap, "alice", register_private=True)
    daemon.start()
    daemon.wait_watching("alice")
    return daemon


def letter(page):
    """What the mail app was given: to whom, and the fields of RFC 6068."""
    seen = page.wait_letter()
    scheme, _, to, query, _ = urllib.parse.urlsplit(seen.letter)
    assert scheme == "mailto"
    return urllib.parse.unquote(to), dict(urllib.parse.parse_qsl(
        query.replace("+", "%2B"), strict_parsing=True))


def post(imap, page, pairing):
    """The phone sends the mail."""
    to, fields = letter(page)
    assert to == pairing.values.get("account", "")
    assert fields["subject"] == pairing.subject
    assert pairing.values["secret"] not in str(fields)
    assert max(map(len, fields["body"].split("\r\n"))) <= 64
    imap.deliver("alice", fields["subject"], body=fields["body"])


def test_from_the_code_to_the_mail(box, imap, page):
    """Two taps, and the mail; the first push is the confirmation, on both ends."""
    with Pairing(box, "--yes") as pairing:
        page.open(pairing.link)
        seen = page.wait_state("start")
        assert pairing.values["secret"] not in seen.hash
        page.tap("turn-on")
        seen = page.wait_state("pair")
        assert "send-mail" in seen.shown and "hand" not in seen.shown
        page.tap("send-mail")
        page.wait_state("waiting")
        post(imap, page, pairing)
        assert pairing.wait_exit() == 0, pairing.said
    assert "Test push: 201" in pairing.said
    page.wait_state("on")
    imap.deliver("alice")
    page.wait_requests(2)
    subscription = json.loads(page.see().subscription)
    told = json.loads((box.config / "endpoints.d" / "phone.json").read_text())
    assert told["endpoint"] == subscription["endpoint"]
    assert told["keys"] == subscription["keys"]


def test_page_is_opened_again_before_the_mail(box, imap, page):
    """It knows the code without the link, and the mail can be written twice; both have
    the same subscription, and the second is passed over."""
    with Pairing(box, "--yes") as pairing:
        page.open(pairing.link)
        page.wait_state("start")
        page.open()
        page.tap("turn-on")
        page.wait_state("pair")
        page.open()
        page.wait_state("pair")
        page.tap("send-mail")
        page.wait_state("waiting")
        assert "send-mail" in page.see().shown
        page.tap("send-mail")
        post(imap, page, pairing)
        post(imap, page, pairing)
        assert pairing.wait_exit() == 0, pairing.said
    page.wait_state("on")


def test_home_screen_of_an_iphone(box, imap, page):
    """The tab keeps the code in its address, for the Home Screen to begin with; which
    asks for the mail once, whatever its address says."""
    with Pairing(box, "--yes") as pairing:
        page.open(pairing.link, apple="tab")
        assert page.wait_state("install").hash == "#" + pairing.link.split("#")[1]
        page.open(pairing.link, apple="home")
        page.tap("turn-on")
        page.wait_state("pair")
        page.tap("send-mail")
        post(imap, page, pairing)
        assert pairing.wait_exit() == 0, pairing.said
    page.wait_state("on")
    page.open(pairing.link, apple="home")
    assert "send-mail" not in page.wait_state("on").shown


def test_link_is_pasted(box, imap, page):
    with Pairing(box, "--yes") as pairing:
        page.open()
        page.wait_state("noKey")
        page.type("pasted", pairing.link)
        page.tap("use")
        page.wait_state("start")
        page.tap("turn-on")
        page.wait_state("pair")
        page.tap("send-mail")
        post(imap, page, pairing)
        assert pairing.wait_exit() == 0, pairing.said


def test_phone_that_takes_part_already(box, imap, page):
    """A new code is for the same subscription, whatever became of the endpoint."""
    for name in "phone", "phone2":
        with Pairing(box, "--yes") as pairing:
            page.open(pairing.link)
            if name == "phone":
                page.wait_state("start")
                page.tap("turn-on")
            page.wait_state("pair")
            page.tap("send-mail")
            post(imap, page, pairing)
            assert pairing.wait_exit() == 0, pairing.said
        page.wait_state("on")
        box.run("--remove-endpoint", name, "--yes")


def test_code_that_broke_off(box, page):
    """There is the key at least."""
    with Pairing(box, "--yes") as pairing:
        page.open(re.sub("secret=.*", "secret=abc", pairing.link))
        page.wait_state("start")
        page.tap("turn-on")
        seen = page.wait_state("hand")
        assert "send-mail" not in seen.shown
