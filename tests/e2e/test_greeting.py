"""Greetings and capabilities as servers really send them."""

import pytest

from rig.fakeimap import say

BRACKETS = {
    # twisted/twisted#6307: no capability list, although in brackets
    "coremail": "* OK Coremail System IMap Server Ready"
                "(163com[8db726ec93e9])",
    # email-oauth2-proxy#109: base64 of a host name
    "exchange": "* OK The Microsoft Exchange IMAP4 service is ready."
                " [RgBSADIA=]",
    "alert": "* OK [ALERT] System shutdown in 10 minutes",
    "bare": "* OK",
    "lying": "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN NOTIFY X",
}


def test_brackets_in_greeting_are_no_capabilities(rig, push, daemon):
    servers = rig.variants(daemon, push, BRACKETS)
    for name, server in servers.items():
        server.on("greeting", say(BRACKETS[name]))
    daemon.start()
    daemon.wait_watching(*servers)
    for name, server in servers.items():
        assert server.count("capability"), f"{name}: CAPABILITY never sent"
        server.wait_idle()
        server.inbox.deliver()
    for name in servers:
        push.assert_exactly(name, 1, settle=0.1)
        assert not servers[name].count("notify"), "it was no list"
    daemon.wait_about("alert", "System shutdown in 10 minutes")


@pytest.mark.parametrize("told", [
    "IMAP4rev1 IDLE", "XAPPLEPUSHSERVICE IMAP4rev1 SASL-IR", None])
def test_idle_is_listed_only_after_login(rig, push, daemon, told):
    """modern-email/defects#18 (Gmail); nextcloud/mail#3401 (iCloud), where
    the answer to the login leaves IDLE out: only CAPABILITY tells."""
    imap = rig.imap()
    imap.login_capabilities = ["IMAP4rev1", "AUTH=PLAIN"]
    imap.capability_at_login = told
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


NOT_IMAP = {
    "portal": "HTTP/1.1 400 Bad Request",
    "smtp": "220 mail.example.org ESMTP ready",
    "bye": "* BYE too busy, come back later",
    "binary": "\x00\x01\x02\x03",
}


def test_no_password_goes_to_what_is_no_imap_server(rig, push, daemon):
    """A captive portal, a wrong port, a busy server."""
    servers = rig.variants(daemon, push, NOT_IMAP)
    for name, server in servers.items():
        server.on("greeting", say(NOT_IMAP[name]))
    good = rig.imap()
    daemon.box("good", good, push)
    daemon.start()
    for name, server in servers.items():
        daemon.wait_about(name, "retrying in")
        assert not server.count("login"), f"{name}: a password was sent"
    good.wait_idle()
    good.inbox.deliver()
    push.wait_accepted("good")


def test_login_is_sent_although_logindisabled_is_listed(rig, push, daemon):
    """imapclient#192: LOGIN would show the password for nothing. It does not
    speak against AUTHENTICATE."""
    listed = ["IMAP4rev1", "IDLE", "LOGINDISABLED"]
    imap = rig.imap(capabilities=listed)
    plain = rig.imap(capabilities=listed + ["AUTH=PLAIN"])
    daemon.box("work", imap, push)
    daemon.box("plain", plain, push)
    daemon.start()
    daemon.wait_about("work", "LOGINDISABLED.*retrying in 30 s")
    assert not imap.count("login")
    plain.wait_idle()
    assert [login.way for login in plain.logins] == ["AUTHENTICATE"]
