"""Which mailboxes are watched: names, patterns, special uses, all; and what
becomes of those that come and go. Names are written here as they stand on the
wire, but in the configuration."""

import re
import time

import pytest

from rig.fakeimap import DEFAULT, reply

WAYS = {"notify": {"extra": ["NOTIFY"]}, "idle": {},
        "poll": {"without": ["IDLE"]}}
SPECIAL = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Spam": "\\Junk",
           "Bin": "\\Trash", "Everything": "\\All", "Starred": "\\Flagged",
           "Weighty": "\\Important", "Archive": "\\Archive"}
LISTS = ["Lists/c", "Lists/c/old", "Lists/d"]
FOREIGN = ["&AMQ-rger", "Tom &- Jerry"]
# "all" less what is excluded by default, less \Noselect and \NonExistent.
USUAL = {"INBOX", "Archive", *LISTS, *FOREIGN}

# What is configured, and what is to be watched.
SELECTIONS = {
    "all": (dict(mailboxes=["all"]), USUAL),
    "star": (dict(mailboxes=["*"]), USUAL),
    "percent": (dict(mailboxes=["%"]), USUAL - set(LISTS)),
    "below": (dict(mailboxes=["INBOX", "Lists/*"]), {"INBOX", *LISTS}),
    "level": (dict(mailboxes=["Lists/%"]), {"Lists/c", "Lists/d"}),
    "levels": (dict(mailboxes=["%/%/o%"]), {"Lists/c/old"}),
    "ending": (dict(mailboxes=["*d"]), {"Lists/c/old", "Lists/d"}),
    "foreign": (dict(mailboxes=["Är*", "Tom & %"]), set(FOREIGN)),
    "use": (dict(mailboxes=["inbox", "\\Flagged"]), {"INBOX", "Starred"}),
    "case": (dict(mailboxes=["ALL", "\\fLAGGED"]), USUAL | {"Starred"}),
    "named": (dict(mailboxes=["all", "Spam"]), USUAL | {"Spam"}),
    "mixed": (dict(mailboxes=["Lists/%", "INBOX"], exclude=["Lists/d"]),
              {"INBOX", "Lists/c"}),
    "excluded": (dict(mailboxes=["*"], exclude=["Lists/*", "\\Junk", "%t"]),
                 {"INBOX", "Archive", "Drafts", "Bin", "Everything",
                  "Starred", "Weighty", *FOREIGN}),
    "nothing": (dict(mailboxes=["all"], exclude=[]),
                USUAL | set(SPECIAL)),
    "inboxless": (dict(mailboxes=["all"], exclude=["Inbox", "\\All"]),
                  (USUAL | set(SPECIAL)) - {"INBOX", "Everything"}),
}


def furnish(imap):
    """All kinds of mailboxes, with an old message in each."""
    for name in [*SPECIAL, "Lists", *LISTS, "Lists/gone", *FOREIGN]:
        imap.create(name, 1).use = SPECIAL.get(name)
    imap.mailboxes["Lists"].attributes = "\\HasChildren \\Noselect"
    imap.mailboxes["Lists/gone"].attributes = "\\NonExistent"


@pytest.mark.parametrize("uses", ["asked-for", "told-unasked"])
def test_mailboxes_are_chosen_by_patterns_and_uses(rig, push, daemon, uses):
    """RFC 6154: where the server has both extensions it is asked for the uses;
    where it has not, an option would be answered with BAD, and the flags of a
    plain LIST tell (Gmail, Dovecot)."""
    servers = {}
    for name, (values, _) in SELECTIONS.items():
        servers[name] = imap = rig.imap(
            mailboxes=("Archive", "INBOX"), extra=["NOTIFY"]
            + (["SPECIAL-USE", "LIST-EXTENDED"] if uses == "asked-for" else
               ["SPECIAL-USE", "XLIST"]))
        imap.list_tells_uses = uses != "asked-for"
        furnish(imap)
        daemon.box(name, imap, push, **values)
    daemon.start()
    daemon.wait_watching(*servers)
    for name, (_, wanted) in SELECTIONS.items():
        asked = servers[name].asked_about()
        assert set(asked) == wanted, name
        assert "INBOX" in asked[:1] or "INBOX" not in wanted, name
        servers[name].wait(servers[name].idlers, what="IDLE")
    for name, (_, wanted) in SELECTIONS.items():
        for other in set(servers[name].mailboxes) - wanted:
            servers[name].mailboxes[other].deliver()
    time.sleep(0.3)
    for name, (_, wanted) in SELECTIONS.items():
        assert not push.puts(name), f"{name}: told of what is not watched"
        servers[name].mailboxes[max(wanted)].deliver()
    for name, server in servers.items():
        push.assert_exactly(name, 1, settle=0.01)
        assert server.accepted == len(server.logins) == 1, name


def test_levels_are_separated_in_another_way(rig, push, daemon):
    """Names are the server's own; what separates elsewhere is a letter here,
    and a server without levels (NIL) has only letters."""
    servers = {}
    for kind, separator in (("slash", "/"), ("dot", "."), ("back", "\\"),
                            ("none", None)):
        mark = separator or "^"
        others = "".join(c for c in "/.\\" if c != separator)
        names = [f"Lists{mark}a", f"Lists{mark}b{others}c",
                 f"Lists{mark}a{mark}deep"]
        imap = rig.imap(mailboxes=("INBOX", *names), extra=["NOTIFY"],
                        separator=separator)
        servers[kind] = imap, names
        daemon.box(kind, imap, push, mailboxes=["INBOX", f"Lists{mark}%"])
    daemon.start()
    daemon.wait_watching(*servers)
    for kind, (imap, names) in servers.items():
        imap.wait_idle()
        wanted = names if kind == "none" else names[:2]
        assert set(imap.asked_about()) == {"INBOX", *wanted}, kind
        for count, name in enumerate(wanted, 1):
            imap.wait_idle()
            imap.mailboxes[name].deliver()
            push.wait_put(kind, count)
        if kind != "none":
            imap.mailboxes[names[2]].deliver()
    time.sleep(0.2)
    for kind in servers:
        assert len(push.puts(kind)) == (3 if kind == "none" else 2), kind


def test_notify_never_tells_of_a_mailbox_outside_ascii(rig, push, daemon):
    """Dovecot 2.3.19: where it is named in the filter; and where all are asked
    for it comes as a literal in raw UTF-8."""
    servers = {}
    for kind, mailboxes in (("named", ["Ärger", "Tom & Jerry", "INBOX"]),
                            ("all", ["all"]),
                            ("pattern", ["INBOX", "Är*", "Tom*"])):
        servers[kind] = imap = rig.imap(mailboxes=("INBOX", *FOREIGN),
                                        extra=["NOTIFY"])
        for name, raw in zip(FOREIGN, ["Ärger", "Tom & Jerry"]):
            imap.mailboxes[name].raw_name = raw
            imap.mailboxes[name].append(2)
        daemon.box(kind, imap, push, mailboxes=mailboxes)
    daemon.start()
    for kind, imap in servers.items():
        daemon.wait_about(kind, "watching .*by notify")
        imap.wait(imap.idlers, what="IDLE")
        for count, name in enumerate([*FOREIGN, "INBOX"], 1):
            imap.mailboxes[name].deliver()
            push.wait_put(kind, count, timeout=2)
    for kind, imap in servers.items():
        push.assert_exactly(kind, 3, settle=0.1)
        assert imap.accepted == 1


def test_name_is_encoded_already(rig, push, daemon, imap):
    """imapfilter#164: the configuration has names as people read them, so
    that &AMQ-rger means just these letters; they are encoded, once."""
    imap.create("&AMQ-rger")
    imap.create("&-AMQ-rger")
    daemon.account("work", imap, mailboxes=["&AMQ-rger"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle("&-AMQ-rger")
    imap.mailboxes["&-AMQ-rger"].deliver()
    push.assert_exactly("phone", 1, settle=0.1)
    assert imap.asked_about() == ["&-AMQ-rger"]


MISSING = {
    "trycreate": "NO [TRYCREATE] Mailbox doesn't exist: Lists",
    "prefix": "NO Mailbox name should probably be prefixed with: INBOX.",
    "bare": "NO no",
}


def test_server_does_not_have_a_mailbox(rig, push, daemon):
    """emails-html-to-pdf#42, imapsync#167, james-project#5321: the error names
    the mailbox and has the server's words, once; it is never made, nothing
    ever idles unselected (the server looks out for both), and it is asked for
    again at refreshes only."""
    servers = {}
    for way, options in WAYS.items():
        for kind, answer in MISSING.items():
            name = f"{way}-{kind}"
            servers[name] = imap = rig.imap(**options)
            for step in ("examine", "status"):
                imap.on(step, reply(answer), when=lambda connection, command:
                        command.arguments[0] == "Lists")
            daemon.box(name, imap, push, mailboxes=["INBOX", "Lists"],
                       poll_interval=1)
    daemon.start()
    for name, imap in servers.items():
        answer = MISSING[name.split("-")[1]]
        words = answer.rpartition("] ")[2].replace("NO ", "")
        daemon.wait_about(name, "Lists.*" + re.escape(words))
        daemon.wait_about(name, "watching INBOX")
        imap.inbox.deliver()
    for name in servers:
        push.assert_exactly(name, 1, settle=0.01)
    time.sleep(1.3)  # and that was more than two polls
    for name, imap in servers.items():
        said = daemon.lines(rf"\b{name}: .*(Lists.*refused|refused.*Lists)")
        assert len(said) == 1, f"{name}: said more than once"
        tries = [c for _, _, c in imap.passes("examine")
                 + imap.passes("status") if c.arguments[0] == "Lists"]
        assert len(tries) <= (3 if "idle" in name else 2), \
            f"{name}: asked for it again and again"
        assert len(imap.logins) <= 2, name


def test_mailboxes_come_and_go(rig, push, daemon):
    """A created one is seen for the first time, which is silent, and then
    announced; a deleted one is left alone; a renamed one is both, or keeps its
    place where NOTIFY tells that it was renamed. Mail in
    INBOX is told while all that is taken in."""
    servers = {}
    for way, options in WAYS.items():
        servers[way] = imap = rig.imap(
            mailboxes=("INBOX", "Lists/a", "Lists/old"), **options)
        for mailbox in imap.mailboxes.values():
            mailbox.append(2)
        daemon.box(way, imap, push, mailboxes=["INBOX", "Lists/*"],
                   refresh_interval=5, poll_interval=1)
    # A name that is there only later is looked for at every refresh.
    late = rig.imap(extra=["NOTIFY"])
    daemon.box("late", late, push, mailboxes=["INBOX", "Later"],
               refresh_interval=5)
    daemon.start()
    daemon.wait_watching(*WAYS, "late")
    daemon.wait_about("late", "Later")
    servers["idle"].wait(lambda: sorted(servers["idle"].idlers())
                         == ["INBOX", "Lists/a", "Lists/old"], what="IDLE")
    mark, before = daemon.mark(), time.monotonic()
    late.create("Later", 3)
    for imap in servers.values():
        def mail_comes(connection, command, inbox=imap.inbox):
            inbox.append()
            return DEFAULT

        imap.on("list", mail_comes, times=1)  # it is asked what there is now
        with imap.lock:
            imap.create("Lists/new", 3)
            imap.delete("Lists/old")
            imap.rename("Lists/a", "Lists/b")
    for way, imap in servers.items():
        imap.wait(lambda: {"Lists/new", "Lists/b"} <= set(imap.asked_about()),
                  timeout=9, what="look at the new mailboxes")
        daemon.wait_about(way, "watching", after=mark)
        if way != "poll":
            imap.wait_idle()
    after = time.monotonic()
    late.wait(lambda: "Later" in late.asked_about(since=before), timeout=9,
              what="second look for Later")
    for way in WAYS:
        push.assert_exactly(way, 1, settle=0.1)
    for count, name in enumerate(("Lists/new", "Lists/b"), 2):
        for way, imap in servers.items():
            if way == "idle":
                imap.wait_idle(name)
            imap.mailboxes[name].deliver()
        for way in WAYS:
            push.wait_put(way, count)
    for way, imap in servers.items():
        text = "\n".join(imap.sent_since(after))
        assert "Lists/old" not in text and "Lists/a" not in text, way
        assert len(imap.logins) <= 2 * 3, way
    late.mailboxes["Later"].deliver()
    push.assert_exactly("late", 1, settle=0.1)
    assert len(daemon.lines("late: .*Later.*refused|"
                            "late: .*refused.*Later")) == 1
    for way in WAYS:
        push.assert_exactly(way, 3, settle=0.1)


def test_mail_comes_to_a_mailbox_that_is_being_renamed(rig, push, daemon):
    """NOTIFY says what it was called: the mail is news there, and the name
    that became free is another mailbox's."""
    imap = rig.imap(mailboxes=("INBOX", "Work", "&AMQ-rger"),
                    extra=["NOTIFY"])
    for mailbox in imap.mailboxes.values():
        mailbox.append(2)
    daemon.box("work", imap, push, mailboxes=["*"])
    daemon.start()
    daemon.wait_watching("work")
    imap.wait_idle()
    for count, (old, new) in enumerate((("Work", "Jobs"),
                                        ("&AMQ-rger", "Gl&APw-ck")), 1):
        mark = daemon.mark()
        with imap.lock:
            imap.rename(old, new)
            imap.mailboxes[new].append()
        push.wait_put("work", count)
        daemon.wait_about("work", "watching", after=mark)
        imap.wait_idle()
        mark = daemon.mark()
        imap.create(old, 3)  # silent at first sight
        daemon.wait_about("work", "watching", after=mark)
        imap.wait_idle()
    push.assert_exactly("work", 2, settle=0.3)
    assert len(imap.logins) == 1 + 4, "one for each change"
    for count, mailbox in enumerate(imap.mailboxes.values(), 3):
        mailbox.deliver()  # told long before the next refresh
        push.wait_put("work", count)
    push.assert_exactly("work", 2 + len(imap.mailboxes), settle=0.1)


def many(imap):
    names = ["INBOX"] + [f"Lists/{n:02}" for n in range(1, 24)]
    for name in names[1:]:
        imap.create(name, 1)
    return names


def test_24_mailboxes_share_a_connection_by_notify(rig, push, daemon):
    imap = rig.imap(extra=["NOTIFY"])
    names = many(imap)
    daemon.account("work", imap, mailboxes=["all"])
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_about("work", "watching .*by notify")
    imap.wait_idle()
    for count, name in enumerate(names, 1):
        imap.mailboxes[name].deliver()
        push.wait_put("phone", count, timeout=2)
    push.assert_exactly("phone", 24, settle=0.2)
    assert imap.accepted == 1


def test_24_mailboxes_share_three_connections_without_notify(rig, push,
                                                             daemon):
    """INBOX and the next two are idled on, all others are polled."""
    imap = rig.imap()
    names = many(imap)
    daemon.account("work", imap, mailboxes=["all"], poll_interval=1)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait(lambda: sorted(imap.idlers()) == names[:3], what="3 x IDLE")
    imap.wait(lambda: set(imap.asked_about()) == set(names),
              what="first sight of all")
    imap.wait_idle()
    push.no_put_for("phone", 0.3)
    since = time.monotonic()
    for count, name in enumerate([*names[:3], names[13], names[-1]], 1):
        imap.mailboxes[name].deliver()
        push.wait_put("phone", count, timeout=4)
    imap.wait(lambda: set(imap.asked_about(since)) >= set(names[3:]),
              what="round of all others")
    push.assert_exactly("phone", 5, settle=0.1)
    assert imap.accepted == 3


def test_connection_of_a_mailbox_that_no_entry_names_is_lost(rig, push,
                                                            daemon):
    """The trouble is told of the mailbox that it is about."""
    imap = rig.imap(mailboxes=("INBOX", "alpha", "beta"))
    daemon.box("work", imap, push, mailboxes=["*"])
    daemon.start()
    imap.wait(lambda: sorted(imap.idlers()) == ["INBOX", "alpha", "beta"],
              what="3 x IDLE")
    imap.drop()
    for name in ("alpha", "beta"):
        daemon.wait_about("work", f"{name}: the server closed")
    imap.mailboxes["beta"].append()
    push.wait_put("work", 1, timeout=15)


def test_connections_are_limited_by_the_owner(rig, push, daemon):
    """max_connections, with INBOX first wherever it stands in the list."""
    names = ["alpha", "beta", "INBOX", "gamma"]
    servers = {}
    for limit in (1, 2, 4):
        servers[limit] = imap = rig.imap(mailboxes=tuple(names))
        daemon.box(f"up-to-{limit}", imap, push, max_connections=limit,
                   mailboxes=["*"], poll_interval=1)
    daemon.start()
    order = ["INBOX", "alpha", "beta", "gamma"]
    for limit, imap in servers.items():
        imap.wait(lambda: sorted(imap.idlers()) == order[:limit],
                  what=f"IDLE on {limit}")
        imap.wait(lambda: set(imap.asked_about()) == set(names),
                  what="first sight of all")
    time.sleep(0.3)
    for count, name in enumerate(("INBOX", "gamma"), 1):
        for imap in servers.values():
            imap.mailboxes[name].deliver()
        for limit in servers:
            push.wait_put(f"up-to-{limit}", count)
    for limit, imap in servers.items():
        assert imap.accepted == limit


@pytest.mark.parametrize("line", [
    'mailboxes = [ "\\\\Flaged" ];', 'mailboxes = [ "" ];',
    'exclude = [ "\\\\Spam" ];', 'exclude = [ 1 ];',
    "max_connections = 0;", "max_connections = 21;"])
def test_choice_of_mailboxes_is_mistaken(rig, push, daemon, imap, line):
    daemon.endpoint("phone", push.url("phone"))
    path = daemon.account("work", imap)
    path.write_text(line + "\n" + path.read_text())
    result = daemon.run("--check-config")
    assert result.returncode == 78
    assert "work.conf:1" in result.stderr + result.stdout
