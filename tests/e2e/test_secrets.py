"""Secrets where they must not be: everything that there is to do is done once, with each
kind of secret there is, at the level at which most is logged; and then everything that was
said, started and written is searched for them (rig/hoard.py).

Where the owner stored them they may be: OWNERS has the list of these files.
"""

import base64
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

import pytest
from conftest import Rig

from rig import real, status, webpush
from rig.credential import DONE, Helper
from rig.fakeimap import reply, say
from rig.hoard import Hoard, Lookout, files
from rig.keyring import Keyring
from rig.pairing import Code
from rig.proxy import Proxy
from rig.receiver import answer, refuse
from rig.registrar import Annotations, Letterbox
from rig.terminal import Terminal

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may look into these processes")

# Where the owner put them, or had them put: below the daemon's folder.
OWNERS = ("secrets/", "config/imappushd/endpoints.d/", "state/imappushd/credentials.d/",
          "state/imappushd/vapid.key")

# Programs, each of which shows what it was given, and then becomes the real one.
WRAPPER = """#!/bin/sh
for given in cmdline environ; do
    cat /proc/$$/$given; echo
done >>'{log}'
exec '{real}' "$@"
"""


def word(kind):
    """A secret that occurs nowhere by chance, with what has to be escaped somewhere."""
    return '%s "&+\\%%/%s' % (kind, secrets.token_hex(12))


def core(secret):
    """The part of it that stays the same whatever is escaped."""
    return secret.rsplit("/", 1)[-1]


class Everything:
    """The daemon with everything that has a secret, and all that was said meanwhile."""

    def __init__(self, rig, certs):
        self.rig, self.certs, self.hoard = rig, certs, Hoard()
        self.said = {}                  # what an action printed
        self.daemon = rig.daemon()
        self.push = rig.push()
        self.given = rig.folder / "given"
        self._wrap_programs()
        self.keyring = Keyring(rig.folder / "bus").start()
        self.keyring.unlock()
        (self.daemon.folder / "tmp").mkdir()
        self.environment = {**self.keyring.environment(), "CREDENTIALS_DIRECTORY": str(
            self.daemon.secrets), "TMPDIR": str(self.daemon.folder / "tmp")}

    def _wrap_programs(self):
        """The helpers live for milliseconds: they are made to show what they got."""
        prefix = self.rig.folder / "prefix"
        for part in ("bin", "libexec", "share"):
            shutil.copytree(self.daemon.binary.parents[1] / part, prefix / part)
        self.daemon.binary = prefix / "bin" / self.daemon.binary.name
        for path in list((prefix / "libexec/imappushd").iterdir()):
            hidden = path.rename(path.with_name(path.name + ".real"))
            path.write_text(WRAPPER.format(log=self.given, real=hidden))
            path.chmod(0o755)

    def secret(self, kind):
        made = word(kind)
        self.hoard.add(kind, made)
        self.hoard.add(kind, core(made))
        return made

    def url(self, kind):
        """A push URL, whose path is the secret."""
        name = secrets.token_hex(12)
        self.hoard.add("URL of " + kind, name)
        return self.push.url(name), name

    def run(self, *words, stdin=None, expect=None):
        done = self.daemon.run(*words, stdin=stdin, timeout=90, **self.environment)
        self.said["%d %s" % (len(self.said), " ".join(words))] = done.stdout + done.stderr
        assert expect is None or done.returncode in expect, (words, done)
        return done

    # ---- accounts ----

    def accounts(self):
        kinds = ("file", "credential", "command", "keyring", "vault", "letterbox")
        passwords = {kind: self.secret("password by " + kind) for kind in kinds}
        self.dovecot = real.Server(self.rig.folder / "dovecot", {
            kind: passwords[kind] for kind in kinds if kind != "letterbox"},
            self.certs, metadata=True)
        self.plain = real.Server(self.rig.folder / "plain", {
            "letterbox": passwords["letterbox"]}, self.certs)
        self.plain.mailbox = lambda name: name
        self.rig.servers += [self.dovecot.start(), self.plain.start()]
        helper = Helper(self.daemon, self.keyring)
        for kind in kinds:
            server = self.plain if kind == "letterbox" else self.dovecot
            settings = {"register": True, "register_private": True,
                        "refresh_interval": 5}
            if kind == "command":
                path = self.daemon.password_file("command", passwords[kind] + "\n")
                settings["password_command"] = (
                    "cat %s; echo it is `cat %s` >&2" % (path, path))
            elif kind == "credential":
                self.daemon.password_file("named", passwords[kind] + "\n")
                settings["password_file"] = "named"
            elif kind in ("keyring", "vault"):
                settings["password_file"] = None
                store = "keyring" if kind == "keyring" else "file"
                assert helper.store(kind, passwords[kind], store) == DONE
            real.account(self.daemon, server, kind, **settings)
        self._tokens()
        # those with trouble
        wrong = self.rig.imap(password=self.secret("password that is refused"))
        wrong.on("login", reply("NO [AUTHENTICATIONFAILED] no"))
        self.daemon.account("wrong", wrong)
        leaks = self.secret("password that a failing command prints")
        path = self.daemon.password_file("leaks", leaks + "\n")
        self.daemon.account("leaks", self.rig.imap(),
                            password_command="cat %s; cat %s >&2; exit 1" % (path, path))
        others = self.daemon.password_file("others", self.secret("file for all") + "\n",
                                           mode=0o644)
        self.daemon.account("others", self.rig.imap(), password_file=others)
        self.watching = (*kinds, "token", "signed")

    def _tokens(self):
        """OAuth2: a token that a command prints, and a grant of a sign-in."""
        token = core(self.secret("access token of a command"))
        taking = {"without": ["AUTH=PLAIN"], "extra": ["AUTH=XOAUTH2"]}
        printed = self.rig.imap(token, **taking)
        path = self.daemon.password_file("token", token + "\n")
        self.daemon.account("token", printed, auth="oauth2", password_file=None,
                            token_command="cat %s; cat %s >&2" % (path, path))
        self.issuer = self.rig.issuer()
        self.issuer.client_secret = core(self.secret("client's secret"))
        signed = self.rig.imap("n0t-yet-issued", **taking)
        self.issuer.serves(signed)
        self.daemon.account(
            "signed", signed, auth="oauth2", password_file=None,
            oauth2_issuer=self.issuer.url, oauth2_client_id=self.issuer.client,
            oauth2_scope="mail offline_access",
            oauth2_client_secret_file=self.daemon.password_file(
                "client", self.issuer.client_secret + "\n"))
        self.issuer.decide("approved")
        self.run("--login", "signed", "--store=file", "-v", expect=(0,))

    def registrations(self):
        app = Annotations(self.dovecot, "file")
        app.register("phone", self.url("METADATA")[0])
        app.register("broken", '{"endpoint":"%s", oops' % self.url("broken METADATA")[0])
        phone = webpush.Subscriber()
        self.keys("METADATA", phone)
        app.register("page", webpush.subscription(self.url("page in METADATA")[0],
                                                  **phone.keys))
        box = Letterbox(self.plain, "letterbox")
        box.create()
        box.register("desk", json.dumps({"endpoint": self.url("mailbox")[0]}))
        box.register("odd", "ftp" + self.url("odd mailbox")[0])
        # one server that cannot say it properly
        odd = self.rig.imap(extra=["METADATA"])
        odd.on("getmetadata", say(
            '* METADATA "" (/private/vendor/vendor.imappushd/endpoint/x "%s'
            % self.url("half METADATA")[0], "{tag} OK done"))
        self.daemon.account("odd", odd, register=True, refresh_interval=5)

    # ---- endpoints ----

    def keys(self, kind, phone):
        for name, text in phone.keys.items():
            self.hoard.add("%s of %s" % (name, kind), text)
            self.hoard.add("%s of %s" % (name, kind), webpush.decode(text))

    def endpoints(self):
        daemon, push = self.daemon, self.push
        main = {"log_level": "debug", "vapid_subject": "mailto:me@example.org",
                "phone_page": "https://me.example/push/"}
        token, api = self.secret("bearer token"), self.secret("API key")
        self.names = {}
        for kind, settings in {
                "put": {}, "ntfy": {"kind": "ntfy", "headers": [
                    "Authorization: Bearer " + core(token)]},
                "header": {"method": "POST", "headers": ["X-Api-Key: " + core(api)]},
                "gone": {}, "busy": {}, "moved": {}, "says": {}}.items():
            url, self.names[kind] = self.url(kind)
            daemon.endpoint(kind, url, **settings)
        push.always(self.names["gone"], refuse(410))
        push.always(self.names["busy"], refuse(503, "Retry-After: 1"))
        push.always(self.names["moved"], refuse(
            301, "Location: " + push.url(self.names["moved"])))
        # an answer that repeats the URL wherever an answer can
        repeated = push.url(self.names["says"])
        push.always(self.names["says"], refuse(
            400, "WWW-Authenticate: " + repeated, "Set-Cookie: a=" + repeated,
            "Content-Type: application/json",
            body=json.dumps({"error": repeated}).encode()))
        dead = self.rig.push(listening=False)
        name = secrets.token_hex(12)
        self.hoard.add("URL of dead", name)
        daemon.endpoint("dead", dead.url(name))
        self._proxied()
        self.phone = webpush.Subscriber()
        self.keys("webpush", self.phone)
        url, self.names["page"] = self.url("webpush")
        webpush.endpoint(daemon, webpush.subscription(url, **self.phone.keys), "page",
                         payload="headers")
        daemon.write("imappushd.conf", **main)

    def _proxied(self):
        tls = self.rig.push(tls=(str(self.certs.cert("good")), str(self.certs.key("good"))))
        proxy = Proxy()
        self.rig.servers.append(proxy)
        login = secrets.token_hex(12)
        self.hoard.add("password of a proxy", login)
        for name, port in (("proxied", proxy.port), ("noproxy", 9)):
            path = secrets.token_hex(12)
            self.hoard.add("URL of " + name, path)
            self.daemon.endpoint(
                name, tls.url(path, host="imap.test"), ca_file=str(self.certs.ca_file),
                proxy="http://me:%s@127.0.0.1:%d" % (login, port))

    # ---- what happens ----

    def live(self):
        """Pushes of all kinds, of a mail with a sender and a subject."""
        self.daemon.start(**self.environment)
        self.daemon.wait_watching(*self.watching, timeout=30)
        self.follower = self.daemon.popen("--follow", **self.environment)
        time.sleep(0.5)
        sender = secrets.token_hex(8)
        subject = self.secret("subject")
        self.hoard.add("sender", sender)
        for user in self.dovecot.users:
            self.dovecot.deliver(user, subject, {"From": "%s <%s@x.test>" % (
                sender, sender)})
        self.plain.deliver("letterbox", subject)
        for kind in ("put", "ntfy", "header", "page"):
            self.push.wait_accepted(self.names[kind], timeout=20)
        for kind in ("gone", "busy", "moved", "says"):
            self.push.wait_put(self.names[kind], timeout=20)
        for name in ("dead", "noproxy"):
            self.daemon.wait_about(name, "retrying in", timeout=20)
        put = self.push.wait_put(self.names["page"])[-1]
        assert sender in json.loads(self.phone.open(put.body))["notification"]["title"]
        for _, value in put.headers:
            if value.startswith("vapid "):
                self.hoard.add("Authorization of Web Push", value)
        key = (self.daemon.state / "vapid.key").read_bytes().strip()
        self.hoard.add("VAPID key", key)
        self.hoard.add("VAPID key", webpush.decode(key.decode()))

    def ask(self):
        """All that only looks."""
        for more in ((), ("-v",), ("-q",), ("--json",)):
            for action in ("--status", "--check-config", "--list-accounts",
                           "--list-endpoints"):
                self.run(action, *more)
        for name in (*self.watching, "wrong", "leaks", "others", "odd"):
            self.run("--test-account", name, "-v")
            self.run("--list-mailboxes", name, "--json")
            self.run("--status", name, "-v")
        for name in (*self.names, "dead", "proxied", "noproxy"):
            self.run("--test-push", name, "-v", "--timeout=5")
            self.run("--test-push", name, "--json", "--timeout=5")
            self.run("--status", name, "--json")
        self.run("--discover", "alice@gmail.com", "-v")
        with Terminal([self.daemon.binary, "--show-phone-page"],
                      self.daemon.environment(**self.environment)) as terminal:
            assert terminal.wait_exit() == 0  # and on a terminal a QR code
            self.said["terminal with a QR code"] = terminal.text
        self.run("--show-phone-page", "--write", str(self.daemon.folder / "page"),
                 expect=(0,))
        self.run("--check-now", expect=(0,))
        self.run("--reload", expect=(0,))

    def change(self):
        """All that writes, and what it is given wrongly."""
        self.run("--add-endpoint", "new", "--url-stdin", "-v",
                 stdin=self.url("an added one")[0], expect=(0,))
        self.run("--rotate-endpoint", "new", "--url-stdin", "--json",
                 stdin=self.url("a rotated one")[0], expect=(0,))
        self.run("--rotate-endpoint", "new", "--url-stdin", "--dry-run",
                 stdin=self.url("one that is only meant")[0], expect=(0,))
        url, name = self.url("one that is not accepted")
        self.push.always(name, refuse(404))
        self.run("--rotate-endpoint", "new", "--url-stdin", stdin=url, expect=(1,))
        url, name = self.url("one that looks like ntfy")
        self.push.answer_path("/v1/health", answer(200, body=b'{"healthy":true}'))
        self.run("--add-endpoint", "topic", "--url-stdin", stdin=url, expect=(0,))
        phone = webpush.Subscriber()
        self.keys("a subscription", phone)
        text = webpush.subscription(self.url("a subscription")[0], **phone.keys)
        self.run("--add-endpoint", "sub", "--subscription-stdin", stdin=text, expect=(0,))
        for wrong in ("ftp" + self.url("no URL")[0], text[:-3], text + text,
                      self.url("two lines")[0] + "\n" + self.url("the second")[0],
                      self.url("a blank")[0] + " x", self.url("too long")[0] + "x" * 70000,
                      "https://me:%s@push.test/x" % core(self.secret("in a URL"))):
            for kind in ("--url-stdin", "--subscription-stdin"):
                self.run("--add-endpoint", "bad", kind, stdin=wrong, expect=(65, 78))
        for name in ("new", "topic", "sub"):
            self.run("--remove-endpoint", name, "--yes", "--json", expect=(0,))
        for store in ("keyring", "file"):
            self.run("--set-password", "vault", "--password-stdin", "--store=" + store,
                     stdin=self.secret("password for " + store) + "\n", expect=(0,))
        self.run("--set-password", "vault", "--password-stdin", "--store=file",
                 stdin=self.secret("password with a NUL") + "\0\n", expect=(65,))
        self.run("--remove-account", "vault", "--yes", expect=(0,))
        self._invite()
        self._type_one()

    def _invite(self):
        """The link has the secret, which is for the phone that is to join."""
        words = "--pair", "joined", "--account=file", "--timeout=1", "--yes"
        done = self.daemon.run(*words, **self.environment)
        link = Code()
        assert link.take(done.stdout + done.stderr)
        self.hoard.add("secret of a link", link.values["secret"])
        self.hoard.add("secret of a link", link.secret)
        self.said["--pair"] = (done.stdout + done.stderr).replace(link.link, "")

    def _type_one(self):
        """At a terminal, which shows what is typed, once."""
        url, name = self.url("one that is typed")
        environment = self.daemon.environment(**self.environment)
        with Terminal([self.daemon.binary, "--add-endpoint", "typed"], environment,
                      self.daemon.folder) as terminal:
            terminal.wait("Push URL")
            terminal.type(url + "\n")
            terminal.wait_exit(60)
            assert terminal.text.count(name) == 1, terminal.text
            self.said["terminal with a prompt"] = terminal.text.replace(url, "", 1)

    def mistake(self):
        """The mistakes stand in the very lines that hold the secrets."""
        for number, text in enumerate((
                'url = "%s', 'url = %s;', '%s\n', 'url = "x%s";', 'url = [ "%s" ];',
                'url = "%s";\nurl = "x";', 'ulr = "%s";', 'url = "%s x";',
                'url = "%s\x01";', 'url = "https://p.test/x"; headers = [ "%s" ];',
                'url = "https://p.test/x"; headers = [ "A: b\\r\\n%s" ];',
                'url = "https://p.test/x"; headers = "%s";',
                'url = "https://p.test/x"; body = "%%q%s";',
                'url = "https://p.test/x"; proxy = "%s";',
                'url = "https://p.test/x"; proxy = "ftp://me:%s@h:1";',
                'kind = "webpush"; url = "%s";', 'url_file = "%s";',
                'kind = "webpush"; subscription_file = "%s";',
                "kind = \"webpush\"; subscription_file = '%s';",
                'kind = "webpush"; subscription_file = "{\\"endpoint\\":\\"%s";')):
            self.daemon.write("endpoints.d/e%d.conf" % number,
                              text % self.url("mistake %d" % number)[0])
        for number, text in enumerate(('%s x', 'ftp%s', '%s\n%s', '\0%s', '\xff%s')):
            url = self.url("mistake in a file %d" % number)[0]
            self.daemon.write("endpoints.d/f%d.conf" % number, "")
            self.daemon.write("endpoints.d/f%d.url" % number,
                              text.replace("%s", url).encode("latin-1"))
        for number, text in enumerate(('{"endpoint":"%s"', '{"endpoint":["%s"]}',
                                       '{"endpoint":"%s","keys":{"p256dh":"%s"}}')):
            url = self.url("mistake in JSON %d" % number)[0]
            self.daemon.write("endpoints.d/g%d.conf" % number, kind="webpush")
            self.daemon.write("endpoints.d/g%d.json" % number, text.replace("%s", url))
        for number, text in enumerate(('password = "%s";', 'passwort = "%s"', '%s',
                                       'password_file = [ "%s" ];')):
            name = core(self.secret("password in a mistake %d" % number))
            self.mistaken.append(self.daemon.write(
                "accounts.d/m%d.conf" % number, 'host = "h"; user = "u"; ' + text % name))
        for more in ((), ("-v",), ("--json",)):
            self.run("--check-config", *more, expect=(78,))
        self.run("--reload", expect=(78,))
        self.run("--status", "-v")
        for name in ("e1", "f1", "g0", "m1"):
            self.run("--test-push", name)
            self.run("--test-account", name)
            self.run("--rotate-endpoint", name, "--url-stdin", stdin=self.push.url("x"))

    def everything(self):
        self.mistaken = []
        before = loose_files()
        with Lookout() as self.lookout:
            self.accounts()
            self.registrations()
            self.endpoints()
            self.live()
            self.ask()
            self.change()
            self.mistake()
            self.follower.send_signal(signal.SIGINT)
            said = self.follower.communicate(timeout=10)
            assert b'"mail"' in said[0]
            self.said["--follow"] = b"".join(said).decode()
            self.told = status.ask(self.daemon)
            self.daemon.stop()
        for number, issued in enumerate(sorted(self.issuer.secrets)):
            self.hoard.add("issued %d" % number, issued)
        self.loose = loose_files() - before
        self.files = files(self.daemon.folder, self.daemon.runtime)
        return self


def loose_files():
    """What lies about for all to see."""
    return {path for folder in {tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"}
            for path in pathlib.Path(folder).iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def everything(certs):
    """Once for all who only search."""
    rig = Rig()
    parts = None
    try:
        parts = Everything(rig, certs)
        yield parts.everything()
    finally:
        if parts:
            parts.keyring.close()
        rig.stop()
    assert not rig.complaints(), rig.complaints()


# ---- the search itself ----

@pytest.mark.parametrize("dress", [
    "%s", "say %s!", '"%s"'], ids=["alone", "in-words", "in-quotes"])
def test_search_finds_what_is_there(dress):
    """As a control, in all the forms that a program may give it."""
    hoard = Hoard()
    secret = hoard.add("it", word("planted"))
    for written in (
            secret, urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""),
            secret.encode().hex(), secret.encode().hex().upper(), json.dumps(secret),
            *(base64.b64encode(b"x" * n + secret.encode() + b"y").decode()
              for n in range(4)),
            base64.urlsafe_b64encode(b"\0me\0" + secret.encode()).decode()):
        assert hoard.found(dress % written) == {"it"}, written
    assert not hoard.found(dress % word("planted"))


# ---- where they must not be ----

def test_secret_is_in_the_log(everything):
    log = everything.daemon.text()
    assert everything.daemon.lines("version .* goes to", after=0)  # level debug
    assert not everything.hoard.found(log)


def test_secret_is_in_what_an_action_says(everything):
    assert len(everything.said) > 90
    found = {words: everything.hoard.found(text)
             for words, text in everything.said.items()}
    assert not {words: names for words, names in found.items() if names}


@needs_root
def test_secret_is_given_to_a_program(everything):
    """Nobody's command line and nobody's environment has one, all the while."""
    lookout, given = everything.lookout, everything.given.read_bytes()
    assert not lookout.unreadable
    assert lookout.rounds > 100
    for program in (b"imappushd-testclock", b"--follow", b"courier.real"):
        assert program in lookout.seen
    for program in (b"courier", b"credential", b"discover", b"qr"):
        assert b"libexec/imappushd/" + program in given
    assert b"XDG_CONFIG_HOME" in lookout.seen and b"XDG_CONFIG_HOME" in given
    assert not everything.hoard.found(lookout.seen)
    assert not everything.hoard.found(given)


def test_secret_is_in_a_file_that_is_not_its_owners(everything):
    """The ledger, its journal, the phone page, what is temporary: none has one."""
    folder = everything.daemon.folder
    assert folder / "state/imappushd/ledger.db" in everything.files
    held, wrong = set(), {}
    for path, data in everything.files.items():
        names = everything.hoard.found(data)
        is_owners = path in everything.mistaken or path.is_relative_to(folder) and str(
            path.relative_to(folder)).startswith(OWNERS)
        if is_owners:
            held |= names
            assert path.stat().st_mode & 0o77 == 0 or path.name == "others", path
        elif names:
            wrong[str(path)] = names
    assert not wrong
    for name in ("password by file", "password by command", "URL of put", "VAPID key",
                 "auth of webpush", "bearer token", "password of a proxy"):
        assert name in held  # as a control
    for path in everything.loose:
        try:
            assert not everything.hoard.found(path.read_bytes()), path
        except FileNotFoundError:
            pass  # it was another program's


def test_secret_is_in_what_is_asked_of_the_daemon(everything):
    """Whoever is on the control socket learns no more than the actions say."""
    assert not everything.hoard.found(json.dumps(everything.told.all))


# ---- a server that repeats what it was told ----

REPEATS = {
    "no": "{tag} NO login failed: %s",
    "bad": "{tag} BAD unknown command: %s",
    "code": "{tag} NO [%s] what is that?",
    "bye": "* BYE what do you mean by %s",
    "alert": "* OK [ALERT] somebody logs in: %s",
    "rubbish": "%s",
    "star": "* %s",
    "untagged": "* NO %s",
    "continued": "+ %s",
    "other-tag": "zzz99 OK %s",
}


@pytest.mark.parametrize("without", [("AUTH=PLAIN",), ("SASL-IR",), ()],
                         ids=["login", "plain", "at-once"])
@pytest.mark.parametrize("auth", ["password", "oauth2"])
def test_server_repeats_the_login(rig, daemon, without, auth):
    """Word for word in its refusal, as some do with a command that they do not like."""
    hoard = Hoard()
    for how, line in REPEATS.items():
        password = hoard.add(how, word("a " + how))
        hoard.add(how, core(password))
        if auth == "oauth2":
            password = core(password)
        imap = rig.imap(password=password, without=list(without),
                        extra=["AUTH=XOAUTH2"])

        def handler(connection, command, line=line):
            text = command.raw.decode().split(" ", 1)[1]
            if "AUTHENTICATE" in text and "SASL-IR" in without:
                connection.say("+ ")
                text = connection.read_line().decode()
            connection.say(line % text, command=command)
            connection.say("{tag} NO no", command=command)

        imap.on("login", handler)
        if auth == "password":
            daemon.account(how, imap)
        else:
            path = daemon.password_file(how, password + "\n")
            daemon.account(how, imap, auth="oauth2", password_file=None,
                           token_command="cat " + path)
    daemon.endpoint("phone", "http://127.0.0.1:9/x")
    daemon.start(answer_seconds=2)
    for how in REPEATS:
        daemon.wait_about(how, "retrying in|trying again|next try", timeout=20)
        for words in (("--test-account", how), ("--test-account", how, "--json"),
                      ("--status", how, "-v")):
            done = daemon.run(*words, IMAPPUSHD_TEST_ANSWER_SECONDS="2")
            assert not hoard.found(done.stdout + done.stderr), (words, done)
    assert not hoard.found(daemon.text()), daemon.text()


# ---- after a crash ----

@needs_root
@pytest.mark.parametrize("who", ["session", "courier", "core"])
def test_crash_leaves_the_secrets(rig, push, daemon, certs, who):
    """No core file, though the system would have one, and no file with a secret."""
    hoard = Hoard()
    imap = real.server(rig, certs, "alice")
    url = secrets.token_hex(12)
    hoard.add("the URL", url)
    hoard.add("the password", imap.users["alice"])
    real.account(daemon, imap, "alice")
    daemon.endpoint("phone", push.url(url))
    program = daemon.binary
    daemon.binary = rig.folder / "with-core-files"
    daemon.binary.write_text('#!/bin/sh\nulimit -c unlimited && exec "%s" "$@"\n' % program)
    daemon.binary.chmod(0o755)
    assert crashes_with_core("ulimit -c unlimited; kill -SEGV $$", rig.folder)  # control
    daemon.start()
    daemon.wait_watching("alice")
    imap.deliver("alice")
    push.wait_accepted(url)
    if who == "core":
        os.kill(daemon.process.pid, signal.SIGSEGV)
        _, ended = os.waitpid(daemon.process.pid, 0)
        daemon.process.returncode = -signal.SIGSEGV
        assert os.WTERMSIG(ended) == signal.SIGSEGV and not os.WCOREDUMP(ended)
    else:
        pid, = daemon.with_role(who)
        daemon.signal_child(pid, signal.SIGSEGV)
        daemon.wait_log("signal 11|crash|SIGSEGV|Segmentation|starting another|%d" % pid)
        imap.deliver("alice")
        push.wait_accepted(url, 2)
        daemon.stop()
    left = files(daemon.folder, daemon.runtime)
    assert not [path for path in left if "core" in path.name]
    for path, data in left.items():
        if not str(path.relative_to(path.anchor)).startswith(
                tuple(str((daemon.folder / part)).lstrip("/") for part in OWNERS)):
            assert not hoard.found(data), path
    assert not hoard.found(daemon.text())


def crashes_with_core(script, folder):
    """Does the kernel say that it wrote one (or gave it to a program that does)?"""
    process = subprocess.Popen(["sh", "-c", script], cwd=folder)
    _, ended = os.waitpid(process.pid, 0)
    process.returncode = -signal.SIGSEGV
    return os.WIFSIGNALED(ended) and os.WCOREDUMP(ended)
