"""--add-account: from a mail address to pushes, at a terminal and in a script.

The Internet of these tests is a world of their own (rig/world.py): the real names of
providers lead to servers of the rig there.
"""

import json
import os
import pathlib
import signal
import ssl
import stat
import threading
import time

import pytest

from rig import real
from rig.credential import Helper
from rig.daemon import processes
from rig.fakeimap import hang, reply, say
from rig.netns import Door
from rig.receiver import Receiver
from rig.terminal import INTERRUPT, Terminal
from rig.world import ADDRESS

SECRET = "open sesame"
HOST = "imap.example.test"


class Person:
    """Who sits at the terminal of the box."""

    def __init__(self, world, *words, bus=None, **environment):
        self.world = world
        self.environment = world.daemon.environment(
            **(bus.environment() if bus else {}), **environment)
        self.terminal = world.network.near.run(
            Terminal, [world.daemon.binary, *words], self.environment,
            world.daemon.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminal.__exit__()

    def __getattr__(self, name):
        return getattr(self.terminal, name)

    def answer(self, question, *words, count=1, timeout=20):
        """One answer, by Return where there are no words."""
        self.terminal.wait(question, count=count, timeout=timeout)
        self.terminal.type("".join(words) + "\n")

    def password(self, word=SECRET, count=1):
        self.terminal.wait("Password for", count=count, timeout=20)
        self.terminal.wait_echo(False)
        self.terminal.type(word + "\n")


@pytest.fixture
def person(world):
    people = []

    def come(*words, **named):
        people.append(Person(world, *words, **named))
        return people[-1]
    yield come
    for one in people:
        one.__exit__()


@pytest.fixture
def mail(rig, world):
    """The mail server of example.test, which name servers lead to; it has IDLE, some
    mailboxes and old mail."""
    world.service("_imaps._tcp", 993, HOST)
    return serve(rig, world, HOST)


def serve(rig, world, host, user=ADDRESS, password=SECRET, **options):
    server = world.imap(rig, host, users={user: password},
                        mailboxes=("INBOX", "Archive", "Lists/a", "Lists/b"), **options)
    server.inbox.append(3)
    return server


def script(world, *words, status=0, given=SECRET + "\n", **environment):
    """Runs the action without a person; whatever it says, it says nothing secret."""
    done = world.network.near.run(world.daemon.run, "--add-account", *words, stdin=given,
                                  timeout=60, **environment)
    assert SECRET not in done.stdout + done.stderr
    assert done.returncode == status, done.stdout + done.stderr
    return done


def all_files(daemon):
    """{path: bytes} of what belongs to the user."""
    found = {}
    for top in ("config", "state", "home"):
        for path in (daemon.folder / top).rglob("*"):
            found[path] = path.read_bytes() if path.is_file() else None
    return found


def account_file(daemon, name="example"):
    path = daemon.config / "accounts.d" / f"{name}.conf"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text()


def phone(rig, world):
    """A push service on the box's own loopback, where http will do."""
    push = rig.push(Receiver, listening=False)
    world.network._kept(Door(world.network.near, push, "127.0.0.1"))
    return push


# ---- the whole way ----

def test_from_an_address_to_the_first_push(rig, world, mail, person):
    """A person, a new box, no keyring and no D-Bus: all in one go, in less than half a
    minute; and the daemon of the first start pushes."""
    daemon, push = world.daemon, phone(rig, world)
    (daemon.config / "imappushd.conf").unlink()
    begun = time.monotonic()
    one = person("--add-account")
    one.answer("Mail address: ", ADDRESS)
    one.wait("imap.example.test:993, TLS, login " + ADDRESS + " (told by name servers: ")
    one.answer("Use this? [Y/n/edit] ")
    one.password()
    one.wait("Logged in. IDLE, but not NOTIFY: a connection for each of the first 3")
    one.wait("Mailboxes: INBOX, Archive, Lists/a, Lists/b")
    one.answer("Mailboxes to watch [INBOX]: ", "INBOX, Lists/*")
    one.wait("one file that only you can read, in\nplain text")
    assert not (daemon.config / "accounts.d/example.conf").exists()
    one.answer("Keep the password there? [Y/n] ")
    one.wait('Account "example" was added')
    one.answer("Add its push URL now? [Y/n] ")
    one.answer("Name of the endpoint", "phone")
    one.answer("Push URL", push.url("phone"))
    one.wait("Test push: 201 Created in")
    assert one.wait_exit() == 0
    assert "start imappushd" in one.text
    assert time.monotonic() - begun < 30
    assert SECRET not in one.text
    world.network.start(daemon)
    daemon.wait_watching("example")
    mail.wait_idle()
    push.assert_exactly("phone", 1)
    mail.mailboxes["Lists/b"].deliver()
    push.wait_accepted("phone", count=2, timeout=10)
    assert time.monotonic() - begun < 45
    push.assert_rising("phone")


def test_script_says_it_all(rig, world, mail):
    """The same without a question."""
    daemon, push = world.daemon, phone(rig, world)
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
                  "--name=work", "--mailbox=INBOX", "--mailbox=Lists/*", "--json")
    assert json.loads(done.stdout) == {
        "version": 1, "name": "work", "file": str(daemon.config / "accounts.d/work.conf"),
        "host": HOST, "port": 993, "tls": "implicit", "user": ADDRESS,
        "auth": "password", "mailboxes": ["INBOX", "Lists/*"], "store": "file",
        "offer": json.loads(done.stdout)["offer"], "tested": True, "added": True,
        "reloaded": False}
    assert json.loads(done.stdout)["offer"].startswith("IDLE, but not NOTIFY")
    assert 'mailboxes = [ "INBOX", "Lists/*" ];' in account_file(daemon, "work")
    world.network.near.run(daemon.run, "--add-endpoint", "phone", "--url-stdin",
                           stdin=push.url("phone") + "\n", timeout=60)
    world.network.start(daemon)
    daemon.wait_watching("work")
    mail.wait_idle()
    mail.inbox.deliver()
    push.wait_accepted("phone", count=2)


def test_script_is_told_what_comes_next(world, mail):
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file")
    assert 'Account "example" was added' in done.stdout
    assert "Next: imappushd --add-endpoint phone" in done.stderr


def test_keyring_keeps_the_password(world, mail, keyring, person):
    one = person("--add-account", ADDRESS, bus=keyring)
    one.answer("Use this?")
    one.password()
    one.answer("Mailboxes to watch")
    one.wait("the password in the keyring")
    assert "plain text" not in one.text
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0
    assert Helper(world.daemon, keyring).get("example").secret == SECRET
    assert SECRET.encode() not in b"".join(
        data for data in all_files(world.daemon).values() if data)


def test_daemon_that_runs_watches_it(rig, world, mail, person):
    """Without another word; and nobody offers to start it."""
    daemon, push = world.daemon, phone(rig, world)
    daemon.endpoint("phone", push.url("phone"))
    world.network.start(daemon)
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("Use this?")
    one.password()
    one.answer("Mailboxes to watch")
    one.answer("Send a test push? [Y/n] ")
    one.wait("Test push: 201 Created in")
    one.wait("The daemon that runs watches it from now on.")
    assert one.wait_exit() == 0
    assert "start imappushd" not in one.text
    daemon.wait_watching("example")
    mail.wait_idle()
    mail.inbox.deliver()
    push.assert_exactly("phone", 2)


# ---- the server ----

def test_provider_is_known_and_has_something_to_say(rig, world, person):
    """Before the password is typed: host, and where to make an app password. Names are
    made unique."""
    serve(rig, world, "imap.gmx.net", "alice@gmx.de")
    world.daemon.write("accounts.d/gmx.conf", host="imap.gmx.net", user="bob@gmx.de")
    one = person("--add-account", "alice@gmx.de", "--store=file")
    one.wait("imap.gmx.net:993, TLS, login alice@gmx.de (found in ")
    one.answer("Use this?")
    one.wait("Password for")
    assert "IMAP has to be switched on" in one.text
    assert "https://hilfe.gmx.net/" in one.text
    one.password()
    one.answer("Mailboxes to watch")
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0
    assert 'user = "alice@gmx.de";' in account_file(world.daemon, "gmx-2")


@pytest.mark.parametrize("answer", ["", "n"])
def test_gmail(rig, world, person, answer):
    """An app password as it is copied, and a question about the tabs."""
    gmail = serve(rig, world, "imap.gmail.com", "alice@gmail.com", "abcdefghijklmnop",
                  extra=["X-GM-EXT-1"])
    one = person("--add-account", "alice@gmail.com", "--store=file")
    one.answer("Use this?")
    one.wait("https://myaccount.google.com/apppasswords")
    one.password("abcd efgh ijkl mnop")
    one.answer('for the tab "Primary" only', answer)
    one.answer("Mailboxes to watch")
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0
    text = account_file(world.daemon, "gmail")
    assert ("gmail_search" in text) == (answer == "")
    assert [login.good for login in gmail.logins] == [True]
    checked = world.daemon.run("--check-config")
    assert checked.returncode == 0


def test_promotions_are_not_pushed(rig, world):
    """The rule is one that Gmail is asked by."""
    gmail = serve(rig, world, "imap.gmail.com", "alice@gmail.com", extra=["X-GM-EXT-1"])
    daemon, push = world.daemon, phone(rig, world)
    daemon.endpoint("phone", push.url("phone"))
    script(world, "alice@gmail.com", "--no-input", "--password-stdin", "--store=file",
           "--primary-only")
    rule = ("category:promotions OR category:social OR category:updates OR "
            "category:forums")
    assert f'gmail_search = "{rule}";' in account_file(daemon, "gmail")
    world.network.start(daemon)
    daemon.wait_watching("gmail")
    gmail.wait_idle()
    gmail.inbox.deliver(gmail=(rule,))
    push.assert_exactly("phone", 0, settle=2)
    gmail.inbox.deliver()
    push.assert_exactly("phone", 1)


def test_primary_only_is_for_gmail(world, mail):
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
                  "--primary-only", status=64)
    assert "Gmail" in done.stderr


def test_host_outside_of_the_domain_is_asked_about(rig, world, person):
    """Who forges an answer of a name server must not get the password by a Return."""
    world.service("_imaps._tcp", 993, "imap.thief.test")
    thief = serve(rig, world, "imap.thief.test")
    before = all_files(world.daemon)
    one = person("--add-account", ADDRESS)
    one.wait("lies outside of the domain")
    one.answer("Is it your provider's? [y/N/edit] ")
    assert one.wait_exit() == 66
    assert thief.accepted == 0
    assert "Password" not in one.text
    assert all_files(world.daemon) == before


def test_script_has_to_name_a_host_outside_of_the_domain(rig, world):
    world.service("_imaps._tcp", 993, "imap.hoster.test")
    hoster = serve(rig, world, "imap.hoster.test")
    words = (ADDRESS, "--no-input", "--password-stdin", "--store=file")
    done = script(world, *words, "--yes", status=64)
    assert "--host=imap.hoster.test" in done.stderr and hoster.accepted == 0
    script(world, *words, "--host=imap.hoster.test")
    assert hoster.logins[0].good


def test_person_edits_what_was_found(rig, world, mail, person):
    """The port says which TLS is meant; Return keeps the rest."""
    other = serve(rig, world, "mail.example.test", "alice", port=143, starttls=True)
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("Use this?", "e")
    one.answer("IMAP server [imap.example.test]: ", "mail.example.test")
    one.answer("Port [993]: ", "143")
    one.answer("[starttls]: ")
    one.answer("Login name [alice@example.test]: ", "alice")
    one.wait("mail.example.test:143, STARTTLS, login alice\n")
    one.password()
    one.answer("Mailboxes to watch")
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0
    assert mail.accepted == 0 and other.logins[0].good
    text = account_file(world.daemon)
    for line in ('host = "mail.example.test";', "port = 143;", 'tls = "starttls";',
                 'user = "alice";'):
        assert line in text


def test_nothing_is_found(rig, world, person):
    """It is said what was tried, and the person types the server."""
    imap = serve(rig, world, "box.home.test", "alice")
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("IMAP server: ", "box.home.test", timeout=30)
    one.answer("Port [993]: ")
    one.answer("[implicit]: ")
    one.answer("Login name [alice@example.test]: ", "alice")
    one.answer("Use this?")
    one.password()
    one.answer("Mailboxes to watch")
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0 and imap.logins[0].good


def test_nothing_is_found_for_a_script(world):
    done = script(world, ADDRESS, "--no-input", "--password-stdin", status=68)
    assert "--host" in done.stderr


def test_nobody_is_asked_where_the_server_is_given(rig, world):
    serve(rig, world, HOST, "alice")
    script(world, "--host", HOST, "--user=alice", "--no-input", "--password-stdin",
           "--store=file")
    assert {name for name, _ in world.names.asked} == {HOST}
    assert 'host = "imap.example.test";' in account_file(world.daemon, "imap")


# ---- logging in ----

def test_password_is_mistyped(world, mail, person):
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("Use this?")
    one.password("not it at all")
    one.wait("app password")
    one.password(count=2)
    one.answer("Mailboxes to watch")
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0
    assert [login.good for login in mail.logins] == [False, True]
    assert Helper(world.daemon).get("example").secret == SECRET


def test_password_is_wrong_three_times(world, mail, person):
    before = all_files(world.daemon)
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("Use this?")
    for count in (1, 2, 3):
        one.password("not it at all", count=count)
    assert one.wait_exit() == 77
    assert len(mail.logins) == 3
    assert all_files(world.daemon) == before


@pytest.mark.parametrize("step, status", [("login", 77), ("greeting", 76)])
def test_script_is_refused(world, mail, step, status):
    before = all_files(world.daemon)
    if step == "greeting":
        mail.on("greeting", say("HTTP/1.1 200 OK"))
    script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
           given="wrong\n" if step == "login" else SECRET, status=status)
    assert all_files(world.daemon) == before


def test_server_of_ones_own_with_a_certificate_of_its_own(rig, world, certs, person):
    """Said clearly, and mended without an editor."""
    world.service("_imaps._tcp", 993, HOST)
    imap = world.imap(rig, HOST, users={ADDRESS: SECRET},
                      cert=(certs.cert("unknown_ca"), certs.key()))
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("Use this?")
    one.password()
    one.wait("lets you name a certificate to trust")
    one.answer("Try again? [y/N/edit] ", "edit")
    one.answer("IMAP server [imap.example.test]: ")
    one.answer("Port [993]: ")
    one.answer("[implicit]: ")
    one.answer("Login name")
    one.answer("Certificate to trust", str(certs.folder / "other-ca.pem"))
    one.answer("(tls_name) [imap.example.test]: ", "imap.test")
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0 and imap.logins[0].good
    text = account_file(world.daemon)
    assert f'ca_file = "{certs.folder}/other-ca.pem";' in text
    assert 'tls_name = "imap.test";' in text


def test_script_names_the_certificate(rig, world, certs):
    world.imap(rig, HOST, users={ADDRESS: SECRET},
               cert=(certs.cert("unknown_ca"), certs.key()))
    words = (ADDRESS, "--no-input", "--password-stdin", "--store=file", "--host", HOST)
    assert "--ca-file" in script(world, *words, status=76).stderr
    script(world, *words, f"--ca-file={certs.folder}/other-ca.pem",
           "--tls-name=imap.test")


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_dovecot_of_ones_own(rig, daemon, certs, tls):
    """The real one, with the certificate of an authority that nobody knows, on this
    machine, as a bridge is: what is said leads to an account that works."""
    server = real.server(rig, certs, "alice")
    port = server.imaps_port if tls == "implicit" else server.imap_port
    words = ["--add-account", "--no-input", "--password-stdin", "--store=file",
             "--host=127.0.0.1", f"--port={port}", f"--tls={tls}", "--user=alice",
             "--name=mine"]
    done = daemon.run(*words, stdin=server.users["alice"] + "\n", timeout=60)
    assert done.returncode == 76 and "--ca-file" in done.stderr
    done = daemon.run(*words, f"--ca-file={server.ca_file}", timeout=60,
                      stdin=server.users["alice"] + "\n")
    assert done.returncode == 0, done.stderr
    assert "NOTIFY and IDLE: one connection for all mailboxes" in done.stderr
    daemon.start()
    daemon.wait_watching("mine")


def test_bridge_on_this_machine(rig, world, certs):
    """Known by the domain, with the certificate that the bridge exports."""
    bridge = rig.imap(users={"alice@proton.me": SECRET}, starttls=True, listening=False,
                      tls=(certs.cert("self_signed"), certs.key()))
    bridge.port = 1143
    world.network._kept(Door(world.network.near, bridge, "127.0.0.1"))
    words = ("alice@proton.me", "--no-input", "--password-stdin", "--store=file")
    script(world, *words, status=76)
    script(world, *words, f"--ca-file={certs.cert('self_signed')}")
    assert 'tls = "starttls";' in account_file(world.daemon, "proton")
    assert not world.names.asked


def test_without_a_login(world, mail):
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
                  "--no-test", "--json")
    assert mail.accepted == 0 and not json.loads(done.stdout)["tested"]
    assert Helper(world.daemon).get("example").secret == SECRET


def test_command_gives_the_password(world, mail):
    """Then there is nothing to store; it is tried as the daemon does."""
    words = (ADDRESS, "--no-input")
    done = script(world, *words, "--password-command=false", status=78)
    assert "by hand" in done.stderr
    script(world, *words, f"--password-command=echo '{SECRET}'")
    assert mail.logins[-1].good
    assert "password_command = \"echo '" in account_file(world.daemon)
    assert not (world.daemon.state / "credentials.d").exists()


def test_file_gives_the_password(world, mail):
    path = world.daemon.password_file("work", SECRET)
    script(world, ADDRESS, "--no-input", "--password-file", path)
    assert mail.logins[-1].good
    assert f'password_file = "{path}";' in account_file(world.daemon)


def test_command_gives_the_token(rig, world, mail):
    """As the account of OAuth2 that it is."""
    done = script(world, ADDRESS, "--no-input", "--token-command=echo token", "--no-test")
    text = account_file(world.daemon)
    assert 'auth = "oauth2";' in text and 'token_command = "echo token";' in text
    assert 'Account "example" was added' in done.stdout
    assert world.daemon.run("--check-config").returncode == 0


def test_provider_takes_oauth2_only(world, person):
    """Nobody's password is asked for."""
    done = script(world, "alice@outlook.com", "--no-input", "--password-stdin",
                  status=64)
    assert "OAuth2" in done.stderr and "--client-id" in done.stderr
    done = script(world, "alice@outlook.com", "--no-input", status=64)
    assert "--client-id" in done.stderr
    before = all_files(world.daemon)
    one = person("--add-account", "alice@outlook.com")
    one.answer("Use this?")
    one.answer("Client id (imappushd(1) says how to get one): ", "an id")
    one.wait("nothing was changed", timeout=30)
    assert one.wait_exit() != 0
    assert "Password for" not in one.text
    assert all_files(world.daemon) == before


PROVIDER = """providers = ( {{ name = "Mine"; domains = [ "example.test" ];
    host = "imap.example.test"; auth = "oauth2"; oauth2 = {{
        token_endpoint = "{0}/token"; device_authorization_endpoint = "{0}/device";
        scope = "mail"; }}; }} );
"""


@pytest.fixture
def issuer(rig, world, certs):
    """Where the people of example.test sign in, and its mail server, which takes no
    password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certs.issue("localhost"))
    made = world.network.near.run(lambda: rig.issuer(tls=context))
    made.move("localhost")
    text = rig.folder / "providers.conf"
    text.write_text(PROVIDER.format(made.origin))
    world.network.near.cover(world.daemon.binary.resolve().parents[1]
                             / "share/imappushd/providers.conf", text)
    made.imap = serve(rig, world, HOST, password="n0t-yet-issued", without=["AUTH=PLAIN"],
                      extra=["AUTH=XOAUTH2"])
    made.serves(made.imap)
    return made


def test_person_signs_in(rig, world, issuer, person):
    """In the same go; afterwards it is tried whether the server takes the tokens."""
    daemon, push = world.daemon, phone(rig, world)
    daemon.endpoint("phone", push.url("phone"))
    issuer.decide("approved")
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("Use this?")
    one.answer("Client id (imappushd(1) says how to get one): ", issuer.client)
    one.wait("WDJB-MJHT")
    one.wait("the sign-in in the file store", timeout=20)
    one.wait("Logged in. IDLE")
    one.answer("Send a test push?", "n")
    assert one.wait_exit() == 0
    assert "Password for" not in one.text
    text = account_file(daemon)
    assert 'auth = "oauth2";' in text
    assert f'oauth2_client_id = "{issuer.client}";' in text
    world.network.start(daemon)
    daemon.wait_watching("example")
    issuer.imap.wait_idle()
    issuer.imap.inbox.deliver()
    push.wait_accepted("phone")


def test_script_has_somebody_sign_in(world, issuer):
    issuer.decide("approved")
    done = script(world, ADDRESS, "--no-input", "--store=file", "--json",
                  f"--client-id={issuer.client}")
    answer = json.loads(done.stdout)
    assert (answer["auth"], answer["store"], answer["tested"]) == ("oauth2", "file", True)


def test_sign_in_is_refused(world, issuer):
    before = all_files(world.daemon)
    issuer.decide("denied")
    script(world, ADDRESS, "--no-input", "--store=file", f"--client-id={issuer.client}",
           status=77)
    assert all_files(world.daemon) == before and not issuer.imap.accepted


def test_tokens_are_refused(world, issuer):
    """The account is there then, and what to do is said."""
    issuer.decide("approved")
    issuer.imap.on("login", reply("NO [AUTHENTICATIONFAILED] not you"))
    done = script(world, ADDRESS, "--no-input", "--store=file",
                  f"--client-id={issuer.client}", status=1)
    assert "--test-account example" in done.stderr
    account_file(world.daemon)


# ---- mailboxes ----

def test_mailbox_is_mistyped(world, mail, person):
    one = person("--add-account", ADDRESS, "--store=file")
    one.answer("Use this?")
    one.password()
    one.answer("Mailboxes to watch", "INBOX, Archiv")
    one.wait('There is no mailbox "Archiv"')
    one.answer("Mailboxes to watch", "\\Nonsense", count=2)
    one.answer("Mailboxes to watch", "Archive, INBOX", count=3)
    one.answer("Add its push URL now?", "n")
    assert one.wait_exit() == 0
    assert 'mailboxes = [ "Archive", "INBOX" ];' in account_file(world.daemon)


def test_mailbox_that_a_script_names_is_missing(world, mail):
    """It may come; the exit status says that not all is well."""
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
                  "--mailbox=INBOX", "--mailbox=Later", status=1)
    assert "Later" in done.stderr
    assert '"Later"' in account_file(world.daemon)


# ---- what is there already, what is missing ----

@pytest.mark.parametrize("words", [["--name=other"], ["--name=work"], []])
def test_account_is_there_already(world, mail, words):
    world.daemon.write("accounts.d/work.conf", host=HOST, user=ADDRESS)
    before = all_files(world.daemon)
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file", *words,
                  status=73)
    assert 'already: "work"' in done.stderr
    assert mail.accepted == 0 and all_files(world.daemon) == before


def test_name_is_taken(world, mail):
    world.daemon.write("accounts.d/work.conf", host=HOST, user="bob@example.test")
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
                  "--name=work", status=73)
    assert 'account "work" already' in done.stderr and mail.accepted == 0


@pytest.mark.parametrize("words, said", [
    ([], "which mail address?"),
    ([ADDRESS], "--password-stdin or --password-fd"),
    ([ADDRESS, "--password-stdin"], "--store=file"),
    ([ADDRESS, "--no-discovery"], "--host"),
    ([ADDRESS, "--password-stdin", "--password-command=x"], "give one"),
    ([ADDRESS, "--port=0"], "--port"),
    ([ADDRESS, "--tls=ssl3"], "--tls"),
    ([ADDRESS, "--auth=guess"], "--auth"),
    ([ADDRESS, "--store=pocket"], "--store"),
    ([ADDRESS, "--name=a/b"], "name of an account"),
    ([ADDRESS, "--client-id=x", "--auth=password"], "--client-id"),
    (["nobody"], "address"),
    (["a\x1bb@example.test"], "address"),
])
def test_something_is_missing(world, mail, words, said):
    before = all_files(world.daemon)
    done = script(world, *words, "--no-input", status=64)
    assert said in done.stderr and "\x1b" not in done.stderr
    assert all_files(world.daemon) == before


def test_configuration_has_errors(world, mail):
    world.daemon.write("accounts.d/bad.conf", hots="x")
    done = script(world, ADDRESS, "--no-input", "--password-stdin", status=78)
    assert "bad.conf:1" in done.stderr and mail.accepted == 0


def test_nothing_is_done(world, mail):
    """--dry-run: without a password, a login or a file."""
    before = all_files(world.daemon)
    done = script(world, ADDRESS, "--no-input", "--dry-run", given="")
    assert "would write" in done.stdout and 'host = "imap.example.test";' in done.stdout
    assert mail.accepted == 0 and all_files(world.daemon) == before


# ---- giving up, and worse ----

WAYS = ["Mail address", "Use this?", "Password for", "Mailboxes to watch",
        "Keep the password there?"]


@pytest.mark.parametrize("last", range(len(WAYS)))
def test_person_gives_up(world, mail, person, last):
    """^C at each question: nothing is left, and the terminal is as it was."""
    before = all_files(world.daemon)
    one = person("--add-account")
    for question, answer in zip(WAYS[:last], [ADDRESS, "", None, ""]):
        if answer is None:
            one.password()
        else:
            one.answer(question, answer)
    one.wait(WAYS[last], timeout=20)
    if WAYS[last] == "Password for":
        one.wait_echo(False)
    one.type(INTERRUPT)
    assert one.wait_exit() == -signal.SIGINT
    assert one.echoes()
    assert all_files(world.daemon) == before


def is_of(daemon, pid):
    """Was it started beside that daemon? Others run the same program meanwhile."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as environment:
            return str(daemon.folder).encode() + b"/" in environment.read()
    except OSError:
        return False


@pytest.mark.parametrize("when", ["search", "login"])
def test_person_gives_up_while_others_are_waited_for(world, mail, person, when):
    """Nobody goes on behind their back."""
    before = all_files(world.daemon)
    if when == "search":
        world.names.silent = True
    else:
        mail.on("login", hang)
    one = person("--add-account", ADDRESS)
    if when == "search":
        one.wait("Looking for the settings")
    else:
        one.answer("Use this?")
        one.password()
        mail.wait_hung()
    one.type(INTERRUPT)
    assert one.wait_exit() == -signal.SIGINT
    assert one.echoes()
    mail.wait(lambda: not mail.connections)
    end = time.monotonic() + 5
    while any(is_of(world.daemon, pid) for pid in processes()):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert all_files(world.daemon) == before


@pytest.mark.parametrize("answer", ["\x04", "n\n"])
def test_person_says_no(world, mail, person, answer):
    before = all_files(world.daemon)
    one = person("--add-account", ADDRESS)
    one.wait("Use this?", timeout=20)
    one.type(answer)
    assert one.wait_exit() == 66
    assert mail.accepted == 0 and all_files(world.daemon) == before


def test_person_wants_no_plain_text(world, mail, person):
    before = all_files(world.daemon)
    one = person("--add-account", ADDRESS)
    one.answer("Use this?")
    one.password()
    one.answer("Mailboxes to watch")
    one.answer("Keep the password there?", "n")
    assert one.wait_exit() == 69
    assert "--password-command" in one.text
    assert all_files(world.daemon) == before


def test_file_cannot_be_written(world, mail):
    """The password, which was stored by then, is taken back."""
    folder = world.daemon.config / "accounts.d"
    folder.rmdir()
    folder.symlink_to("/proc/self/nowhere")
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
                  status=73)
    assert "nothing was changed" in done.stderr
    assert Helper(world.daemon).get("example").status == 69
    stored = world.daemon.state / "credentials.d"
    assert not stored.exists() or not list(stored.iterdir())


def slow_store(rig, world, seconds):
    """The program that stores secrets ends so long after it has stored one, when it makes
    the file that is returned first; and what mends that."""
    real = world.daemon.binary.resolve().parents[1] / "libexec/imappushd/credential"
    copy, stored = rig.folder / "credential.real", rig.folder / "stored"
    program = rig.folder / "credential"
    copy.write_bytes(real.read_bytes())
    copy.chmod(0o755)
    program.write_text(f"#!/bin/sh\n{copy} \"$@\"\nstatus=$?\ntouch {stored}\n"
                       f"sleep {seconds}\nexit $status\n")
    program.chmod(0o755)
    world.network.near.cover(real, program)
    return stored, lambda: program.write_text(f"#!/bin/sh\nexec {copy} \"$@\"\n")


def begun(world, stored):
    """The action, between secret and file."""
    running = world.network.near.run(
        world.daemon.popen, "--add-account", ADDRESS, "--no-input", "--password-stdin",
        "--store=file")
    running.stdin.write(SECRET.encode() + b"\n")
    running.stdin.close()
    end = time.monotonic() + 20
    while not stored.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    return running


def test_killed_between_secret_and_file(rig, world, mail):
    """What is left is no account, and in nobody's way: the next try is well."""
    stored, mend = slow_store(rig, world, 30)
    running = begun(world, stored)
    running.kill()
    running.wait()
    assert not list((world.daemon.config / "accounts.d").iterdir())
    mend()
    script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file")
    account_file(world.daemon)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_between_secret_and_file(rig, world, mail, number):
    """It is too late: both are there."""
    stored, mend = slow_store(rig, world, 1)
    running = begun(world, stored)
    running.send_signal(number)
    assert running.wait(20) == -number
    mend()
    account_file(world.daemon)
    assert Helper(world.daemon).get("example").secret == SECRET


# ---- secrets ----

def test_password_is_nowhere_but_in_its_store(rig, world, mail):
    """No argument, no environment, no log, and of files only that of the store."""
    seen, ended = [], threading.Event()

    def watch():
        while not ended.is_set():
            for pid in processes():
                try:
                    seen.append((pathlib.Path(f"/proc/{pid}/cmdline").read_bytes(),
                                 pathlib.Path(f"/proc/{pid}/environ").read_bytes()))
                except OSError:
                    pass
    watcher = threading.Thread(target=watch)
    watcher.start()
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file", "-v")
    ended.set()
    watcher.join()
    assert any(b"--add-account" in words for words, _ in seen)
    assert any(b"libexec/imappushd/credential" in words for words, _ in seen)
    for words, environment in seen:
        assert SECRET.encode() not in words and SECRET.encode() not in environment
    holders = [path for path, data in all_files(world.daemon).items()
               if data and SECRET.encode() in data]
    assert holders == [world.daemon.state / "credentials.d" / "example"]
    assert "mail_attribute_dict" in done.stderr  # -v says everything, but that


# ---- the service ----

@pytest.fixture
def systemd(rig, world):
    """A box that systemd runs, with the unit installed; what is asked of it is noted."""
    run = rig.folder / "run"
    (run / "systemd" / "system").mkdir(parents=True)
    world.network.near.cover("/run", run)
    unit = world.daemon.config.parent / "systemd" / "user" / "imappushd.service"
    unit.parent.mkdir(parents=True)
    unit.touch()
    tools, asked = rig.folder / "tools", rig.folder / "asked"
    tools.mkdir()
    asked.touch()
    for name in ("systemctl", "loginctl"):
        (tools / name).write_text(f"#!/bin/sh\necho {name} \"$@\" >>{asked}\n"
                                  f"test ! -e {rig.folder}/broken || "
                                  "{ echo no bus >&2; exit 1; }\n")
        (tools / name).chmod(0o755)
    return asked, f"{tools}:{os.environ['PATH']}"


@pytest.mark.parametrize("answer", ["", "n"])
def test_person_wants_it_to_run_from_now_on(world, mail, person, systemd, answer):
    asked, path = systemd
    one = person("--add-account", ADDRESS, "--store=file", PATH=path)
    one.answer("Use this?")
    one.password()
    one.answer("Mailboxes to watch")
    one.answer("Add its push URL now?", "n")
    one.answer("Start imappushd now, and at every boot? [Y/n] ", answer)
    one.wait("when you log out")
    one.answer("Let it run while you are not logged in? [Y/n] ", answer)
    assert one.wait_exit() == 0
    assert asked.read_text() == ("" if answer else
                                 "systemctl --user enable --now imappushd\n"
                                 "loginctl enable-linger\n")


def test_service_manager_fails(rig, world, mail, person, systemd):
    """The account is there all the same, and its words are shown."""
    (rig.folder / "broken").touch()
    one = person("--add-account", ADDRESS, "--store=file", PATH=systemd[1])
    one.answer("Use this?")
    one.password()
    one.answer("Mailboxes to watch")
    one.answer("Add its push URL now?", "n")
    one.answer("Start imappushd now")
    one.wait("systemctl failed: no bus")
    one.answer("Let it run", "n")
    assert one.wait_exit() == 1
    account_file(world.daemon)


def test_script_is_told_of_the_service(world, mail, systemd):
    done = script(world, ADDRESS, "--no-input", "--password-stdin", "--store=file",
                  PATH=systemd[1])
    assert "Next: systemctl --user enable --now imappushd" in done.stderr
    assert "loginctl enable-linger" in done.stderr
    assert systemd[0].read_text() == ""
