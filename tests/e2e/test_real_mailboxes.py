"""Many mailboxes, and such that come and go, at each real server."""

import time

from rig import kinds

pytestmark = kinds.needs_debian_12

# What was delivered and is put there as it is, by a filter that is a client.
DELIVERED = b"Received: from mx.test; now\r\nSubject: Hello\r\n\r\nHello.\r\n"

MOST = {"dovecot-auto": 1}  # connections; else what max_connections allows


def connections(daemon, name):
    """How many sessions watch for an account now."""
    return len({line for line in daemon.lines(name + ": watching ")})


def test_24_mailboxes_on_one_account(rig, push, daemon):
    """INBOX and 23 more: over one connection with NOTIFY, and at most three
    elsewhere. A mail in any of them is told."""
    ways = kinds.all_ways(["auto"])
    homes = kinds.start(rig, ways)
    lists = ["L%02d" % number for number in range(1, 24)]
    for name in ways:
        for mailbox in lists:
            homes[name].make_mailbox(name, mailbox)
        kinds.deliver(homes, [name], mailbox=lists[-1])
    kinds.watch(push, daemon, homes, ways, mailboxes=["INBOX", "*"])
    for name in ways:
        daemon.wait_about(name, "watching INBOX(\\.| and 23 more)|L")
    time.sleep(kinds.SETTLE + 1)  # the first sight of all that are polled
    for name in ways:
        assert connections(daemon, name) == MOST.get(name, 3), name
    for mailbox in [*lists, None]:
        before = kinds.deliver(homes, ways, mailbox=mailbox)
    for name in ways:
        push.wait_version_above(name, before[name] - 1, 5)
        for mailbox in ["INBOX", *lists]:
            daemon.wait_log("%s: new mail in %s$" % (
                name, homes[name].mailbox(mailbox)), timeout=5)
    assert all(connections(daemon, name) == MOST.get(name, 3)
               for name in ways), "nobody was cut off or begins again"


def test_mailboxes_that_come_and_are_renamed(rig, push, daemon):
    """A new one is silent at first sight, and its next mail is told. One that
    is renamed loses nothing where NOTIFY tells of it (also of what is below
    it, and outside ASCII); elsewhere it is a new one."""
    ways = kinds.all_ways()
    homes = kinds.start(rig, ways)
    names = {"Work": "Jobs", "&AMQ-rger": "&AMQ- neu"}
    for name in ways:
        for mailbox in names:
            homes[name].make_mailbox(name, mailbox)
    kinds.watch(push, daemon, homes, ways, mailboxes=["INBOX", "*"],
                refresh_interval=5)
    time.sleep(kinds.SETTLE + 1)
    mark = daemon.mark()
    for name in ways:
        client = homes[name].client(name)
        for old, new in names.items():
            client.rename('"%s"' % homes[name].mailbox(old),
                          '"%s"' % homes[name].mailbox(new))
        if name == "dovecot-auto":
            for new in names.values():  # LMTP takes no name outside ASCII
                client.append('"%s"' % new, None, None, DELIVERED)
        client.logout()
    kinds.assert_puts(push, ["dovecot-auto"], 2)
    for name in ways:
        daemon.wait_about(name, "watching INBOX", after=mark, timeout=9)
    time.sleep(kinds.SETTLE + 1)
    told = {name: len(push.puts(name)) for name in ways}
    assert told.pop("dovecot-auto") == 2
    # Cyrus refuses a look at one that was selected and is renamed: in doubt
    # that is told, once for each
    assert all(count <= len(names) if "cyrus" in name else count == 0
               for name, count in told.items()), told
    told["dovecot-auto"] = 2
    kinds.deliver(homes, ways, mailbox="Jobs")
    for name in ways:
        push.wait_put(name, told[name] + 1)
