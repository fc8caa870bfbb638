"""A word to the daemon that runs: --reload, --check-now, and the socket that
carries them."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest


def path_of(daemon):
    return daemon.runtime / "imappushd" / "control"


def connect(daemon):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(str(path_of(daemon)))
    return client


def ask(daemon, line):
    """The answer to a line, and nothing after it."""
    with connect(daemon) as client:
        client.sendall(line)
        answer = b"".join(iter(lambda: client.recv(1000), b""))
    return json.loads(answer)


def test_reload_by_the_command_line(rig, push, watching):
    """It has been done when the command ends."""
    other = rig.imap()
    watching.account("other", other)
    mark = watching.mark()
    done = watching.run("--reload")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    watching.wait_log("configuration was read again", timeout=1, after=mark)
    other.wait_idle()
    other.inbox.deliver()
    push.wait_accepted("phone")


def test_reload_with_mistakes(watching, imap, push):
    watching.write("accounts.d/other.conf", hots="imap.test")
    done = watching.run("--reload")
    assert done.returncode == 78
    assert "--check-config" in done.stderr and not done.stdout
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


@pytest.mark.parametrize("word", ["--reload", "--check-now"])
def test_no_daemon_runs(daemon, imap, word):
    daemon.account("work", imap)
    done = daemon.run(word)
    assert done.returncode == 69
    assert "no daemon" in done.stderr


def test_reload_takes_a_new_password_at_once(rig, push, daemon, imap):
    daemon.box("work", imap, push)
    daemon.password_file("work", "not it\n")
    daemon.start()
    daemon.wait_about("work", "retrying in 30 s")
    daemon.password_file("work", "open sesame\n")
    assert daemon.run("--reload").returncode == 0
    imap.wait_idle()


def test_check_now_looks_at_every_connection(rig, push, daemon):
    """Also at one whose server tells nothing, and tries one that waits."""
    deaf, away = rig.imap(), rig.imap()
    daemon.box("deaf", deaf, push)
    daemon.box("away", away, push)
    away.refuse()
    daemon.start()
    connection = deaf.wait_idle()
    daemon.wait_about("away", "retrying in")
    with deaf.lock:
        deaf.inbox.append()
        connection.forget_news()
    push.no_put_for("deaf", 0.3)
    away.listen()
    assert daemon.run("--check-now").returncode == 0
    push.wait_put("deaf", timeout=6)
    away.wait_idle(timeout=6)


@pytest.mark.parametrize("line", [b"statut\n", b"\n", b"reload now\n",
                                  b"x" * 1000, b"reload\0\n"],
                         ids=["unknown", "empty", "more", "long", "nul"])
def test_nonsense_is_said(watching, imap, push, line):
    answer = ask(watching, line)
    assert answer["code"] == "command"
    assert {"text", "action"} <= answer.keys()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1, settle=0.1)


def test_caller_says_nothing_and_stays(watching, imap, push):
    """Any number of them hold up neither the daemon nor the next caller."""
    silent = [connect(watching) for _ in range(10)]
    halves = [connect(watching) for _ in range(2)]
    for client in halves:
        client.sendall(b"rel")
    assert ask(watching, b"reload\n") == {"code": "ok"}
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    status = pathlib.Path(f"/proc/{watching.process.pid}/status")
    before = [line for line in status.read_text().splitlines()
              if "ctxt_switches" in line]
    time.sleep(0.5)
    assert all(line in status.read_text() for line in before), "it is awake"
    for client in silent + halves:
        client.close()
    assert watching.run("--check-now").returncode == 0


def test_socket_is_the_users_alone(watching):
    path = path_of(watching)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    if os.geteuid() != 0:
        return
    watching.runtime.chmod(0o755)
    path.parent.chmod(0o755)
    path.chmod(0o777)  # even so
    stranger = (
        "import os, socket, sys\n"
        "os.setuid(65534)\n"
        "client = socket.socket(socket.AF_UNIX)\n"
        "client.connect(sys.argv[1])\n"
        "print('he got in')\n"
        "try:\n"
        "    client.sendall(b'reload\\n')\n"
        "    print(client.recv(100))\n"
        "except (BrokenPipeError, ConnectionResetError):\n"
        "    print(b'')\n")
    mark = watching.mark()
    done = subprocess.run([sys.executable, "-c", stranger, str(path)],
                          capture_output=True, text=True, timeout=10)
    assert done.stdout == "he got in\nb''\n", done.stderr
    assert not watching.lines("read again", after=mark)


def test_daemon_was_killed_and_left_its_socket(watching):
    watching.kill()
    assert path_of(watching).exists()
    assert watching.run("--reload").returncode == 69
    watching.start()
    watching.wait_watching("work")
    assert watching.run("--reload").returncode == 0
    watching.stop()
    assert not path_of(watching).exists()


def test_no_runtime_folder(rig, push, daemon, imap):
    """It lies in the state folder then."""
    daemon.box("work", imap, push)
    daemon.start(XDG_RUNTIME_DIR="")
    daemon.wait_watching("work")
    assert (daemon.state / "control").is_socket()
    assert daemon.run("--reload", XDG_RUNTIME_DIR="").returncode == 0


def test_path_of_the_socket_is_too_long(rig, push, daemon, imap):
    long = str(daemon.folder / ("x" * 100))
    daemon.box("work", imap, push)
    daemon.start(XDG_RUNTIME_DIR=long)
    daemon.wait_watching("work")
    daemon.wait_log("no control socket.*too long")
    done = daemon.run("--reload", XDG_RUNTIME_DIR=long)
    assert done.returncode == 69
    assert "too long" in done.stderr
