"""The three ways to watch, and falling from one to the next."""

import pytest

from rig.fakeimap import reply

WAYS = {
    "notify": {"extra": ["NOTIFY"]},
    "idle": {},
    "poll": {"without": ["IDLE"]},
}


@pytest.fixture(params=WAYS)
def way(request, rig, push, daemon):
    """(way, server) with the daemon watching by that way."""
    server = rig.imap(**WAYS[request.param])
    server.inbox.append(3)
    daemon.account("work", server, poll_interval=1)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_about("work", f"watching .*by {request.param}")
    return request.param, server


def test_one_put_per_mail(way, push):
    _, server = way
    for count in (1, 2, 3):
        server.inbox.deliver()
        push.wait_put("phone", count)
    push.no_put_for("phone")
    push.assert_rising("phone")
    assert len(server.logins) == 1


def test_mail_needs_nobody_when_it_comes(way, push):
    """A filter marked it read, a client put a draft there."""
    name, server = way
    for flag in ("\\Seen", "\\Deleted", "\\Draft"):
        fetches = server.count("fetch")
        server.inbox.deliver(flags=[flag])
        if name != "notify":  # there the event itself has the flags
            server.wait_step("fetch", fetches + 1)
    push.no_put_for("phone", 1.2 if name == "poll" else 0.5)
    server.inbox.deliver(flags=["\\Flagged"])
    push.assert_exactly("phone", 1)


def test_burst_holds_seen_and_unseen_mail(way, push):
    _, server = way
    with server.lock:
        server.inbox.append(flags=["\\Seen"])
        server.inbox.append()
        server.inbox.deliver(flags=["\\Seen"])
    push.assert_exactly("phone", 1)


def test_idle_is_rejected_although_listed(rig, push, daemon, imap):
    """K-9#5429, mail-api#419 (Yahoo), MailKit#1893 (Domino): polls on the
    same connection."""
    imap.on("idle", reply("BAD IDLE not supported"))
    daemon.account("work", imap, poll_interval=1)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_about("work", "watching .*by poll")
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert len(imap.logins) == 1


@pytest.mark.parametrize("answer", [
    "NO [NOTIFICATIONOVERFLOW] Too many mailbox names",
    "NO [BADEVENT MessageNew] Unsupported", "BAD what?"])
def test_notify_is_rejected_although_listed(rig, push, daemon, answer):
    imap = rig.imap(extra=["NOTIFY"])
    imap.on("notify", reply(answer))
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_about("work", "watching .*by idle")
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert len(imap.logins) == 1


@pytest.mark.parametrize("wanted", ["idle", "poll"])
def test_owner_prefers_a_lesser_way(rig, push, daemon, wanted):
    imap = rig.imap(extra=["NOTIFY"])
    daemon.account("work", imap, watch=wanted, poll_interval=1)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_about("work", f"watching .*by {wanted}")
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert not imap.count("notify")


@pytest.mark.parametrize("name", WAYS)
def test_mail_in_another_mailbox(rig, push, daemon, name):
    imap = rig.imap(mailboxes=("INBOX", "Lists"), **WAYS[name])
    lists = imap.mailboxes["Lists"]
    lists.append(2)
    daemon.account("work", imap, mailboxes=["INBOX", "Lists"],
                   poll_interval=1)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_watching("work")
    if name != "poll":
        imap.wait(lambda: [c for c in imap.connections if c.idling],
                  what="IDLE")
    if name == "idle":
        imap.wait_idle("Lists")
    push.no_put_for("phone", 0.3)
    lists.deliver()
    push.wait_put("phone", 1)
    imap.inbox.deliver()
    push.wait_put("phone", 2)
    lists.deliver()
    push.assert_exactly("phone", 3, settle=1.2 if name == "poll" else 0.4)


def test_mail_that_nobody_needs_in_another_mailbox(rig, push, daemon):
    """UIDNEXT of a mailbox that is not selected went up: it is looked at
    before anybody is told."""
    imap = rig.imap(mailboxes=("INBOX", "Lists"), extra=["NOTIFY"])
    lists = imap.mailboxes["Lists"]
    lists.append(4)
    daemon.account("work", imap, mailboxes=["INBOX", "Lists"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_watching("work")
    imap.wait(lambda: [c for c in imap.connections if c.idling], what="IDLE")
    lists.expunge(1)
    lists.deliver(flags=["\\Seen"])
    lists.announce()
    push.no_put_for("phone")
    with imap.lock:
        for _ in range(5):
            lists.deliver()
    push.wait_put("phone")
    version = push.puts("phone")[-1].version
    imap.inbox.deliver()
    push.wait_version_above("phone", version)


@pytest.mark.parametrize("line", [
    "* OK [NOTIFICATIONOVERFLOW] too much is going on",
    "* NO NOTIFY error, some events may have got lost"])
def test_notify_events_were_lost(rig, push, daemon, line):
    """RFC 5465 section 5.8: after that every mailbox is looked at, and
    watching goes on."""
    imap = rig.imap(mailboxes=("INBOX", "Lists"), extra=["NOTIFY"])
    daemon.account("work", imap, mailboxes=["INBOX", "Lists"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait(lambda: [c for c in imap.connections if c.idling], what="IDLE")
    imap.mailboxes["Lists"].append()
    imap.connections[0].forget_notify()
    imap.say(line)
    push.wait_put("phone", 1)
    imap.wait(lambda: [c for c in imap.connections if c.idling], what="IDLE")
    imap.inbox.deliver()
    push.wait_put("phone", 2)


def test_mailbox_name_is_outside_ascii(rig, push, daemon):
    """vandelay#37, neomutt#1696: encoded, and that once."""
    names = {"Ärger": "&AMQ-rger", "Tom & Jerry": "Tom &- Jerry",
             'say "x"\\y': 'say "x"\\y'}
    imap = rig.imap(mailboxes=tuple(names.values()))
    daemon.account("work", imap, mailboxes=list(names))
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    for count, (name, wire) in enumerate(names.items(), 1):
        imap.wait_idle(wire)
        imap.mailboxes[wire].deliver()
        push.wait_put("phone", count)


def test_inbox_is_written_in_lower_case(rig, push, daemon, imap):
    daemon.account("work", imap, mailboxes=["inbox"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("name", ["notify", "idle"])
def test_mailbox_does_not_exist(rig, push, daemon, name):
    """imapsync#167, james-project#5321: said, never created, never waited
    on unselected; the other one goes on."""
    imap = rig.imap(**WAYS[name])
    daemon.account("work", imap, mailboxes=["Nowhere", "INBOX"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_about("work", "Nowhere")
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1, settle=2)
    examined = [command for _, _, command in imap.passes("examine")
                if b"Nowhere" in command.raw]
    assert len(examined) <= 3
    assert daemon.running()


def test_no_mailbox_exists(rig, push, daemon, imap):
    good = rig.imap()
    daemon.account("work", imap, mailboxes=["Nowhere"])
    daemon.box("good", good, push)
    daemon.start()
    daemon.wait_about("work", "Nowhere")
    good.wait_idle()
    good.inbox.deliver()
    push.wait_put("good")
    assert len(imap.logins) <= 3


def test_more_mailboxes_than_connections(rig, push, daemon):
    """IDLE takes a connection each, three at most; the rest is polled."""
    names = ["INBOX", "alpha", "beta", "gamma", "delta"]
    imap = rig.imap(mailboxes=tuple(names))
    daemon.account("work", imap, mailboxes=names, poll_interval=1)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait(lambda: len([c for c in imap.connections if c.idling]) == 3,
              what="three connections in IDLE")
    for name in ("gamma", "delta"):  # seen once, so that mail is new
        imap.wait(lambda: len([c for _, _, c in imap.passes("status")
                               if name.encode() in c.raw]) >= 2,
                  what=f"STATUS of {name}")
    for count, name in enumerate(names, 1):
        imap.mailboxes[name].deliver()
        push.wait_put("phone", count)
    assert imap.accepted == 3
    push.no_put_for("phone", 1.2)


def test_mailbox_is_gone_while_it_is_watched(rig, push, daemon):
    """Reconnects meet NO from EXAMINE for one of two mailboxes."""
    imap = rig.imap(mailboxes=("INBOX", "Lists"))
    daemon.account("work", imap, mailboxes=["INBOX", "Lists"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle("Lists")
    imap.wait_idle("INBOX")
    with imap.lock:
        del imap.mailboxes["Lists"]
    imap.drop()
    daemon.wait_about("work", "retrying in")
    daemon.reload()
    imap.wait_idle("INBOX")
    imap.inbox.deliver()
    push.wait_put("phone")
