"""A new mail at the real Dovecot makes one PUT, by every way to watch and
over every kind of TLS. Accounts that do the same are watched side by side."""

import threading
import time

from rig import real
from rig.real import WAYS

# Past this nothing comes any more: Dovecot tells with 0.5 s of delay, and the
# mailbox is polled every second.
SETTLE = 1.3


# What was delivered, put there as it is.
DELIVERED = b"Received: from mx.test; now\r\nSubject: Hello\r\n\r\nHello.\r\n"


def watch_by_all_ways(daemon, push, imap, **values):
    """An account for each way, all on one server, all watching."""
    for way in WAYS:
        real.box(daemon, push, imap, way, watch=way, **values)
    daemon.start()
    for way in WAYS:
        daemon.wait_about(way, "watching INBOX by (?i:%s)$" % way)


def assert_one_put_each(push, imap, names, count, settle=SETTLE):
    """Everybody got so many PUTs, the last one after the newest mail."""
    for name in names:
        push.wait_put(name, count)
    time.sleep(settle)
    for name in names:
        puts = push.assert_exactly(name, count, settle=0)
        assert puts[-1].version >= imap.appeared(name), name
        push.assert_rising(name)


# ---- TLS ----

def test_isolated_mails_over_tls(rig, push, daemon, certs):
    """With the whole authority as ca_file, and with the server's certificate
    itself; by STARTTLS as well."""
    kinds = {"ca": {}, "leaf": {"ca_file": "leaf"},
             "starttls": {"tls": "starttls"},
             "starttls-leaf": {"tls": "starttls", "ca_file": "leaf"}}
    names = {kind + "-" + way: (kind, way) for kind in kinds for way in WAYS}
    imap = real.server(rig, certs, *names)
    for name, (kind, way) in names.items():
        settings = dict(kinds[kind], watch=way)
        if "ca_file" in settings:
            settings["ca_file"] = str(imap.cert_file)
        real.box(daemon, push, imap, name, **settings)
    daemon.start()
    for name, (_, way) in names.items():
        daemon.wait_about(name, "watching INBOX by (?i:%s)$" % way)
    for count, settle in ((1, 0.7), (2, SETTLE)):
        for name in names:
            imap.deliver(name)
        assert_one_put_each(push, imap, names, count, settle)


def test_nothing_was_said_in_the_clear(rig, push, daemon, certs):
    """The user's name and the password cross no wire before STARTTLS."""
    imap = real.server(rig, certs, "work")
    heard = []
    tap = real.Tap(imap)
    tap.arm(b"(?i)LOGIN|AUTHENTICATE|work", lambda: heard.append(1))
    real.box(daemon, push, imap, "work", tls="starttls", port=tap.imap_port)
    daemon.start()
    daemon.wait_watching("work")
    imap.deliver("work")
    put, = push.wait_accepted("work")
    assert put.version >= imap.appeared("work")
    tap.stop()
    assert not heard


# ---- accounts and mailboxes ----

def test_two_accounts_with_two_mailboxes_each(rig, push, daemon, certs):
    """For each way. A mail is told to its own account's endpoint, and to the
    one that wants them all."""
    names = {way + "-" + user: way for way in WAYS
             for user in ("alice", "bob@example.org")}
    imap = real.server(rig, certs, *names)
    daemon.endpoint("all", push.url("all"))
    for name, way in names.items():
        imap.deliver(name, mailbox="Lists")  # makes the mailbox
        real.box(daemon, push, imap, name, watch=way,
                 mailboxes=["INBOX", "Lists"])
    daemon.start()
    for name in names:
        daemon.wait_about(name, "watching INBOX")
        daemon.wait_about(name, "watching (INBOX and 1 more|Lists)")
    time.sleep(SETTLE)  # the first sight of a mailbox that is polled
    for count, mailbox in enumerate(("Lists", None, None, "Lists"), 1):
        for name in names:
            imap.deliver(name, mailbox=mailbox)
        for name in names:
            puts = push.wait_put(name, count)
            assert puts[-1].version >= imap.appeared(name, mailbox), name
    time.sleep(SETTLE)
    for name in names:
        push.assert_exactly(name, 4, settle=0)
        newest = imap.appeared(name, "Lists")
        assert push.accepted("all")[-1].version >= newest
    push.assert_rising("all")


def test_mailboxes_outside_ascii(rig, push, daemon, certs):
    """Named ones, which NOTIFY is silent about if they are named to it."""
    names = {"Ärger": "&AMQ-rger", "Tom & Jerry": "Tom &- Jerry"}
    imap = real.server(rig, certs, *WAYS)
    for way in WAYS:
        client = imap.client(way)
        for wire in names.values():
            client.create('"%s"' % wire)
        client.logout()
    for way in WAYS:
        real.box(daemon, push, imap, way, watch=way,
                 mailboxes=["INBOX", *names])
    daemon.start()
    daemon.wait_watching(*WAYS)
    time.sleep(SETTLE)  # the first sight of all of them
    for count, (name, wire) in enumerate(names.items(), 1):
        for way in WAYS:
            client = imap.client(way)
            client.append('"%s"' % wire, None, None, DELIVERED)
            client.logout()
        for way in WAYS:
            push.wait_put(way, count)
            daemon.wait_about(way, "new mail in " + name)
    time.sleep(SETTLE)
    for way in WAYS:
        push.assert_exactly(way, 2, settle=0)


def test_more_mailboxes_than_notify_takes(rig, push, daemon, certs):
    """101 names: IDLE on the first, and the last one is asked for."""
    names = ["INBOX"] + ["Box%03d" % number for number in range(1, 102)]
    imap = real.server(rig, certs, "work")
    client = imap.client("work")
    for name in names[1:]:
        client.create(name)
    real.box(daemon, push, imap, "work", mailboxes=names)
    daemon.start()
    daemon.wait_about("work", "NOTIFY.*watching by IDLE instead")
    daemon.wait_about("work", "watching INBOX by IDLE")
    time.sleep(SETTLE + 1)  # the first sight of all that are polled
    for count, name in enumerate(("INBOX", names[1], names[-1]), 1):
        client.append(name, None, None, DELIVERED)
        push.wait_put("work", count)
    client.logout()
    push.assert_exactly("work", 3, settle=SETTLE)


# ---- many at a time ----

def test_burst_of_a_thousand_mails(rig, push, daemon, certs):
    """Merged, and the last PUT was made after the last mail."""
    imap = real.server(rig, certs, *WAYS)
    for way in WAYS:
        real.box(daemon, push, imap, way, watch=way, min_interval=1)
    daemon.start()
    daemon.wait_watching(*WAYS)
    took = {}

    def deliver(way):
        begin = time.monotonic()
        imap.deliver(way, count=1000)
        took[way] = time.monotonic() - begin

    threads = [threading.Thread(target=deliver, args=(w,)) for w in WAYS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for way in WAYS:
        assert len(imap.mails(way)) == 1000
        real.put_after(push, way, imap.appeared(way))
    time.sleep(1.5)  # one more would have come by now
    for way in WAYS:
        puts = push.puts(way)
        assert 1 <= len(puts) <= took[way] + 2, (way, took[way], puts)
        assert puts[-1].accepted
        assert puts[-1].version >= imap.appeared(way)
        push.assert_rising(way)


# ---- what is no new mail ----

def test_only_flags_and_expunges_and_read_mail(rig, push, daemon, certs):
    """C10, C12, C14: APPEND of a \\Seen message, a flag set and taken away,
    an expunge."""
    imap = real.server(rig, certs, *WAYS)
    for way in WAYS:
        imap.deliver(way, count=3)
    watch_by_all_ways(daemon, push, imap)
    for way in WAYS:
        client = imap.client(way)
        client.append("INBOX", "(\\Seen)", None, b"Subject: x\r\n\r\nx\r\n")
        client.append("INBOX", "(\\Seen \\Draft)", None,
                      b"Subject: y\r\n\r\ny\r\n")
        client.select()
        client.store("1", "+FLAGS", "(\\Flagged)")
        client.store("1", "-FLAGS", "(\\Flagged)")
        client.store("2", "+FLAGS", "(\\Seen)")
        client.store("2", "-FLAGS", "(\\Seen)")
        client.store("2", "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.store("*", "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.logout()
    time.sleep(SETTLE)
    for way in WAYS:
        push.no_put_for(way, 0.05)
    for way in WAYS:
        imap.deliver(way)
    assert_one_put_each(push, imap, WAYS, 1)


def test_append_copy_and_move(rig, push, daemon, certs):
    """Of what was not read, too: an APPEND of what was never delivered, a
    COPY and a MOVE of older mail."""
    imap = real.server(rig, certs, *WAYS)
    for way in WAYS:
        client = imap.client(way)
        client.create("Old")
        for _ in range(2):
            client.append("Old", None, time.time() - 3600, DELIVERED)
        client.logout()
    watch_by_all_ways(daemon, push, imap)
    for way in WAYS:
        client = imap.client(way)
        client.append("INBOX", None, None, b"Subject: x\r\n\r\nx\r\n")
        client.select("Old")
        client.copy("1", "INBOX")
        client._simple_command("MOVE", "2", "INBOX")
        client.logout()
        assert len(imap.mails(way)) == 3
    time.sleep(SETTLE)
    for way in WAYS:
        push.no_put_for(way, 0.05)
        imap.deliver(way)
    assert_one_put_each(push, imap, WAYS, 1)


def test_another_client_takes_recent_first(rig, push, daemon, certs):
    """Dovecot tells "recent" to one session only: it is never needed."""
    imap = real.server(rig, certs, *WAYS)
    watch_by_all_ways(daemon, push, imap)
    clients = {way: imap.client(way) for way in WAYS}
    for way, client in clients.items():
        client.select()
        imap.deliver(way)
        while client.noop() and client.response("RECENT")[1] == [None]:
            time.sleep(0.01)
    assert_one_put_each(push, imap, WAYS, 1)
    for client in clients.values():
        client.logout()


def test_still_here(rig, push, daemon, certs):
    """C08: "* OK Still here" (rust-imap#160, chatmail/core#5093) is a sign of
    life and nothing else: no PUT, no new login, no end of IDLE."""
    ways = ("notify", "idle")
    imap = real.server(rig, certs, "witness", *ways, idle_notify_interval=1)
    for way in ways:
        real.box(daemon, push, imap, way, watch=way)
    daemon.start()
    daemon.wait_watching(*ways)
    client = imap.client("witness")
    client.select(readonly=True)
    client.send(b"x IDLE\r\n")
    heard = 0
    while heard < 2:
        heard += b"Still here" in client.readline()
    client.shutdown()
    for way in ways:
        push.no_put_for(way, 0.05)
        assert imap.logins(way) == 1
    for way in ways:
        imap.deliver(way)
    assert_one_put_each(push, imap, ways, 1, settle=0.7)
    assert [imap.logins(way) for way in ways] == [1, 1]


def test_expunge_and_new_mail_keep_the_total(rig, push, daemon, certs):
    """C09, MailKit#85, mail-api#319: EXPUNGE, and EXISTS with the number of
    before."""
    imap = real.server(rig, certs, *WAYS)
    for way in WAYS:
        imap.deliver(way, count=4)
    watch_by_all_ways(daemon, push, imap)
    for count, settle in ((1, 0.7), (2, SETTLE)):
        for way in WAYS:
            client = imap.client(way)
            client.select()
            client.store("1", "+FLAGS", "(\\Deleted)")
            client.expunge()
            imap.deliver(way)
            client.logout()
            assert len(imap.mails(way)) == 4
        assert_one_put_each(push, imap, WAYS, count, settle)
