"""Mail providers, as public transcripts and reports show them: what they say
around a login, a mailbox, an IDLE, and what goes wrong there. Each mail is one
request, whatever the provider.

The words are the providers' own, as far as somebody published them; the
messages and what else is normal come from the scripted server.
"""

import dataclasses
import time

from rig.fakeimap import DEFAULT, before, chain, drop, reply, say


@dataclasses.dataclass
class Provider:
    greeting: str
    listed: str  # what CAPABILITY says before the login
    offered: str  # ... and after it
    examined: tuple  # the untagged answers to EXAMINE
    texts: dict  # what stands behind a tagged OK
    at_login: str = None  # the list in the answer to the login
    plus: str = "+ idling"

    def server(self, rig, **options):
        imap = rig.imap(capabilities=self.offered.split(), **options)
        imap.login_capabilities = self.listed.split()
        imap.capability_at_login = self.at_login
        imap.idle_continuation = self.plus
        imap.examined, imap.texts = self.examined, self.texts
        imap.on("greeting", say(self.greeting))
        imap.inbox.append(3)
        return imap


def one_put_per_mail(imap, push, name, puts=0, settle=0.1, mails=2):
    """Mail comes, one after the other; returns the requests so far."""
    for _ in range(mails):
        if "IDLE" in imap.capabilities:
            imap.wait_idle()
        imap.inbox.deliver()
        puts += 1
        push.assert_exactly(name, puts, settle)
    push.assert_rising(name)
    return puts


# ---- Gmail ----

GMAIL = Provider(
    greeting="* OK Gimap ready for requests from 192.0.2.7 5b1f17b1804b1mb12",
    listed="IMAP4rev1 UNSELECT NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1"
           " XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN"
           " AUTH=OAUTHBEARER",
    offered="IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN"
            " X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE"
            " ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL-"
            " SPECIAL-USE APPENDLIMIT=35651584",
    examined=("* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen"
              " $NotPhishing $Phishing)",
              "* OK [PERMANENTFLAGS ()] Flags permitted.",
              "* OK [UIDVALIDITY {uidvalidity}] UIDs valid.",
              "* {exists} EXISTS", "* 0 RECENT",
              "* OK [UIDNEXT {uidnext}] Predicted next UID.",
              "* OK [HIGHESTMODSEQ 1917]"),
    texts={"capability": "Thats all she wrote! 5b1f17b1804b1mb12",
           "login": "alice@gmail.example authenticated (Success)",
           "id": "Success 5b1f17b1804b1mb12", "list": "Success",
           "examine": "[READ-ONLY] INBOX selected. (Success)",
           "fetch": "Success", "status": "Success",
           "idle": "IDLE terminated (Success)"})
LABELS = {"[Gmail]/All Mail": "\\All", "[Gmail]/Drafts": "\\Drafts",
          "[Gmail]/Important": "\\Important", "[Gmail]/Sent Mail": "\\Sent",
          "[Gmail]/Spam": "\\Junk", "[Gmail]/Starred": "\\Flagged",
          "[Gmail]/Trash": "\\Trash"}


def test_gmail_has_each_mail_in_several_mailboxes(rig, push, daemon):
    """modern-email/defects#18: IDLE is listed only after the login, untagged
    before the tagged OK; S22.Imap#32: EXISTS after EXPUNGE without new mail;
    and all of that is one request a mail when "all" is watched."""
    imap = GMAIL.server(rig)
    imap.on("login", before("* CAPABILITY " + GMAIL.offered))
    imap.create("[Gmail]").attributes = "\\HasChildren \\Noselect"
    for label, use in LABELS.items():
        imap.create(label, 2).use = use
    work = imap.create("Work", 1)
    daemon.box("gmail", imap, push, mailboxes=["all"])
    daemon.start()
    imap.wait_idle("INBOX")
    imap.wait_idle("Work")
    with imap.lock:
        for label in ("[Gmail]/All Mail", "[Gmail]/Important"):
            imap.mailboxes[label].deliver()
    puts = one_put_per_mail(imap, push, "gmail")
    imap.inbox.expunge(5)
    imap.say("* 4 EXISTS")
    push.no_put_for("gmail", 0.3)
    work.deliver()
    push.assert_exactly("gmail", puts + 1, settle=0.2)
    assert set(imap.asked_about()) == {"INBOX", "Work"}
    assert imap.accepted == 2 and not imap.count("notify")


# ---- Outlook, Exchange ----

EXCHANGE = Provider(
    greeting="* OK The Microsoft Exchange IMAP4 service is ready."
             " [RgBSADIAUAAyADgAMQBDAEEAMAAwADYAMgA=]",
    listed="IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID"
           " UNSELECT CHILDREN IDLE NAMESPACE LITERAL+",
    offered="IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID"
            " UNSELECT CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION"
            " BACKENDAUTHENTICATE CHILDREN IDLE NAMESPACE LITERAL+",
    examined=("* {exists} EXISTS", "* 0 RECENT",
              "* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft"
              " $MDNSent)",
              "* OK [PERMANENTFLAGS ()] Permanent flags",
              "* OK [UNSEEN 1] Is the first unseen message",
              "* OK [UIDVALIDITY {uidvalidity}] UIDVALIDITY value",
              "* OK [UIDNEXT {uidnext}] The next unique identifier value"),
    texts={"capability": "CAPABILITY completed.",
           "login": "AUTHENTICATE completed.", "id": "ID completed",
           "examine": "[READ-ONLY] EXAMINE completed.",
           "fetch": "FETCH completed.", "idle": "IDLE completed."},
    plus="+ IDLE accepted, awaiting DONE command.")


def says_exists_first(connection, command):
    connection.server.inbox.append()
    connection.sync()
    return DEFAULT


def test_exchange_says_exists_before_the_plus(rig, push, daemon):
    """php-imap#258; email-oauth2-proxy#109: base64 in the greeting's brackets;
    angus-mail#176, node-imap#561: it says BYE to who idles, and what came
    before that is told once, after the next login."""
    imap = EXCHANGE.server(rig)
    imap.on("idle", says_exists_first, times=1)
    daemon.box("exchange", imap, push)
    daemon.start()
    push.assert_exactly("exchange", 1, settle=0.2)
    puts = one_put_per_mail(imap, push, "exchange", 1)
    imap.on("idle", chain(say(EXCHANGE.plus, "* BYE Connection is closed. 13"),
                          drop), times=1)
    imap.inbox.deliver()  # which is looked at in one write with that IDLE
    daemon.wait_about("exchange", "Connection is closed. 13.*retrying in")
    push.wait_put("exchange", puts + 1)
    imap.inbox.append()
    daemon.reload()  # which means: at once
    push.assert_exactly("exchange", puts + 2, settle=0.1)
    one_put_per_mail(imap, push, "exchange", puts + 2, mails=1)
    assert len(imap.logins) == 2


# ---- Yahoo ----

YAHOO = Provider(
    greeting="* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2"
             " AUTH=OAUTHBEARER ID MOVE NAMESPACE XYMHIGHESTMODSEQ UIDPLUS"
             " LITERAL+ CHILDREN X-MSG-EXT UNSELECT OBJECTID] IMAP4rev1"
             " imapgate-1.7.199 imap.example.com",
    listed="IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 ID MOVE NAMESPACE"
           " UIDPLUS LITERAL+ CHILDREN UNSELECT",
    offered="IMAP4rev1 ID MOVE NAMESPACE UIDPLUS LITERAL+ CHILDREN UNSELECT",
    examined=("* {exists} EXISTS", "* 0 RECENT",
              "* OK [UIDVALIDITY {uidvalidity}] UIDs valid",
              "* OK [UIDNEXT {uidnext}] Predicted next UID",
              "* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen)",
              "* OK [PERMANENTFLAGS ()] Permanent flags"),
    texts={"capability": "CAPABILITY completed",
           "login": "AUTHENTICATE completed",
           "examine": "[READ-ONLY] EXAMINE completed; now in selected state",
           "noop": "NOOP completed", "fetch": "UID FETCH completed"})


def test_yahoo_has_no_idle_and_limits_logins(rig, push, daemon):
    """mail-api#419; or IDLE is listed and refused; imapflow#75: the limit is
    not a wrong password, and passes."""
    servers = {name: YAHOO.server(rig) for name in ("without", "refused",
                                                    "limited")}
    servers["refused"].capabilities.append("IDLE")
    servers["refused"].on("idle", reply("BAD [CLIENTBUG] IDLE not allowed"))
    servers["limited"].on("login", reply(
        "NO [LIMIT] LOGIN Rate limit hit."), times=1)
    for name, imap in servers.items():
        daemon.box(name, imap, push, poll_interval=1)
    daemon.start()
    daemon.wait_about("limited", r"\[LIMIT\].*retrying in \d s")
    daemon.reload()
    for name, imap in servers.items():
        daemon.wait_about(name, "watching INBOX by poll")
    for count in (1, 2):
        for imap in servers.values():
            imap.inbox.deliver()
        for name in servers:
            push.wait_put(name, count, timeout=2.5)
    for name, imap in servers.items():
        push.assert_exactly(name, 2, settle=0.02)
        assert len(imap.good_logins()) == 1, name


# ---- iCloud ----

ICLOUD = Provider(
    greeting="* OK [CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR"
             " AUTH=ATOKEN AUTH=PTOKEN AUTH=PLAIN] (2233B21-ab1c2d3e4f5g)"
             " pv50p00im-hyfv10011601.me.example",
    listed="XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN AUTH=PTOKEN"
           " AUTH=PLAIN",
    at_login="XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 ACL QUOTA LITERAL+ NAMESPACE"
             " UIDPLUS CHILDREN BINARY UNSELECT SORT CATENATE URLAUTH LANGUAGE"
             " ESEARCH ESORT WITHIN SASL-IR",
    offered="XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 ACL QUOTA LITERAL+ NAMESPACE"
            " UIDPLUS CHILDREN BINARY UNSELECT SORT CATENATE URLAUTH LANGUAGE"
            " ESEARCH ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES CONDSTORE"
            " ENABLE CONTEXT=SEARCH CONTEXT=SORT WITHIN SASL-IR SEARCHRES"
            " METADATA ID XSENDER X-NETSCAPE XSERVERINFO X-SUN-SORT"
            " ANNOTATE-EXPERIMENT-1 X-UNAUTHENTICATE X-SUN-IMAP X-ANNOTATEMORE"
            " XUM1 IDLE",
    examined=("* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen"
              " $Forwarded $MDNSent)",
              "* OK [PERMANENTFLAGS ()]", "* {exists} EXISTS", "* 0 RECENT",
              "* OK [UIDVALIDITY {uidvalidity}]", "* OK [UIDNEXT {uidnext}]"),
    texts={"login": "User alice logged in", "capability": "completed",
           "examine": "[READ-ONLY] Completed", "fetch": "Completed"})


def test_icloud_lists_idle_only_when_it_is_asked(rig, push, daemon):
    """nextcloud/mail#3401, Mailspring-Sync#91: the answer to the login leaves
    it out; acme_email#50: flags are told in IDLE, where nothing but DONE may
    be said (the server looks out for that)."""
    imap = ICLOUD.server(rig)
    daemon.box("icloud", imap, push)
    daemon.start()
    imap.wait_idle()
    idles = imap.count("idle")
    imap.inbox.set_flags(2, "\\Seen")
    imap.say("* 1 FETCH (UID 1 FLAGS (\\Seen))", "* 2 FETCH (FLAGS (\\Seen))")
    push.no_put_for("icloud", 0.3)
    assert imap.count("idle") <= idles + 1
    one_put_per_mail(imap, push, "icloud")
    assert len(imap.logins) == 1


# ---- GMX ----

GMX = Provider(
    greeting="* OK [CAPABILITY IMAP4rev1 CHILDREN ENABLE ID IDLE LIST-EXTENDED"
             " LIST-STATUS LITERAL- MOVE NAMESPACE SASL-IR SORT SPECIAL-USE"
             " THREAD=ORDEREDSUBJECT UIDPLUS UNSELECT WITHIN AUTH=LOGIN"
             " AUTH=PLAIN] IMAP server ready H mieue021 36MK1p-1k6hpN2xr3",
    listed="IMAP4rev1 CHILDREN ENABLE ID IDLE LIST-EXTENDED LIST-STATUS"
           " LITERAL- MOVE NAMESPACE SASL-IR SORT SPECIAL-USE"
           " THREAD=ORDEREDSUBJECT UIDPLUS UNSELECT WITHIN AUTH=LOGIN"
           " AUTH=PLAIN",
    offered="IMAP4rev1 CHILDREN ENABLE ID IDLE LIST-EXTENDED LIST-STATUS"
            " LITERAL- MOVE NAMESPACE SASL-IR SORT SPECIAL-USE"
            " THREAD=ORDEREDSUBJECT UIDPLUS UNSELECT WITHIN",
    examined=("* {exists} EXISTS", "* 0 RECENT",
              "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
              "* OK [PERMANENTFLAGS ()] none",
              "* OK [UIDVALIDITY {uidvalidity}] UIDs are valid",
              "* OK [UIDNEXT {uidnext}] predicted"),
    texts={"login": "AUTHENTICATE completed", "examine":
           "[READ-ONLY] EXAMINE completed"})


def test_gmx_counts_oddly_and_cuts(rig, push, daemon):
    """There is no transcript to be had of it and its kin (web.de, mail.com):
    the same EXISTS again and again, one after EXPUNGE, and a cut in IDLE."""
    imap = GMX.server(rig)
    daemon.box("gmx", imap, push)
    daemon.start()
    imap.wait_idle()
    imap.say("* 3 EXISTS", "* 3 EXISTS")
    imap.inbox.expunge(3)
    imap.say("* 2 EXISTS", "* 2 EXISTS", "* 0 RECENT")
    push.no_put_for("gmx", 0.2)
    puts = one_put_per_mail(imap, push, "gmx")
    imap.inbox.append()
    imap.drop()
    daemon.wait_about("gmx", "retrying in")
    daemon.reload()
    push.assert_exactly("gmx", puts + 1, settle=0.1)
    one_put_per_mail(imap, push, "gmx", puts + 1, mails=1)


# ---- 163, 126, QQ ----

NETEASE = Provider(
    greeting="* OK Coremail System IMap Server Ready"
             "(163com[8db726ec93e9cbe6d5])",
    listed="IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS"
           " APPENDLIMIT=71680000 XAPPLEPUSHSERVICE UIDPLUS X-CM-EXT-1"
           " SASL-IR AUTH=XOAUTH2",
    offered="IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS IDLE"
            " APPENDLIMIT=71680000 XAPPLEPUSHSERVICE UIDPLUS X-CM-EXT-1"
            " SASL-IR AUTH=XOAUTH2",
    examined=("* {exists} EXISTS", "* 0 RECENT",
              "* OK [UIDVALIDITY 1] UIDs valid",
              "* FLAGS (\\Answered \\Seen \\Deleted \\Draft \\Flagged)",
              "* OK [PERMANENTFLAGS ()] Limited"),
    texts={"capability": "CAPABILITY completed", "login": "LOGIN completed",
           "id": "ID completed", "examine": "[READ-ONLY] EXAMINE completed",
           "fetch": "Fetch completed"})
QQ = Provider(
    greeting="* OK [CAPABILITY IMAP4 IMAP4rev1 ID AUTH=PLAIN AUTH=LOGIN"
             " AUTH=XOAUTH2 NAMESPACE] QQMail XMIMAP4Server ready",
    listed="IMAP4 IMAP4rev1 ID AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 NAMESPACE",
    offered="IMAP4 IMAP4rev1 XLIST MOVE IDLE XAPPLEPUSHSERVICE NAMESPACE"
            " CHILDREN ID UIDPLUS",
    examined=("* {exists} EXISTS", "* 0 RECENT", "* OK [UNSEEN 1]",
              "* OK [UIDVALIDITY {uidvalidity}] UID validity status",
              "* OK [UIDNEXT {uidnext}] Predicted next UID",
              "* FLAGS (\\Answered \\Flagged \\Deleted \\Draft \\Seen)",
              "* OK [PERMANENTFLAGS ()] Permanent flags"),
    texts={"login": "Success login ok", "examine":
           "[READ-ONLY] EXAMINE complete"})


def test_163_wants_to_know_who_asks(rig, push, daemon):
    """himalaya#651, mcp-email-server#85, Wino-Mail#263: a mailbox only after
    ID with a name; twisted#6307: brackets in the greeting; libetpan#420
    (CVE-2022-4121): EXAMINE has no UIDNEXT and STATUS is empty. The second
    mailbox is polled with that STATUS."""
    servers = {"netease": NETEASE.server(rig), "qq": QQ.server(rig)}
    for name, imap in servers.items():
        imap.create("Lists", 2)
        for step in ("examine", "status"):
            imap.on(step, reply("NO SELECT Unsafe Login. Please contact"
                                " kefu@188.com for help"),
                    when=lambda connection, command, imap=imap: not any(
                        c is connection and b'"name"' in command.raw.lower()
                        for _, c, command in imap.passes("id")))
        daemon.box(name, imap, push, mailboxes=["INBOX", "Lists"],
                   max_connections=1, poll_interval=1)
    for mailbox in ("INBOX", "Lists"):
        servers["netease"].on("status", say(f'* STATUS "{mailbox}" ()',
                                            "{tag} OK STATUS completed"),
                              when=lambda connection, command, name=mailbox:
                              command.arguments[0] == name)
    daemon.start()
    for name, imap in servers.items():
        imap.wait(lambda imap=imap: "Lists" in imap.asked_about(),
                  what="look at Lists")
    time.sleep(0.2)
    for name, imap in servers.items():
        puts = one_put_per_mail(imap, push, name, settle=0.05)
        imap.mailboxes["Lists"].deliver()
        push.assert_exactly(name, puts + 1, settle=0.05)
        assert imap.accepted == len(imap.logins) == 1


# ---- Proton Mail Bridge ----

PROTON = Provider(
    greeting="* OK [CAPABILITY AUTH=PLAIN ID IDLE IMAP4rev1 STARTTLS]"
             " Proton Mail Bridge 03.13.00 - gluon session ID 1",
    listed="ID IDLE IMAP4rev1 SASL-IR AUTH=PLAIN",
    offered="ID IDLE IMAP4rev1 MOVE UIDPLUS UNSELECT",
    examined=("* FLAGS (\\Answered \\Deleted \\Flagged \\Seen)",
              "* {exists} EXISTS", "* 0 RECENT",
              "* OK [PERMANENTFLAGS ()] Flags permitted",
              "* OK [UIDNEXT {uidnext}] Predicted next UID",
              "* OK [UIDVALIDITY {uidvalidity}] UIDs valid"),
    texts={"starttls": "Begin TLS negotiation now", "login": "Success",
           "examine": "[READ-ONLY] EXAMINE"})


def test_proton_bridge_has_a_certificate_of_its_own(rig, push, daemon, certs):
    """It is pinned, after STARTTLS, on loopback; proton-bridge#220: the bridge
    makes its database anew, UIDVALIDITY changes and UIDNEXT goes from 925 to
    12: one request for that, none for old mail, and the next mail is told."""
    pair = str(certs.cert()), str(certs.key())
    imap = PROTON.server(rig, tls=pair, starttls=True)
    imap.inbox.append(921, flags=["\\Seen"])
    assert imap.inbox.uidnext == 925
    daemon.box("proton", imap, push, tls="starttls", ca_file=pair[0])
    daemon.start()
    puts = one_put_per_mail(imap, push, "proton")
    daemon.stop()
    imap.inbox.rebuild(1700099999, 11)
    assert imap.inbox.uidnext == 12
    daemon.start()
    imap.wait_idle()
    done = len(push.settled("proton"))
    assert done == puts + 1, "one for the change"
    one_put_per_mail(imap, push, "proton", done)
    assert not [l for l in imap.logins if not l.good]
