"""Web Push, judged by libraries that others wrote: http_ece, jose, and the push service
of web-push-testing. Run by make check-phone, which brings them."""

import json
import os
import re
import time

import pytest

from rig.node import PushService, judge, open_question
from rig.webpush import Subscriber, box_key, decode, endpoint, seal, sign


@pytest.fixture
def service():
    with PushService() as made:
        yield made


@pytest.fixture
def subscribed(daemon, imap, service):
    """The daemon, watching for a phone at that service; and its subscription."""
    given = service.subscribe(box_key(daemon))
    daemon.account("work", imap)
    endpoint(daemon, json.dumps(given))
    daemon.start()
    imap.wait_idle()
    return given


def test_http_ece_opens_what_is_sealed():
    sealed = seal([os.urandom(n * 13 % 3994) for n in range(300)])
    answers = judge([open_question(phone, body) for phone, _, body in sealed])
    for (_, text, _), answer in zip(sealed, answers):
        assert decode(answer["text"]) == text, answer


def test_http_ece_does_not_open_it_for_another_phone():
    """As a control."""
    (_, _, body), = seal([b"x"])
    answer, = judge([open_question(Subscriber(), body)])
    assert "error" in answer


def test_jose_verifies_who_signed(daemon):
    now = int(time.time())
    origins = [f"https://push{n}.example" for n in range(300)]
    questions = []
    for origin, token in zip(origins, sign(daemon.folder / "key", origins, now)):
        jwt, key = re.fullmatch("vapid t=(.*), k=(.*)", token).groups()
        questions.append({"verify": jwt, "key": key, "audience": origin})
    for origin, answer in zip(origins, judge(questions)):
        assert answer["claims"]["aud"] == origin, answer
        assert answer["claims"]["sub"] == "mailto:me@example.org"
        assert now < answer["claims"]["exp"] < now + 24 * 3600
    head, claims, signature = questions[0]["verify"].split(".")
    questions[0]["verify"] = ".".join((head, claims[:-2] + "AA", signature))
    answer, = judge(questions[:1])  # as a control
    assert "error" in answer


def wait_messages(service, given, count):
    deadline = time.monotonic() + 10
    while len(service.messages(given)) < count:
        assert time.monotonic() < deadline, service.messages(given)
        time.sleep(0.05)
    return [json.loads(text) for text in service.messages(given)]


def test_push_service_takes_it(daemon, imap, service, subscribed):
    """It wants a TTL, and a token by the key that the phone subscribed for."""
    for count in (1, 2):
        imap.inbox.deliver()
        messages = wait_messages(service, subscribed, count)
    assert [message.pop("notification") for message in messages] == [
        {"title": "New mail", "tag": "mail"}] * 2
    first, second = (message["version"] for message in messages)
    assert first < second
    daemon.wait_about("phone", "took version .*201")


def test_subscription_expires(daemon, imap, service, subscribed):
    service.expire(subscribed)
    imap.inbox.deliver()
    daemon.wait_about("phone", "answered 410.*gone")


def test_subscription_is_for_another_key(daemon, imap, service):
    """As a control; and it is said."""
    other = daemon.folder / "other.key"
    token, = sign(other, ["https://x.example"], int(time.time()))
    given = service.subscribe(token.rsplit("k=", 1)[1])
    daemon.account("work", imap)
    endpoint(daemon, json.dumps(given))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    daemon.wait_about("phone", "answered 400.*retrying in 60 min")
    assert service.messages(given) == []
