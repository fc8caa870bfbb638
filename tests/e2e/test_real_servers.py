"""The same on each real server: Dovecot, Cyrus with idled or not, Courier.

They are watched side by side. Run as a program, this prints the table of
test_what_they_offer as Markdown.
"""

import re
import sys
import time

import pytest

if __name__ == "__main__":
    from conftest import Rig  # it knows where the rig is

from rig import kinds, real, servers

pytestmark = kinds.needs_debian_12


# ---- what they offer ----

EXTENSIONS = ("NOTIFY", "IDLE", "SAVEDATE", "OBJECTID", "SPECIAL-USE",
              "LIST-STATUS", "QRESYNC", "ID", "METADATA")


def look_at(server, user):
    """What a client sees of a server after login: {what: how it is}."""
    client = server.client(user)
    capabilities = client.capability()[1][-1]
    client.select(readonly=True)
    listed = client.list('""', '""')[1][-1]
    words = capabilities.decode().upper().split()
    found = {word: word in words for word in EXTENSIONS}
    found["UIDNEXT on EXAMINE"] = bool(client.response("UIDNEXT")[1][0])
    found = {what: "yes" if is_so else "no" for what, is_so in found.items()}
    found["separator"] = re.search(rb'"(.)"', listed).group(1).decode()
    client.logout()
    return found


def version(server):
    """Of the package that was unpacked, such as 3.6.1."""
    tree, package = server.package
    stamp = (servers.tree(tree) / ".stamp").read_text(encoding="utf-8")
    found = re.search(r" %s=(?:\d+:)?([\d.]+)" % package, stamp)
    return found.group(1) if found else "?"


def survey(rig, push, daemon):
    """[{column: text}], one for each server."""
    names = kinds.all_ways(["auto"])
    homes = kinds.start(rig, names)
    kinds.watch(push, daemon, homes, names)
    rows = []
    for name, server in homes.items():
        line = daemon.lines(name + ": watching INBOX by ")[0]
        title = name[:-len("-auto")].replace("-", " ").capitalize()
        rows.append({"server": title,
                     "version": version(server), **look_at(server, name),
                     "watched by": line.rpartition(" ")[2]})
    return rows


def table(rows, markdown=False):
    """The servers side by side, a line for each thing to know of them."""
    lines = [[what] + [row[what] for row in rows] for what in rows[0]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    bar = "| " if markdown else ""
    texts = [bar + (" | " if markdown else "  ").join(
        cell.ljust(width) for cell, width in zip(line, widths)) +
        (" |" if markdown else "") for line in lines]
    if markdown:
        texts.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(text.rstrip() for text in texts)


def documented():
    """The lines of the table in the manual."""
    text = (servers.ROOT / "docs" / "servers.md").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("|")]


def test_what_they_offer(rig, push, daemon):
    """And how each is watched when nobody says how; as it is documented, but
    for the version, which changes with each security update."""
    rows = survey(rig, push, daemon)
    print("\n" + table(rows))
    for row, column in zip(rows, ("dovecot", "cyrus", "cyrus", "courier")):
        assert row["version"] != "?", column
    found, known = ([line for line in lines if "| version" not in line]
                    for lines in (table(rows, markdown=True).splitlines(),
                                  documented()))
    assert found == known, "docs/servers.md is not up to date"
    assert [row["watched by"].lower() for row in rows] == [
        rig.servers[n].best for n in range(len(rows))]


# ---- mail ----

def test_isolated_mails(rig, push, daemon):
    ways = kinds.all_ways()
    homes = kinds.start(rig, ways)
    kinds.watch(push, daemon, homes, ways)
    for count in (1, 2, 3):
        before = kinds.deliver(homes, ways)
        kinds.assert_puts(push, ways, count, before, kinds.SETTLE if count == 3 else 0.4)


def test_two_mailboxes(rig, push, daemon):
    ways = kinds.all_ways()
    homes = kinds.start(rig, ways)
    for name in ways:
        homes[name].make_mailbox(name, "Lists")
    kinds.deliver(homes, ways, mailbox="Lists")
    kinds.watch(push, daemon, homes, ways, mailboxes=["INBOX", "Lists"])
    for name in ways:
        daemon.wait_about(name, "watching INBOX(\\.| and 1 more)|Lists")
    time.sleep(kinds.SETTLE)  # the first sight of a mailbox that is polled
    for count, mailbox in enumerate(("Lists", None, None, "Lists"), 1):
        before = kinds.deliver(homes, ways, mailbox=mailbox)
        kinds.assert_puts(push, ways, count, before, kinds.SETTLE if count == 4 else 0.4)


def test_mail_in_the_gap(rig, push, daemon):
    """The daemon is away, then the server: told once each time, and nothing
    is told when there was nothing."""
    ways = kinds.all_ways()
    homes = kinds.start(rig, ways)
    kinds.deliver(homes, ways, count=3)
    kinds.watch(push, daemon, homes, ways)
    daemon.stop()
    daemon.start()
    daemon.wait_watching(*ways)
    daemon.stop()
    before = kinds.deliver(homes, ways)
    daemon.start()
    daemon.wait_watching(*ways)
    kinds.assert_puts(push, ways, 1, before)
    for server in rig.servers:
        server.restart()
    before = kinds.deliver(homes, ways)
    kinds.assert_puts(push, ways, 2, before)


def other_client(push, daemon, homes, ways, act):
    """What another client does with three mails is no news; the next mail
    is."""
    kinds.deliver(homes, ways, count=3)
    kinds.watch(push, daemon, homes, ways)
    for name in ways:
        client = homes[name].client(name)
        client.select()  # first, or Courier gives old mail new UIDs
        act(client)
        client.logout()
    time.sleep(kinds.SETTLE)
    assert {name: len(push.puts(name)) for name in ways} == \
        dict.fromkeys(ways, 0)
    kinds.assert_puts(push, ways, 1, kinds.deliver(homes, ways))


def test_mail_that_is_seen(rig, push, daemon):
    """An APPEND of a \\Seen message; and flags."""
    def act(client):
        client.append("INBOX", "(\\Seen)", None, b"Subject: x\r\n\r\nx\r\n")
        client.store("1", "+FLAGS", "(\\Flagged)")

    ways = kinds.all_ways()
    other_client(push, daemon, kinds.start(rig, ways), ways, act)


def test_mail_that_is_deleted(rig, push, daemon):
    def act(client):
        client.store("2", "+FLAGS", "(\\Deleted)")
        client.expunge()

    ways = kinds.all_ways()
    other_client(push, daemon, kinds.start(rig, ways), ways, act)


@pytest.mark.parametrize("hours", [-1, 1])
def test_clock_is_an_hour_wrong(rig, push, daemon, hours):
    """With SAVEDATE (Dovecot, Cyrus) and without (Courier): the dates of a
    mail are compared with one another, never with this clock."""
    ways = kinds.all_ways()
    homes = kinds.start(rig, ways)
    daemon.clock.set(3600 * hours)
    kinds.watch(push, daemon, homes, ways)
    for count, trusted in enumerate((True, False, False), 1):
        daemon.clock.set(3600 * hours, trusted)
        kinds.deliver(homes, ways)
        kinds.assert_puts(push, ways, count, settle=0.4)
    for name in ways:
        push.assert_rising(name)


# ---- on the wire ----

def test_one_write(rig, push, daemon):
    """DONE, UID FETCH and IDLE go out in one write, and every server takes
    it: the mail costs one round trip."""
    ways = kinds.all_ways(["idle"])
    homes = kinds.start(rig, ways)
    taps = {name: real.Recorder(homes[name]) for name in ways}
    for name in ways:
        real.box(daemon, push, homes[name], name, watch="idle", tls="none",
                 port=taps[name].imap_port)
    daemon.start()
    daemon.wait_watching(*ways)
    marks = {name: len(taps[name].traffic) for name in ways}
    kinds.assert_puts(push, ways, 1, kinds.deliver(homes, ways))
    for name, tap in taps.items():
        traffic = tap.traffic[marks[name]:]
        sent = [data for who, data in traffic if who == "client"]
        told = b"".join(data for who, data in traffic if who == "server")
        assert len(sent) == 1, tap.text()
        batch = re.fullmatch(
            rb"DONE\r\n(\w+) UID FETCH [^\r]+\r\n\w+ IDLE\r\n", sent[0])
        assert batch, tap.text()
        assert re.search(rb"\w+ OK .*\r\n\* 1 FETCH (.*\r\n)*%s OK .*\r\n\+ "
                         % batch.group(1), told), tap.text()
        print("%s\n%s\n" % (name, "\n".join("%s: %r" % t for t in traffic)))
    for tap in taps.values():
        tap.stop()


# ---- Courier's UIDs ----

def test_mailbox_that_was_never_selected(rig, push, daemon):
    """An EXAMINE writes down neither UIDVALIDITY nor UIDs. So the mailbox is
    "rebuilt" each time that we come back, and mail may get a second UID when
    a client APPENDs. That is told once more, but nothing is lost."""
    server = kinds.CourierUnopened(rig.folder / "courier",
                             {"courier-auto": real.password("courier-auto")})
    rig.servers.append(server)
    homes = {"courier-auto": server.start()}
    names = {"courier-auto": "auto"}
    kinds.deliver(homes, names)
    kinds.watch(push, daemon, homes, names)
    told = 0
    for again in (False, True):
        if again:
            daemon.stop()
            time.sleep(1.1)  # it takes UIDVALIDITY from the clock
            daemon.start()
            daemon.wait_watching(*names)
            told = len(push.settled("courier-auto", kinds.SETTLE))
        before = kinds.deliver(homes, names)
        told += 1
        kinds.assert_puts(push, names, told, before, settle=0.4)
    assert told <= 3
    client = server.client("courier-auto")
    client.append("INBOX", "(\\Seen)", None, b"Subject: x\r\n\r\nx\r\n")
    client.logout()
    assert len(push.settled("courier-auto", kinds.SETTLE)) <= told + 1


def test_uidnext_that_goes_back(rig, push, daemon):
    """A program that is no IMAP client takes the mail away before any client
    has SELECTed the mailbox: STATUS goes back to UIDNEXT 1, and the next mail
    has the same UID. (Where both come between two looks, nothing tells.)"""
    names = {"courier-poll": "poll"}
    homes = kinds.start(rig, names)
    server = homes["courier-poll"]
    server.make_mailbox("courier-poll", "Lists")
    kinds.watch(push, daemon, homes, names, mailboxes=["INBOX", "Lists"])
    time.sleep(kinds.SETTLE)  # the first sight of Lists
    kinds.deliver(homes, names, mailbox="Lists")
    kinds.assert_puts(push, names, 1)
    server.wipe("courier-poll", "Lists")
    told = len(push.settled("courier-poll", kinds.SETTLE))
    assert told <= 2
    kinds.deliver(homes, names, mailbox="Lists")
    time.sleep(kinds.SETTLE)
    assert len(push.puts("courier-poll")) == told + 1


def main():
    rig = Rig()
    try:
        print(table(survey(rig, rig.push(), rig.daemon()), markdown=True))
    finally:
        rig.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
