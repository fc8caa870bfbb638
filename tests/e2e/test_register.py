"""Endpoints that a mail app registers at its own mail server: by METADATA where
the server has it, by a mailbox where it does not (imappushd-register(7))."""

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

from rig import kinds, real, status
from rig.fakeimap import reply, say
from rig.receiver import answer, refuse
from rig.registrar import Annotations, Letterbox
from rig.webpush import Subscriber, subscription

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFRESH = 5  # seconds: how often is looked for what nobody tells of


def url_value(push, name, **more):
    return json.dumps({"endpoint": push.url(name), **more}) if more \
        else push.url(name)


@pytest.fixture
def dovecot(rig, certs):
    return real.server(rig, certs, "app", metadata=True)


@pytest.fixture
def start(daemon, dovecot):
    """The daemon on Dovecot with METADATA; nobody but apps has an endpoint."""
    def start(watch="auto", main="", **values):
        settings = dict(register=True, register_private=True, refresh_interval=REFRESH)
        settings.update(values)
        real.account(daemon, dovecot, "app", watch=watch, **settings)
        daemon.write("imappushd.conf", 'log_level = "debug";\n' + main)
        daemon.start()
        daemon.wait_watching("app")

    return start


@pytest.fixture
def app(dovecot):
    return Annotations(dovecot, "app")


def wait_said(app, **wanted):
    """What the relay says of itself, once it says that."""
    deadline = time.monotonic() + 10
    while True:
        said = app.relay() or {}
        if all(said.get(key) == value for key, value in wanted.items()):
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.2)


# ---- METADATA ----

def test_life_of_a_registration(start, daemon, dovecot, app, push):
    """There before we come: one version at once, then one for each mail; then
    another URL, then none."""
    app.register("phone", push.url("first"))
    start()
    push.assert_exactly("first", 1)
    dovecot.deliver("app")
    push.wait_put("first", 2)
    app.register("phone", push.url("second"))
    push.wait_put("second", timeout=REFRESH + 3)
    dovecot.deliver("app")
    push.wait_put("second", 2)
    app.remove("phone")
    daemon.wait_log("phone is not registered any more", timeout=REFRESH + 3)
    dovecot.deliver("app")
    daemon.wait_log("new mail in INBOX; no endpoint is told")
    push.assert_exactly("second", 2)
    assert len(push.puts("first")) == 2
    push.assert_rising("first")
    push.assert_rising("second")


def test_status_shows_what_is_registered(start, daemon, dovecot, app, push):
    """It is an endpoint like others, and the only one there need be."""
    app.register("phone", push.url("first"))
    start()
    push.assert_exactly("first", 1)
    told = status.wait_state(daemon, "app/phone", "ok", "endpoints")
    assert told.endpoint("app/phone")["registered"]
    assert (told.exit, told.troubles()) == (0, [])
    push.always("first", refuse(410))
    dovecot.deliver("app")
    status.wait_state(daemon, "app/phone", "gone", "endpoints")
    told = status.ask(daemon, "app/phone")
    assert told.exit == 1
    assert "register anew" in told.endpoint("app/phone")["error"]["action"]


def test_relay_tells_apps_of_itself(start, daemon, app, push):
    """With the key that they subscribe with, which the courier makes."""
    start(main='vapid_subject = "mailto:me@example.org";', max_registered=3)
    said = wait_said(app, limit=3, registered=0)
    assert said["version"] == 1 and len(said["vapid"]) == 87
    age = time.time() - time.mktime(time.strptime(
        said["seen"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone
    assert -2 < age < 30
    phone = Subscriber()
    app.register("page", subscription(push.url("page"), **phone.keys))
    put, = push.wait_put("page", timeout=REFRESH + 3)
    assert json.loads(phone.open(put.body))["version"] > 0
    assert "k=" + said["vapid"] in put.header("Authorization").replace(" ", "")
    wait_said(app, registered=1)


def test_web_push_without_vapid_subject(start, daemon, dovecot, app, push):
    """The app is not told a key, and its subscription is refused in words."""
    app.register("page", subscription(push.url("page"), **Subscriber().keys))
    start()
    assert "vapid_subject" in daemon.wait_log("page .* not taken")
    assert "vapid" not in wait_said(app, registered=0)
    push.no_put_for("page", 0.5)


def test_one_too_many(start, daemon, dovecot, app, push):
    """It is refused, until one that was there is gone."""
    for number in range(8):
        app.register("phone%d" % number, push.url("phone%d" % number))
    start()
    for number in range(8):
        push.wait_put("phone%d" % number)
    app.register("ninth", push.url("ninth"))
    assert "max_registered" in daemon.wait_log("ninth .* not taken",
                                               timeout=REFRESH + 3)
    push.no_put_for("ninth", 0.5)
    push.always("phone3", refuse(410))
    dovecot.deliver("app")
    daemon.wait_log("app/phone3: .* gone")
    push.wait_put("ninth", timeout=REFRESH + 3)
    dovecot.deliver("app")
    push.wait_put("ninth", 2)


def test_renewal_revives_one_that_is_gone(start, daemon, dovecot, app, push):
    """The same URL cannot be written twice so that somebody notices, hence the
    entry beside it."""
    app.register("phone", push.url("phone"))
    push.always("phone", refuse(410))
    start()
    daemon.wait_log("app/phone: .* gone")
    push.always("phone", answer(201))
    push.no_put_for("phone", REFRESH + 2)
    app.renew("phone", "2026-11-26")
    push.wait_accepted("phone", timeout=REFRESH + 3)
    app.renew("phone", "2026-11-27")
    push.no_put_for("phone", REFRESH + 2)  # nor does one of a phone that is well
    push.assert_rising("phone")


def test_restart_owes_a_push(start, daemon, dovecot, app, push):
    """It is paid after the next login, and only then is it known to whom."""
    app.register("phone", push.url("phone"))
    start()
    push.wait_accepted("phone")
    push.always("phone", refuse(503))
    dovecot.deliver("app")
    push.wait_put("phone", 2)
    owed = push.puts("phone")[-1].version
    daemon.stop()
    push.always("phone", answer(201))
    daemon.start()
    assert push.wait_accepted("phone", 2)[-1].version >= owed
    push.no_put_for("phone", 1)
    daemon.stop()
    count = len(push.puts("phone"))
    daemon.start()
    daemon.wait_watching("app")
    push.no_put_for("phone", 2)
    assert len(push.puts("phone")) == count, "it is the same registration"


def test_only_the_mailboxes_that_the_app_wants(start, daemon, dovecot, app, push):
    client = dovecot.client("app")
    client.create("Lists")
    client.logout()
    app.register("phone", url_value(push, "phone", mailboxes=["Lists"]))
    app.register("desk", url_value(push, "desk", mailboxes=["inbox"]))
    start(mailboxes=["INBOX", "Lists"])
    push.wait_put("phone")
    push.wait_put("desk")
    dovecot.deliver("app")
    push.wait_put("desk", 2)
    dovecot.deliver("app", mailbox="Lists")
    push.wait_put("phone", 2)
    push.assert_exactly("desk", 2)
    push.assert_exactly("phone", 2)


NOT_TAKEN = {
    "empty-object": "{}",
    "no-json": '{"endpoint":',
    "no-url": "hello",
    "other-scheme": "ftp://push.test/x",
    "file": "file:///etc/passwd",
    "with-password": "https://me:secret@push.test/x",
    "keys": '{"endpoint":"https://push.test/x","keys":{"p256dh":"AA","auth":"AA"}}',
    "mailboxes": '{"endpoint":"https://push.test/x","mailboxes":"INBOX"}',
    "many": json.dumps({"endpoint": "https://push.test/x",
                        "mailboxes": ["a"] * 51}),
    "deep": "{" + '"a":[' * 1500,
}


def test_what_an_app_may_get_wrong(start, daemon, dovecot, app, push):
    """Each is said once, in words that give nothing away, and harms no other."""
    for name, value in NOT_TAKEN.items():
        app.register(name, value)
    app.register("phone", push.url("phone"))
    start()
    push.wait_put("phone")
    for name in NOT_TAKEN:
        daemon.wait_log("endpoint %s that an app registered is not taken" % name)
    dovecot.deliver("app")
    push.wait_put("phone", 2)
    time.sleep(REFRESH + 1)
    for name in NOT_TAKEN:
        assert len(daemon.lines("endpoint %s .* not taken" % name)) == 1, name
    assert "secret" not in daemon.text() and "push.test/x" not in daemon.text()


def test_strangers_stay_out_of_private_networks(start, daemon, dovecot, app, push):
    """http is refused at once; an address by what the name leads to."""
    app.register("http", push.url("http"))
    app.register("local", "https://localhost:%d/wpush/local" % push.port)
    app.register("mapped", "https://[::ffff:127.0.0.1]:%d/wpush/x" % push.port)
    start(register_private=False)
    assert "https" in daemon.wait_log("http .* not taken")
    for name in ("local", "mapped"):
        assert "not a public one" in daemon.wait_log("app/%s: .* retrying" % name)
    assert not push.requests


def test_nothing_is_asked_where_it_is_switched_off(start, daemon, dovecot, app,
                                                   push):
    app.register("phone", push.url("phone"))
    start(register=False)
    dovecot.deliver("app")
    daemon.wait_log("no endpoint is told")
    assert app.relay() is None
    assert not push.puts("phone")


def example(server, name, *words):
    """docs/register.py, as its author's user would run it."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "register.py"),
         "127.0.0.1:%d" % server.imaps_port, "app", name, *words],
        input=server.users["app"] + "\n", capture_output=True, text=True,
        timeout=20, env={**os.environ, "SSL_CERT_FILE": str(server.ca_file)})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("metadata", [True, False], ids=["metadata", "mailbox"])
def test_example_for_authors(rig, certs, daemon, push, metadata):
    """It registers, renews what is gone, and removes, at both kinds of server."""
    imap = real.server(rig, certs, "app", metadata=metadata)
    real.account(daemon, imap, "app", register=True, register_private=True,
                 refresh_interval=REFRESH)
    push.always("phone", refuse(410))
    example(imap, "phone", "add", push.url("phone"))
    daemon.start()
    daemon.wait_log("app/phone: .* gone")
    push.always("phone", answer(201))
    example(imap, "phone", "renew", push.url("phone"))
    assert daemon.run("--check-now").returncode == 0
    push.wait_accepted("phone", timeout=REFRESH + 3)
    example(imap, "phone", "remove")
    daemon.wait_log("phone is not registered any more", timeout=REFRESH + 3)


# ---- the mailbox ----

@kinds.needs_debian_12
def test_mailbox_of_that_name_at_every_server(rig, push, daemon):
    """Registered, told, changed, renewed and removed, by each way to watch; at
    once where NOTIFY tells, else within a refresh. A mailbox that comes later is
    found as well."""
    ways = kinds.all_ways(["auto", "poll"])
    homes = kinds.start(rig, ways)
    boxes = {name: Letterbox(homes[name], name) for name in ways}
    for name in ways:
        if name.endswith("auto"):
            boxes[name].create()
            boxes[name].register("Phone", url_value(push, name + "-1"))
    kinds.watch(push, daemon, homes, ways, refresh_interval=REFRESH,
                register=True, register_private=True)
    patience = REFRESH + 5
    for name in ways:
        if name.endswith("auto"):
            push.wait_put(name + "-1", timeout=patience)
        else:
            boxes[name].create()
            boxes[name].register("phone", url_value(push, name + "-1"))
    for name in ways:
        push.wait_put(name + "-1", timeout=patience)
    for name in ways:
        boxes[name].register("phone", url_value(push, name + "-2"))
    push.wait_put("dovecot-auto-2", timeout=3)
    for name in ways:
        push.wait_put(name + "-2", timeout=patience)
    told = {name: len(push.puts(name + "-2")) for name in ways}
    before = kinds.deliver(homes, ways)
    for name in ways:
        push.wait_version_above(name + "-2", before[name] - 1, patience)
    for name in ways:
        boxes[name].remove("phone")
    for name in ways:
        daemon.wait_log(name + ": .* phone is not registered any more",
                        timeout=patience)
        assert len(push.puts(name + "-1")) == 1
        assert len(push.puts(name + "-2")) >= told[name] + 1
        push.assert_rising(name + "-2")


def test_letters_of_strangers_are_no_registrations(rig, certs, push, daemon):
    """Mail that was delivered into that mailbox, what is marked as deleted, what
    is no JSON, and names that are none."""
    imap = real.server(rig, certs, "app")
    imap.mailbox = lambda name: name
    box = Letterbox(imap, "app")
    box.create()
    imap.deliver("app", subject="stranger", mailbox="imappushd", headers={
        "Content-Type": "application/json"}, body=push.url("stranger") + "\n")
    box.register("copied", push.url("copied"), "Received: from mx.test; now\r\n")
    box.append(b"Subject: deleted\r\nContent-Type: application/json\r\n\r\n"
               + push.url("deleted").encode(), r"(\Deleted)")
    box.append(b"Subject: text\r\nContent-Type: text/plain\r\n\r\n"
               + push.url("text").encode())
    box.register("../evil", push.url("evil"))
    box.register("a" * 65, push.url("long"))
    box.register("b" * 64, push.url("just"))
    box.append(b"Subject: huge\r\nContent-Type: application/json\r\n\r\n"
               + b" " * 1000000 + push.url("huge").encode())
    box.register("phone", push.url("phone"))
    real.account(daemon, imap, "app", register=True, register_private=True,
                 mailboxes=["all"], refresh_interval=REFRESH)
    daemon.start()
    push.wait_put("phone")
    push.wait_put("just")
    daemon.wait_watching("app")
    imap.deliver("app")
    push.wait_put("phone", 2)
    for name in ("stranger", "copied", "deleted", "text", "evil", "long", "huge"):
        assert not push.puts(name), name
    assert not daemon.lines("new mail in imappushd")


ODD = {
    "no": reply("NO not for you"),
    "bad": reply("BAD what is that?"),
    "silly": say('* METADATA "" (/private/vendor/vendor.imappushd/endpoint/x',
                 '* LIST () "/" imappushd', "{tag} OK done"),
}


@pytest.mark.parametrize("kind", ODD)
def test_server_does_not_like_the_question(rig, daemon, push, kind):
    """It is watched all the same, and never left for it."""
    imap = rig.imap(extra=["METADATA"])
    for step in ("list", "getmetadata", "status", "setmetadata"):
        imap.on(step, ODD[kind])
    daemon.account("work", imap, register=True, refresh_interval=REFRESH)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    time.sleep(REFRESH + 1)
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert imap.accepted == 1
