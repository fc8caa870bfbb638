"""Firefox as the phone: whether a PUT is news to it is decided by the browser, by
the rule for versions that SimplePush has. Run by make check-phone."""

import json

import pytest

from rig import real, webpush
from rig.phone import DELIVERED, NOT_DELIVERED, Phone


@pytest.fixture
def phone(rig):
    """Firefox, running, with the page open that wants pushes."""
    made = Phone(rig.folder / "phone")
    rig.receivers.append(made)
    return made.turn_on()


@pytest.fixture
def imap(rig, certs):
    return real.server(rig, certs, "alice")


@pytest.fixture
def url(phone):
    return phone.subscribe()


@pytest.fixture
def watching(daemon, imap, url):
    """The daemon, watching alice's INBOX for the phone."""
    real.account(daemon, imap, "alice")
    daemon.endpoint("phone", url)
    daemon.start()
    daemon.wait_watching("alice")
    return daemon


def test_each_mail_is_one_event(watching, imap, phone):
    for count in (1, 2, 3):
        imap.deliver("alice")
        phone.wait_pushes(count)
        assert phone.versions[-1] >= imap.appeared("alice")
    phone.assert_pushes(3)
    assert phone.acks == [(version, DELIVERED) for version in phone.versions]
    shown, = phone.pushes[-1].shown
    assert shown["title"] == "New mail"


def test_version_is_repeated_or_older(watching, imap, phone, url):
    """What the rule of the browser is, and that ours is the same."""
    imap.deliver("alice")
    phone.wait_pushes(1)
    told, = phone.versions
    by_hand = [told, told - 1, 1, told + 1, told, told + 1]
    for count, version in enumerate(by_hand, 2):
        assert phone.put(url, version) == 200
        phone.wait_acks(count)
    assert phone.acks == [
        (told, DELIVERED), (told, NOT_DELIVERED), (told - 1, NOT_DELIVERED),
        (1, NOT_DELIVERED), (told + 1, DELIVERED), (told, NOT_DELIVERED),
        (told + 1, NOT_DELIVERED)]
    phone.assert_pushes(2)
    imap.deliver("alice")
    phone.assert_pushes(3)


def test_answer_is_lost(watching, imap, phone):
    """The phone knows, the daemon does not: it says it again, in vain."""
    phone.lose_answer()
    imap.deliver("alice")
    first, again = phone.wait_requests(2, timeout=20)
    assert (first.status, again.status) == (None, 200)
    assert first.version == again.version
    assert phone.wait_acks(2) == [(first.version, DELIVERED),
                                  (first.version, NOT_DELIVERED)]
    phone.assert_pushes(1)


def test_phone_is_off_for_a_while(watching, imap, phone, url):
    """It learns the newest version, once, and no older one any more."""
    imap.deliver("alice")
    phone.wait_pushes(1)
    phone.turn_off()
    for count in (2, 3, 4):
        imap.deliver("alice")
        assert phone.wait_requests(count)[-1].status == 202
    phone.turn_on()
    phone.assert_pushes(2)
    first, *missed, newest = phone.versions
    assert phone.acks == [(first, DELIVERED), (newest, DELIVERED)]
    for version in missed:
        phone.put(url, version)
    phone.wait_acks(4)
    phone.assert_pushes(2)
    imap.deliver("alice")
    phone.assert_pushes(3)


def test_many_mails_in_a_burst(watching, imap, phone):
    """As many events as requests, and the last one after the last mail."""
    imap.deliver("alice", count=300)
    phone.wait_requests(1)
    count = len(phone.settled())
    assert count < 300
    assert phone.versions[-1] >= imap.appeared("alice")
    phone.assert_pushes(count)
    assert phone.acks == [(version, DELIVERED) for version in phone.versions]


def killed(daemon):
    """As soon as the phone knows: what it took may not be on disk yet."""
    daemon.kill()


def clock_set_back(daemon):
    daemon.stop()
    daemon.clock.set(-3600)


def ledger_lost(daemon):
    daemon.stop()
    daemon.clock.set()
    for path in daemon.state.glob("ledger*"):
        path.unlink()


def test_box_is_in_trouble(watching, imap, phone):
    """A version may be repeated then, which the phone does not notice. The
    next mail is news to it, whatever has happened."""
    imap.deliver("alice")
    phone.wait_pushes(1)
    for count, trouble in enumerate((killed, clock_set_back, ledger_lost), 2):
        trouble(watching)
        watching.start()
        watching.wait_watching("alice")
        imap.deliver("alice")
        phone.assert_pushes(count)
        assert phone.acks[-1] == (phone.versions[-1], DELIVERED)
    news = [version for version, code in phone.acks if code == DELIVERED]
    assert news == sorted(set(phone.versions))


# ---- sealed messages ----

@pytest.fixture
def sealed(rig):
    """The same, with a push service of today."""
    made = Phone(rig.folder / "phone", dialect="webPush")
    rig.receivers.append(made)
    return made.turn_on()


def subscribe(daemon, sealed, **settings):
    """Makes it the endpoint "phone", for the key of the box."""
    subscription = sealed.subscribe_for(webpush.box_key(daemon))
    webpush.endpoint(daemon, subscription, **settings)


def told(push):
    return json.loads(push.data)


def test_browser_opens_what_is_sealed_for_it(daemon, imap, sealed):
    """And shows what stands in it; the versions grow."""
    subscribe(daemon, sealed, payload="account", notification={
        "title": "Mail for %a", "body": "in %m \u2709", "tag": "alice"})
    real.account(daemon, imap, "alice")
    daemon.start()
    daemon.wait_watching("alice")
    for count in (1, 2, 3):
        imap.deliver("alice")
        sealed.wait_pushes(count)
    sealed.assert_pushes(3)
    assert [code for _, code in sealed.acks] == [DELIVERED] * 3
    messages = [told(push) for push in sealed.pushes]
    versions = [message.pop("version") for message in messages]
    assert versions == sorted(set(versions))
    assert versions[-1] >= imap.appeared("alice")
    assert messages[0] == {
        "web_push": 8030, "account": "alice",
        "notification": {"title": "Mail for alice", "body": "in INBOX \u2709",
                         "tag": "alice"}}
    shown, = sealed.pushes[-1].shown  # one takes another's place
    assert shown["title"] == "Mail for alice"


def test_phone_of_today_is_off_for_a_while(daemon, imap, sealed):
    """It is told once, by the newest."""
    subscribe(daemon, sealed)
    real.account(daemon, imap, "alice")
    daemon.start()
    daemon.wait_watching("alice")
    imap.deliver("alice")
    sealed.wait_pushes(1)
    sealed.turn_off()
    for count in (2, 3, 4):
        imap.deliver("alice")
        assert sealed.wait_requests(count)[-1].status == 201
    sealed.turn_on()
    sealed.assert_pushes(2)
    first, last = (told(push)["version"] for push in sealed.pushes)
    assert last > first and last >= imap.appeared("alice")
    assert told(sealed.pushes[-1]).keys() == {
        "web_push", "notification", "version"}
