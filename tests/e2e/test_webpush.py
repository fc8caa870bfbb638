"""Kind "webpush": what a push service of the web sees, and a phone behind it. Here
OpenSSL opens and verifies; in test_phone.py a browser does, in test_webpush_npm.py
libraries of others."""

import json
import os
import time

import pytest

from rig.receiver import answer, refuse
from rig.webpush import (AUTH, P256DH, Subscriber, box_key, decode, read_token, seal,
                         sign, subscribe, subscription)


@pytest.fixture
def phone():
    return Subscriber()


@pytest.fixture
def watching(daemon, imap, push, phone):
    daemon.account("work", imap)
    subscribe(daemon, push, phone=phone)
    daemon.start()
    daemon.wait_watching("work")
    imap.wait_idle()
    return daemon


def test_request_as_the_standards_want_it(watching, imap, push):
    """RFC 8030, RFC 8291, RFC 8292."""
    imap.inbox.deliver()
    put, = push.assert_exactly("phone", 1)
    assert put.method == "POST"
    assert put.header("TTL") == "2419200"
    assert put.header("Urgency") == "high"
    assert put.header("Content-Encoding") == "aes128gcm"
    assert put.header("Content-Type") == "application/octet-stream"
    assert 1 <= len(put.header("Topic")) <= 32
    assert put.header("Topic").replace("-", "").replace("_", "").isalnum()
    assert len(put.body) < 2100
    for word in (b"INBOX", b"work", b"New mail", b"version"):
        assert word not in put.body
    origin = push.url("").split("/wpush")[0]
    claims, key = read_token(put.header("Authorization"), origin)
    assert claims["sub"] == "mailto:me@example.org"
    assert time.time() + 11 * 3600 < claims["exp"] < time.time() + 24 * 3600
    assert len(decode(key)) == 65


def test_phone_opens_what_was_sealed_for_it(watching, imap, push, phone):
    """It finds what is shown, and the version, which grows; nothing else."""
    versions = []
    for count in (1, 2):
        imap.inbox.deliver()
        message = json.loads(phone.open(push.wait_put("phone", count)[-1].body))
        versions.append(message.pop("version"))
        assert message == {"web_push": 8030, "notification": {
            "title": "New mail", "tag": "mail"}}
    assert abs(versions[0] / 1e6 - time.time()) < 60
    assert versions[0] < versions[1] < 2 ** 53


def test_owner_chooses_what_the_phone_is_told(daemon, imap, push, phone):
    daemon.account("work", imap)
    subscribe(daemon, push, phone=phone, payload="account", notification={
        "title": "Mail for %a", "body": "in %m \u2709 \"now\"", "tag": "mail-%a",
        "navigate": "https://mail.test/%a?box=%m"})
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    message = json.loads(phone.open(push.wait_put("phone")[0].body))
    assert message.pop("version")
    assert message == {
        "web_push": 8030, "account": "work", "notification": {
            "title": "Mail for work", "body": "in INBOX \u2709 \"now\"",
            "tag": "mail-work", "navigate": "https://mail.test/work?box=INBOX"}}


# ---- judged by another library, many times ----

def test_numbers_that_happen_to_be_short():
    """A shared secret begins with a zero byte once in 256 times, as each coordinate
    does, and must keep it."""
    texts = [os.urandom(n % 60) for n in range(2000)]
    texts += [os.urandom(size) for size in (1000, 2000, 3992, 3993)]
    sealed = seal(texts)
    for phone, text, body in sealed:
        assert phone.open(body) == text
    assert len({body[:16] for _, _, body in sealed}) == len(texts)  # salts


def test_signature_with_a_short_half(daemon):
    """As above. Nobody accepts a token for more than a day ahead."""
    now = int(time.time())
    origins = [f"https://push{n}.example" for n in range(1000)]
    for origin, token in zip(origins, sign(daemon.folder / "key", origins, now)):
        claims, _ = read_token(token, origin)
        assert now + 12 * 3600 < claims["exp"] <= now + 18 * 3600


# ---- headers and the key ----

def test_owner_sets_headers_that_are_ours(daemon, imap, push):
    """His take their place: two of a name would be one too many."""
    daemon.account("work", imap)
    subscribe(daemon, push, headers=["urgency: low", "TTL: 5", "X-Mine: yes"])
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    put, = push.wait_put("phone")
    assert put.header("Urgency") == "low"
    assert put.header("TTL") == "5"
    assert put.header("X-Mine") == "yes"
    assert put.header("Content-Encoding") == "aes128gcm"


def test_key_is_made_once(watching, imap, push):
    """Subscriptions are made for it. The token is the same after a restart, for
    some services do not like many; the rest of a message never is."""
    key = watching.state / "vapid.key"
    imap.inbox.deliver()
    push.wait_put("phone", 1)
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    watching.stop()
    watching.start()
    watching.wait_watching("work")
    imap.wait_idle()
    imap.inbox.deliver()
    first, second = push.assert_exactly("phone", 2)
    assert key.read_bytes() == before
    assert first.header("Authorization") == second.header("Authorization")
    assert first.header("Topic") == second.header("Topic")
    assert first.body[:16] != second.body[:16]
    assert first.body[21:86] != second.body[21:86]


def test_key_is_shown_before_there_is_a_subscription(daemon, imap, push):
    """It is the one that messages are signed with."""
    shown = box_key(daemon)
    assert shown == box_key(daemon)
    daemon.account("work", imap)
    subscribe(daemon, push)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    put, = push.wait_put("phone")
    assert put.header("Authorization").endswith(", k=" + shown)


def test_endpoints_have_topics_of_their_own(daemon, imap, push):
    daemon.account("work", imap)
    for name in ("phone", "tablet"):
        subscribe(daemon, push, name, urgency="normal", ttl=60)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    puts = [push.wait_put(name)[0] for name in ("phone", "tablet")]
    assert puts[0].header("Topic") != puts[1].header("Topic")
    assert {put.header("Urgency") for put in puts} == {"normal"}
    assert {put.header("TTL") for put in puts} == {"60"}


def test_what_is_shown_apart_is_kept_apart(rig, daemon, push):
    """A phone that is off gets what would stand on its screen: by default one line
    for all accounts, else one for each; and a trouble besides."""
    servers = {name: rig.imap() for name in ("home", "work")}
    for name, imap in servers.items():
        daemon.account(name, imap)
    daemon.account("broken", rig.imap())
    daemon.password_file("broken", "not it\n")
    subscribe(daemon, push, "one", events=["mail", "attention"])
    subscribe(daemon, push, "each", notification={"tag": "mail-%a"})
    daemon.start()
    trouble, = push.wait_put("one")
    for count, (name, imap) in enumerate(servers.items(), 1):
        imap.wait_idle()
        imap.inbox.deliver()
        push.wait_put("one", count + 1)
        push.wait_put("each", count)
    home, work = push.puts("one")[1:]
    assert home.header("Topic") == work.header("Topic") != trouble.header("Topic")
    home, work = push.puts("each")
    assert home.header("Topic") != work.header("Topic")


def test_key_comes_with_a_reload(daemon, imap, push):
    """The courier that runs has none: another one takes its place."""
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("work")
    subscribe(daemon, push)
    assert daemon.run("--reload").returncode == 0
    imap.inbox.deliver()
    push.wait_put("phone")
    push.wait_put("work", 2)


def test_key_is_spoilt(daemon, imap, push):
    """It is said, nothing is sent without, and the others are told. Once it is
    mended, nobody has to wait for ten minutes, nor to start it all anew."""
    daemon.box("work", imap, push)
    subscribe(daemon, push)
    daemon.state.mkdir(parents=True, mode=0o700)
    (daemon.state / "vapid.key").write_text("rubbish\n")
    (daemon.state / "vapid.key").chmod(0o600)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("work")
    daemon.wait_log("vapid.key.*no key")
    daemon.wait_about("phone", "vapid.key.*cannot be used.*retrying in 60 min")
    assert not push.puts("phone")
    (daemon.state / "vapid.key").unlink()
    assert daemon.run("--reload").returncode == 0
    push.wait_put("phone")


def test_message_is_too_large(daemon, imap, push, phone):
    """RFC 8030 section 7.2: it is sent once more, the newest version and hardly any
    texts, and so from then on. To who does not take that, either, once for each mail."""
    daemon.account("work", imap)
    subscribe(daemon, push, phone=phone, payload="account",
              notification={"title": "Mail for %a", "body": "in %m " + "x" * 500})
    push.script("phone", refuse(413), answer(201), answer(201), refuse(413))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    daemon.wait_about("phone", "413.*no texts any more.*retrying in 1 s")
    push.wait_accepted("phone", 1)
    imap.inbox.deliver()
    push.wait_accepted("phone", 2)
    imap.inbox.deliver()
    daemon.wait_about("phone", "413.*too large.*retrying in 60 min")
    push.no_put_for("phone", 1.5)
    large, *small = push.puts("phone")
    assert json.loads(phone.open(large.body))["notification"]["title"] == \
        "Mail for work"
    versions = []
    for put in small:
        message = json.loads(phone.open(put.body))
        versions.append(message.pop("version"))
        assert message == {"web_push": 8030, "notification": {
            "title": "New mail", "tag": "mail"}}
    assert len(versions) == 3 and versions == sorted(set(versions))


def test_subscription_has_expired(watching, imap, push):
    push.always("phone", refuse(410))
    imap.inbox.deliver()
    watching.wait_about("phone", "gone")


@pytest.mark.parametrize("text, words", [
    ("", "is no object of JSON"),
    ("[]", "is no object of JSON"),
    ('{"keys": {}}', "has no endpoint"),
    (subscription("https://p.test/x", p256dh="AAAA"), "no keys.p256dh"),
    (subscription("https://p.test/x", p256dh=P256DH[:-3] + "AAA"),
     "no keys.p256dh"),
    (subscription("https://p.test/x", auth="AAAA"), "no keys.auth"),
    (subscription("ftp://p.test/x"), "does not begin with https"),
    (None, "No such file"),
])
def test_subscription_is_mistaken(daemon, imap, push, text, words):
    daemon.account("work", imap)
    path = subscribe(daemon, push)
    path.unlink() if text is None else path.write_text(text)
    done = daemon.run("--check-config")
    assert done.returncode == 78
    assert words in done.stdout
    assert AUTH not in done.stdout and "p.test/x" not in done.stdout


def test_others_can_read_the_subscription(daemon, imap, push):
    """Its keys are as secret as a push URL: said, and used all the same."""
    daemon.account("work", imap)
    subscribe(daemon, push).chmod(0o644)
    done = daemon.run("--check-config")
    assert done.returncode == 0
    assert "phone.json: warning: other users may be able to read" in done.stdout


@pytest.mark.parametrize("line, words", [
    ('method = "PUT";', "method is not for kind"),
    ('body = "%v";', "body is not for kind"),
    ('url = "https://p.test/x";', "url is not for kind"),
    ('urgency = "urgent";', "urgency must be one of very-low"),
    ('payload = "all";', "payload"),
    ("ttl = 2592001;", "ttl"),
])
def test_key_of_another_kind_or_a_mistake(daemon, imap, push, line, words):
    daemon.account("work", imap)
    path = subscribe(daemon, push).with_suffix(".conf")
    path.write_text(line + "\n" + path.read_text())
    done = daemon.run("--check-config")
    assert done.returncode == 78
    assert "phone.conf:1: error: " in done.stdout and words in done.stdout


def test_nobody_to_write_to(daemon, imap, push):
    daemon.account("work", imap)
    subscribe(daemon, push)
    daemon.write("imappushd.conf")
    done = daemon.run("--check-config")
    assert done.returncode == 78
    assert "vapid_subject" in done.stdout and "phone.conf" in done.stdout
