"""Where the settings of an address are looked for, and whom that must not
lead to.

Each test has a network of its own (rig/netns.py): name servers at port 53, web
servers at 443 with certificates that the box trusts, IMAP servers at 993 and
143. Whatever is tried, nobody ever comes to port 80.
"""

import errno
import json
import os
import subprocess
import threading
import time

import pytest

from rig.daemon import command_line, with_argument
from rig.fakeimap import say
from rig.inside import NUMBERS, Taken, has_landlock, status_of
from rig.publishers import Web, server, settings
from rig.world import ADDRESS

AUTOCONFIG = "autoconfig.example.test", "/mail/config-v1.1.xml"
WELL_KNOWN = ("example.test",
              "/.well-known/autoconfig/mail/config-v1.1.xml")
ISPDB = "autoconfig.thunderbird.net", "/v1.1/example.test"


def place(found):
    return found["host"], found["port"], found["tls"], found["user"]


# Each source alone.

def test_provider_is_known_without_a_network(world):
    world.network.down()
    found = world.find("Alice@GMail.com")
    assert place(found) == ("imap.gmail.com", 993, "implicit",
                            "Alice@GMail.com")
    assert found["auth"] == ["password", "oauth2"]
    assert found["help"] == "https://myaccount.google.com/apppasswords"
    assert found["quirks"] == ["app-password"]
    assert found["oauth2"]["scope"] == "https://mail.google.com/"
    assert not world.names.asked


def test_login_is_the_local_part_at_some_providers(world):
    assert world.find("alice@web.de")["user"] == "alice"
    assert not world.names.asked


def test_domain_of_ones_own_is_hosted_by_a_provider(world):
    world.names.add("own.test", "MX", 10, "aspmx.l.google.com")
    world.names.add("own.test", "MX", 20, "alt1.aspmx.l.google.com")
    found = world.find("alice@own.test")
    assert place(found) == ("imap.gmail.com", 993, "implicit",
                            "alice@own.test")
    assert found["found"] == "mx" and found["provider"] == "Gmail"
    assert "aspmx.l.google.com" in found["source"]


def test_second_exchanger_is_that_of_a_provider(world):
    """Who only keeps the mail while the first is away has no mailboxes."""
    world.names.add("own.test", "MX", 10, "mx.own.test")
    world.names.add("own.test", "MX", 20, "aspmx.l.google.com")
    world.names.add("_imaps._tcp.own.test", "SRV", 0, 1, 993, "imap.own.test")
    assert world.find("alice@own.test")["host"] == "imap.own.test"


@pytest.mark.parametrize("where", [AUTOCONFIG, WELL_KNOWN])
def test_domain_publishes_a_file(world, where):
    world.publish(where, settings(server("mail.example.test", "9993")))
    found = world.find()
    assert place(found) == ("mail.example.test", 9993, "implicit", ADDRESS)
    assert found["found"] == "autoconfig" and where[0] in found["source"]
    assert found["provider"] == "Example Mail" and found["outside"] is False


def test_only_autoconfig_is_told_the_address(world):
    """Its query has it; no other host and no other path."""
    for where in (AUTOCONFIG, WELL_KNOWN, ISPDB):
        world.names.host(where[0])
        world.web.certify(where[0])
    world.fail(68, address="alice+x@example.test")
    assert world.web.paths(AUTOCONFIG[0]) == [
        AUTOCONFIG[1] + "?emailaddress=alice%2Bx%40example.test"]
    assert world.web.paths(WELL_KNOWN[0]) == [WELL_KNOWN[1]]
    assert world.web.paths(ISPDB[0]) == [ISPDB[1]]


def test_service_record(world):
    world.service("_imaps._tcp", 993, "imap.example.test")
    found = world.find()
    assert place(found) == ("imap.example.test", 993, "implicit", ADDRESS)
    assert found["found"] == "srv" and found["outside"] is False


def test_service_record_without_implicit_tls(world):
    world.service("_imap._tcp", 1143, "imap.example.test")
    assert place(world.find()) == ("imap.example.test", 1143, "starttls",
                                   ADDRESS)


def test_implicit_tls_comes_first(world):
    """RFC 8314 §5.1"""
    world.service("_imap._tcp", 143, "imap.example.test")
    world.service("_imaps._tcp", 993, "imap.example.test")
    assert world.find()["tls"] == "implicit"


def test_service_records_have_an_order(world):
    """RFC 2782: the lowest priority; of these, mostly the greatest weight."""
    world.service("_imaps._tcp", 1, "later.example.test", priority=20)
    world.service("_imaps._tcp", 2, "light.example.test", 10, weight=1)
    world.service("_imaps._tcp", 3, "heavy.example.test", 10, weight=9)
    assert world.find()["host"] == "heavy.example.test"


def test_service_is_not_offered(world):
    """RFC 6186 §3.4: a target of "." """
    world.service("_imaps._tcp", 0, "")
    world.service("_imap._tcp", 143, "imap.example.test")
    assert world.find()["tls"] == "starttls"
    world.names.records.pop(("_imap._tcp.example.test", 33))
    assert "_imaps._tcp.example.test is not offered" in world.fail(68)


def test_service_lies_outside_the_domain(world):
    """Nobody signed that answer: a person has to look at the name."""
    world.service("_imaps._tcp", 993, "imap.elsewhere.test")
    assert world.find()["outside"] is True
    assert "outside of the domain" in world.run().stdout


@pytest.mark.parametrize("target", ["imap.notexample.test", "test"])
def test_domain_is_not_where_names_end_alike(world, target):
    world.service("_imaps._tcp", 993, "imap." + target)
    assert world.find()["outside"] is True


def test_mozilla_is_asked(world):
    world.publish(ISPDB, settings(server("imap.hoster.test")))
    found = world.find()
    assert found["host"] == "imap.hoster.test" and found["found"] == "ispdb"
    host, path, headers = world.web.requests[-1]
    assert (host, path) == ISPDB
    assert "alice" not in str(headers)


def test_mozilla_is_not_to_be_asked(world):
    world.publish(ISPDB, settings())
    world.daemon.write("imappushd.conf", "discovery_ispdb = false;\n")
    world.fail(68)
    assert not world.names.was_asked(ISPDB[0])
    assert not world.web.paths(ISPDB[0])


def test_mozilla_is_not_asked_with_a_mistake_in_the_configuration(world):
    """It might be in the line that forbids it."""
    world.publish(ISPDB, settings())
    world.daemon.write("imappushd.conf", "discovery_isbdp = false;\n")
    assert "has errors" in world.fail(68)
    assert not world.names.was_asked(ISPDB[0])


def test_mozilla_is_not_asked_where_the_domain_answers(world):
    world.publish(ISPDB, settings())
    world.service("_imaps._tcp", 993, "imap.example.test")
    world.find()
    assert not world.names.was_asked(ISPDB[0])


@pytest.mark.parametrize("host", ["imap.example.test", "mail.example.test",
                                  "example.test"])
def test_guess_is_proven(rig, world, host):
    imap = world.imap(rig, host)
    found = world.find()
    assert place(found) == (host, 993, "implicit", ADDRESS)
    assert found["found"] == "guess"
    assert imap.accepted == 1 and not imap.count("login")


def test_guess_is_proven_by_starttls(rig, world):
    imap = world.imap(rig, "mail.example.test", 143, starttls=True)
    assert place(world.find()) == ("mail.example.test", 143, "starttls",
                                   ADDRESS)
    assert imap.count("starttls") == 1 and not imap.count("login")


def test_guess_without_encryption_does_not_count(rig, world):
    imap = rig.imap(listening=False)
    imap.port = 143
    world.names.host("imap.example.test")
    world.network.door(imap)
    world.fail(68)
    assert imap.accepted and not imap.count("login")


@pytest.mark.parametrize("step, lines", [
    ("greeting", ["* PREAUTH welcome back"]),
    ("starttls", ["{tag} NO not today"]),
    ("starttls", ["{tag} OK begin TLS", "* PREAUTH in", "A003 OK in"])])
def test_encryption_is_talked_out_of(rig, world, step, lines):
    """Whoever stands in between can say all that before TLS."""
    imap = world.imap(rig, "imap.example.test", 143, starttls=True)
    imap.on(step, say(*lines))
    world.fail(68)
    assert imap.accepted


def test_guess_has_a_certificate_for_another_name(rig, world):
    cert = world.certs.issue("elsewhere.example.test")
    world.imap(rig, "imap.example.test", cert=cert)
    assert "imap.example.test, port 993, does not count" in world.fail(68)


def test_guess_is_no_imap_server(world):
    """Something that speaks TLS and has the right name."""
    web = Web.__new__(Web)
    web.port = 993
    web.requests, web._certs = [], world.certs
    web._pages, web._contexts = {}, {}
    web.certify("imap.example.test")
    world.names.host("imap.example.test")
    world.network.door(web)
    world.fail(68)


# Who counts when several answer: not the fastest, the best.

def slowly(body, seconds=1.0):
    def answer(tls):
        time.sleep(seconds)
        tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                    + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    return answer


def test_rank_decides_and_not_time(world):
    world.names.host(AUTOCONFIG[0])
    world.web.trap(*AUTOCONFIG, slowly(settings(server("first.test"))))
    world.publish(WELL_KNOWN, settings(server("second.test")))
    world.service("_imaps._tcp", 993, "third.example.test")
    assert world.find()["host"] == "first.test"
    world.web.publish(*AUTOCONFIG, b"", "404 Not Found")
    world.web.trap(*WELL_KNOWN, slowly(settings(server("second.test"))))
    assert world.find()["host"] == "second.test"
    world.web.publish(*WELL_KNOWN, b"", "404 Not Found")
    assert world.find()["host"] == "third.example.test"


def test_exchanger_of_a_provider_comes_first(world):
    world.names.records[("example.test", 15)].clear()
    world.names.add("example.test", "MX", 10,
                    "example-test.mail.protection.outlook.com")
    world.publish(AUTOCONFIG, settings())
    found = world.find()
    assert found["host"] == "outlook.office365.com"
    assert found["auth"] == ["oauth2"] and found["provider"] == \
        "Microsoft 365"


def test_what_is_known_of_a_host_is_told_whoever_names_it(world):
    world.publish(AUTOCONFIG, settings(server("imap.gmail.com")))
    found = world.find()
    assert found["found"] == "autoconfig" and found["provider"] == "Gmail"
    assert found["auth"] == ["password", "oauth2"]
    assert found["quirks"] == ["app-password"]


# Those who lead elsewhere.

def test_redirect_to_a_page_without_encryption(world):
    world.names.host(AUTOCONFIG[0])
    world.web.redirect(*AUTOCONFIG, f"http://{AUTOCONFIG[0]}/x.xml")
    assert "no encryption" in world.fail(68)


def test_redirect_to_another_host(world):
    world.names.host(AUTOCONFIG[0], "hoster.test")
    world.web.redirect(*AUTOCONFIG, "https://hoster.test/x.xml")
    world.web.publish("hoster.test", "/x.xml", settings())
    assert world.find()["host"] == "imap.example.test"


@pytest.mark.parametrize("count, status", [(5, 0), (6, 68)])
def test_redirects_have_an_end(world, count, status):
    world.names.host(AUTOCONFIG[0])
    path = AUTOCONFIG[1]
    for number in range(count):
        world.web.redirect(AUTOCONFIG[0], path, f"/{number}")
        path = f"/{number}"
    world.web.publish(AUTOCONFIG[0], path, settings())
    assert world.run().returncode == status


def test_redirect_to_a_file_of_the_box(world):
    world.names.host(AUTOCONFIG[0])
    (world.daemon.folder / "x.xml").write_bytes(settings())
    world.web.redirect(*AUTOCONFIG, f"file://{world.daemon.folder}/x.xml")
    world.fail(68)


@pytest.mark.parametrize("kind", ["wrong_name", "expired", "self_signed",
                                  "unknown_ca"])
def test_certificate_is_not_right(world, kind):
    """Hosters answer for all names with one certificate."""
    world.publish(AUTOCONFIG, settings())
    world.web.certify(AUTOCONFIG[0], kind=kind)
    world.service("_imaps._tcp", 993, "imap.example.test")
    assert world.find()["found"] == "srv"
    assert not world.web.paths(AUTOCONFIG[0])


# Those who send what no program should have to read.

# a file of 1 MB, and one whose only text stands for a billion
BILLION = ('<!DOCTYPE clientConfig [<!ENTITY a "ha">'
           + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">'
                     for a, b in zip("abcdefgh", "bcdefghi")) + "]>")


BAD_FILES = {
    "document type": settings(name="x", before=BILLION).replace(
        b">x<", b">&i;<"),
    "document type ": settings(
        before='<!DOCTYPE clientConfig SYSTEM "https://example.test/x">'),
    "longer than 256 KiB": settings(name="x" * 1000, before="").replace(
        b"</clientConfig>", b"<x/>" * 250000 + b"</clientConfig>"),
    "nested too deeply": settings().replace(
        b"</clientConfig>", b"<x>" * 5000 + b"</x>" * 5000
        + b"</clientConfig>"),
    "not well-formed": settings()[:-20],
    "a host that cannot be one": settings(server("imap\n.example.test")),
    "a host that cannot be one ": settings(server("imap.test host=evil")),
    "a host that cannot be one  ": settings(server("127.0.0.1")),
    "a host that cannot be one   ": settings(server("localhost")),
    "a host that cannot be one    ": settings(server("a" * 64 + ".test")),
    "a port that cannot be one": settings(server(port="99999")),
    "a port that cannot be one ": settings(server(port="993 or so")),
    "a port that cannot be one  ": settings(server(port=None)),
    "a login name that cannot be one": settings(server(username="a\nb")),
    "a value that is too long": settings(server(username="x" * 2000)),
}


@pytest.mark.parametrize("words", BAD_FILES)
def test_file_cannot_be_used(world, words):
    """Nothing else is found either: what a domain says of itself is bad."""
    world.publish(AUTOCONFIG, BAD_FILES[words])
    assert words.strip() in world.fail(65)


USELESS_FILES = {
    "page for people": b"<!DOCTYPE html><html><body>Hello<br></body></html>",
    "not a file of mail settings": b"<html><body>Hello</body></html>",
    "not well-formed": b"Hello",
    "without encryption only": settings(server(socket_type="plain",
                                               port="143")),
    "says nothing of IMAP": settings(server(kind="pop3", port="995")),
    "no way to log in": settings(server(authentication=("GSSAPI",))),
}


@pytest.mark.parametrize("words", USELESS_FILES)
def test_file_is_of_no_use(world, words):
    world.publish(AUTOCONFIG, USELESS_FILES[words])
    assert words in world.fail(68)


def test_bad_file_does_not_hide_what_comes_after(world):
    world.publish(AUTOCONFIG, settings(server(port="99999")))
    world.service("_imaps._tcp", 993, "imap.example.test")
    assert world.find()["found"] == "srv"


def test_first_server_that_is_secure(world):
    world.publish(AUTOCONFIG, settings(
        server("pop.example.test", "995", kind="pop3"),
        server("plain.example.test", "143", "plain"),
        server("start.example.test", "143", "STARTTLS",
               "%EMAILLOCALPART%", ("GSSAPI", "OAuth2")),
        server("tls.example.test")))
    found = world.find()
    assert place(found) == ("start.example.test", 143, "starttls", "alice")
    assert found["auth"] == ["oauth2"]


def test_login_name_is_just_a_name(world):
    """It cannot become another line of the answer, nor more JSON."""
    world.publish(AUTOCONFIG, settings(
        server("imap.%EMAILDOMAIN%", username='"%EMAILLOCALPART%"=\\$(x)&<'),
        name='"quoted" \u202e name'))
    assert place(world.find()) == ("imap.example.test", 993, "implicit",
                                   '"alice"=\\$(x)&<')


@pytest.mark.parametrize("data", [
    b"\0\0\0\1\x03\xe1\x04im\np\7example\4test\0",  # a newline in the name
    b"\0\0\0\1\x03\xe1\xc0\xff",  # a pointer out of the answer
    b"\0\0\0\1\x03\xe1",  # no target
    b"\0\0\0\1\0\0" + b"\4imap\7example\4test\0",  # port 0
    b"\0\0\0\1\x03\xe1\x09127.0.0.1\0"])
def test_service_record_cannot_be_used(world, data):
    world.names.add("_imaps._tcp.example.test", "SRV", data)
    world.fail(65)


# Those who do not answer.

def test_name_server_never_answers(world):
    world.names.silent = True
    begun = time.monotonic()
    assert "is there a network?" in world.fail(69)
    assert time.monotonic() - begun < 16


def test_no_network(world):
    world.network.down()
    begun = time.monotonic()
    assert "is there a network?" in world.fail(69)
    assert time.monotonic() - begun < 5


def stall(tls):
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for byte in settings():
        time.sleep(0.5)
        tls.sendall(bytes([byte]))


@pytest.mark.parametrize("trap", [stall, lambda tls: time.sleep(60)])
def test_web_server_takes_its_time(world, trap):
    """5 s for it, and the next in rank counts."""
    world.names.host(AUTOCONFIG[0])
    world.web.trap(*AUTOCONFIG, trap)
    world.service("_imaps._tcp", 993, "imap.example.test")
    begun = time.monotonic()
    assert world.find()["found"] == "srv"
    assert 4 < time.monotonic() - begun < 7


def test_endless_headers(world):
    def answer(tls):
        tls.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            tls.sendall(b"X-More: yes\r\n" * 1000)
    world.names.host(AUTOCONFIG[0])
    world.web.trap(*AUTOCONFIG, answer)
    world.service("_imaps._tcp", 993, "imap.example.test")
    begun = time.monotonic()
    assert world.find()["found"] == "srv"
    assert time.monotonic() - begun < 4


def test_guesses_vanish(world):
    """Everybody is named, and nobody there takes a packet."""
    world.names.host("imap.example.test", "mail.example.test",
                     address="10.9.8.77")
    begun = time.monotonic()
    world.fail(68)
    assert time.monotonic() - begun < 15


def test_domain_does_not_exist(world):
    """Nobody else gets to know a name that was mistyped."""
    world.names.records.clear()
    world.names.host(ISPDB[0])
    assert "there is no domain example.test" in world.fail(68)
    assert not world.names.was_asked(ISPDB[0])
    assert not world.names.was_asked("imap.example.test")


# Those who take the program over.

@pytest.mark.skipif("openat" not in NUMBERS,
                    reason="knows the registers of x86_64 only")
def test_stranger_takes_over(world):
    """Nothing to write, none of the owner's files to read, no program to
    start, nobody to signal."""
    if not has_landlock():
        pytest.skip("this kernel has no Landlock")
    reached = threading.Event()
    address = f"alice{os.getpid()}@example.test"  # not that of another test
    world.names.host(AUTOCONFIG[0])
    world.web.trap(*AUTOCONFIG, lambda tls: reached.set() or time.sleep(9))
    (world.daemon.folder / "secret").write_text("x")
    running = world.network.near.run(
        subprocess.Popen, [world.daemon.binary, "--discover", address],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env=world.daemon.environment())
    assert reached.wait(5)
    victim, = [pid for pid in with_argument(address)
               if command_line(pid)[0].endswith("/libexec/imappushd/discover")]
    assert status_of(victim)["NoNewPrivs"] == "1"
    made = world.daemon.folder / "made"
    with Taken(victim) as taken:
        assert taken.call("openat", -100, "/etc/hosts", 0) >= 0  # a control
        results = [
            taken.call("openat", -100, made, os.O_WRONLY | os.O_CREAT, 0o600),
            taken.call("openat", -100, world.daemon.folder / "secret", 0),
            taken.call("mkdir", made, 0o700),
            taken.call("execve", "/bin/true", 0, 0),
            taken.call("kill", os.getpid(), 0),
            taken.call("socket", 17, 3, 0)]
    assert all(result in (-errno.EPERM, -errno.EACCES) for result in results)
    assert running.wait(5) == 70  # and says so
    assert not made.exists()


# Addresses.

@pytest.mark.parametrize("address", [
    "alice", "@example.test", "alice@", "alice@localhost", "a b@example.test",
    "alice@192.0.2.1", "alice@[192.0.2.1]", "alice@exa mple.test",
    "alice@exam\nple.test", "al\tice@example.test", "alice@-.test",
    "<alice@example.test>", "alice@" + "x" * 64 + ".test", "a" * 400
    + "@example.test", b"\xff@example.test"])
def test_no_address(world, address):
    world.fail(64, address=address)
    assert not world.names.asked


def test_address_is_missing(world):
    result = world.network.near.run(world.daemon.run, "--discover")
    assert result.returncode == 64 and "address" in result.stderr


def test_domain_is_not_in_ascii(world):
    """A-labels for the name server, the rest as it was typed."""
    world.names.add("_imaps._tcp.xn--bcher-kva.test", "SRV", 0, 1, 993,
                    "imap.xn--bcher-kva.test")
    found = world.find("j\u00f6rg@B\u00fccher.test")
    assert place(found) == ("imap.xn--bcher-kva.test", 993, "implicit",
                            "j\u00f6rg@B\u00fccher.test")
    assert found["outside"] is False


# What a person sees.

def test_person_is_told(world):
    world.names.add("own.test", "MX", 10, "mx.zoho.com")
    result = world.run(address="alice@own.test")
    assert result.returncode == 0 and not result.stderr
    for words in ("imappro.zoho.com, port 993, TLS", "alice@own.test",
                  "mx.zoho.com takes the mail of own.test",
                  "IMAP has to be switched on",
                  "https://www.zoho.com/mail/help/imap-access.html"):
        assert words in result.stdout


def test_steps_are_told(world):
    world.service("_imaps._tcp", 993, "imap.example.test")
    result = world.run("-v")
    assert result.returncode == 0
    for words in ("the mail exchanger of example.test is of no provider",
                  "autoconfig.example.test cannot be reached",
                  "_imaps._tcp.example.test is at imap.example.test"):
        assert words in result.stderr


def told_on_terminal(world, *arguments):
    """What a terminal shows as standard error."""
    ours, theirs = os.openpty()
    status = world.network.near.run(
        subprocess.call, [world.daemon.binary, "--discover", ADDRESS,
                          *arguments], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=theirs,
        env=world.daemon.environment())
    os.write(theirs, b"(end)")  # or there might be nothing to read
    text = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)
    assert status == 0
    return text


def test_steps_are_told_to_a_terminal(world):
    """What a stranger chose is among it, and does nothing to the terminal."""
    world.names.host(AUTOCONFIG[0])
    world.web.redirect(*AUTOCONFIG, "https://a\x1b]0;evil\x07.test/")
    world.service("_imaps._tcp", 993, "imap.example.test")
    text = told_on_terminal(world)
    assert "_imaps._tcp.example.test is at imap.example.test" in text
    assert "\x1b" not in text and "\x07" not in text
    assert told_on_terminal(world, "-q") == "(end)"


@pytest.mark.parametrize("lines, status", [
    ("host=a.test\\nport=1\\ntls=implicit\\nuser=u\\nauth=password\\n"
     "source=x\\n", 0),
    ("host=a.test\\nport=1\\ntls=implicit\\nuser=\\033[2J\\nauth=password"
     "\\nsource=x\\n", 70),
    ("host=a.test\\n", 70), ("", 70), ("host=a.test", 70),
    ("\\000\\n", 70), ("\\377\\n", 70)])
def test_search_talks_nonsense(rig, world, lines, status):
    """Somebody has taken the program over, and it says what he likes."""
    program = rig.folder / "discover"
    program.write_text(f"#!/bin/sh\nprintf '{lines}'\n")
    program.chmod(0o755)
    real = world.daemon.binary.resolve().parents[1] / "libexec" / \
        "imappushd" / "discover"
    world.network.near.cover(real, program)
    result = world.run()
    assert result.returncode == status, result.stderr
    assert "\x1b" not in result.stdout + result.stderr
    assert status == 0 or not result.stdout


# providers.conf of the box.

def owners_file(world, rig, text):
    """Lets the box have an /etc/imappushd/providers.conf."""
    made = rig.folder / "own-etc"
    made.mkdir()
    for name in os.listdir("/etc"):
        if name != "imappushd":
            (made / name).symlink_to(rig.folder / "real-etc" / name)
    (rig.folder / "real-etc").mkdir()
    (made / "imappushd").mkdir()
    (made / "imappushd" / "providers.conf").write_text(text)
    world.network.near.cover(rig.folder / "real-etc", "/etc")
    world.network.near.cover("/etc", made)


def test_providers_of_the_box_come_first(world, rig):
    owners_file(world, rig, """providers = ( { name = "Mine";
        domains = [ "example.test", "web.de" ]; host = "imap.mine.test"; } );
        """)
    assert world.find()["host"] == "imap.mine.test"
    assert world.find("alice@web.de")["user"] == "alice@web.de"
    assert world.find("alice@gmx.de")["host"] == "imap.gmx.net"


def test_providers_of_the_box_have_a_mistake(world, rig):
    owners_file(world, rig, """providers = (
        { name = "Mine"; domain = [ "example.test" ]; host = "a.test"; } );
        """)
    result = world.run()
    assert result.returncode == 78 and not result.stdout
    assert "/etc/imappushd/providers.conf:2: " in result.stderr
    assert '"domain"' in result.stderr and '"domains"' in result.stderr
