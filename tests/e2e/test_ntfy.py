"""Kind "ntfy": a text for people, to a topic of an ntfy server. What such a
server wants is taken from its documentation: parameters in headers, the body is
the message, and a message with the sequence id of one that is shown takes its
place (from 2.16)."""

import re
import time
import urllib.parse

import pytest

from rig.receiver import refuse


class Screen:
    """What a phone shows of a topic: the newest of each sequence id."""

    def __init__(self, puts):
        self.shown = {}
        for put in puts:
            self.shown.pop(put.header("X-Sequence-ID"), None)
            self.shown[put.header("X-Sequence-ID")] = put.body.decode()

    def texts(self):
        return list(self.shown.values())


def test_text_is_for_people(rig, push, daemon):
    """Each account has its line on the screen, which a newer push replaces; a
    trouble of a person does not."""
    servers = {name: rig.imap() for name in ("work", "me@home")}
    for name, imap in servers.items():
        daemon.account(name, imap)
    daemon.account("broken", rig.imap())
    daemon.password_file("broken", "not it\n")
    daemon.endpoint("phone", push.url("phone"), kind="ntfy",
                    events=["mail", "attention"],
                    headers=["Priority: high", "Tags: email"])
    daemon.start()
    push.wait_put("phone")  # of the broken one
    for count, name in enumerate(("work", "me@home", "work"), 2):
        servers[name].wait_idle()
        servers[name].inbox.deliver()
        puts = push.wait_put("phone", count)
    assert sorted(Screen(puts).texts()) == [
        "broken: login refused", "me@home: new mail", "work: new mail"]
    put = puts[-1]
    assert put.method == "PUT"
    assert put.header("Title") == "New mail"
    assert put.header("Content-Type") == "text/plain; charset=utf-8"
    assert put.header("Priority") == "high"
    assert put.header("Tags") == "email"
    assert put.header("Click") is None
    assert put.header("X-Sequence-ID").isalnum()
    assert puts[0].header("Title") is None
    push.assert_rising("phone")  # in a header: no version on a screen
    assert put.version and str(put.version) not in put.body.decode()


def test_owner_chooses_what_is_shown(push, daemon, imap):
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), kind="ntfy", notification={
        "title": "%a", "body": "in %m", "navigate": "https://mail.test/%a"})
    daemon.endpoint("desk", push.url("desk"), kind="ntfy", body="%v",
                    headers=["title: Mine", "X-Sequence-ID: one"])
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    phone, = push.wait_put("phone")
    assert phone.body == b"in INBOX"
    assert phone.header("Title") == "work"
    assert phone.header("Click") == "https://mail.test/work"
    desk, = push.wait_put("desk")
    assert desk.body.isdigit()
    assert desk.header("Title") == "Mine"
    assert desk.header("X-Sequence-ID") == "one"


def test_names_are_not_ascii(push, daemon, imap):
    """The title is UTF-8; in an address a name stays one part of it, for a server
    may call a mailbox what it likes."""
    name = "\u00c4rger \U0001f600&x=#"
    mailbox = imap.create("&AMQ-rger &2D3eAA-&-x=#")
    daemon.account("work", imap, mailboxes=[name])
    daemon.endpoint("phone", push.url("phone"), kind="ntfy", notification={
        "title": "%m", "navigate": "https://mail.test/?box=%m"})
    daemon.start()
    imap.wait_idle(mailbox.name)
    mailbox.deliver()
    put, = push.wait_put("phone")
    assert put.header("Title").encode("latin-1").decode() == name
    assert put.header("Click") == "https://mail.test/?box=" + urllib.parse.quote(
        name, safe="")


def test_topic_has_changed(push, daemon, imap):
    """It is told that there may be mail; there is nobody to name."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), kind="ntfy")
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
    daemon.endpoint("phone", push.url("another"), kind="ntfy")
    daemon.reload()
    put, = push.wait_put("another")
    assert put.body == b"New mail"


def test_two_messages_in_five_seconds(push, daemon, imap):
    """Public servers count: what comes meanwhile is merged."""
    daemon.account("work", imap)
    daemon.write("endpoints.d/phone.conf", url=push.url("phone"), kind="ntfy")
    daemon.start()
    imap.wait_idle()
    for _ in range(3):
        imap.inbox.deliver()
        time.sleep(0.1)
    first, second = push.wait_put("phone", 2)
    assert 4.9 < second.time - first.time < 6
    push.assert_exactly("phone", 2)


@pytest.mark.parametrize("status, wait", [(507, "retrying in 5 min"),
                                          (429, "retrying in [1-9] s")])
def test_nobody_has_subscribed_or_too_many_messages(push, daemon, imap, status,
                                                    wait):
    """The topic is kept."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), kind="ntfy")
    push.script("phone", refuse(status))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    daemon.wait_about("phone", f"{status}.*{wait}")
    if status == 429:
        push.wait_accepted("phone")


@pytest.mark.parametrize("line, words", [
    ('kind = "ntfy"; notification = { titel = "x"; };',
     "unknown key \"titel\".*\"title\""),
    ('kind = "ntfy"; notification = "x";', "notification must be a group"),
    ('kind = "ntfy"; notification = { title = "%x"; };', "title may only have"),
    ('kind = "ntfy"; notification = { tag = "%"; };', "tag may only have"),
    (f'kind = "ntfy"; notification = {{ body = "{"x" * 1001}"; }};',
     "body is longer than 1000 bytes"),
    ('kind = "ntfy"; ttl = 60;', 'ttl is for kind "webpush" only'),
    ('kind = "ntfy"; payload = "account";',
     'payload is for kind "webpush" only'),
    ('notification = { title = "x"; };', "notification is not for kind"),
])
def test_notification_is_mistaken(daemon, imap, push, line, words):
    daemon.account("work", imap)
    path = daemon.endpoint("phone", push.url("phone"))
    path.write_text(line + "\n" + path.read_text())
    done = daemon.run("--check-config")
    assert done.returncode == 78
    assert re.search("phone.conf:1: error: .*" + words, done.stdout)
