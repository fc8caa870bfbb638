"""--pair: a phone joins by a mail to its own account. Here the phone is a Subscriber,
and the mail what mail apps make of the page's; test_phone_pair.py has Firefox."""

import base64
import json
import os
import quopri
import signal
import time

import pytest

from rig import real
from rig.daemon import command_line, processes
from rig.fakeimap import reply, say
from rig.pairing import BEGIN, END, Code, Pairing, block, seal
from rig.receiver import SECRET, refuse
from rig.terminal import INTERRUPT, Terminal, drawn
from rig.webpush import AUTH, Subscriber, box_key, subscription

PAGE = "https://me.example/push/"
MAIN = dict(log_level="debug", phone_page=PAGE, vapid_subject="mailto:me@example.org")


@pytest.fixture
def phone():
    return Subscriber()


@pytest.fixture
def box(daemon, imap):
    """A box that watches, and has no phone."""
    def box(server=imap, **values):
        daemon.write("imappushd.conf", **MAIN)
        daemon.account("work", server, register_private=True, **values)
        daemon.start()
        daemon.wait_watching("work")
        return daemon

    return box


@pytest.fixture
def real_box(rig, certs, daemon):
    """The same with Dovecot, and the server."""
    server = real.server(rig, certs, "alice")

    def box(folders=(), **values):
        for folder in folders:
            server.deliver("alice", mailbox=folder)
        daemon.write("imappushd.conf", **MAIN)
        real.account(daemon, server, "alice", register_private=True, **values)
        daemon.start()
        daemon.wait_watching("alice")
        return server

    return box


def given(phone, push, name="phone"):
    """What JSON.stringify() makes of a subscription."""
    return subscription(push.url(name), **phone.keys)


def send(imap, pairing, body, subject=None, **options):
    """The fake server gets the phone's mail."""
    header = (b"Received: from phone.test by mx.test; now\r\n"
              b"From: Me <me@mx.test>\r\nSubject: %s\r\n"
              % (subject or pairing.subject).encode())
    imap.inbox.deliver(header=header, body=body.encode(), **options)


def endpoints(daemon):
    return {path.name: path for path in (daemon.config / "endpoints.d").iterdir()}


def has_joined(daemon, pairing, push, phone, name="phone"):
    """It is over, files and first push are as they should be."""
    assert pairing.wait_exit() == 0, pairing.said
    put = push.wait_accepted(name)[0]
    assert json.loads(phone.open(put.body))["version"] > 0
    assert f'"{name}" was paired' in pairing.said
    assert "Test push: 201 Created" in pairing.said
    files = endpoints(daemon)
    assert {f"{name}.conf", f"{name}.json"} <= set(files)
    for path in files.values():
        assert path.stat().st_mode & 0o777 == 0o600
    told = json.loads(files[f"{name}.json"].read_text())
    assert told == {"endpoint": push.url(name), "keys": phone.keys}
    for text in (pairing.said.replace(pairing.link, ""), daemon.text()):
        assert pairing.values["secret"] not in text
        assert SECRET not in text


def nothing_changed(daemon, pairing, words, timeout=20):
    """What came is refused in words, and the waiting goes on."""
    pairing.wait_said("does not count: .*" + words, timeout)
    assert pairing.process.poll() is None
    assert endpoints(daemon) == {}


# ---- it joins ----

def test_phone_joins_and_is_told_of_the_next_mail(box, imap, push, phone):
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        assert pairing.page == PAGE
        assert pairing.values["key"] == box_key(daemon)
        assert pairing.values["name"] == "phone"
        assert "account" not in pairing.values  # the login name is no address
        send(imap, pairing, pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)
    daemon.wait_log("configuration was read again")
    imap.inbox.deliver()
    first, second = push.wait_put("phone", 2)
    assert json.loads(phone.open(first.body))["version"] \
        < json.loads(phone.open(second.body))["version"]


@pytest.mark.parametrize("watch", real.WAYS)
def test_phone_joins_through_dovecot(real_box, daemon, push, phone, watch):
    """However the account is watched; with polling it does not wait for the poll."""
    server = real_box(watch=watch, poll_interval=300)
    with Pairing(daemon, "--yes") as pairing:
        server.deliver("alice", pairing.subject, body=pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)
    server.deliver("alice")
    if watch != "poll":
        push.wait_put("phone", 2)


def test_mailbox_that_nobody_watches(real_box, daemon, push, phone):
    """The account watches another one, and goes on doing so."""
    server = real_box(mailboxes=["Lists"], folders=["Lists"])
    with Pairing(daemon, "--yes") as pairing:
        server.deliver("alice", pairing.subject, body=pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)
    server.deliver("alice", mailbox="Lists")
    push.wait_put("phone", 2)


@pytest.mark.parametrize("watch", real.WAYS)
def test_other_mail_meanwhile_is_told(real_box, daemon, push, phone, watch):
    """Each is, once, while the box looks for the phone's as well; that one too."""
    daemon.endpoint("old", push.url("old"))
    server = real_box(watch=watch, poll_interval=1)
    with Pairing(daemon, "tablet", "--yes") as pairing:
        for number in range(12):
            server.deliver("alice")
            put = push.wait_version_above("old", server.appeared("alice") - 1)
            time.sleep(0.1 * (number % 3))
        server.deliver("alice", pairing.subject,
                       body=pairing.mail(given(phone, push, "tablet")))
        push.wait_version_above("old", server.appeared("alice") - 1)
        has_joined(daemon, pairing, push, phone, "tablet")
    push.assert_rising("old")


def test_mail_comes_while_the_box_is_away(box, imap, push, phone):
    """The connection is lost, and the mail is there before the next login."""
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        daemon.wait_log("a phone may join by mail")
        imap.drop()
        imap.inbox.append(
            header=b"Received: x\r\nSubject: %s\r\n" % pairing.subject.encode(),
            body=pairing.mail(given(phone, push)).encode())
        has_joined(daemon, pairing, push, phone)


def test_names_of_phones(box, imap, push):
    """phone, phone2, or as asked; one that is there is no new one."""
    daemon = box()
    for words, name in ((), "phone"), ((), "phone2"), (("me+you@home",), "me+you@home"):
        phone = Subscriber()
        with Pairing(daemon, "--yes", *words) as pairing:
            assert pairing.values["name"] == name
            send(imap, pairing, pairing.mail(given(phone, push, name)))
            has_joined(daemon, pairing, push, phone, name)
    done = daemon.run("--pair", "phone", "--yes")
    assert done.returncode == 73 and "already" in done.stderr


def test_two_phones_at_the_same_time(box, imap, push):
    daemon = box()
    first, second = Subscriber(), Subscriber()
    with Pairing(daemon, "one", "--yes") as one, \
            Pairing(daemon, "two", "--yes") as two:
        send(imap, two, two.mail(given(second, push, "two")))
        has_joined(daemon, two, push, second, "two")
        send(imap, one, one.mail(given(first, push, "one")))
        has_joined(daemon, one, push, first, "one")


# ---- what mail apps make of it ----

def quoted_printable(text):
    return quopri.encodestring(text.encode()).decode().replace("\n", "\r\n")


MADE = {
    "signature": lambda text: text + "\r\n-- \r\nSent from my phone\r\n",
    "one line": lambda text: text.replace("\r\n", " "),
    "wrapped": lambda text: text.replace("\r\n", "").replace(BEGIN, BEGIN + "\r\n"),
    "quoted": lambda text: "".join("> " + line + "\r\n" for line in text.splitlines()),
    "flowed": lambda text: text.replace("\r\n", " \r\n"),
    "quoted-printable": lambda text: quoted_printable("Grüße\n" + text.replace(
        "\r\n", "")),
    "base64": lambda text: base64.encodebytes(
        ("Grüße\r\n" + text).encode()).decode().replace("\n", "\r\n"),
    "html": lambda text: "<html><body><div dir=\"ltr\">" + text.replace(
        "\r\n", "<br>\r\n&nbsp;") + "</div></body></html>\r\n",
}


@pytest.mark.parametrize("made", MADE)
def test_mail_apps_write_it_anew(box, imap, push, phone, made):
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        send(imap, pairing, MADE[made](pairing.mail(given(phone, push))))
        has_joined(daemon, pairing, push, phone)


@pytest.mark.parametrize("subject", [
    "=?utf-8?q?imappushd_%s?=", "[EXTERNAL] imappushd %s", "Re: IMAPPUSHD %s",
    "imappushd\r\n %s"])
def test_mail_servers_write_the_subject_anew(box, imap, push, phone, subject):
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        send(imap, pairing, pairing.mail(given(phone, push)),
             subject % pairing.number)
        has_joined(daemon, pairing, push, phone)


# ---- it does not ----

def test_stranger_knows_the_subject(box, imap, push, phone):
    """But not the secret. The phone's own mail still counts."""
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        send(imap, pairing, pairing.mail(given(phone, push, "evil"), os.urandom(16)))
        nothing_changed(daemon, pairing, "was not sealed with the secret")
        send(imap, pairing, pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)
    push.no_put_for("evil", 0)


REFUSED = {
    "empty": (lambda pairing, good: "", "no whole block"),
    "in clear text": (lambda pairing, good: block(good), "was not sealed"),
    "cut": (lambda pairing, good: pairing.mail(good)[:200], "no whole block"),
    "end cut out": (lambda pairing, good: block(
        seal(pairing.secret, pairing.number, good)[:-30]), "was not sealed"),
    "for another code": (lambda pairing, good: pairing.mail(
        good, number="0123456789ab"), "was not sealed"),
    "no JSON": (lambda pairing, good: pairing.mail("hello"), "no subscription"),
    "nested": (lambda pairing, good: pairing.mail("[" * 4000), "no subscription"),
    "no keys": (lambda pairing, good: pairing.mail(
        '{"endpoint":"https://push.example/a"}'), "no subscription"),
    "a megabyte": (lambda pairing, good: BEGIN + "A" * 1000000 + END,
                   "no whole block"),
    "bytes": (lambda pairing, good: "\x01\x7f\u00e4\ufffd" * 1000, "no whole block"),
}


def test_mails_that_are_none(box, imap, push, phone):
    """One after another: each is said, nothing is changed, and the good one counts."""
    daemon = box()
    good = given(phone, push)
    with Pairing(daemon, "--yes") as pairing:
        for count, (make, words) in enumerate(REFUSED.values(), 1):
            send(imap, pairing, make(pairing, good))
            pairing.wait_said("does not count", count=count)
            assert words in pairing.said.splitlines()[-1]
        assert endpoints(daemon) == {}
        send(imap, pairing, pairing.mail(good))
        has_joined(daemon, pairing, push, phone)


@pytest.mark.parametrize("url, words", [
    ("http://push.example/a", "no https"), ("https://127.0.0.1/a", "private address"),
    ("https://192.168.1.7/a", "private address"), ("https://[::1]/a", "private address"),
    ("https://[fd00::1]:444/a", "private address"), ("https://localhost/a", "private"),
    ("file:///etc/passwd", "no https"), ("https://no.such.host.invalid/a", "cannot be found")])
def test_push_services_at_home(daemon, imap, phone, url, words):
    """Not by mail, unless the account says so (register_private)."""
    daemon.write("imappushd.conf", **MAIN)
    daemon.account("work", imap)
    daemon.start()
    daemon.wait_watching("work")
    with Pairing(daemon, "--yes") as pairing:
        send(imap, pairing, pairing.mail(subscription(url, **phone.keys)))
        nothing_changed(daemon, pairing, words)


def test_same_mail_again(box, imap, push, phone):
    """After it has counted it counts no more, whoever waits then."""
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        mail, subject = pairing.mail(given(phone, push)), pairing.subject
        send(imap, pairing, mail)
        has_joined(daemon, pairing, push, phone)
    before = {name: path.read_text() for name, path in endpoints(daemon).items()}
    send(imap, pairing, mail)
    with Pairing(daemon, "--yes") as later:
        send(imap, later, mail, subject)        # nobody waits for that one
        send(imap, later, mail)
        later.wait_said("does not count: .*was not sealed")
    assert {name: path.read_text() for name, path in endpoints(daemon).items()} == before


def test_time_is_over(box, imap, push, phone):
    """The daemon looks for the mail no more."""
    daemon = box()
    with Pairing(daemon, "--yes", "--timeout=1") as pairing:
        assert pairing.wait_exit() == 75
        assert "not valid any more" in pairing.said
    daemon.wait_log("no phone may join by that mail any more")
    send(imap, pairing, pairing.mail(given(phone, push)))
    daemon.wait_log("new mail in INBOX")
    push.no_put_for("phone", 1)
    assert endpoints(daemon) == {}
    assert "there is a mail to pair" not in daemon.text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_given_up(box, imap, push, phone, number):
    """Nothing is left, also of the daemon's looking."""
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        daemon.wait_log("a phone may join by mail")
        os.kill(pairing.process.pid, number)
        pairing.process.wait(10)
    daemon.wait_log("no phone may join by that mail any more")
    asked = imap.count("EXAMINE")
    send(imap, pairing, pairing.mail(given(phone, push)))
    daemon.wait_log("new mail in INBOX")
    assert endpoints(daemon) == {}
    assert imap.count("EXAMINE") <= asked + 1


def test_first_push_fails(box, imap, push, phone):
    """Without a person to ask it is kept, and the status says so."""
    daemon = box()
    push.always("phone", refuse(410))
    with Pairing(daemon, "--yes") as pairing:
        send(imap, pairing, pairing.mail(given(phone, push)))
        assert pairing.wait_exit() == 1
    assert "410" in pairing.said
    assert "phone.json" in endpoints(daemon)


# ---- servers ----

def asks_for(words):
    return lambda connection, command: words in command.rest


STRANGE = {
    "no text": ("TEXT", say("* 4 FETCH (UID 4 BODY[TEXT]<0> NIL)", "{tag} OK done")),
    "another one's text": ("TEXT", say("* 3 FETCH (UID 3 BODY[TEXT]<0> {1}", "x)",
                                       "{tag} OK done")),
    "nothing": ("TEXT", reply("OK done")),
    "no": ("TEXT", reply("NO not now")),
    "no subjects": ("SUBJECT", reply("NO not now")),
    "subjects of nobody": ("SUBJECT", say(
        "* 4 FETCH (UID 0 BODY[HEADER.FIELDS (SUBJECT)] {2}", "", ")",
        "* 4 FETCH (BODY[HEADER.FIELDS (SUBJECT) {2}", "", ")", "{tag} OK done")),
}


@pytest.mark.parametrize("strange", STRANGE)
def test_strange_answers_of_the_server(box, imap, push, phone, strange):
    """Once, and once more; then it answers well, and the watching has not suffered."""
    daemon = box()
    daemon.endpoint("old", push.url("old"))
    daemon.reload()
    words, answer = STRANGE[strange]
    with Pairing(daemon, "new", "--yes") as pairing:
        imap.on("fetch", answer, times=2, when=asks_for(words.encode()))
        send(imap, pairing, pairing.mail(given(phone, push, "new")))
        push.wait_put("old")
        time.sleep(1)
        assert pairing.process.poll() is None
        for _ in range(3):
            send(imap, pairing, pairing.mail(given(phone, push, "new")))
            time.sleep(0.3)
        has_joined(daemon, pairing, push, phone, "new")
    assert len(imap.logins) == 1
    before = len(push.puts("old"))
    imap.inbox.deliver()
    push.wait_put("old", before + 1)


def test_text_is_longer_than_asked_for(box, imap, push, phone):
    """As long as the server likes; there is another session then, and it goes on."""
    daemon = box()
    text = b"A" * 3000000
    def much(connection, command):
        connection.send(b"* 4 FETCH (UID 4 BODY[TEXT]<0> {%d}\r\n" % len(text) + text
                        + b")\r\n" + command.tag.encode() + b" OK done\r\n")
    imap.on("fetch", much, times=1, when=asks_for(b"TEXT"))
    with Pairing(daemon, "--yes") as pairing:
        send(imap, pairing, pairing.mail(given(phone, push)))
        time.sleep(1)
        send(imap, pairing, pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)


def test_inbox_is_not_to_be_had(box, imap, push, phone):
    """For a while."""
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        daemon.wait_log("a phone may join by mail")
        imap.on("examine", reply("NO not now"), times=1)
        send(imap, pairing, pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)


# ---- what is missing ----

def test_no_daemon_runs(daemon, imap):
    daemon.write("imappushd.conf", **MAIN)
    daemon.account("work", imap)
    done = daemon.run("--pair", "--yes")
    assert done.returncode == 69 and "no daemon listens" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("missing", ["phone_page", "vapid_subject"])
def test_main_file_lacks_something(daemon, imap, missing):
    """Said before the phone has done its part."""
    daemon.write("imappushd.conf",
                 **{key: value for key, value in MAIN.items() if key != missing})
    daemon.account("work", imap)
    done = daemon.run("--pair", "--yes")
    assert done.returncode == 78 and missing in done.stderr
    assert done.stdout == ""


def test_no_account(daemon):
    daemon.write("imappushd.conf", **MAIN)
    done = daemon.run("--pair", "--yes")
    assert done.returncode == 78 and "no account" in done.stderr


def test_several_accounts(rig, daemon, push, phone):
    """It has to be said through which; the link has its address."""
    daemon.write("imappushd.conf", **MAIN)
    servers = {name: rig.imap(users={f"{name}+x@mx.test": "open sesame"})
               for name in ("home", "work")}
    for name, server in servers.items():
        server.inbox.append(1)
        daemon.account(name, server, register_private=True)
    daemon.start()
    for name in servers:
        daemon.wait_watching(name)
    done = daemon.run("--pair", "--yes")
    assert done.returncode == 64 and "home, work" in done.stderr
    done = daemon.run("--pair", "--yes", "--account=elsewhere")
    assert done.returncode == 66 and "home, work" in done.stderr
    with Pairing(daemon, "--yes", "--account=work") as pairing:
        assert pairing.values["account"] == "work+x@mx.test"
        send(servers["home"], pairing, pairing.mail(given(phone, push)))
        time.sleep(1)
        assert endpoints(daemon) == {}
        send(servers["work"], pairing, pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)


def test_nobody_to_ask(box):
    done = box().run("--pair")
    assert done.returncode == 64 and "--yes" in done.stderr


# ---- a person at a terminal ----

@pytest.mark.parametrize("answer, status", [("\n", 0), ("n\n", 75)])
def test_person_confirms(box, imap, push, phone, answer, status):
    """Sees the code, the time, and by whom the phone gets its pushes."""
    daemon = box()
    with Terminal([daemon.binary, "--pair"], daemon.environment(),
                  daemon.folder) as terminal:
        terminal.wait("Waiting for the phone's mail: 9:5")
        assert len(drawn(terminal.text)) > 20
        code = Code()
        assert code.take(terminal.text)
        send(imap, code, code.mail(given(phone, push)))
        terminal.wait("Is it yours?")
        assert "127.0.0.1 (" in terminal.text
        assert push.puts("phone") == []
        terminal.type(answer)
        assert terminal.wait_exit() == status, terminal.text
    assert bool(endpoints(daemon)) == (status == 0)
    assert len(push.puts("phone")) == (status == 0)


def test_person_gives_up(box):
    daemon = box()
    with Terminal([daemon.binary, "--pair"], daemon.environment(),
                  daemon.folder) as terminal:
        terminal.wait("Waiting for the phone's mail")
        terminal.type(INTERRUPT)
        assert terminal.wait_exit() == -signal.SIGINT
    daemon.wait_log("no phone may join by that mail any more")


# ---- secrets ----

def test_secret_stands_nowhere(box, imap, push, phone):
    """Neither in arguments nor in the environment of any process, nor in what goes to
    the mail server."""
    daemon = box()
    with Pairing(daemon, "--yes") as pairing:
        daemon.wait_log("a phone may join by mail")
        secret = pairing.values["secret"]
        for pid in processes():
            assert secret not in " ".join(command_line(pid))
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    assert secret.encode() not in file.read()
            except OSError:
                pass
        send(imap, pairing, pairing.mail(given(phone, push)))
        has_joined(daemon, pairing, push, phone)
    assert secret not in imap.report()
