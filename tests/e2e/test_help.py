"""--help and the manual page say all that the command line has, and messages fit."""

import pathlib
import re

import pytest

from rig import command_line

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "man" / "imappushd.1").read_text()


@pytest.fixture
def text(daemon):
    done = daemon.run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def section(kind, title):
    found, = re.findall(rf"^\.{kind} {title}\n(.*?)^\.S[hs] ", MANUAL, re.S | re.M)
    return found


# ---- --help ----

def test_help_is_wider_than_a_terminal(text):
    for line in text.splitlines():
        assert len(line) < 80 and line == line.rstrip(), line


def test_help_lacks_an_action_or_an_option(text):
    for name in [*command_line.actions(), *command_line.options(), "config", "help",
                 "version"]:
        assert re.search(rf"--{name}\b(?!-)", text), name


def test_help_has_each_action_in_its_group(text):
    """Once, and none is left over."""
    for name in command_line.actions():
        assert len(re.findall(rf"^  --{name}\b(?!-)", text, re.M)) == 1, name
    groups = dict(re.findall(r"^(\w.*):\n((?:  .*\n)+)", text, re.M))
    assert list(groups)[:5] == ["Accounts", "Endpoints, the places to push to", "Phones",
                                "The daemon", "More"]
    assert re.findall(r"^  --([\w-]+)", groups["More"], re.M) == ["help", "version"]


def test_help_has_no_colours(daemon):
    assert "\033" not in daemon.run("--help", "--color=always").stdout


# ---- the manual page ----

@pytest.mark.parametrize("action", command_line.actions())
def test_manual_lacks_an_action(action):
    operand = command_line.actions()[action]
    heads = [line for line in section("Ss", "Actions").splitlines()
             if re.match(r"\.It Fl ", line) and re.search(rf"-{action}(?![\w-])", line)]
    assert len(heads) == 1, heads
    assert ("Ar " in heads[0].split("-" + action)[1].split("Fl")[0]) == bool(operand)


@pytest.mark.parametrize("option", command_line.options())
def test_manual_lacks_an_option(option):
    """It stands in the list of options, or with the one action that takes it."""
    listed = [line for line in section("Ss", "Options").splitlines()
              if re.match(r"\.It Fl ", line) and re.search(rf"Fl -{option}(?![\w-])",
                                                              line)]
    assert len(listed) == 1, "no entry in the list of options"


def test_manual_has_what_is_not_there_any_more():
    known = {*command_line.actions(), *command_line.options(), "config", "help", "version"}
    for kind in ("Actions", "Options"):
        for line in section("Ss", kind).splitlines():
            if line.startswith(".It Fl "):
                for name in re.findall(r"Fl -([\w-]+)", line):
                    assert name in known, name


# ---- files ----

FILES = ["imappushd.conf", "accounts.d", "endpoints.d", "ledger.db", "credentials.d",
         "vapid.key", "lock", "control", "providers.conf", "courier", "discover", "qr",
         "credential", "phone"]


@pytest.mark.parametrize("name", FILES)
def test_manual_lacks_a_file(name):
    found = section("Sh", "FILES")
    assert re.search(rf"^\.It Pa .*{re.escape(name)}", found, re.M), name


def test_file_of_the_state_is_in_no_manual(watching, imap, push):
    """Whatever the daemon has made is explained."""
    imap.inbox.deliver()
    push.wait_put("phone")
    found = section("Sh", "FILES")
    for path in watching.state.iterdir():
        name = re.sub(r"-(wal|shm|journal)$", "", path.name)
        assert re.search(rf"^\.It Pa .*{re.escape(name)}", found, re.M), path.name


# ---- docs/coming-from.md ----

def test_example_for_who_comes_from_elsewhere_is_wrong(daemon):
    """The files in it are a configuration without errors."""
    text = (ROOT / "docs" / "coming-from.md").read_text()
    found = re.findall(r"^    # ((?:accounts|endpoints)\.d/\w+\.conf)\n((?:    .*\n)+)", text,
                       re.M)
    assert len(found) == 3
    for name, lines in found:
        daemon.write(name, re.sub("^    ", "", lines, flags=re.M))
    daemon.write("accounts.d/account1.conf", host="imap.test", user="u")
    done = daemon.run("--check-config")
    assert done.returncode == 0 and "warning" not in done.stdout, done.stdout


def test_key_of_ours_that_it_names_is_none():
    """Whatever stands in its right column as KEY = VALUE is a key."""
    keys = set(re.findall(r'\.name = "(\w+)"', "".join(
        path.read_text() for path in (ROOT / "src" / "config").glob("keys*.c"))))
    text = (ROOT / "docs" / "coming-from.md").read_text()
    named = set(re.findall(r"`(\w+) = ", text))
    assert len(named) > 8 and named <= keys, named - keys
