"""Signs of life: a phone can tell "no mail" from "the box is dead"."""

import json
import time

import pytest

from rig.receiver import answer, refuse
from rig.webpush import Subscriber, subscribe

EVERY = 1.0  # seconds; alive = 300 has to be written, which the test build shortens
SLACK = 1.0  # of a machine with more to do


@pytest.fixture
def start(daemon):
    def start():
        daemon.start(IMAPPUSHD_TEST_ALIVE_SECONDS=str(int(EVERY)))
        daemon.wait_watching("work")

    return start


def gaps(puts):
    """Seconds between one request and the next."""
    times = [put.time for put in puts]
    return [later - earlier for earlier, later in zip(times, times[1:])]


class Alarm:
    """A topic of an ntfy server, from 2.17: a message that is to be shown later
    (X-Delay) waits, and one of the same sequence id takes its place."""

    def __init__(self, puts):
        self.waiting, self.shown = {}, []
        for put in puts:
            sequence = put.header("X-Sequence-ID")
            if put.header("X-Delay"):
                assert put.header("X-Delay") == "300s"
                self.waiting[sequence] = put
            else:
                self.shown.append(put)


def test_silence_means_no_mail(start, push, daemon, imap):
    """Kind put: a version, in time, without any mail; and none too many, for
    mail is a sign as well."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), min_interval=0, alive=300)
    daemon.endpoint("other", push.url("other"))
    start()
    push.wait_put("phone", 3, timeout=4 * EVERY)
    assert all(0.98 * EVERY <= gap < EVERY + SLACK for gap in gaps(push.puts("phone")))
    push.assert_rising("phone")
    time.sleep(0.5 * EVERY)
    imap.inbox.deliver()
    put = push.wait_put("phone", 4)[-1]
    push.no_put_for("phone", 0.9 * EVERY - (time.monotonic() - put.time))
    push.wait_put("phone", 5, timeout=EVERY)
    assert len(push.puts("other")) == 1


def test_account_is_not_watched(rig, start, push, daemon, imap):
    """Then there is no sign: silence must not be trusted. Nor does the trouble of
    an account matter to an endpoint that is not told about it."""
    other = rig.imap()
    daemon.account("work", imap)
    daemon.account("other", other)
    daemon.endpoint("phone", push.url("phone"), min_interval=0, alive=300,
                    accounts=["*"])
    daemon.endpoint("desk", push.url("desk"), min_interval=0, alive=300,
                    accounts=["work"])
    start()
    daemon.wait_watching("other")
    push.wait_put("phone", 1)
    other.refuse()
    other.drop()
    daemon.wait_about("other", "retrying in")
    seen = len(push.puts("phone"))
    push.wait_put("desk", len(push.puts("desk")) + 2, timeout=4 * EVERY)
    assert len(push.puts("phone")) <= seen + 1  # one was on its way
    other.listen()
    daemon.run("--reload")
    push.wait_put("phone", len(push.puts("phone")) + 1, timeout=3 * EVERY)


def test_phone_page_is_told_without_news(start, push, daemon, imap):
    """Kind webpush: a silent message that is no news, with the newest version,
    and a topic of its own, so that it takes no mail's place."""
    phone = Subscriber()
    daemon.account("work", imap)
    subscribe(daemon, push, phone=phone, min_interval=0, alive=300)
    start()
    first, = push.wait_put("phone", 1)
    assert json.loads(phone.open(first.body)) == {
        "web_push": 8030, "alive": True, "notification": {
            "title": "Your mail is being watched", "tag": "alive",
            "silent": True}}
    assert (first.header("TTL"), first.header("Urgency")) == ("300", "normal")
    imap.inbox.deliver()
    mail = push.wait_put("phone", 2)[-1]
    version = json.loads(phone.open(mail.body))["version"]
    assert mail.header("Topic") != first.header("Topic")
    sign = push.wait_put("phone", 3, timeout=2 * EVERY)[-1]
    message = json.loads(phone.open(sign.body))
    assert message["version"] == version and message["alive"] is True
    assert sign.header("Topic") == first.header("Topic")
    assert 0.98 * EVERY <= sign.time - mail.time < EVERY + SLACK


def test_alarm_is_put_off(start, push, daemon, imap):
    """Kind ntfy: one message that waits, put off in time, mail or no mail, and in
    quiet hours as well, for nothing is shown."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), kind="ntfy", alive=300,
                    min_interval=0, quiet=["00:00-12:00", "12:00-23:59"])
    start()
    puts = push.wait_put("phone", 5, timeout=4 * EVERY)
    alarm = Alarm(puts)
    assert not alarm.shown and len(alarm.waiting) == 1
    assert all(0.98 * EVERY / 2 <= gap < EVERY / 2 + SLACK for gap in gaps(puts))
    put = puts[-1]
    assert put.body.decode() == (
        "No word from your box for 5 min: it is off, has no network, or cannot "
        "watch your mail.")
    assert put.header("Title") == "Your box is silent"
    assert put.header("Click") is None


def test_alarm_and_mail_have_places_of_their_own(start, push, daemon, imap):
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), kind="ntfy", alive=300,
                    min_interval=0)
    start()
    push.wait_put("phone", 1)
    imap.inbox.deliver()
    push.wait_put("phone", 4, timeout=4 * EVERY)
    alarm = Alarm(push.puts("phone"))
    mail, = alarm.shown
    assert mail.body == b"work: new mail"
    assert mail.header("X-Sequence-ID") not in alarm.waiting


def test_push_service_does_not_take_the_sign(start, push, daemon, imap):
    """It is tried again as any request is; mail that comes meanwhile goes out,
    and nothing but the newest version."""
    phone = Subscriber()
    daemon.account("work", imap)
    subscribe(daemon, push, phone=phone, min_interval=0, alive=300)
    push.always("phone", refuse(503))
    start()
    push.wait_put("phone", 1)
    imap.inbox.deliver()
    daemon.wait_log("work: new mail")
    push.always("phone", answer(201))
    daemon.run("--check-now")
    put = push.wait_accepted("phone")[0]
    message = json.loads(phone.open(put.body))
    assert "alive" not in message and message["version"] > 0


def test_subscription_is_gone_before_mail_comes(start, push, daemon, imap):
    """The owner learns of it by the next sign, not when the first mail is lost."""
    daemon.account("work", imap)
    subscribe(daemon, push, min_interval=0, alive=300)
    push.always("phone", refuse(410))
    start()
    daemon.wait_log("this push URL is gone")
    push.no_put_for("phone", 2 * EVERY)
