"""--follow: a line of JSON for each event, with the version that went out."""

import json
import signal
import socket
import subprocess
import time

import pytest

from rig import status
from rig.receiver import SECRET


class Follower:
    """imappushd --follow, as a script runs it."""

    def __init__(self, daemon):
        self.process = subprocess.Popen(
            [daemon.binary, "--follow"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=daemon.environment())
        self.daemon = daemon

    def wait_there(self):
        """Until the daemon knows it."""
        end = time.monotonic() + 5
        while f"{self.process.pid}" and time.monotonic() < end:
            if connections(self.daemon) > 0:
                break
            time.sleep(0.02)
        time.sleep(0.2)
        return self

    def event(self):
        line = self.process.stdout.readline()
        assert SECRET not in line
        return json.loads(line)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=5)


def connections(daemon):
    """How many sockets of its control socket the daemon has open, but for the
    one that listens."""
    path = str(daemon.runtime / "imappushd" / "control")
    with open("/proc/net/unix", encoding="utf-8") as table:
        return sum(path in line for line in table) - 1


@pytest.fixture
def follower(watching):
    parts = []

    def begin():
        parts.append(Follower(watching))
        return parts[-1].wait_there()
    yield begin
    for part in parts:
        part.process.kill()
        part.process.communicate()


def test_version_is_that_of_the_push(watching, imap, push, follower):
    """Two follow, and both see each event once."""
    first, second = follower(), follower()
    for count in (1, 2):
        imap.inbox.deliver()
        put = push.wait_accepted("phone", count)[-1]
        for each in (first, second):
            event = each.event()
            assert event["version"] == put.version
            assert (event["event"], event["account"], event["mailbox"]) \
                == ("mail", "work", "INBOX")
            assert status.is_near(event["time"], time.time())
    assert first.end() == ("", "")
    watching.stop()
    assert second.process.wait(5) == 69
    assert "has ended" in second.process.communicate()[1]


def test_one_event_for_several_endpoints(watching, imap, push, follower):
    watching.endpoint("tablet", push.url("tablet"))
    watching.reload()
    each = follower()
    imap.inbox.deliver()
    version = push.wait_accepted("phone")[0].version
    assert push.wait_accepted("tablet")[0].version == version
    assert each.event()["version"] == version
    imap.inbox.deliver()
    assert each.event()["version"] > version, "and no other in between"


def test_nobody_is_told_but_who_follows(watching, imap, push, follower):
    """No endpoint at all: events have growing versions all the same."""
    watching.remove("endpoints.d/phone.conf")
    watching.reload()
    each = follower()
    imap.inbox.deliver()
    first = each.event()
    imap.inbox.deliver()
    assert each.event()["version"] > first["version"]
    assert abs(first["version"] / 1e6 - time.time()) < 10


def test_a_person_must_act(watching, imap, follower):
    each = follower()
    watching.password_file("work", "not it\n")
    imap.drop()
    event = each.event()
    assert (event["event"], event["name"], event["text"]) \
        == ("attention", "work", "login refused")


def test_what_is_told_later(watching, imap, push, follower):
    """When it is told, not before."""
    watching.account("work", imap, rules=[{"push": "later", "interval": 2}])
    watching.reload()
    watching.wait_watching("work", after=watching.mark() - 1)
    imap.wait_idle()
    each = follower()
    for _ in range(2):
        imap.inbox.deliver()
        put = push.wait_accepted("phone")[-1]
    assert each.event()["version"] == put.version
    put = push.wait_accepted("phone", 2)[-1]
    assert each.event()["version"] == put.version


def test_follower_that_does_not_read(watching, imap, push):
    """It is hung up on; the daemon was never held up."""
    watching.stop()
    watching.start(IMAPPUSHD_TEST_CALLER_SECONDS="1")
    watching.wait_watching("work")
    imap.wait_idle()
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(str(watching.runtime / "imappushd" / "control"))
    client.sendall(b"follow\n")
    begun = time.monotonic()
    count = 0
    while connections(watching) > 0 and time.monotonic() - begun < 60:
        count += 1
        imap.inbox.deliver()
        push.wait_accepted("phone", count, timeout=5)
    assert connections(watching) == 0, f"{count} events, and it is there yet"
    assert b'"code":"ok"' in client.recv(100)
    client.close()


def test_too_many_follow(watching):
    """Eight may; and they do not keep others from asking."""
    clients = []
    for _ in range(9):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(5)
        client.connect(str(watching.runtime / "imappushd" / "control"))
        client.sendall(b"follow\n")
        clients.append((client, json.loads(client.recv(1000))["code"]))
    assert [code for _, code in clients] == ["ok"] * 8 + ["busy"]
    done = watching.run("--follow")
    assert done.returncode == 75 and "end one of the others" in done.stderr
    for _ in range(20):
        assert status.ask(watching).exit == 0
    clients[0][0].close()
    time.sleep(0.1)
    each = Follower(watching).wait_there()
    each.process.kill()
    each.process.communicate()
    for client, _ in clients:
        client.close()


def test_no_daemon_runs(daemon):
    done = daemon.run("--follow")
    assert done.returncode == 69 and "no daemon" in done.stderr
