"""NOTIFY, IDLE, poll: what a server refuses, hides or gets wrong on each rung,
and what a mail costs there."""

import datetime
import time

import pytest

from rig.fakeimap import DEFAULT, Mailbox, chain, drop, reply, say

WAYS = {"notify": {"extra": ["NOTIFY"]}, "idle": {},
        "poll": {"without": ["IDLE"]}}
PLAIN_HEADER = b"From: Alice <alice@example.org>\r\nSubject: a copy\r\n"


def ago(**how_long):
    return datetime.datetime.now(datetime.timezone.utc) \
        - datetime.timedelta(**how_long)


def is_blind(connection, command):
    """What came so far counts as told: the server will not speak of it."""
    connection.forget_news()
    return DEFAULT


# ---- what is offered, and what is refused ----

def test_notify_is_listed_only_after_login(rig, push, daemon):
    """Dovecot: before the login it does not say."""
    imap = rig.imap(extra=["NOTIFY"])
    imap.login_capabilities = ["IMAP4rev1", "SASL-IR", "IDLE", "AUTH=PLAIN"]
    imap.capability_at_login = None
    daemon.box("work", imap, push)
    daemon.start()
    daemon.wait_about("work", "watching INBOX by notify")
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("work", 1, settle=0.1)


def test_notify_is_listed_without_idle(rig, push, daemon):
    """Without IDLE there is no moment at which all servers speak."""
    imap = rig.imap(extra=["NOTIFY"], without=["IDLE"])
    daemon.box("work", imap, push, poll_interval=1)
    daemon.start()
    daemon.wait_about("work", "watching INBOX by poll")
    imap.inbox.deliver()
    push.assert_exactly("work", 1, settle=0.1)
    assert not imap.count("idle")


NO_IDLE = {"bad": "BAD IDLE not supported", "no": "NO not today",
           "code": "NO [CANNOT] IDLE is switched off", "unlisted": None,
           "later": "BAD not any more"}


def test_idle_is_refused(rig, push, daemon):
    """K-9#5429, FairEmail#86, mail-api#419 (Yahoo), MailKit#1893 (Domino), or
    refused later, when a mail has renewed it: polls on the same connection,
    says so once, never reconnects; mail is told within an interval."""
    servers = {}
    for name, answer in NO_IDLE.items():
        servers[name] = imap = rig.imap(
            without=[] if answer else ["IDLE"])
        if answer:
            imap.on("idle", reply(answer), skip=1 if name == "later" else 0)
        daemon.box(name, imap, push, poll_interval=1)
    daemon.start()
    servers["later"].wait_idle()
    servers["later"].inbox.deliver()
    push.wait_put("later")
    daemon.wait_watching(*servers)
    for name, imap in servers.items():
        daemon.wait_about(name, "watching INBOX by poll")
        imap.inbox.deliver()
    for name, imap in servers.items():
        push.wait_put(name, 2 if name == "later" else 1, timeout=2.5)
    time.sleep(0.5)
    for name, imap in servers.items():
        assert len(daemon.lines(f"{name}: watching INBOX by poll")) == 1, name
        assert len(imap.logins) == imap.accepted == 1, name
        assert imap.count("idle") <= (2 if name == "later" else 1), name
        push.assert_exactly(name, 2 if name == "later" else 1, settle=0.01)


NO_NOTIFY = {"overflow": "NO [NOTIFICATIONOVERFLOW] Too many mailbox names",
             "event": "NO [BADEVENT AnnotationChange] Unsupported event",
             "bad": "BAD Invalid arguments", "bare": "NO no",
             "later": "NO [NOTIFICATIONOVERFLOW] Too many mailbox names"}


def test_notify_is_refused_for_several_mailboxes(rig, push, daemon):
    """Dovecot refuses the 101st name; or the second SET is refused, after
    events were lost: all mailboxes are idled on instead, and none is lost."""
    servers = {}
    for name, answer in NO_NOTIFY.items():
        servers[name] = imap = rig.imap(mailboxes=("INBOX", "Lists", "Tests"),
                                        extra=["NOTIFY"])
        imap.on("notify", reply(answer), skip=1 if name == "later" else 0)
        daemon.box(name, imap, push, mailboxes=["INBOX", "Lists", "Tests"])
    daemon.start()
    daemon.wait_about("later", "watching .*by notify")
    servers["later"].wait_idle()
    with servers["later"].lock:
        for mailbox in servers["later"].mailboxes.values():
            mailbox.append()
        for connection in servers["later"].connections:
            connection.forget_notify()
            connection.forget_news()
        servers["later"].say("* OK [NOTIFICATIONOVERFLOW] too much")
    for name, imap in servers.items():
        for mailbox in imap.mailboxes:
            imap.wait_idle(mailbox)
        daemon.wait_about(name, "watching INBOX by idle")
    done = push.settled("later", 0.3)
    assert 1 <= len(done) <= 3, "one for each mailbox, if not merged"
    before = {name: len(push.puts(name)) for name in servers}
    for count, mailbox in enumerate(("Lists", "INBOX", "Tests"), 1):
        for imap in servers.values():
            imap.mailboxes[mailbox].deliver()
        for name in servers:
            push.wait_put(name, before[name] + count)
    for name, imap in servers.items():
        push.assert_exactly(name, before[name] + 3, settle=0.01)
        assert imap.accepted == 3
        assert imap.count("notify") == (2 if name == "later" else 1)


BUSY = {
    "limit": reply("NO [LIMIT] Rate limit hit"),
    "gmail": reply("NO [ALERT] Too many simultaneous connections. (Failure)"),
    "dovecot": reply("NO [UNAVAILABLE] Maximum number of connections from "
                     "user+IP exceeded (mail_max_userip_connections=1)"),
    "bye": chain(say("* BYE Too many connections from your address"), drop),
}


def test_second_connection_is_one_too_many(rig, push, daemon):
    """The second mailbox is polled then, the first is not disturbed, nobody
    hammers, and no password is called wrong."""
    servers = {}
    for name, answer in BUSY.items():
        servers[name] = imap = rig.imap(mailboxes=("INBOX", "Lists", "Tests"))
        imap.on("greeting" if name == "bye" else "login", answer, skip=1)
        daemon.box(name, imap, push, mailboxes=["INBOX", "Lists", "Tests"],
                   poll_interval=1)
    daemon.start()
    for name, imap in servers.items():
        imap.wait_idle()
        imap.wait(lambda imap=imap: set(imap.asked_about())
                  == {"INBOX", "Lists", "Tests"}, what="look at all")
        imap.wait(lambda imap=imap: imap.accepted >= 3, what="two more tries")
    time.sleep(0.2)
    for count, mailbox in enumerate(("Tests", "INBOX", "Lists"), 1):
        for imap in servers.values():
            imap.mailboxes[mailbox].deliver()
        for name in servers:
            push.wait_put(name, count, timeout=3)
    for name, imap in servers.items():
        assert imap.wait_idle().number == 1, f"{name}: INBOX was disturbed"
        # each of two waits for up to 5, 10, 20 s, by chance; a busy machine
        # takes ten seconds for all this
        assert imap.accepted <= 12, f"{name}: a storm"
        text = "\n".join(daemon.lines(rf"\b{name}: "))
        assert "retrying in 30 min" not in text and "error: " not in text
        assert "password" not in text, f"{name}: not what is wrong"
        push.assert_exactly(name, 3, settle=0.01)


# ---- who says nothing ----

def deaf(imap, at_done):
    """Accepts everything and tells nothing; or only when it is asked anyway,
    in answer to DONE."""
    for step in ("idle", "fetch", "noop") + (() if at_done else ("done",)):
        imap.on(step, is_blind)


def test_server_accepts_everything_and_tells_nothing(rig, push, daemon):
    """Announced at the next refresh, and after the second time watched in the
    next way; so is a mailbox of which only STATUS should have told."""
    silent = {"notify": (WAYS["notify"], "INBOX", "idle"),
              "aside": (WAYS["notify"], "Lists", "idle"),
              "idle": ({}, "INBOX", "poll"), "late": ({}, "INBOX", "poll")}
    boxes = {}
    for name, (options, mailbox, _) in silent.items():
        imap = rig.imap(mailboxes=("INBOX", "Lists"), **options)
        boxes[name] = imap.mailboxes[mailbox]
        boxes[name].append(3)
        if name != "aside":
            deaf(imap, at_done=name == "late")
        daemon.box(name, imap, push, refresh_interval=5, poll_interval=1,
                   mailboxes=["INBOX", "Lists"] if name == "aside"
                   else ["INBOX"])
    daemon.start()
    for box in boxes.values():
        box.server.wait_idle()
    for count in (1, 2):
        for box in boxes.values():
            box.append()  # which is told to nobody
        for name in boxes:
            push.wait_put(name, count, timeout=8)
    for name, (_, mailbox, way) in silent.items():
        assert len(daemon.lines(
            f"{name}: the server did not tell us.*{mailbox}")) == 2, name
        daemon.wait_about(name, f"watching {mailbox} by {way}", timeout=1)
    boxes["aside"].server.wait_idle("Lists")
    boxes["aside"].deliver()
    for name in ("idle", "late"):
        boxes[name].append()
    for name in ("aside", "idle", "late"):
        push.wait_put(name, 3, timeout=2.5)
    for name, box in boxes.items():
        push.assert_exactly(name, 2 if name == "notify" else 3, settle=0.01)
        assert len(box.server.logins) == (2 if name == "aside" else 1), name


def test_refusal_is_taken_for_the_last_word(rig, push, daemon):
    """What a server refuses for a while is tried again after a while, on the
    same connection: NOTIFY after IDLE, with the sessions that IDLE needed
    ended; IDLE after polling. A mail at each way is told once."""
    refused = {"notify": ("NO [NOTIFICATIONOVERFLOW] later", "Lists"),
               "idle": ("NO [LIMIT] not now", "INBOX")}
    servers = {}
    for way, (answer, last) in refused.items():
        names = list(dict.fromkeys(["INBOX", last]))
        servers[way] = imap = rig.imap(mailboxes=tuple(names), **WAYS[way])
        imap.on(way, reply(answer), times=1)
        daemon.box(way, imap, push, mailboxes=names, refresh_interval=5,
                   poll_interval=1)
    daemon.start(IMAPPUSHD_TEST_CLIMB_SECONDS="2")
    servers["notify"].wait_idle("Lists")
    daemon.wait_about("idle", "watching INBOX by poll")
    for way, (_, last) in refused.items():
        servers[way].mailboxes[last].deliver()
        push.wait_put(way, 1, timeout=3)
    for way in refused:
        daemon.wait_about(way, f"trying again to watch by {way}", timeout=8)
        daemon.wait_about(way, f"watching .*by {way}", timeout=2)
    for imap in servers.values():
        imap.wait(lambda: sorted(imap.idlers()) == ["INBOX"],
                  what="IDLE on one connection")
    for count, number in ((2, 1), (3, 0)):
        for way, (_, last) in refused.items():
            servers[way].mailboxes[("INBOX", last)[number]].deliver()
            push.wait_put(way, count)
    for way, imap in servers.items():
        push.assert_exactly(way, 3, settle=0.3)
        assert imap.count("notify") == (2 if way == "notify" else 0)
        assert len(imap.logins) == (2 if way == "notify" else 1)


# ---- what Dovecot 2.3 hides ----

STEPS = ["login", "capability", "examine", "notify", "status", "fetch",
         "idle"]


@pytest.mark.parametrize("name", ["INBOX", "Lists"])
def test_notify_is_blind_for_a_second_after_each_command(rig, push, daemon,
                                                         name):
    """Dovecot 2.3.19 tells of the selected mailbox only in IDLE, and only with
    a filter of its own: a mail at each step of a new session is told once."""
    servers = {}
    for step in STEPS:
        servers[step] = imap = rig.imap(mailboxes=("INBOX", "Lists"),
                                        extra=["NOTIFY"])
        imap.blind_outside_idle = True
        for mailbox in imap.mailboxes.values():
            mailbox.append(3)
        daemon.box(step, imap, push, mailboxes=["INBOX", "Lists"])
    daemon.start()
    for imap in servers.values():
        imap.wait_idle()
    daemon.stop()
    for step, imap in servers.items():
        def mail_comes(connection, command, mailbox=imap.mailboxes[name]):
            mailbox.deliver()
            return DEFAULT

        imap.on(step, mail_comes, times=1)
    daemon.start()
    for step in STEPS:
        push.wait_put(step, 1, timeout=3)
    for step, imap in servers.items():
        push.assert_exactly(step, 1, settle=0.01)
        imap.wait_idle()
        imap.inbox.deliver()
        push.assert_exactly(step, 2, settle=0.01)
        for _, _, command in imap.passes("notify"):
            assert b" SET (selected (MessageNew (UID " in command.raw
        assert len(imap.logins) == 2, step


def test_mail_comes_to_inbox_while_another_mailbox_is_looked_at(rig, push,
                                                                daemon):
    """EXAMINE the other one, UID FETCH, EXAMINE back, UID FETCH, IDLE: mail
    before each of these, of which the server never tells."""
    imap = rig.imap(mailboxes=("INBOX", "Lists"), extra=["NOTIFY"])
    imap.blind_outside_idle = True
    daemon.box("work", imap, push, mailboxes=["INBOX", "Lists"])
    daemon.start()
    daemon.wait_about("work", "watching .*by notify")
    imap.wait_idle()
    moments = []

    def mail_comes(connection, command):
        imap.inbox.append()
        moments.append(int(time.time() * 1e6))
        return DEFAULT

    for step, passes in (("done", 0), ("examine", 0), ("fetch", 0),
                         ("examine", 1), ("fetch", 1), ("idle", 0)):
        imap.wait_idle()
        imap.on(step, mail_comes, times=1, skip=passes)
        imap.mailboxes["Lists"].deliver()
        imap.wait(lambda: moments, what=f"{step} number {passes + 1}")
        push.wait_version_above("work", moments.pop())
    push.settled("work")
    assert len(imap.logins) == 1


def test_mail_comes_to_a_third_mailbox_while_another_is_looked_at(rig, push,
                                                                  daemon):
    """Its STATUS is said before an answer, or before the plus of IDLE: that is
    no less a hint than one that is said while nothing is going on."""
    imap = rig.imap(mailboxes=("INBOX", "Lists", "Tests"), extra=["NOTIFY"])
    daemon.box("work", imap, push, mailboxes=["INBOX", "Lists", "Tests"])
    daemon.start()
    daemon.wait_about("work", "watching .*by notify")
    moments = []

    def mail_comes(connection, command):
        uidnext = imap.mailboxes["Tests"].append().uid + 1
        connection.say(f"* STATUS Tests (UIDNEXT {uidnext})")
        moments.append(int(time.time() * 1e6))
        return DEFAULT

    for step, passes in (("done", 0), ("examine", 0), ("fetch", 0),
                         ("examine", 1), ("fetch", 1), ("idle", 0)):
        imap.wait_idle()
        imap.on(step, mail_comes, times=1, skip=passes)
        imap.mailboxes["Lists"].deliver()
        imap.wait(lambda: moments, what=f"{step} number {passes + 1}")
        push.wait_version_above("work", moments.pop(), timeout=3)
        push.settled("work", 0.1)
    assert len(imap.logins) == 1


# ---- events that were lost, and those that mean nothing ----

@pytest.mark.parametrize("line", [
    "* OK [NOTIFICATIONOVERFLOW] too much is going on",
    "* NO NOTIFY error, some events may have got lost"])
def test_every_mailbox_is_checked_once_after_lost_events(rig, push, daemon,
                                                         line):
    """RFC 5465 section 5.8: NOTIFY is off then and has to be set again."""
    names = ["INBOX", "Lists", "Tests"]
    imap = rig.imap(mailboxes=tuple(names), extra=["NOTIFY"])
    daemon.box("work", imap, push, mailboxes=names)
    daemon.start()
    daemon.wait_about("work", "watching .*by notify")
    connection = imap.wait_idle()
    before = time.monotonic()
    with imap.lock:
        imap.inbox.append()
        imap.mailboxes["Tests"].append()
        connection.forget_notify()
        connection.forget_news()
        imap.say(line)
    imap.wait_step("notify", 2)
    imap.wait_idle()
    push.wait_put("work")
    assert set(imap.asked_about(since=before)) == {"Lists", "Tests", "INBOX"}
    status = [c for when, _, c in imap.passes("status") if when > before]
    assert len(status) == 2, "the two that are not selected, once each"
    done = len(push.settled("work", 0.2))
    assert 1 <= done <= 2
    imap.mailboxes["Lists"].deliver()
    push.assert_exactly("work", done + 1, settle=0.1)
    assert len(imap.logins) == 1


def test_status_is_pushed_without_new_mail(rig, push, daemon):
    """Expunged, said twice, \\Seen: no push, and only the last is looked at.
    Many at once are one line, and the last version is current."""
    imap = rig.imap(mailboxes=("INBOX", "Lists"), extra=["NOTIFY"])
    lists = imap.mailboxes["Lists"]
    lists.append(4)
    daemon.box("work", imap, push, mailboxes=["INBOX", "Lists"])
    daemon.start()
    daemon.wait_about("work", "watching .*by notify")
    imap.wait_idle()
    before = time.monotonic()
    imap.say("* STATUS Lists (MESSAGES 3 UIDNEXT 5 UNSEEN 2)",
             "* STATUS Lists (MESSAGES 3 UIDNEXT 5 UNSEEN 2)",
             '* STATUS "Lists" (UIDNEXT 5 UIDVALIDITY 1700000002)',
             "* STATUS Elsewhere (MESSAGES 9 UIDNEXT 99)")
    push.no_put_for("work", 0.3)
    assert not imap.sent_since(before), "looked at what cannot be new"
    lists.deliver(flags=["\\Seen"])
    imap.wait(lambda: "Lists" in imap.asked_about(since=before), what="look")
    push.no_put_for("work", 0.3)
    imap.wait_idle()
    with imap.lock:
        lists.append(5)
        lists.announce()
        moment = int(time.time() * 1e6)
    push.wait_version_above("work", moment)
    assert len(push.settled("work")) == 1


ODD_STATUS = {
    "no-uidnext": "* STATUS Lists (MESSAGES 5)",
    "empty": '* STATUS "Lists" ()',
    "literal": "* STATUS {5}\r\nLists (UIDNEXT 6)",
    "huge": "* STATUS Lists (UIDNEXT 99999999999)",
    "items": '* STATUS "Lists" (UIDNEXT 6 MAILBOXID (F22) DELETED 3 SIZE 9)',
    "other": '* STATUS "LISTS" (UIDNEXT 6)'}


def test_status_is_pushed_in_an_odd_form(rig, push, daemon):
    """No UIDNEXT, a literal, items nobody knows: in doubt the mailbox is
    looked at, and mail in it is told. (Names are compared as they are, but
    INBOX: the last one is another mailbox.)"""
    servers = {}
    for name in ODD_STATUS:
        servers[name] = imap = rig.imap(mailboxes=("INBOX", "Lists"),
                                        extra=["NOTIFY"])
        imap.mailboxes["Lists"].append(4)
        daemon.box(name, imap, push, mailboxes=["INBOX", "Lists"])
    daemon.start()
    for name, imap in servers.items():
        daemon.wait_about(name, "watching .*by notify")
        imap.wait_idle()
        imap.say(ODD_STATUS[name])
    time.sleep(0.3)
    for name, imap in servers.items():
        assert not push.puts(name), f"{name}: nothing is new"
        imap.wait_idle()
        imap.mailboxes["Lists"].append()
        imap.say(ODD_STATUS[name])
        if name != "other":
            push.wait_put(name, timeout=2)
    time.sleep(0.2)
    for name, imap in servers.items():
        puts = len(push.puts(name))
        assert puts == (0 if name == "other" else 1), name
        imap.wait_idle()
        imap.inbox.deliver()
        push.assert_exactly(name, puts + 1, settle=0.01)
        assert len(imap.logins) == 1, name


def test_recent_is_all_the_server_says(rig, push, daemon):
    """jonhoo/buzz#23, mailsuite#41: one look for "RECENT", and news only if
    there is something unseen; "RECENT 0" and no RECENT at all are as good."""
    servers = {}
    for way in ("notify", "idle"):
        servers[way] = imap = rig.imap(**WAYS[way])
        imap.inbox.append(3)
        imap.says_recent = False
        daemon.box(way, imap, push)
    daemon.start()
    looks = {}
    for way, imap in servers.items():
        daemon.wait_about(way, f"watching INBOX by {way}")
        imap.wait_idle()
        looks[way] = imap.count("fetch")
        imap.inbox.append(flags=["\\Seen"])
        imap.say("* 1 RECENT")
    for way, imap in servers.items():
        imap.wait_step("fetch", looks[way] + 1)
        push.no_put_for(way, 0.2)
        imap.wait_idle()
        imap.inbox.append()
        imap.say("* 1 RECENT")
    for way, imap in servers.items():
        push.assert_exactly(way, 1, settle=0.1)
        imap.wait_idle()
        imap.inbox.deliver()
        imap.say("* 0 RECENT")
        push.assert_exactly(way, 2, settle=0.1)
        imap.wait_idle()
        looks[way] = imap.count("fetch")
        imap.say("* 0 RECENT")
    time.sleep(0.3)
    for way, imap in servers.items():
        assert imap.count("fetch") == looks[way]
        assert not imap.count("search"), "what is recent is not asked"


# ---- is it a delivery? ----

KINDS = {"plain": [], "savedate": ["SAVEDATE"], "objectid": ["OBJECTID"],
         "both": ["SAVEDATE", "OBJECTID"]}
PLACES = {"notify": "INBOX", "notify-aside": "Lists", "idle": "INBOX",
          "poll": "INBOX"}


@pytest.fixture
def boxes(rig, push, daemon):
    """{(way, kind): mailbox}, each of a server of its own, watched."""
    found = {}
    for place, name in PLACES.items():
        way = place.split("-")[0]
        for kind, extra in KINDS.items():
            options = dict(WAYS[way])
            options["extra"] = options.get("extra", []) + extra
            imap = rig.imap(mailboxes=("INBOX", "Lists"), **options)
            found[place, kind] = imap.mailboxes[name]
            imap.mailboxes[name].append(1, internaldate=ago(minutes=10))
            daemon.box(f"{place}-{kind}", imap, push, poll_interval=1,
                       mailboxes=["INBOX"] + [name] * (name != "INBOX"))
    daemon.start()
    for (place, kind), mailbox in found.items():
        daemon.wait_about(f"{place}-{kind}",
                          f"watching .*by {place.split('-')[0]}")
        if place != "poll":
            mailbox.server.wait_idle()
    return found


def everywhere(boxes, push, puts, actions):
    """Does each of actions[kind] to the mailboxes of that kind; in the end all
    have had so many requests."""
    looks = {}
    for (place, kind), mailbox in boxes.items():
        with mailbox.server.lock:
            looks[place, kind] = mailbox.server.count("fetch")
            for action in actions[kind]:
                action(mailbox)
                mailbox.announce()
    for (place, kind), mailbox in boxes.items():
        if place != "notify":  # there the event itself is looked at
            mailbox.server.wait_step("fetch", looks[place, kind] + 1)
    for place, kind in boxes:
        push.wait_put(f"{place}-{kind}", puts)
    time.sleep(0.2)
    for place, kind in boxes:
        got = push.puts(f"{place}-{kind}")
        assert len(got) == puts, f"{place}, {kind}: {puts} wanted, got {got}"


def move_away_and_back(box):
    moved = box.messages.pop(1)
    box.announce()
    box.copy(moved)


def test_append_copy_and_move_are_taken_for_deliveries(boxes, push):
    """The same answer whichever way a mailbox is watched. What puts a message
    there: a delivery adds Received, a client's APPEND has none; a COPY or MOVE
    keeps INTERNALDATE, header and EMAILID, and makes a new SAVEDATE. Only a
    positive sign suppresses: a copy of recent mail looks like a delivery where
    the server has neither extension."""
    everywhere(boxes, push, 1, dict.fromkeys(KINDS, [Mailbox.append]))
    nobody = [
        lambda box: box.append(flags=["\\Seen"]),
        lambda box: box.append(flags=["\\Draft"], header=PLAIN_HEADER),
        lambda box: box.append(header=PLAIN_HEADER),
        lambda box: box.append(internaldate=ago(days=3), header=PLAIN_HEADER),
        lambda box: box.append(internaldate=ago(days=2))]
    # The message of ten minutes ago, and the one that was announced.
    copied = [lambda box: box.copy(box.messages[0])]
    again = [lambda box: box.copy(box.messages[1]), move_away_and_back]
    everywhere(boxes, push, 1, {
        "plain": nobody, "savedate": nobody + copied,
        "objectid": nobody + again, "both": nobody + copied + again})
    # What cannot be told apart is news, and so is what was on its way for
    # days before it was delivered.
    everywhere(boxes, push, 2, {
        "plain": copied, "objectid": copied,
        "savedate": [lambda box: box.append(internaldate=ago(seconds=90))],
        "both": [lambda box: box.append(internaldate=ago(days=2),
                                        savedate=ago(days=2))]})


def test_savedate_is_not_believed_after_a_gap(rig, push, daemon):
    """Maildir: a restore or a rebuilt index makes SAVEDATE young. And one who
    wants everything is told of everything but what was read."""
    gap, wide = rig.imap(extra=["SAVEDATE"]), rig.imap(extra=["SAVEDATE"])
    for imap in (gap, wide):
        imap.inbox.append(1, internaldate=ago(hours=1))
    daemon.box("gap", gap, push)
    daemon.box("wide", wide, push, deliveries_only=False)
    daemon.start()
    gap.wait_idle()
    wide.wait_idle()
    wide.inbox.deliver(header=PLAIN_HEADER, internaldate=ago(days=9))
    wide.inbox.deliver(flags=["\\Seen"])
    push.assert_exactly("wide", 1, settle=0.2)
    daemon.stop()
    gap.inbox.append(internaldate=ago(hours=1))
    daemon.start()
    push.assert_exactly("gap", 1, settle=0.1)
    gap.wait_idle()
    gap.inbox.deliver(internaldate=ago(hours=1))
    push.no_put_for("gap", 0.3)
    gap.inbox.deliver()
    push.assert_exactly("gap", 2, settle=0.1)


# ---- what it costs ----

def test_notify_makes_round_trips(rig, push, daemon):
    """A mail in the selected mailbox is judged by what the event says: nothing
    is sent to the server between the event and the push, nor after it."""
    imap = rig.imap(mailboxes=("INBOX", "Lists"), extra=["NOTIFY"])
    imap.inbox.append(3)
    daemon.box("work", imap, push, mailboxes=["INBOX", "Lists"])
    daemon.start()
    daemon.wait_about("work", "watching .*by notify")
    connection = imap.wait_idle()
    time.sleep(0.1)
    begin, segments = time.monotonic(), connection.segments()
    for count in (1, 2, 3):
        imap.inbox.deliver()
        push.wait_put("work", count)
    imap.inbox.deliver(flags=["\\Seen"])
    imap.inbox.expunge(1)
    push.no_put_for("work", 1.3)  # an EXISTS may wait a second for its FETCH
    assert imap.sent_since(begin) == []
    assert connection.segments() == segments


def test_idle_makes_more_than_one_round_trip(rig, push, daemon, imap):
    """DONE, UID FETCH and IDLE go out in one write, once a mail."""
    daemon.box("work", imap, push)
    daemon.start()
    connection = imap.wait_idle()
    time.sleep(0.1)
    for count in (1, 2, 3):
        begin, segments = time.monotonic(), connection.segments()
        imap.inbox.deliver()
        push.assert_exactly("work", count, settle=0.2)
        sent = [line.split(" ", 1)[-1] for line in imap.sent_since(begin)]
        assert len(sent) == 3, sent
        assert sent[0] == "DONE" and sent[2] == "IDLE"
        assert sent[1].startswith(f"UID FETCH {3 + count}:* (UID FLAGS ")
        assert connection.segments() == segments + 1, "in one write"
