"""--show-phone-page: how a phone comes to its page, and the copy of the page. What the
page then does is looked at in test_phone_page.py."""

import os
import re
import shutil
import stat

import pytest

from rig.daemon import ROOT
from rig.terminal import drawn, on_terminal
from rig.webpush import box_key, decode

ADDRESS = "https://me.example/push/"
PAGE = ROOT / "packaging" / "phone"


def show(daemon, *arguments, **environment):
    return daemon.run("--show-phone-page", *arguments, **environment)


def test_address_has_the_key_of_the_box(daemon):
    """A new one where there is none yet; the same one from then on."""
    daemon.write("imappushd.conf", phone_page=ADDRESS)
    done = show(daemon)
    assert done.returncode == 0, done.stderr
    address, key = done.stdout.rstrip("\n").split("#key=")
    assert address == ADDRESS
    assert len(decode(key)) == 65 and decode(key)[0] == 4
    assert stat.S_IMODE(daemon.state.stat().st_mode) == 0o700
    assert stat.S_IMODE((daemon.state / "vapid.key").stat().st_mode) == 0o600
    assert show(daemon).stdout == done.stdout
    assert box_key(daemon) == key
    assert (daemon.state / "vapid.key").read_text().strip() not in done.stdout


def test_no_accounts_yet(daemon):
    """A phone may come first."""
    daemon.write("imappushd.conf", phone_page=ADDRESS)
    shutil.rmtree(daemon.config / "accounts.d")
    shutil.rmtree(daemon.config / "endpoints.d")
    assert show(daemon).returncode == 0


@pytest.mark.parametrize("address", [
    "https://me.example/push/", "https://me.example", "HTTPS://me.example/p?q=1",
    "http://127.0.0.1:8000/push/", "http://localhost/", "http://[::1]:80/push/"])
def test_addresses_that_phones_can_use(daemon, address):
    daemon.write("imappushd.conf", phone_page=address)
    assert show(daemon).stdout.startswith(address + "#key=")


@pytest.mark.parametrize("address, why", [
    ("http://me.example/push/", "https://"), ("http://192.168.1.2/", "https://"),
    ("ftp://me.example/", "https://"), ("me.example/push/", "https://"),
    ("https://me.example/push/#key=x", "#"), ("https://", "host"),
    ("https://me:secret@me.example/", "password"), ("", None)])
def test_addresses_that_phones_cannot_use(daemon, address, why):
    daemon.write("imappushd.conf", f'log_level = "info";\nphone_page = "{address}";\n')
    for done in (show(daemon), daemon.run("--check-config")):
        text = done.stdout + done.stderr
        assert done.returncode == 78
        assert re.search(r"imappushd\.conf:2: .*phone_page.*" + re.escape(why or ""), text)
        assert "secret" not in text
    assert not (daemon.state / "vapid.key").exists()


def test_page_is_nowhere_yet(daemon):
    """It says what to do, and where the files are."""
    done = show(daemon)
    assert done.returncode == 78 and done.stdout == ""
    assert "phone_page" in done.stderr and "--write" in done.stderr
    folder, = re.findall(r"^ +(/.*)$", done.stderr, re.MULTILINE)
    assert {path.name for path in PAGE.iterdir()} == set(os.listdir(folder))


def test_code_on_a_terminal(daemon):
    """As wide as it is high, with a margin, and nothing of it in a pipe."""
    daemon.write("imappushd.conf", phone_page=ADDRESS)
    status, text, errors = on_terminal(daemon, "--show-phone-page")
    assert status == 0 and errors == ""
    assert text.startswith(ADDRESS + "#key=")
    lines = drawn(text)
    assert len({len(line) for line in lines}) == 1
    assert len(lines) * 2 - len(lines[0]) in (0, 1)
    assert lines[0].strip() == lines[1].strip() == ""
    assert all(line.startswith("    ") and line.endswith("    ") for line in lines)
    assert drawn(show(daemon).stdout) == []


def test_terminal_is_too_narrow_for_the_code(daemon):
    """Broken lines are no code; the link is still there."""
    daemon.write("imappushd.conf", phone_page=ADDRESS)
    status, text, errors = on_terminal(daemon, "--show-phone-page", columns=40)
    assert status == 0
    assert text.startswith(ADDRESS + "#key=") and drawn(text) == []
    assert "columns" in errors


def test_state_cannot_be_written(daemon):
    shutil.rmtree(daemon.state.parent)
    daemon.state.parent.write_text("a file")
    daemon.write("imappushd.conf", phone_page=ADDRESS)
    done = show(daemon)
    assert done.returncode == 73 and done.stdout == "" and done.stderr


# ---- a copy of the page ----

def copied(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_copy_has_the_key(daemon):
    """And is for a web server to read, which runs as somebody else."""
    folder = daemon.folder / "page"
    done = show(daemon, "--write", str(folder))
    assert done.returncode == 0, done.stderr
    assert str(folder) in done.stdout
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    files, ours = copied(folder), copied(PAGE)
    assert files.keys() == ours.keys()
    for name, data in files.items():
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o644
        assert name == "key.js" or data == ours[name]
    key, = re.findall(rb'^const BOX_KEY = "([\w-]+)";$', files["key.js"], re.MULTILINE)
    assert key.decode() == box_key(daemon)


def test_copy_is_made_anew(daemon):
    """For a new key, over the one before; what else is there stays."""
    folder = daemon.folder / "page"
    show(daemon, "--write", str(folder))
    (folder / "index.html").write_text("of an older version")
    (folder / "CNAME").write_text("me.example\n")
    before = (folder / "key.js").read_text()
    (daemon.state / "vapid.key").unlink()
    assert show(daemon, "--write=" + str(folder)).returncode == 0
    assert (folder / "key.js").read_text() != before
    assert box_key(daemon) in (folder / "key.js").read_text()
    assert (folder / "index.html").read_bytes() == (PAGE / "index.html").read_bytes()
    assert set(copied(folder)) == set(copied(PAGE)) | {"CNAME"}


@pytest.mark.parametrize("name", ["index.html", "key.js", "manifest.webmanifest"])
def test_folder_has_files_of_somebody_else(daemon, name):
    """Nothing is written over them, nor beside them."""
    folder = daemon.folder / "page"
    folder.mkdir()
    (folder / name).write_text("my own page\n")
    done = show(daemon, "--write", str(folder))
    assert done.returncode == 73 and name in done.stderr
    assert copied(folder) == {name: b"my own page\n"}


def test_file_is_a_link_to_somewhere_else(daemon):
    """It is replaced; what it leads to is not."""
    folder, other = daemon.folder / "page", daemon.folder / "other"
    show(daemon, "--write", str(folder))
    other.write_text("mine")
    (folder / "index.html").unlink()
    (folder / "index.html").symlink_to(other)
    assert show(daemon, "--write", str(folder)).returncode == 0
    assert other.read_text() == "mine"
    assert not (folder / "index.html").is_symlink()


def test_folder_cannot_be_written(daemon):
    (daemon.folder / "file").write_text("")
    for folder in ("file", "file/page", "no/such/page"):
        done = show(daemon, "--write", str(daemon.folder / folder))
        assert done.returncode == 73 and folder in done.stderr, folder


def test_file_of_the_page_is_missing(daemon):
    """An installation that is not whole; and one that is, elsewhere than here."""
    prefix = daemon.folder / "usr"
    built = daemon.binary.parents[1]
    for part in ("libexec", "share"):
        shutil.copytree(built / part, prefix / part)
    (prefix / "bin").mkdir()
    daemon.binary = shutil.copy(daemon.binary, prefix / "bin" / "imappushd")
    assert show(daemon, "--write", str(daemon.folder / "page")).returncode == 0
    (prefix / "share" / "imappushd" / "phone" / "worker.js").unlink()
    done = show(daemon, "--write", str(daemon.folder / "page"))
    assert done.returncode == 73 and "worker.js" in done.stderr


def test_write_is_for_this_action_only(daemon):
    assert daemon.run("--reload", "--write", "x").returncode == 64
    assert daemon.run("--write", "x").returncode == 64
