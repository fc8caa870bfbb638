"""UIDVALIDITY, UIDNEXT and UIDs that are missing, absurd or new."""

import pytest

from rig.fakeimap import say


@pytest.fixture
def two_lives(rig, push, daemon):
    """A function: the first life of the daemon sees imap as prepared, ends,
    and the second starts; fails when one of them pushes for old mail."""
    def run(imap, between=None, puts=0):
        daemon.account("work", imap)
        daemon.endpoint("phone", push.url("phone"))
        daemon.start()
        daemon.wait_watching("work")
        imap.wait_idle()
        push.no_put_for("phone", 0.4)
        imap.inbox.deliver()
        push.assert_exactly("phone", 1, settle=0.3)
        daemon.stop()
        if between:
            between()
        daemon.start()
        daemon.wait_watching("work")
        imap.wait_idle()
        push.assert_exactly("phone", 1 + puts)
        imap.inbox.deliver()
        push.assert_exactly("phone", 2 + puts, settle=0.3)
        push.assert_rising("phone")
    return run


def test_first_sight_of_a_mailbox_is_silent(watching, imap, push):
    push.no_put_for("phone", 1)


def test_first_sight_of_an_empty_mailbox(rig, push, two_lives):
    two_lives(rig.imap())


def test_examine_does_not_tell_uidnext(imap, two_lives):
    """modern-email/defects#43 (Winmail), chatmail/core#4842."""
    imap.inbox.told_uidnext = None
    imap.inbox.status_is_true = True
    two_lives(imap)


@pytest.mark.parametrize("lines", [['* STATUS "INBOX" ()', "{tag} OK done"],
                                   ["{tag} OK done"]])
def test_status_is_empty(imap, two_lives, lines):
    """dinhvh/libetpan#420 (CVE-2022-4121), chatmail/core#5049 (163.com)."""
    imap.inbox.told_uidnext = None
    imap.on("status", say(*lines))
    two_lives(imap)


def test_status_line_is_missing(rig, push, daemon):
    """The same of a mailbox that only STATUS is asked about: it is opened."""
    lines = {"empty": ['* STATUS "Lists" ()', "{tag} OK done"],
             "missing": ["{tag} OK done"]}
    servers = {}
    for name, told in lines.items():
        for way in ("idle", "notify"):
            imap = rig.imap(mailboxes=("INBOX", "Lists"),
                            extra=["NOTIFY"] if way == "notify" else [])
            imap.mailboxes["Lists"].append(3)
            imap.on("status", say(*told))
            servers[name + "-" + way] = imap
            daemon.box(name + "-" + way, imap, push, max_connections=1,
                       mailboxes=["INBOX", "Lists"], poll_interval=1,
                       refresh_interval=5)
    daemon.start()
    for imap in servers.values():
        imap.wait(lambda s=imap: s.count("status") and
                  "Lists" in s.asked_about(), what="first sight")
        imap.wait_idle()
    for name, imap in servers.items():
        push.no_put_for(name, 0.1)
        imap.mailboxes["Lists"].deliver()
    for name, imap in servers.items():
        push.assert_exactly(name, 1, settle=0.1)
        assert imap.accepted == 1, name


def test_uidvalidity_and_uidnext_are_zero(imap, two_lives):
    """MailKit#150 (SmarterMail), modern-email/defects#52."""
    imap.inbox.told_uidvalidity = imap.inbox.told_uidnext = 0
    two_lives(imap)


def test_uidvalidity_and_uidnext_exceed_32_bits(imap, two_lives):
    """go-imap#612, neomutt#3830, mailcore2#1249."""
    imap.inbox.told_uidvalidity = 1713632002544
    imap.inbox.told_uidnext = 4294967296
    two_lives(imap)


def test_uidvalidity_beyond_32_bits_becomes_another(imap, push, watching):
    imap.inbox.told_uidvalidity = 1713632002544
    imap.drop()
    watching.wait_about("work", "retrying in")
    watching.reload()
    imap.wait_step("idle", 2)
    before = len(push.settled("phone"))
    watching.stop()
    imap.inbox.told_uidvalidity = 17
    watching.start()
    watching.wait_watching("work")
    imap.wait_idle()
    assert len(push.settled("phone")) <= before + 1
    before = len(push.puts("phone"))
    imap.inbox.deliver()
    push.assert_exactly("phone", before + 1)


@pytest.mark.parametrize("count, first_uid", [(11, 1), (2, 1), (3, 2), (0, 1)])
def test_mailbox_was_rebuilt(imap, two_lives, count, first_uid):
    """proton-bridge#220, OfflineIMAP#633: UIDNEXT rises, falls, stays as it was;
    one push for the change, none for old mail."""
    two_lives(imap, between=lambda: imap.inbox.rebuild(99, count, first_uid),
              puts=1)


def test_uidnext_is_below_the_cursor(imap, two_lives):
    """UIDs go down under the same UIDVALIDITY: one push, and the next mail,
    whose UID was seen before, is announced."""
    same = imap.inbox.uidvalidity
    two_lives(imap, between=lambda: imap.inbox.rebuild(same, 2), puts=1)
