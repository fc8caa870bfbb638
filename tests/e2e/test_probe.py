"""--test-account and --list-mailboxes: each step that works, and where one does
not, why, what to do, and the exit status."""

import json

import pytest

from rig import real
from rig.fakeimap import drop, hang, reply, say

STEPS = ["secret", "lookup", "connect", "tls", "login", "offer", "mailboxes",
         "watch", "metadata"]


class Test:
    """A run of --test-account --json."""

    __test__ = False

    def __init__(self, daemon, name="work", **environment):
        done = daemon.run("--test-account", name, "--json", timeout=60,
                          **environment)
        assert done.stdout, done.stderr
        self.exit = done.returncode
        self.all = json.loads(done.stdout)
        self.errors = done.stderr
        self.results = {step["step"]: step["result"]
                        for step in self.all["steps"]}
        self.texts = {step["step"]: step["text"]
                      for step in self.all["steps"]}
        for server_password in ("open sesame", "not it"):
            assert server_password not in done.stdout + done.stderr

    def failed_at(self, step, code, exit_status):
        """All before is done, nothing comes after, and there is a remedy."""
        assert self.results == {
            **{name: self.results[name] for name in
               STEPS[:STEPS.index(step)]}, step: "failed"}, self.all
        assert "failed" not in [*self.results.values()][:-1]
        assert self.all["error"]["code"] == code
        assert self.all["error"]["action"] and not self.all["ok"]
        assert self.exit == exit_status


# ---- what works ----

def test_all_is_well(rig, daemon, certs):
    """Over TLS, by NOTIFY: every step says what it found."""
    imap = rig.imap(tls=(certs.cert("good"), certs.key("good")),
                    extra=["NOTIFY"], mailboxes=["INBOX", "A", "B"])
    daemon.account("work", imap, tls="implicit", tls_name="imap.test",
                   ca_file=str(certs.ca_file), mailboxes=["INBOX", "A"])
    test = Test(daemon)
    assert test.results == {**dict.fromkeys(STEPS, "done"),
                            "metadata": "hint"}
    assert (test.exit, test.all["error"], test.all["ok"]) == (0, None, True)
    assert test.texts["secret"] == "from password_file"
    assert test.texts["lookup"] == "127.0.0.1 is 127.0.0.1"
    assert test.texts["connect"] == f"to 127.0.0.1, port {imap.port}"
    assert test.texts["tls"].startswith("TLS1.")
    assert "certificate for imap.test from " in test.texts["tls"]
    assert ", until 20" in test.texts["tls"]
    assert test.texts["login"] == "as " + next(iter(imap.users))
    assert test.texts["offer"].startswith("NOTIFY and IDLE")
    assert test.texts["mailboxes"] == "3, of which 2 are watched"
    assert test.texts["watch"].startswith("by NOTIFY: answered in ")
    assert "mail_attribute_dict" in test.texts["metadata"]
    assert imap.count("notify") == 1 and imap.count("idle") == 1


def test_metadata_is_offered(rig, daemon):
    daemon.account("work", rig.imap(extra=["METADATA"]))
    assert Test(daemon).results["metadata"] == "done"


def test_for_people(rig, daemon, imap):
    """A tick for each step, in letters where the terminal has no ticks."""
    daemon.account("work", imap)
    for locale, tick in (("C.UTF-8", "\u2713"), ("C", "ok")):
        done = daemon.run("--test-account", LC_ALL=locale)
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert len(lines) == len(STEPS)
        assert lines[0] == f"{tick} password    from password_file"
        assert "\033" not in done.stdout
    daemon.password_file("work", "not it\n")
    done = daemon.run("--test-account", "work", LC_ALL="C")
    assert done.returncode == 77
    assert done.stdout.splitlines()[-2].startswith("XX login       check user")
    assert "-> imappushd --set-password" in done.stdout.splitlines()[-1]
    quiet = daemon.run("--test-account", "work", "-q")
    assert (quiet.returncode, quiet.stdout) == (77, "")


def test_daemon_is_not_disturbed(watching, imap, push):
    """It watches on, and nothing of the test changes what is new."""
    imap.inbox.deliver()
    first, = push.assert_exactly("phone", 1, settle=0)
    assert Test(watching).exit == 0
    assert watching.run("--list-mailboxes").returncode == 0
    assert len(imap.idlers()) == 1
    imap.inbox.deliver()
    push.assert_exactly("phone", 2, settle=0.2)


# ---- what does not ----

def test_what_fails(rig, daemon, certs):
    """Each at its step, with its exit status."""
    def fails(step, code, exit_status, imap=None, **values):
        daemon.account("work", imap or rig.imap(), **values)
        Test(daemon).failed_at(step, code, exit_status)

    fails("secret", "secret", 78, password_command="echo no >&2; false")
    fails("secret", "secret", 78, password_file="/nowhere/at/all")
    fails("lookup", "host-unknown", 68, host="nobody.invalid", tls="implicit")
    fails("connect", "connect", 69, rig.imap(listening=False))
    fails("tls", "tls", 76, tls="implicit")
    fails("tls", "certificate", 76,
          rig.imap(tls=(certs.cert("good"), certs.key("good"))),
          tls="implicit", tls_name="other.test", ca_file=str(certs.ca_file))
    fails("tls", "starttls", 76, tls="starttls")
    for handler, code, status in ((say("HTTP/1.1 400 Bad"), "greeting", 76),
                                  (say("* BYE too many"), "bye", 75),
                                  (drop, "closed", 75)):
        imap = rig.imap()
        imap.on("greeting", handler)
        fails("login", code, status, imap)
    imap = rig.imap()
    imap.on("login", reply("NO [AUTHENTICATIONFAILED] no"))
    fails("login", "login", 77, imap)
    imap = rig.imap()
    imap.on("login", reply("NO [UNAVAILABLE] later"))
    fails("login", "refused", 75, imap)
    imap = rig.imap()
    imap.on("list", reply("NO not for you"))
    fails("mailboxes", "refused", 75, imap)
    fails("watch", "mailbox", 78, rig.imap(), mailboxes=["Nowhere"])
    assert "--list-mailboxes work says" in json.loads(daemon.run(
        "--test-account", "--json").stdout)["error"]["action"]


@pytest.mark.parametrize("step", ["greeting", "idle"])
def test_server_falls_silent(rig, daemon, step):
    """IDLE without its "+" is not an IDLE."""
    imap = rig.imap()
    imap.on(step, hang)
    daemon.account("work", imap)
    test = Test(daemon, IMAPPUSHD_TEST_ANSWER_SECONDS="1")
    test.failed_at("login" if step == "greeting" else "watch", "timeout", 75)


def test_end_of_idle_never_comes(rig, daemon):
    imap = rig.imap()
    imap.on("idle", lambda connection, command: (
        connection.say("+ idling"), connection.hang()))
    daemon.account("work", imap)
    test = Test(daemon, IMAPPUSHD_TEST_ANSWER_SECONDS="1")
    test.failed_at("watch", "timeout", 75)


def test_not_as_well_as_it_could(rig, daemon):
    """It works, and exit status 1 says that there is something to mend."""
    def lacks(steps, texts, imap=None, **values):
        daemon.account("work", imap or rig.imap(), **values)
        test = Test(daemon)
        assert test.exit == 1 and test.all["ok"], test.all
        assert {name for name, result in test.results.items()
                if result == "lacks"} == {"tls", *steps}
        for step, text in texts.items():
            assert text in test.texts[step]

    lacks({"offer"}, {"offer": "no IDLE", "watch": "by poll"},
          rig.imap(without=["IDLE"]))
    imap = rig.imap()
    imap.on("idle", reply("BAD no such command"))
    lacks({"watch"}, {"watch": "by poll"}, imap)
    imap = rig.imap(extra=["NOTIFY"])
    imap.on("notify", reply("NO not here"))
    lacks({"watch"}, {"watch": "by IDLE"}, imap)
    lacks({"mailboxes"}, {"mailboxes": "not on the server: Nowhere"},
          mailboxes=["INBOX", "Nowhere"])


@pytest.mark.parametrize("word", ["--test-account", "--list-mailboxes"])
def test_which_account(rig, daemon, word):
    daemon.account("work", rig.imap())
    assert daemon.run(word).returncode == 0, "there is only one"
    daemon.account("home", rig.imap())
    done = daemon.run(word)
    assert done.returncode == 64 and "which account" in done.stderr
    done = daemon.run(word, "nobody")
    assert done.returncode == 66 and "--list-accounts" in done.stderr
    daemon.write("accounts.d/bad.conf", hots="imap.test")
    assert daemon.run(word, "work").returncode == 78


# ---- mailboxes ----

def test_list_of_mailboxes(rig, daemon):
    """Watched, left out, for special uses, without mail, missing; names as a
    person has them."""
    imap = rig.imap(mailboxes=["INBOX", "&AMQ-rger", "Lists/c", "Bin",
                               "Spam"])
    imap.mailboxes["Bin"].attributes = "\\Trash"
    imap.mailboxes["Spam"].attributes = "\\Junk"
    imap.mailboxes["Lists/c"].attributes = "\\Noselect"
    daemon.account("work", imap, mailboxes=["*", "Spam", "Nowhere"])
    done = daemon.run("--list-mailboxes", "work", "--json")
    assert done.returncode == 1 and done.stderr == ""
    told = json.loads(done.stdout)
    assert (told["version"], told["account"], told["error"]) \
        == (1, "work", None)
    assert {m["name"]: (m["watched"], m["missing"], m["selectable"],
                        m["uses"]) for m in told["mailboxes"]} == {
        "INBOX": (True, False, True, []),
        "\u00c4rger": (True, False, True, []),
        "Lists/c": (False, False, False, []),
        "Bin": (False, False, True, ["\\Trash"]),
        "Spam": (True, False, True, ["\\Junk"]),
        "Nowhere": (False, True, False, [])}
    lines = daemon.run("--list-mailboxes", "work").stdout.splitlines()
    assert "watched  \u00c4rger" in lines
    assert "-        Bin  \\Trash" in lines
    assert "missing  Nowhere" in lines
    assert "no mail  Lists/c" in lines
    names = daemon.run("--list-mailboxes", "work", "-q").stdout
    assert set(names.splitlines()) == {"INBOX", "\u00c4rger", "Spam"}
    assert not imap.count("idle")


def test_mailboxes_cannot_be_listed(rig, daemon, imap):
    daemon.account("work", imap)
    daemon.password_file("work", "not it\n")
    done = daemon.run("--list-mailboxes")
    assert (done.returncode, done.stdout) == (77, "")
    assert "what you can do: imappushd --set-password" in done.stderr
    told = json.loads(daemon.run("--list-mailboxes", "--json").stdout)
    assert told["mailboxes"] == [] and told["error"]["code"] == "login"


# ---- a real server ----

def test_real_dovecot(rig, daemon, certs):
    """NOTIFY is answered; names beyond ASCII; special uses as it has them."""
    imap = real.server(rig, certs, "alice", metadata=True)
    client = imap.client("alice")
    for name in ("&AMQ-rger", "Lists", "Lists/c"):
        client.create(name)
    client.logout()
    real.account(daemon, imap, "alice", mailboxes=["INBOX", "*"])
    test = Test(daemon, "alice")
    assert test.exit == 0, test.all
    assert test.texts["watch"].startswith("by NOTIFY")
    assert test.results["metadata"] == "done"
    assert imap.users["alice"] not in json.dumps(test.all) + test.errors
    done = daemon.run("--list-mailboxes", "-q")
    assert {"INBOX", "\u00c4rger"} <= set(done.stdout.splitlines())
