"""Certificates and STARTTLS: nothing secret goes to whom it must not."""

import pytest

from rig.fakeimap import reply, say


def pair(certs, kind="good"):
    return str(certs.cert(kind)), str(certs.key(kind))


def box(rig, push, daemon, certs, name, kind="good", starttls=False,
        **settings):
    """An account on a server with that certificate."""
    imap = rig.imap(tls=pair(certs, kind), starttls=starttls)
    imap.inbox.append(3)
    known = {"tls": "starttls" if starttls else "implicit",
             "ca_file": str(certs.ca_file)}
    daemon.box(name, imap, push, **{**known, **settings})
    return imap


@pytest.mark.parametrize("starttls", [False, True])
def test_mail_over_tls(rig, push, daemon, certs, starttls):
    """offlineimap3#242, imapclient#192: the list of capabilities is read
    again after STARTTLS, or LOGINDISABLED would still be in it."""
    imap = box(rig, push, daemon, certs, "work", starttls=starttls)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("work", 1)


def test_certificate_itself_is_the_anchor(rig, push, daemon, certs):
    imap = box(rig, push, daemon, certs, "work",
               ca_file=str(certs.cert("good")))
    daemon.start()
    imap.wait_idle()


def test_certificate_is_for_the_name_that_the_owner_gives(rig, push, daemon,
                                                          certs):
    imap = box(rig, push, daemon, certs, "work", "wrong_name",
               tls_name="elsewhere.test")
    daemon.start()
    imap.wait_idle()


SOONER = ["expired", "not_yet_valid", "weak"]
BAD = ["wrong_name", "expired", "not_yet_valid", "weak", "unknown_ca",
       "self_signed"]


@pytest.mark.parametrize("starttls", [False, True])
def test_certificate_is_bad(rig, push, daemon, certs, starttls):
    servers = {kind: box(rig, push, daemon, certs, kind, kind, starttls)
               for kind in BAD}
    servers["no-ca"] = box(rig, push, daemon, certs, "no-ca",
                           ca_file=str(certs.folder / "other-ca.pem"))
    good = box(rig, push, daemon, certs, "good")
    daemon.start()
    good.wait_idle(timeout=3)
    for kind, server in servers.items():
        line = daemon.wait_about(kind, "retrying in")
        assert "certificate" in line.lower(), line
        # the clock of this box, or a handshake, may be better next time
        assert "retrying in 30 min" in line or kind in SOONER, line
        assert not server.count("login"), f"{kind}: a password was sent"
    good.inbox.deliver()
    push.wait_put("good")


def test_certificate_is_renewed(rig, push, daemon, certs):
    """Once it is good, a reload is enough."""
    imap = box(rig, push, daemon, certs, "work", "expired")
    daemon.start()
    daemon.wait_about("work", "certificate.*retrying in")
    imap.tls.load_cert_chain(*pair(certs))
    daemon.reload()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("work", 1)


REFUSED = {"no": reply("NO nope"), "bad": reply("BAD what?"),
           "injected": say("{tag} OK begin TLS", "A2 OK in", "* PREAUTH in")}


def test_starttls_is_refused_or_tampered_with(rig, push, daemon, certs):
    """imapsync#15; dinhvh/libetpan#386 (CVE-2020-15953): something follows
    the answer in the clear."""
    servers = {name: box(rig, push, daemon, certs, name, starttls=True)
               for name in [*REFUSED, "not-offered"]}
    for name, handler in REFUSED.items():
        servers[name].on("starttls", handler)
    servers["not-offered"].on("capability", say(
        "* CAPABILITY IMAP4rev1 AUTH=PLAIN", "{tag} OK done"))
    servers["not-offered"].on("greeting", say("* OK hello"))
    servers["not-offered"].on("starttls", reply("BAD no such command"))
    daemon.start()
    for name, server in servers.items():
        line = daemon.wait_about(name, "retrying in")
        assert "STARTTLS" in line.upper(), line
        assert not server.count("login") and not server.count("examine")
        server.wait(lambda s=server: not s.connections, what="end of it")
        push.no_put_for(name, 0.01)


def preauth(connection, command):
    connection.user = "alice"
    connection.say("* PREAUTH welcome back")


def test_preauth_before_starttls(rig, push, daemon, certs):
    """UXP#1590, curl#1820: a way around encryption."""
    imap = box(rig, push, daemon, certs, "work", starttls=True)
    imap.on("greeting", preauth)
    daemon.start()
    daemon.wait_about("work", "retrying in")
    assert not imap.count("examine") and not imap.count("login")
    imap.wait(lambda: not imap.connections, what="end of it")


def test_preauth_inside_tls(rig, push, daemon, certs):
    """The certificate has proved who speaks: no login, straight on."""
    imap = box(rig, push, daemon, certs, "work")
    imap.on("greeting", preauth)
    daemon.start()
    imap.wait_idle()
    assert not imap.count("login")
    imap.inbox.deliver()
    push.assert_exactly("work", 1)


def test_push_over_tls(rig, daemon, certs, imap):
    push = rig.push(tls=pair(certs))
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"), ca_file=str(certs.ca_file))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("kind", BAD)
def test_push_service_has_a_bad_certificate(rig, push, daemon, certs, imap,
                                            kind):
    """No version goes there, the other endpoint is told, and the owner."""
    bad = rig.push(tls=pair(certs, kind))
    daemon.account("work", imap)
    daemon.endpoint("phone", bad.url("phone"), ca_file=str(certs.ca_file))
    daemon.endpoint("other", push.url("other"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_accepted("other")
    line = daemon.wait_about("phone", "retrying in").lower()
    # OpenSSL cannot even begin a handshake with a key of 512 bits.
    assert ("handshake" if kind == "weak" else "certificate") in line
    assert not bad.puts("phone")
