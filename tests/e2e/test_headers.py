"""Sender and subject on the phone (payload = "headers"): sealed for it, asked for only
where an endpoint shows them, and seen by nobody else."""

import json
import subprocess
import time

import pytest

from rig import real
from rig.fakeimap import reply
from rig.receiver import answer, refuse
from rig.webpush import Subscriber, subscribe

WAYS = {"notify": {"extra": ["NOTIFY"]}, "idle": {},
        "poll": {"without": ["IDLE"]}}

# Nothing that is said of a mail in a log or a file has any of these in it.
WORDS = ("Xanthippe", "xanthippe@", "Hemlock", "Schierling")


@pytest.fixture
def phone():
    return Subscriber()


@pytest.fixture(autouse=True)
def nobody_else_learns_of_it(rig):
    """Whatever a test is about, at every level of the log, and in every file."""
    yield
    for daemon in rig.daemons:
        if daemon.process:
            daemon.stop()
        for word in WORDS:
            assert word not in daemon.text()
            found = subprocess.run(["grep", "-r", "-l", word, daemon.folder],
                                   capture_output=True, text=True, check=False)
            assert not found.stdout, found.stdout


def header(sender="Xanthippe <xanthippe@agora.test>", subject="Hemlock", **fields):
    lines = {"Received": "from mx.test; now", "From": sender, "Subject": subject}
    lines.update({name.replace("_", "-"): text for name, text in fields.items()})
    return b"".join(name.encode() + b": " +
                    (text if isinstance(text, bytes) else text.encode()) + b"\r\n"
                    for name, text in lines.items() if text is not None)


def opened(phone, put):
    """What the phone finds, but for the version."""
    assert len(put.body) <= 2000 + 103
    message = json.loads(phone.open(put.body))
    assert message.pop("version") > 0
    return message


def shown(sender="Xanthippe", subject="Hemlock", account="work"):
    """The message that shows them; empty: not there."""
    notification = {"title": sender or "New mail", "tag": "mail"}
    message = {"web_push": 8030, "notification": notification, "account": account}
    if sender:
        message["from"] = sender
    if subject:
        notification["body"] = message["subject"] = subject
    return message


NOTHING = shown("", "")


def wait_shown(push, phone, message, name="phone", timeout=20):
    """Waits until the newest request says that; returns how many there were."""
    until = time.monotonic() + timeout
    puts = push.wait_put(name)
    while opened(phone, puts[-1]) != message:
        assert time.monotonic() < until, opened(phone, puts[-1])
        time.sleep(0.05)
        puts = push.puts(name)
    return len(puts)


def start(daemon, imap, push, phone, account=(), **settings):
    daemon.account("work", imap, **dict(account))
    known = {"payload": "headers", "phone": phone}
    known.update(settings)
    subscribe(daemon, push, **known)
    daemon.start()
    daemon.wait_watching("work")
    imap.wait_idle()


def asked(imap, moment=0):
    """The fields of a header that were asked for since then, all ways there were."""
    return {line.split("HEADER.FIELDS (")[1].split(")")[0]
            for line in imap.sent_since(moment) if "HEADER.FIELDS" in line}


# ---- what is shown ----

def test_mail_of_a_real_server(rig, push, daemon, certs):
    """Names and subjects in other letters than those of ASCII (RFC 2047), by every
    way to watch."""
    imap = real.server(rig, certs, *real.WAYS)
    phones = {way: Subscriber() for way in real.WAYS}
    for way in real.WAYS:
        real.account(daemon, imap, way, watch=way)
        subscribe(daemon, push, way, phone=phones[way], accounts=[way],
                  payload="headers")
    daemon.start()
    for way in real.WAYS:
        daemon.wait_about(way, "watching INBOX by (?i:%s)$" % way)
    for way in real.WAYS:
        imap.deliver(way, "=?utf-8?Q?Schierling_f=C3=BCr_?=\r\n"
                     " =?iso-8859-7?Q?=D3=F9=EA=F1=DC=F4=E7=F2?=",
                     {"From": "=?UTF-8?B?zp7Osc69zrjOr8+Az4DOtw==?= "
                              "<xanthippe@agora.test>"})
    for way in real.WAYS:
        put, = push.wait_put(way)
        for word in ("Schierling", "xanthippe", "agora"):
            assert word.encode() not in put.body
            assert word not in str(put.headers)
        assert opened(phones[way], put) == shown("Ξανθίππη",
                                                 "Schierling für Σωκράτης", way)


def test_newest_of_several(daemon, imap, push, phone):
    """They share a push when it is late: the newest is shown."""
    push.always("phone", refuse(503))
    start(daemon, imap, push, phone)
    imap.inbox.append(header=header(subject="Hemlock 1"))
    imap.inbox.deliver(header=header(subject="Hemlock 2"))
    assert wait_shown(push, phone, shown(subject="Hemlock 2")) == 1
    imap.inbox.deliver(header=header("Crito <c@agora.test>", "Hemlock 3"))
    wait_shown(push, phone, shown("Crito", "Hemlock 3"))
    push.always("phone", answer())
    puts = push.wait_accepted("phone", timeout=20)
    assert opened(phone, puts[-1]) == shown("Crito", "Hemlock 3")


def test_newest_has_neither(daemon, imap, push, phone):
    """Then the phone is not shown an older one, nor half of what there is not."""
    start(daemon, imap, push, phone)
    for count, (head, message) in enumerate((
            (header(None, None), NOTHING),
            (header(None), shown("")),
            (header(subject=None), shown(subject="")),
            (header("xanthippe@agora.test", ""),
             shown("xanthippe@agora.test", ""))), 1):
        imap.inbox.deliver(header=head)
        assert opened(phone, push.wait_put("phone", count)[-1]) == message


def test_owner_has_words_of_his_own(daemon, imap, push):
    """They stay. What he did not set shows what he asked for."""
    phones = {}
    for name, notification in (("title", {"title": "Mail for %a"}),
                               ("body", {"body": "for %a"}),
                               ("both", {"title": "Mail", "body": "for %a"})):
        phones[name] = Subscriber()
        subscribe(daemon, push, name, phone=phones[name], payload="headers",
                  notification=notification)
    daemon.account("work", imap)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver(header=header())
    for name, texts in (("title", ("Mail for work", "Xanthippe: Hemlock")),
                        ("body", ("Xanthippe", "for work")),
                        ("both", ("Mail", "for work"))):
        message = opened(phones[name], push.wait_put(name)[0])
        assert (message["notification"]["title"],
                message["notification"]["body"]) == texts
        assert (message["from"], message["subject"]) == ("Xanthippe", "Hemlock")


def test_trouble_shows_no_mail(daemon, imap, push, phone):
    """Not even that of the mail before it, which was not taken yet."""
    push.always("phone", refuse(503))
    start(daemon, imap, push, phone, events=["mail", "attention"])
    imap.inbox.deliver(header=header())
    push.wait_put("phone")
    daemon.password_file("work", "not it\n")
    imap.users[next(iter(imap.users))] = "another one"
    imap.drop()
    daemon.wait_about("work", "login", timeout=20)
    push.always("phone", answer())
    put = push.wait_accepted("phone", timeout=30)[-1]
    message = opened(phone, put)
    assert message["notification"]["tag"] == "attention-work"
    assert "from" not in message and "subject" not in message


def test_restart_before_it_was_taken(daemon, imap, push, phone):
    """No file has it: the phone learns that there is mail, and where."""
    push.always("phone", refuse(503))
    start(daemon, imap, push, phone)
    imap.inbox.deliver(header=header())
    assert opened(phone, push.wait_put("phone")[0]) == shown()
    daemon.stop()
    push.always("phone", answer())
    daemon.start()
    assert opened(phone, push.wait_accepted("phone")[-1]) == NOTHING


# ---- who is asked, and who is told ----

@pytest.mark.parametrize("way", WAYS)
def test_only_then_it_is_asked_for(rig, push, daemon, phone, way):
    """Endpoints that do not show it, or are not told of this account, or not of
    mail, do not make a session ask."""
    imap, other = rig.imap(**WAYS[way]), rig.imap(**WAYS[way])
    for server in (imap, other):
        server.inbox.append(3)
    daemon.account("shown", imap, poll_interval=1)
    daemon.account("other", other, poll_interval=1)
    subscribe(daemon, push, "phone", phone=phone, accounts=["shown"],
              payload="headers")
    subscribe(daemon, push, "trouble", payload="headers", events=["attention"])
    subscribe(daemon, push, "signal")
    subscribe(daemon, push, "account", payload="account")
    daemon.start()
    daemon.wait_watching("shown", "other")
    for server in (imap, other):
        if way != "poll":
            server.wait_idle()
        server.inbox.deliver(header=header())
    assert opened(phone, push.wait_put("phone")[0]) == shown(account="shown")
    push.wait_put("signal")
    push.wait_put("account")
    other.wait(lambda: asked(other), what="a look")
    assert asked(imap) == {"RECEIVED FROM SUBJECT"}
    assert asked(other) == {"RECEIVED"}


def test_other_endpoints_of_the_account(daemon, imap, push, phone):
    """They say what they said before."""
    others = {name: Subscriber() for name in ("signal", "account")}
    for name, other in others.items():
        subscribe(daemon, push, name, phone=other, payload=name)
    daemon.endpoint("plain", push.url("plain"))
    start(daemon, imap, push, phone)
    imap.inbox.deliver(header=header())
    assert opened(phone, push.wait_put("phone")[0]) == shown()
    put, = push.wait_put("plain")
    assert put.body == b"version=%d" % put.version
    message = opened(others["account"], push.wait_put("account")[0])
    assert message == NOTHING
    del message["account"]
    assert opened(others["signal"], push.wait_put("signal")[0]) == message


@pytest.mark.parametrize("way", WAYS)
def test_mail_that_a_rule_tells_to_others_or_nobody(rig, push, daemon, way):
    """All of it comes at once; each phone is shown the newest that is its own."""
    imap = rig.imap(**WAYS[way])
    phones = {name: Subscriber() for name in ("phone", "desk")}
    for name, each in phones.items():
        subscribe(daemon, push, name, phone=each, payload="headers")
    daemon.account("work", imap, poll_interval=1, rules=[
        {"subject": "*never*", "push": "never"},
        {"list_id": "desk.test", "push": "now", "endpoints": ["desk"]}])
    daemon.start()
    daemon.wait_watching("work")
    if way != "poll":
        imap.wait_idle()
    imap.inbox.append(header=header(subject="Hemlock for all"))
    imap.inbox.append(header=header(subject="Hemlock for the desk",
                                    List_Id="<desk.test>"))
    imap.inbox.append(header=header(subject="Hemlock never"))
    imap.inbox.announce()
    for name, subject in (("phone", "Hemlock for all"),
                          ("desk", "Hemlock for the desk")):
        wait_shown(push, phones[name], shown(subject=subject), name)
    imap.inbox.deliver(header=header(subject="Hemlock again",
                                     List_Id="<desk.test>"))
    wait_shown(push, phones["desk"], shown(subject="Hemlock again"), "desk")
    imap.inbox.deliver(header=header(subject="Hemlock never"))
    push.no_put_for("desk")
    assert all("desk" not in str(opened(phones["phone"], put))
               for put in push.puts("phone"))


def test_mail_that_a_rule_holds_back(daemon, imap, push, phone):
    """The newest of it is shown when its time has come."""
    start(daemon, imap, push, phone, account={"rules": [
        {"list_id": "*", "push": "later", "interval": 3600}]})
    for number in (1, 2, 3):
        imap.inbox.deliver(header=header(subject=f"Hemlock {number}",
                                         List_Id="<a.test>"))
        imap.wait_step("idle", number + 1)
    assert opened(phone, push.wait_put("phone")[0]) == shown(subject="Hemlock 1")
    push.no_put_for("phone")
    daemon.clock.set(3601)
    assert daemon.run("--check-now").returncode == 0
    _, put = push.assert_exactly("phone", 2)
    assert opened(phone, put) == shown(subject="Hemlock 3")


@pytest.mark.parametrize("way", WAYS)
def test_mail_that_the_server_has_to_search_for(rig, push, daemon, way):
    """It waits for the answer, and so does what is shown of it."""
    options = dict(WAYS[way])
    imap = rig.imap(extra=options.pop("extra", []) + ["X-GM-EXT-1"], **options)
    phones = {name: Subscriber() for name in ("phone", "desk")}
    for name, each in phones.items():
        subscribe(daemon, push, name, phone=each, payload="headers")
    daemon.account("work", imap, poll_interval=1, rules=[
        {"gmail_search": "category:social", "push": "now", "endpoints": ["desk"]}])
    daemon.start()
    daemon.wait_watching("work")
    if way != "poll":
        imap.wait_idle()
    imap.inbox.append(header=header(subject="Hemlock for all"))
    imap.inbox.append(header=header(subject="Hemlock for the desk"),
                      gmail=["category:social"])
    imap.inbox.announce()
    for name, subject in (("phone", "Hemlock for all"),
                          ("desk", "Hemlock for the desk")):
        wait_shown(push, phones[name], shown(subject=subject), name)
    imap.on("search", reply("NO not now"), times=1)
    imap.inbox.deliver(header=header(), gmail=["category:social"])
    for name in phones:  # in doubt it is told to all, and shown to nobody
        wait_shown(push, phones[name], NOTHING, name)


def test_reload_switches_it_on_and_off(daemon, imap, push, phone):
    """The session is another one then; one that nothing changes for goes on."""
    start(daemon, imap, push, phone, payload="signal")
    for count, payload in enumerate(("headers", "account"), 1):
        moment = time.monotonic()
        subscribe(daemon, push, phone=phone, payload=payload)
        assert daemon.run("--reload").returncode == 0
        imap.wait_step("login", count + 1)
        imap.wait_idle()
        imap.inbox.deliver(header=header())
        put = push.wait_put("phone", count)[-1]
        shows = payload == "headers"
        assert opened(phone, put) == (shown() if shows else NOTHING)
        assert asked(imap, moment) == {
            "RECEIVED FROM SUBJECT" if shows else "RECEIVED"}
    subscribe(daemon, push, phone=phone, payload="signal")
    assert daemon.run("--reload").returncode == 0
    imap.inbox.deliver(header=header())
    assert opened(phone, push.wait_put("phone", 3)[-1])["notification"]
    assert len(imap.logins) == 3


# ---- what strangers write ----

HOSTILE = {
    "control": (b"Hem\x1b[31mlock\x07\tnow", "Hem?[31mlock? now"),
    "encoded-control": (b"=?utf-8?Q?Hemlock=0D=0AX:_y=7F=C2=85?=",
                        "Hemlock??X: y???"),
    "not-utf-8": (b"Hemlock \xff\xfe caf\xe9", "Hemlock ?? caf?"),
    "half-utf-8": ("Hemlock €".encode()[:-1], "Hemlock ??"),
    "turned-around": ("Hemlock \u202egpj.exe\u2066 \u2069\u202c".encode(),
                      "Hemlock gpj.exe"),
    "json": (b'Hemlock","version":1,"x":"\\', 'Hemlock","version":1,"x":"\\'),
    "template": (b"Hemlock %a %m %v %%", "Hemlock %a %m %v %%"),
    "long": (b"Hemlock " + "ä".encode() * 3000, "Hemlock " + "ä" * 194 + "…"),
    "quotes": (b"Hemlock" + b'"' * 2000, "Hemlock" + '"' * 390 + "…"),
}


def test_words_of_strangers(daemon, imap, push, phone):
    """On the screen of a locked phone they can be read, and do nothing else."""
    start(daemon, imap, push, phone)
    for count, (name, (subject, words)) in enumerate(HOSTILE.items(), 1):
        imap.inbox.deliver(header=header(subject=subject))
        message = opened(phone, push.wait_put("phone", count)[-1])
        told = message["subject"]
        if name == "quotes":  # each is two bytes in JSON: cut again
            assert told.endswith("…") and len(told) > 150
            assert words.startswith(told[:-1])
            words = told
        assert message == shown(subject=words.strip()), name
    assert len(imap.logins) == 1


@pytest.mark.parametrize("size", [9000, 200_000, 1_000_000])
def test_subject_without_end(daemon, imap, push, phone, size):
    """Told, without it, and the connection lives on. An answer that is too long to be
    read at all is a doubt until the next mail; what comes then is shown."""
    start(daemon, imap, push, phone)
    imap.inbox.deliver(header=header(subject="Hemlock " + "x" * size))
    assert opened(phone, push.wait_put("phone", timeout=20)[0]) == NOTHING
    for count in (2, 3):
        imap.wait_step("idle", count)
        imap.inbox.deliver(header=header())
        put = push.wait_put("phone", count)[-1]
    assert opened(phone, put) == shown()
    assert len(imap.logins) == 1


def test_server_keeps_the_header_to_itself(daemon, imap, push, phone):
    """Told, as with payload = "account"."""
    def bare(connection, command):
        message = imap.inbox.messages[-1]
        connection.say(f"* {len(imap.inbox.messages)} FETCH "
                       f"(UID {message.uid} FLAGS ())")
        connection.say(f"{command.tag} OK done")
    start(daemon, imap, push, phone)
    imap.on("fetch", bare, times=1)
    imap.inbox.deliver(header=header())
    assert opened(phone, push.wait_put("phone")[0]) == NOTHING


# ---- who may not ----

@pytest.mark.parametrize("kind", ["put", "ntfy"])
def test_kind_that_others_can_read(daemon, imap, push, kind):
    daemon.account("work", imap)
    path = daemon.endpoint("phone", push.url("phone"), kind=kind)
    path.write_text(path.read_text() + 'payload = "headers";\n')
    line = len(path.read_text().splitlines())
    done = daemon.run("--check-config")
    assert done.returncode == 78
    assert f'phone.conf:{line}: error: payload "headers" is for kind "webpush"' \
        in done.stdout
