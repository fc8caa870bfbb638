"""--list-accounts and --list-endpoints: names for people, scripts and
completions, without a daemon and without a push URL."""

import json

from rig.receiver import SECRET


def names(text):
    return [line.split()[0] for line in text.splitlines()]


def test_lists(rig, push, daemon, imap):
    daemon.account("work", imap, mailboxes=["INBOX", "Lists/*"])
    daemon.account("home", imap, user="b\u00f6b", enabled=False)
    daemon.endpoint("phone", push.url("phone"))
    daemon.endpoint("topic", push.url("topic"), kind="ntfy",
                    accounts=["work"])
    done = daemon.run("--list-accounts")
    assert (done.returncode, done.stderr) == (0, "")
    assert names(done.stdout) == ["home", "work"]
    assert "b\u00f6b at 127.0.0.1" in done.stdout
    assert "INBOX, Lists/*" in done.stdout and "(disabled)" in done.stdout
    assert daemon.run("--list-accounts", "-q").stdout == "home\nwork\n"
    told = json.loads(daemon.run("--list-accounts", "--json").stdout)
    assert told["version"] == 1
    assert [(a["name"], a["enabled"], a["mailboxes"], a["port"])
            for a in told["accounts"]] == [
        ("home", False, ["INBOX"], imap.port),
        ("work", True, ["INBOX", "Lists/*"], imap.port)]
    done = daemon.run("--list-endpoints")
    assert (done.returncode, done.stderr) == (0, "")
    assert names(done.stdout) == ["phone", "topic"]
    assert daemon.run("--list-endpoints", "-q").stdout == "phone\ntopic\n"
    text = daemon.run("--list-endpoints", "--json").stdout
    assert [(e["name"], e["kind"], e["host"], e["accounts"])
            for e in json.loads(text)["endpoints"]] == [
        ("phone", "put", "127.0.0.1", ["*"]),
        ("topic", "ntfy", "127.0.0.1", ["work"])]
    assert SECRET not in done.stdout + text


def test_nothing_to_list(daemon):
    assert daemon.run("--list-accounts", "-q").stdout == ""
    told = json.loads(daemon.run("--list-endpoints", "--json").stdout)
    assert told == {"version": 1, "endpoints": []}


def test_configuration_has_errors(daemon):
    daemon.write("accounts.d/other.conf", hots="imap.test")
    for word in ("--list-accounts", "--list-endpoints"):
        done = daemon.run(word)
        assert (done.returncode, done.stdout) == (78, "")
        assert "--check-config" in done.stderr
