"""Noisy mail: rules that tell it later, to some, or never. First match wins, and
the answer is the same whichever way the mailbox is watched."""

import re
import time

import pytest

from rig import real
from rig.fakeimap import DEFAULT, drop, reply, say
from rig.receiver import answer, refuse

WAYS = {"notify": {"extra": ["NOTIFY"]}, "idle": {},
        "poll": {"without": ["IDLE"]}}


def header(**fields):
    """A delivered mail's, with these fields."""
    lines = {"Received": "from mx.test; now", "From": "Bob <bob@example.org>",
             "To": "alice@example.org", "Subject": "Hello"}
    lines.update({name.replace("_", "-"): text
                  for name, text in fields.items()})
    return "".join(f"{name}: {text}\r\n"
                   for name, text in lines.items()).encode()


QUIET = [{"list_id": "*.debian.org", "push": "never"},
         {"from": "*@shop.test", "push": "now"},
         {"subject": "*Ärger*", "push": "never"},
         {"auto_submitted": True, "push": "never"}]
NEVER = {
    "list": header(List_Id="Debian <devel.lists.debian.org>"),
    "encoded": header(Subject="=?iso-8859-1?Q?Viel_=C4rger?="),
    "folded": header(Subject="viel\r\n =?utf-8?B?w4RyZ2Vy?="),
    "robot": header(Auto_Submitted="auto-replied"),
}
NOW = {
    "plain": header(),
    "first-wins": header(From="<spam@shop.test>", Subject="Ärger",
                         Auto_Submitted="auto-generated"),
    "person": header(Auto_Submitted="no"),
    "nearly": header(List_Id="<debian.org.evil.test>"),
}


def test_noise_is_told(rig, push, daemon):
    servers = {}
    for way, options in WAYS.items():
        servers[way] = imap = rig.imap(**options)
        imap.inbox.append(2)
        daemon.box(way, imap, push, rules=QUIET, poll_interval=1)
    daemon.start()
    daemon.wait_watching(*servers)
    for way, imap in servers.items():
        if way != "poll":
            imap.wait_idle()
        for text in NEVER.values():
            imap.inbox.deliver(header=text)
    time.sleep(1.2)
    for way in servers:
        push.no_put_for(way, 0.1)
    for count, (name, text) in enumerate(NOW.items(), 1):
        for imap in servers.values():
            imap.inbox.deliver(header=text)
        for way in servers:
            push.wait_put(way, count), name
    for way, imap in servers.items():
        push.assert_exactly(way, len(NOW), settle=0.2)
        assert len(imap.logins) == 1
        asked = [line for line in imap.sent_since(0) if "HEADER.FIELDS" in line]
        assert asked and all(
            "HEADER.FIELDS (RECEIVED LIST-ID FROM SUBJECT AUTO-SUBMITTED)"
            in line for line in asked), "no more than is needed"


def test_list_is_told_once_an_hour(push, daemon, imap):
    """The first at once, the next when the hour is over, as one; a restart in
    between loses nothing; and what must not wait pays for it too."""
    daemon.box("work", imap, push, rules=[
        {"list_id": "*", "push": "later", "interval": 3600}])
    daemon.start()
    imap.wait_idle()
    noise = header(List_Id="<x.test>")
    imap.inbox.deliver(header=noise)
    push.wait_put("work", 1)
    for _ in range(2):
        imap.inbox.deliver(header=noise)
    push.no_put_for("work", 0.5)
    daemon.stop()
    daemon.start()
    daemon.wait_watching("work")
    push.no_put_for("work", 0.3)
    daemon.clock.set(3600)
    assert daemon.run("--check-now").returncode == 0
    push.assert_exactly("work", 2)
    imap.inbox.deliver(header=noise)
    push.no_put_for("work", 0.3)
    imap.inbox.deliver(header=header())
    push.assert_exactly("work", 3)
    push.assert_rising("work")
    daemon.clock.set(2 * 3600 + 10)
    assert daemon.run("--check-now").returncode == 0
    push.no_put_for("work", 0.3)


def test_more_comes_while_the_first_push_is_on_its_way(push, daemon, imap):
    """Lists come in bursts, and a push service may be slow, or say no at first:
    what follows the first is one push, at the end of the interval."""
    daemon.box("work", imap, push, rules=[
        {"list_id": "*", "push": "later", "interval": 4}])
    push.script("work", answer(delay=1), refuse(503), refuse(503))
    daemon.start()
    imap.wait_idle()
    noise = header(List_Id="<x.test>")
    for count in range(1, 6):
        imap.inbox.deliver(header=noise)
        imap.wait_step("idle", count + 1)
    first, = push.wait_accepted("work", 1)
    push.no_put_for("work", 2)
    push.wait_accepted("work", 2, timeout=15)
    puts = push.settled("work")
    assert len({put.version for put in puts}) == 2, puts
    assert puts[1].time - first.time > 3.9
    push.assert_rising("work")


def test_each_list_has_an_hour_of_its_own(push, daemon, imap):
    """The first mail of a list is told at once, however noisy another is."""
    daemon.box("work", imap, push, rules=[
        {"list_id": "a.test", "push": "later"},
        {"list_id": "b.test", "push": "later", "interval": 7200}])
    daemon.start()
    imap.wait_idle()
    for count, name in enumerate(("a", "b"), 1):
        imap.inbox.deliver(header=header(List_Id=f"<{name}.test>"))
        push.wait_put("work", count)
    for name in ("a", "b", "a"):
        imap.inbox.deliver(header=header(List_Id=f"<{name}.test>"))
    push.no_put_for("work", 0.5)
    daemon.clock.set(3600)
    assert daemon.run("--check-now").returncode == 0
    push.assert_exactly("work", 3)  # which tells of both
    daemon.clock.set(7200)
    assert daemon.run("--check-now").returncode == 0
    push.no_put_for("work", 0.3)


def test_rule_is_taken_back(push, daemon, imap):
    """What it held is told then."""
    daemon.box("work", imap, push, rules=[{"push": "later"}])
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("work", 1)
    imap.inbox.deliver()
    push.no_put_for("work", 0.5)
    daemon.account("work", imap)
    daemon.reload()
    push.assert_exactly("work", 2)


def test_rule_names_who_is_told(push, daemon, imap):
    daemon.account("work", imap, mailboxes=["INBOX"], rules=[
        {"from": "boss@*", "push": "now", "endpoints": ["phone", "desk"]},
        {"push": "now", "endpoints": ["desk"]}])
    for name in ("phone", "desk", "other"):
        daemon.endpoint(name, push.url(name))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("desk", 1)
    imap.inbox.deliver(header=header(From="The Boss <boss@work.test>"))
    push.assert_exactly("desk", 2)
    push.assert_exactly("phone", 1, settle=0.1)
    assert not push.puts("other")


def test_mailbox_is_noisy(rig, push, daemon):
    imap = rig.imap(mailboxes=("INBOX", "Lists/a"), extra=["NOTIFY"])
    daemon.box("work", imap, push, mailboxes=["INBOX", "Lists/*"],
               rules=[{"mailbox": "Lists/*", "push": "never"}])
    daemon.start()
    daemon.wait_watching("work")
    imap.wait_idle()
    imap.mailboxes["Lists/a"].deliver()
    push.no_put_for("work", 0.5)
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("work", 1)


def test_endpoint_is_not_told_of_the_account(daemon, imap, push):
    daemon.endpoint("desk", push.url("desk"), accounts=["home"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.account("home", imap)
    path = daemon.account("work", imap, mailboxes=["Work"])
    path.write_text('rules = ( { push = "now";\n endpoints = [ "desk", "phone" '
                    "]; } );\n" + path.read_text())
    done = daemon.run("--check-config")
    assert done.returncode == 0
    assert re.search("work.conf:2: warning: endpoint \"desk\" is not told",
                     done.stdout), done.stdout


@pytest.mark.parametrize("watched", [
    ["INBOX", "Spam", "Lists.a", "Lists.a.b"], ["inbox", "all"]])
@pytest.mark.parametrize("way", WAYS)
def test_rules_by_special_use_and_level(rig, push, daemon, way, watched):
    """Each session knows them, whether it lists mailboxes for itself or not."""
    imap = rig.imap(mailboxes=("INBOX", "Spam", "Lists.a", "Lists.a.b"),
                    separator=".", **WAYS[way])
    imap.mailboxes["Spam"].use = "\\Junk"
    for mailbox in imap.mailboxes.values():
        mailbox.append(2)
    daemon.box("work", imap, push, mailboxes=watched, exclude=[],
               poll_interval=1, rules=[
                   {"mailbox": "\\Junk", "push": "never"},
                   {"mailbox": "Lists.%", "push": "never"},
                   {"mailbox": "inbox", "push": "never"}])
    daemon.start()
    daemon.wait_watching("work")
    imap.wait(lambda: {"INBOX", "Spam", "Lists.a", "Lists.a.b"}
              <= set(imap.asked_about()), what="a look at each")
    time.sleep(0.5)
    for name in ("INBOX", "Spam", "Lists.a"):
        imap.mailboxes[name].deliver()
    push.no_put_for("work", 1.5)
    imap.mailboxes["Lists.a.b"].deliver()
    push.assert_exactly("work", 1)
    assert len(imap.logins) <= 3


@pytest.mark.parametrize("rules", [
    [{"subject": "*", "push": "never"}],
    [{"subject": "urgent*", "push": "now"}, {"push": "never"}]])
def test_header_cannot_be_read(push, daemon, imap, rules):
    """Nobody knows whether a rule applies: it is told, and not left to the
    rules behind that one."""
    daemon.box("work", imap, push, rules=rules)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.no_put_for("work", 0.5)
    imap.inbox.deliver(header=header(Subject="x" * 20000))
    push.assert_exactly("work", 1)


def test_one_is_judged_and_the_other_not_understood(push, daemon, imap):
    """The rule of the one is not what follows from the other."""
    def answers(connection, command):
        connection.say(
            '* 4 FETCH (UID 4 FLAGS () BODY[HEADER.FIELDS (RECEIVED LIST-ID)] '
            '{31}', "Received: x", "List-Id: <a.b>", "", ")",
            "* 5 FETCH (UID 99999999999)", "{tag} OK", command=command)

    daemon.account("work", imap, rules=[
        {"list_id": "*", "push": "now", "endpoints": ["desk"]}])
    for name in ("phone", "desk"):
        daemon.endpoint(name, push.url(name))
    daemon.start()
    imap.wait_idle()
    imap.on("fetch", answers, times=1)
    with imap.lock:
        imap.inbox.append()
        imap.inbox.deliver()
    push.assert_exactly("desk", 1)
    push.assert_exactly("phone", 1, settle=0.1)


def test_noisy_mailbox_is_rebuilt(rig, push, daemon):
    """Nothing of it is ever told, whatever may have come meanwhile; a mailbox
    about which rules would ask more is another matter."""
    imap = rig.imap(mailboxes=("INBOX", "Lists/a"))
    imap.inbox.append(2)
    imap.mailboxes["Lists/a"].append(2)
    daemon.box("work", imap, push, mailboxes=["INBOX", "Lists/a"], rules=[
        {"mailbox": "Lists/*", "push": "never"},
        {"list_id": "*", "push": "never"}])
    daemon.start()
    imap.wait_idle()
    imap.wait_idle("Lists/a")
    daemon.stop()
    imap.mailboxes["Lists/a"].rebuild(7, 5)
    daemon.start()
    imap.wait_idle("Lists/a")
    push.no_put_for("work", 0.3)
    daemon.stop()
    imap.inbox.rebuild(8, 5)
    daemon.start()
    push.assert_exactly("work", 1)


def test_rules_change_by_a_reload(push, daemon, imap):
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_idle()
    daemon.account("work", imap, rules=[{"push": "never"}])
    daemon.reload()
    imap.wait(lambda: len(imap.logins) == 2, what="a new session")
    imap.wait_idle()
    imap.inbox.deliver()
    push.no_put_for("work", 0.5)


# ---- Gmail's search ----

PROMOTIONS = "category:promotions"
QUOTES = 'subject:"for you\\\\"'
UMLAUT = "from:Müller"


@pytest.fixture(params=WAYS)
def gmail(request, rig):
    """A server with Gmail's search, for each way to watch."""
    options = dict(WAYS[request.param])
    options["extra"] = options.get("extra", []) + ["X-GM-EXT-1"]
    imap = rig.imap(**options)
    imap.inbox.append(3)
    return imap


def watch_gmail(daemon, imap, push, rules):
    daemon.box("work", imap, push, rules=rules, poll_interval=1)
    daemon.start()
    daemon.wait_watching("work")
    if "IDLE" in imap.capabilities:
        imap.wait_idle()


def test_search_decides(gmail, push, daemon):
    """First match wins, with searches before and behind what the header says;
    and nobody is asked about what it has decided."""
    watch_gmail(daemon, gmail, push, [
        {"from": "boss@*", "push": "now"},
        {"gmail_search": PROMOTIONS, "push": "never"},
        {"subject": "*sale*", "push": "never"},
        {"gmail_search": QUOTES, "push": "never"},
        {"gmail_search": UMLAUT, "mailbox": "all", "push": "never"},
        {"gmail_search": "in:nowhere", "mailbox": "Spam", "push": "never"}])
    for options in ({"gmail": [PROMOTIONS]}, {"gmail": [QUOTES]},
                    {"gmail": [UMLAUT]}, {"header": header(Subject="A sale")}):
        searches = gmail.count("search")
        gmail.inbox.deliver(**options)
        gmail.wait(lambda: gmail.count("search") > searches, what="a search")
    push.no_put_for("work", 1.3)
    searches = gmail.count("search")
    gmail.inbox.deliver(header=header(From="The boss <boss@x>"),
                        gmail=[PROMOTIONS])
    push.wait_put("work", 1)
    assert gmail.count("search") == searches
    gmail.inbox.deliver()
    push.wait_put("work", 2)
    with gmail.lock:  # one is enough
        gmail.inbox.append(gmail=[PROMOTIONS])
        gmail.inbox.append()
        gmail.inbox.deliver(gmail=[QUOTES])
    push.assert_exactly("work", 3, settle=1.2)
    assert len(gmail.logins) == 1
    assert not [l for l in gmail.sent_since(0) if "in:nowhere" in l]


def test_each_search_has_its_rule(gmail, push, daemon):
    watch_gmail(daemon, gmail, push, [
        {"gmail_search": PROMOTIONS, "push": "never"},
        {"gmail_search": "category:social", "push": "later"}])
    gmail.inbox.deliver(gmail=[PROMOTIONS])
    push.no_put_for("work", 1.3)
    gmail.inbox.deliver(gmail=["category:social"])
    push.wait_put("work", 1)
    gmail.inbox.deliver(gmail=["category:social"])
    push.no_put_for("work", 1.3)
    gmail.inbox.deliver(gmail=["category:primary"])
    push.assert_exactly("work", 2)


@pytest.mark.parametrize("how", [
    reply("NO [LIMIT] too many"), reply("BAD what?"), reply("OK done"),
    say("* SEARCH 4x", "{tag} OK done"),
    say("* SEARCH 99999999999", "{tag} OK done")])
@pytest.mark.parametrize("text", [PROMOTIONS, UMLAUT])
def test_search_is_not_answered(rig, push, daemon, how, text):
    """Nobody knows, so it is told, and not left to the rules behind."""
    imap = rig.imap(extra=["X-GM-EXT-1"])
    imap.inbox.append(3)
    watch_gmail(daemon, imap, push, [
        {"gmail_search": text, "push": "never"}, {"push": "never"}])
    imap.on("search", how, times=1)
    imap.inbox.deliver()
    push.assert_exactly("work", 1)
    daemon.wait_about("work", "did not search for rule 1")
    imap.wait_idle()
    imap.inbox.deliver()
    push.no_put_for("work", 0.5)
    assert len(imap.logins) == 1


def test_literal_is_refused(rig, push, daemon):
    """Before its bytes are asked for; the session goes on."""
    imap = rig.imap(extra=["X-GM-EXT-1"], without=["LITERAL+"])
    imap.inbox.append(3)
    watch_gmail(daemon, imap, push, [{"gmail_search": UMLAUT, "push": "never"}])
    connection, = imap.connections
    read = connection.read_line

    def refuses():
        """Answers the first line of it, so that it is no command any more."""
        line = read()
        if line.endswith(b"}"):
            connection.say(line.split()[0].decode() + " NO [BADCHARSET] no")
            connection.read_line = read
            return read()
        return line

    connection.read_line = refuses
    imap.inbox.deliver(gmail=[UMLAUT])
    push.assert_exactly("work", 1)
    imap.wait_idle()
    imap.inbox.deliver(gmail=[UMLAUT])
    push.no_put_for("work", 0.5)
    assert len(imap.logins) == 1


def test_connection_breaks_in_a_search(rig, push, daemon):
    """Every time: after the second login it is told at last."""
    imap = rig.imap(extra=["X-GM-EXT-1"])
    imap.inbox.append(3)
    watch_gmail(daemon, imap, push, [
        {"gmail_search": PROMOTIONS, "push": "never"}])
    imap.on("search", drop)
    imap.inbox.deliver(gmail=[PROMOTIONS])
    push.wait_put("work", 1, timeout=20)
    imap.off("search")
    daemon.reload()
    imap.wait_idle()
    imap.inbox.deliver(gmail=[PROMOTIONS])
    push.no_put_for("work", 0.5)


def test_mail_comes_while_it_searches(gmail, push, daemon):
    """It is not told before the next look, and not forgotten."""
    watch_gmail(daemon, gmail, push, [
        {"gmail_search": PROMOTIONS, "push": "never"}])

    def one_more(connection, command):
        gmail.inbox.append()
        connection.sync()
        return DEFAULT

    gmail.on("search", one_more, times=1)
    gmail.inbox.deliver(gmail=[PROMOTIONS])
    push.assert_exactly("work", 1)


def test_more_mail_than_can_be_asked_about(rig, push, daemon):
    """After a gap; what is too much is told."""
    imap = rig.imap(extra=["X-GM-EXT-1"])
    imap.inbox.append(3)
    watch_gmail(daemon, imap, push, [
        {"gmail_search": PROMOTIONS, "push": "never"}])
    for count, told in ((200, 0), (201, 1)):
        daemon.stop()
        imap.inbox.append(count, gmail=[PROMOTIONS])
        daemon.start()
        imap.wait_idle()
        push.assert_exactly("work", told, settle=0.3)


def test_server_is_not_gmail(push, daemon, imap):
    """Such a rule never matches, which is said once; the others do."""
    daemon.box("work", imap, push, rules=[
        {"gmail_search": PROMOTIONS, "push": "never"},
        {"subject": "*sale*", "push": "never"}])
    daemon.start()
    imap.wait_idle()
    daemon.wait_about("work", "the server is not Gmail")
    imap.inbox.deliver(header=header(Subject="sale"), gmail=[PROMOTIONS])
    push.no_put_for("work", 0.5)
    imap.inbox.deliver(gmail=[PROMOTIONS])
    push.assert_exactly("work", 1)
    assert not imap.count("search")
    assert len(daemon.lines("not Gmail")) == 1


def test_noise_at_a_real_server(rig, push, daemon, certs):
    imap = real.server(rig, certs, *real.WAYS)
    for way in real.WAYS:
        real.box(daemon, push, imap, way, watch=way, rules=QUIET)
    daemon.start()
    daemon.wait_watching(*real.WAYS)
    for way in real.WAYS:
        imap.deliver(way, headers={"List-Id": "Debian <x.debian.org>"})
        imap.deliver(way, subject="=?utf-8?Q?viel_=C3=84rger?=")
    time.sleep(1.3)
    for way in real.WAYS:
        push.no_put_for(way, 0.1)
        imap.deliver(way)
    for way in real.WAYS:
        push.assert_exactly(way, 1, settle=0.3)


@pytest.mark.parametrize("rules, words", [
    ('{ form = "x"; push = "now"; }', 'unknown key "form".*"from"'),
    ('{ from = "x"; }', "push is missing"),
    ('{ push = "maybe"; }', "push must be one of the strings now, later"),
    ('{ push = "now"; interval = 5; }', "interval is for push"),
    ('{ push = "later"; interval = 0; }', "interval must be a whole number"),
    ('{ push = "now"; endpoints = [ "fone", "phone" ]; }',
     'no endpoint "fone"; the nearest is "phone"'),
    ('{ mailbox = "\\\\Jnk"; push = "never"; }', "not a special use"),
    ('{ mailbox = ""; push = "never"; }', "mailbox must not be empty"),
    ('{ push = "never"; endpoints = [ "phone" ]; }', "endpoints is not for"),
    ('{ auto_submitted = "yes"; push = "now"; }', "auto_submitted must be true"),
    (", ".join(['{ push = "now"; }'] * 63), "more than 62"),
])
def test_rule_is_mistaken(daemon, imap, push, rules, words):
    daemon.endpoint("phone", push.url("phone"))
    path = daemon.account("work", imap)
    path.write_text("rules = ( " + rules + " );\n" + path.read_text())
    done = daemon.run("--check-config")
    assert done.returncode == 78
    assert re.search("work.conf:1: error: .*" + words, done.stdout), done.stdout
