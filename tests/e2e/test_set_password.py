"""--set-password and --remove-account, at a terminal and in a script."""

import os
import signal
import stat

import pytest

from rig.credential import DONE, MISSING, Helper
from rig.terminal import INTERRUPT, SUSPEND, Terminal

SECRET = "open sesame"
APP_PASSWORD = "abcdefghijklmnop"


@pytest.fixture
def account(daemon, imap):
    """The daemon's one account, without a password."""
    daemon.account("work", imap, password_file=None)
    return Helper(daemon)


@pytest.fixture
def terminal(daemon):
    """Makes terminals that end with the test."""
    open_ones = []

    def start(*words, bus=None, shell=False):
        environment = daemon.environment(
            **(bus.environment() if bus else {}), PS1="$ ")
        command = ["sh", "-i"] if shell else [daemon.binary, *words]
        open_ones.append(Terminal(command, environment, daemon.folder))
        return open_ones[-1]
    yield start
    for one in open_ones:
        one.__exit__()


# ---- at a terminal ----

def test_person_types_a_password(daemon, account, keyring, terminal):
    """It does not show, goes into the keyring, and a refused account is tried
    at once."""
    window = terminal("--set-password", bus=keyring)
    window.wait("Password for user1 at 127.0.0.1: ")
    window.wait_echo(False)
    window.type(SECRET + "\n")
    assert window.wait_exit() == 0
    assert window.echoes()
    assert SECRET not in window.text
    assert 'account "work" is in the keyring' in window.text
    assert Helper(daemon, keyring).get("work").secret == SECRET


@pytest.mark.parametrize("how", ["interrupt", "terminate", "hang-up"])
def test_person_thinks_better_of_it(account, terminal, how):
    """The terminal shows again what is typed, and nothing was changed."""
    assert account.store("work", "the old one", "file") == DONE
    window = terminal("--set-password", "work", "--store=file")
    window.wait("Password for")
    window.wait_echo(False)
    window.type("half of i")
    number = {"interrupt": signal.SIGINT, "terminate": signal.SIGTERM,
              "hang-up": signal.SIGHUP}[how]
    if how == "interrupt":
        window.type(INTERRUPT)
    else:
        window.process.send_signal(number)
    assert window.wait_exit() == -number
    assert window.echoes()
    assert "half" not in window.text
    assert account.get("work").secret == "the old one"


def test_person_puts_it_into_the_background(daemon, account, terminal):
    """^Z: the shell's terminal is as it was; back again, it asks again."""
    window = terminal(shell=True)
    window.wait("$ ")
    window.type("%s --set-password work --store=file\n" % daemon.binary)
    window.wait("Password for")
    window.wait_echo(False)
    window.type("half" + SUSPEND)
    window.wait("$ ", count=2)
    window.wait_echo(True)
    window.type("fg\n")
    window.wait("Password for", count=2)
    window.wait_echo(False)
    window.type(SECRET + "\n")
    window.wait("in the file store")
    window.wait_echo(True)
    assert account.get("work").secret == SECRET


def test_password_is_empty(account, terminal):
    window = terminal("--set-password", "work", "--store=file")
    window.wait("Password for")
    window.wait_echo(False)
    window.type("\n")
    assert window.wait_exit() == 65
    assert account.get("work").status == 69


@pytest.mark.parametrize("answer", ["\n", "y\n", "n\n"])
def test_there_is_no_keyring(account, terminal, answer):
    """Said honestly, and nothing is kept in plain text without a yes."""
    window = terminal("--set-password", "work")
    window.wait("Password for")
    window.wait_echo(False)
    window.type(SECRET + "\n")
    window.wait("Keep the password there? [Y/n] ")
    assert "plain text" in window.text
    window.type(answer)
    if answer == "n\n":
        assert window.wait_exit() == 69
        assert not account.vault.exists()
    else:
        assert window.wait_exit() == 0
        assert account.get("work").secret == SECRET
        path = account.vault / "work"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_person_picks_one_of_two_accounts(rig, daemon, account, terminal):
    daemon.account("home", rig.imap(), password_file=None)
    window = terminal("--set-password", "--store=file")
    window.wait("Accounts: home work\nWhich one? ")
    window.type("home\n")
    window.wait("Password for user2")
    window.wait_echo(False)
    window.type(SECRET + "\n")
    assert window.wait_exit() == 0
    assert account.get("home").secret == SECRET


# ---- in a script ----

def set_password(daemon, *words, stdin=SECRET + "\n", **environment):
    return daemon.run("--set-password", *words, stdin=stdin, **environment)


def test_script_without_a_keyring_has_to_name_the_store(daemon, account):
    for words in (["work"], ["work", "--no-input"]):
        done = set_password(daemon, *words, "--password-stdin")
        assert done.returncode == 64
        assert "--store=file" in done.stderr
    done = set_password(daemon, "work", "--store=keyring", "--password-stdin")
    assert done.returncode == 69
    assert not account.vault.exists()
    done = set_password(daemon, "work", "--store=cloud", "--password-stdin")
    assert done.returncode == 64


def test_script_has_to_bring_the_password(daemon, account):
    done = set_password(daemon, "work", "--store=file")
    assert done.returncode == 64
    assert "--password-stdin" in done.stderr


def test_keyring_is_locked(daemon, account, keyring):
    assert Helper(daemon, keyring).store("work", "old", "keyring") == DONE
    keyring.lock()
    done = set_password(daemon, "work", "--password-stdin",
                        **keyring.environment())
    assert done.returncode == 75
    assert "locked" in done.stderr


@pytest.mark.parametrize("text, secret", [
    (SECRET, SECRET), (SECRET + "\r\n", SECRET), ("  a b \t\n", "  a b \t"),
    (SECRET + "\nmore\n", SECRET), ("pässwörd\n", "pässwörd")])
def test_password_from_standard_input(daemon, account, text, secret):
    done = set_password(daemon, "work", "--store=file", "--password-stdin",
                        stdin=text)
    assert (done.returncode, done.stderr) == (0, "")
    assert account.get("work").secret == secret


@pytest.mark.parametrize("text", ["", "\n", "a\0b\n", "a\rb\n", "x" * 20000])
def test_password_that_cannot_be_one(daemon, account, text):
    assert account.store("work", "old", "file") == DONE
    done = set_password(daemon, "work", "--store=file", "--password-stdin",
                        stdin=text)
    assert done.returncode == 65
    assert account.get("work").secret == "old"


def test_password_from_a_descriptor(daemon, account):
    path = daemon.password_file("new", SECRET + "\n")
    script = f'exec "$0" --set-password work --store=file --password-fd=5 5<{path}'
    environment = daemon.environment()
    assert os.spawnve(os.P_WAIT, "/bin/sh", ["sh", "-c", script, str(
        daemon.binary)], environment) == 0
    assert account.get("work").secret == SECRET
    for number in ("5", "x", "-1", ""):
        done = set_password(daemon, "work", f"--password-fd={number}")
        assert done.returncode == 64


@pytest.mark.parametrize("host, typed, kept", [
    ("imap.gmail.com", "abcd efgh ijkl mnop", APP_PASSWORD),
    ("imap.gmail.com", "abcd\u00a0efgh\u00a0ijkl\u00a0mnop", APP_PASSWORD),
    ("imap.gmail.com", " abcd  efgh ijkl mnop ", APP_PASSWORD),
    ("imap.gmail.com", "abcd efgh ijkl mno", "abcd efgh ijkl mno"),
    ("imap.gmail.com", "abcd efgh ijkl mn0p", "abcd efgh ijkl mn0p"),
    ("imap.example.org", "blue fish swim home", "blue fish swim home"),
    ("notgmail.com", "blue fish swim home", "blue fish swim home")])
def test_app_password_is_copied_with_its_blanks(daemon, account, host, typed,
                                                kept):
    """Google shows four groups, and takes them without blanks only."""
    daemon.write("accounts.d/g.conf", host=host, user="alice")
    done = set_password(daemon, "g", "--store=file", "--password-stdin",
                        stdin=typed + "\n")
    assert done.returncode == 0
    assert account.get("g").secret == kept


def test_account_is_misspelt(daemon, account):
    done = set_password(daemon, "wrok", "--store=file", "--password-stdin")
    assert done.returncode == 66
    assert 'is "work" meant?' in done.stderr


def test_account_has_a_command_for_its_password(rig, daemon):
    daemon.account("work", rig.imap(), password_command="cat x")
    done = set_password(daemon, "work", "--store=file", "--password-stdin")
    assert done.returncode == 78
    assert "password_command" in done.stderr


def test_configuration_is_wrong(daemon, account):
    daemon.write("accounts.d/bad.conf", text="host = ;\n")
    done = set_password(daemon, "work", "--store=file", "--password-stdin")
    assert done.returncode == 78
    assert not account.vault.exists()


def test_refused_account_is_tried_at_once(daemon, imap, push, account):
    assert account.store("work", "not this one", "file") == DONE
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_about("work", "check user and password")
    done = set_password(daemon, "work", "--store=file", "--password-stdin")
    assert done.returncode == 0
    imap.wait_idle()


# ---- --remove-account ----

@pytest.mark.parametrize("store", ["keyring", "file"])
def test_account_goes_with_its_password(daemon, imap, push, account, keyring,
                                        store):
    helper = Helper(daemon, keyring)
    helper.store("work", SECRET, store)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start(**keyring.environment())
    connection = imap.wait_idle()
    done = daemon.run("--remove-account", "work", "--yes",
                      **keyring.environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert not (daemon.config / "accounts.d/work.conf").exists()
    assert helper.get("work").status == MISSING
    imap.wait_gone(connection)
    assert daemon.running()


def test_account_goes_while_the_keyring_is_locked(daemon, account, keyring):
    Helper(daemon, keyring).store("work", SECRET, "keyring")
    keyring.lock()
    done = daemon.run("--remove-account", "work", "--yes",
                      **keyring.environment())
    assert done.returncode == 1
    assert "may be left" in done.stderr and "locked" in done.stderr
    assert not (daemon.config / "accounts.d/work.conf").exists()


def test_account_is_broken(daemon, account):
    """To remove it mends the configuration."""
    daemon.write("accounts.d/bad.conf", text="host = ;\n")
    assert daemon.run("--remove-account", "bad", "--yes").returncode == 0
    assert daemon.run("--check-config").returncode == 0


def test_account_stands_in_the_main_file(daemon, account):
    path = daemon.write("imappushd.conf", accounts=[
        {"name": "main", "host": "127.0.0.1", "user": "u"}])
    before = path.read_text()
    account.store("main", SECRET, "file")
    done = daemon.run("--remove-account", "main", "--yes")
    assert done.returncode == 78
    assert str(path) in done.stderr
    assert path.read_text() == before
    assert account.get("main").secret == SECRET


def test_nobody_is_there_to_say_yes(daemon, account):
    for words in ([], ["--no-input"]):
        done = daemon.run("--remove-account", "work", *words)
        assert done.returncode == 64
        assert "--yes" in done.stderr
    assert daemon.run("--remove-account", "--yes").returncode == 64
    for name in ("none", "../work", ".work", "accounts.d/work"):
        assert daemon.run("--remove-account", name, "--yes").returncode == 66
    assert (daemon.config / "accounts.d/work.conf").exists()


@pytest.mark.parametrize("answer", ["\n", "n\n", "y\n"])
def test_person_is_asked(daemon, account, terminal, answer):
    window = terminal("--remove-account", "work")
    window.wait("[y/N] ")
    window.type(answer)
    assert window.wait_exit() == (0 if answer == "y\n" else 1)
    gone = not (daemon.config / "accounts.d/work.conf").exists()
    assert gone == (answer == "y\n")
