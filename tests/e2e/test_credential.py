"""The credential helper with a real keyring, with none, and with providers that are no
help; and its file store."""

import os
import resource
import stat
import subprocess
import time

import pytest

from rig.credential import (DONE, LOCKED, MISSING, NO_KEYRING, TROUBLE, UNSAFE,
                            UNWRITABLE, Helper)
from rig.keyring import Keyring, Silent

SECRETS = ["open sesame", " blanks  around\t ", "pässwörd €", "key=value=", "\"'\\`$(id)",
           "x" * 16384]


# ---- the keyring ----

def test_any_password_survives(daemon, keyring):
    helper = Helper(daemon, keyring)
    for store in ("keyring", "file"):
        for secret in SECRETS:
            assert helper.store("work", secret, store) == DONE
            answer = helper.get("work")
            assert (answer.secret, answer.store) == (secret, store)


def test_accounts_and_kinds_are_apart(daemon, keyring):
    helper = Helper(daemon, keyring)
    for store in ("keyring", "file"):
        helper.store("a", "of a", store)
        helper.store("a.b", "of a.b", store)
        helper.ask("store", "a", kind="refresh-token", store=store, secret="token")
        assert helper.get("a").secret == "of a"
        assert helper.get("a.b").secret == "of a.b"
        assert helper.get("a", kind="refresh-token").secret == "token"
        assert helper.erase("a") == DONE
        assert helper.get("a").status == MISSING
        assert helper.get("a", kind="refresh-token").secret == "token"
        helper.store("a", "of a", store)
        assert helper.ask_raw("erase", "account=a\n").status == DONE
        assert helper.get("a").status == MISSING
        assert helper.get("a", kind="refresh-token").status == MISSING
        assert helper.get("a.b").secret == "of a.b"


def test_keyring_is_locked_or_was_never_asked_to_keep_it(daemon, keyring):
    """A library's plain look-up says "nothing" to both."""
    helper = Helper(daemon, keyring)
    helper.store("work", "open sesame", "keyring")
    assert helper.get("home").status == MISSING
    keyring.lock()
    answer = helper.get("work")
    assert answer.status == LOCKED and "locked" in answer.error
    answer = helper.get("home")
    assert answer.status == MISSING and "--set-password home" in answer.error
    assert helper.store("home", "x", "keyring") == LOCKED
    assert helper.erase("work") == LOCKED
    keyring.unlock()
    assert helper.get("work").secret == "open sesame"
    assert helper.erase("work") == DONE
    assert helper.get("work").status == MISSING


@pytest.mark.parametrize("how", ["another-one-comes", "its-own-dialogue"])
def test_keyring_is_unlocked_while_somebody_waits(daemon, keyring, how):
    helper = Helper(daemon, keyring)
    helper.store("work", "open sesame", "keyring")
    keyring.lock()
    waiting = helper.begin("get", "work", wait=60)
    time.sleep(0.5)
    assert waiting.poll() is None
    if how == "another-one-comes":
        keyring.unlock()
    else:
        keyring.turn_the_key()
    answer = helper.end(waiting)
    assert answer.secret == "open sesame"
    assert answer.took < 3


def test_wait_ends(daemon, keyring):
    helper = Helper(daemon, keyring)
    helper.store("work", "open sesame", "keyring")
    keyring.lock()
    answer = helper.get("work", wait=2)
    assert answer.status == LOCKED
    assert 2 <= answer.took < 4


def test_there_is_no_bus(daemon):
    """jaraco/keyring#561: no session, as under cron or a plain ssh."""
    helper = Helper(daemon)
    helper.environment["DISPLAY"] = ":99"  # GLib would like to start a bus for it
    answer = helper.get("work", wait=60)
    assert answer.status == NO_KEYRING and answer.took < 2
    assert "no D-Bus" in answer.error
    assert "--set-password work" in answer.error
    assert helper.store("work", "x", "keyring") == NO_KEYRING
    assert helper.erase("work") == DONE
    helper.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    assert helper.get("work").status == NO_KEYRING


def test_nobody_provides_the_service(daemon, bus):
    """secret-service-rs#51; and then somebody does."""
    keyring = bus(Keyring)
    helper = Helper(daemon, keyring)
    answer = helper.get("work")
    assert answer.status == NO_KEYRING and answer.took < 2
    assert "nothing provides the secret service" in answer.error
    assert helper.store("work", "x", "keyring") == NO_KEYRING
    waiting = helper.begin("get", "work", wait=60)
    time.sleep(0.5)
    assert waiting.poll() is None
    keyring.unlock()
    answer = helper.end(waiting)
    assert answer.status == MISSING and answer.took < 3


def test_there_is_no_keyring_yet(daemon, bus):
    """GNOME's without a login: to make one it would ask a person."""
    keyring = bus(Keyring)
    keyring.lock()
    helper = Helper(daemon, keyring)
    assert helper.get("work").status == MISSING
    assert helper.store("work", "x", "keyring") == NO_KEYRING


def test_provider_never_answers(daemon, bus):
    """Bounded by 10 s, whatever is asked; and the file store still is there."""
    assert Helper(daemon).store("home", "filed", "file") == DONE
    helper = Helper(daemon, bus(Silent, "silent"))
    begun = time.monotonic()
    runs = [helper.begin(verb, account, **more) for verb, account, more in (
        ("get", "work", {}), ("get", "home", {}), ("erase", "work", {}),
        ("store", "club", {"store": "keyring", "secret": "x"}),
        ("store", "club", {"store": "file", "secret": "x"}))]
    answers = [helper.end(run) for run in runs]
    assert time.monotonic() - begun < 10
    assert [answer.status for answer in answers] == [TROUBLE, DONE, TROUBLE, TROUBLE, DONE]
    assert "did not answer" in answers[0].error
    assert answers[1].secret == "filed"


def test_provider_wants_to_ask_a_person(daemon, bus):
    """r-lib/keyring#11: no prompt is opened, for there may be nobody."""
    provider = bus(Silent, "prompting")
    helper = Helper(daemon, provider)
    answer = helper.get("work")
    assert answer.status == LOCKED and answer.took < 3
    assert "Unlock\n" in provider.log()
    assert "Prompt\n" not in provider.log()


def test_keyring_without_a_password_looks_locked(daemon, bus):
    helper = Helper(daemon, bus(Silent, "passwordless"))
    assert helper.get("work").secret == "open sesame"


def test_two_stores_hold_different_passwords(daemon, keyring):
    """What is stored last is what counts: the other store gives its one up."""
    helper = Helper(daemon, keyring)
    helper.store("work", "first", "file")
    helper.store("work", "second", "keyring")
    assert not (helper.vault / "work").exists()
    helper.store("work", "third", "file")
    assert helper.get("work").secret == "third"
    helper.store("work", "fourth", "keyring")
    keyring.lock()
    answer = helper.ask("store", "work", store="file", secret="fifth")
    assert answer.status == LOCKED and "older" in answer.error
    assert not (helper.vault / "work").exists()
    assert helper.store("home", "sixth", "file") == DONE
    assert helper.get("home").secret == "sixth"


# ---- the file store ----

@pytest.fixture
def vault(daemon):
    helper = Helper(daemon)
    assert helper.store("work", "open sesame", "file") == DONE
    return helper


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def test_file_is_its_owners_alone(vault):
    assert mode(vault.vault) == 0o700
    assert mode(vault.vault / "work") == 0o600
    assert [path.name for path in vault.vault.iterdir()] == ["work"]
    assert vault.erase("work") == DONE
    assert not list(vault.vault.iterdir())


@pytest.mark.parametrize("bits", [0o644, 0o640, 0o604, 0o620])
def test_file_is_open_to_others(vault, bits):
    (vault.vault / "work").chmod(bits)
    answer = vault.get("work")
    assert answer.status == UNSAFE and "work" in answer.error
    assert vault.store("work", "another", "file") == DONE
    assert vault.get("work").secret == "another"
    assert mode(vault.vault / "work") == 0o600


def test_folder_is_open_to_others(vault):
    vault.vault.chmod(0o755)
    answer = vault.get("work")
    assert answer.status == UNSAFE and "chmod 700" in answer.error
    assert vault.store("work", "another", "file") == UNSAFE


def test_file_is_a_link_or_a_pipe(vault, tmp_path):
    path = vault.vault / "work"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert vault.get("work").status == UNSAFE
    path.unlink()
    os.mkfifo(path, 0o600)
    answer = vault.get("work")
    assert answer.status == UNSAFE and answer.took < 2


def test_folder_is_a_link(vault, tmp_path):
    vault.vault.rename(tmp_path / "elsewhere")
    vault.vault.symlink_to(tmp_path / "elsewhere")
    assert vault.get("work").status == UNSAFE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_file_belongs_to_another_user(vault, what):
    os.chown(vault.vault / "work" if what == "file" else vault.vault, 65534, 65534)
    answer = vault.get("work")
    assert answer.status == UNSAFE and "somebody else" in answer.error


@pytest.mark.parametrize("content", [
    b"", b"password=open ses", b"password=a\0b\n", b"password=" + b"x" * 16385 + b"\n",
    b"x" * 200000 + b"\n"], ids=["empty", "half", "nul", "too-long", "too-large"])
def test_file_is_damaged(vault, content):
    (vault.vault / "work").write_bytes(content)
    answer = vault.get("work")
    assert answer.status == UNSAFE
    assert "ses" not in answer.error and "x" * 10 not in answer.error


def test_store_was_killed_half_way(vault):
    """The old one counts, and what is left of the new one is no leftover for long."""
    half = vault.vault / ".work.new"
    half.write_bytes(b"password=half of a sec")
    half.chmod(0o600)
    assert vault.get("work").secret == "open sesame"
    assert vault.store("work", "whole", "file") == DONE
    assert vault.get("work").secret == "whole"
    assert not half.exists()


def test_disk_is_full(vault):
    """Or the file may not grow: what was there stays."""
    done = subprocess.run(
        [str(vault.program), "store"], stdout=subprocess.PIPE, env=vault.environment,
        input=b"account=work\nkind=password\nstore=file\nsecret=%s\n" % (b"y" * 9000),
        restore_signals=False,  # SIGXFSZ stays ignored
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert done.returncode == UNWRITABLE
    assert [path.name for path in vault.vault.iterdir()] == ["work"]
    assert vault.get("work").secret == "open sesame"


@pytest.mark.parametrize("text", [
    "", "kind=password\n", "account=../x\nkind=password\n",
    "account=.x\nkind=password\n", "account=work\nkind=a/b\n", "account=work\nkind=password",
    "nonsense\n", "account=work\nkind=password\ncolour=red\n",
    "account=work\nkind=password\nwait=-1\n", "account=work\nkind=password\nwait=\n",
    "account=work\nkind=password\nstore=cloud\n", "account=w\0\nkind=password\n",
    "account=work\nkind=password\nsecret=%s\n" % ("x" * 70000)])
def test_question_is_nonsense(vault, text):
    for verb in ("get", "store", "erase"):
        assert vault.ask_raw(verb, text).status == 64
    for verb in ("get", "store"):
        assert vault.ask_raw(verb, "account=work\n").status == 64
    assert vault.ask_raw("give", "account=work\nkind=password\n").status == 64
    assert vault.get("work").secret == "open sesame"
