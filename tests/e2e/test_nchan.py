"""nginx with nchan as the push service, over TLS and HTTP/2: what others wrote to
be pushed to."""

import time

import pytest

from rig.nginx import Nginx, Phone

ENDPOINTS = ["phone%d" % number for number in range(1, 21)]


@pytest.fixture
def nginx(rig, certs):
    with Nginx(rig.folder / "nginx", certs) as server:
        yield server


def watch(daemon, imap, certs, nginx, names):
    """Starts the daemon, watching for these endpoints."""
    daemon.account("work", imap)
    for name in names:
        daemon.endpoint(name, nginx.url(name, tls=True),
                        ca_file=str(certs.ca_file))
    daemon.start()
    imap.wait_idle()


def wait_pushes(nginx, count):
    """All that arrived, once they are so many."""
    deadline = time.monotonic() + 10
    while len(nginx.pushes()) < count:
        assert time.monotonic() < deadline, nginx.pushes()
        time.sleep(0.02)
    return nginx.pushes()


def test_twenty_endpoints_on_one_host(daemon, imap, certs, nginx):
    """One connection carries them all, and the next mail's as well: a home
    server pays for each handshake, and a push service counts connections."""
    watch(daemon, imap, certs, nginx, ENDPOINTS)
    for mails in (1, 2):
        imap.inbox.deliver()
        pushes = wait_pushes(nginx, mails * len(ENDPOINTS))
    assert sorted(push["request"] for push in pushes) == sorted(
        "PUT /push/%s HTTP/2.0" % name for name in ENDPOINTS * 2)
    assert {push["status"] for push in pushes} == {"202"}
    assert len({push["connection"] for push in pushes}) == 1, pushes


def test_subscriber_was_away(daemon, imap, certs, nginx):
    """It gets the newest version and no other, whether it is back or new."""
    watch(daemon, imap, certs, nginx, ["phone"])
    phone = Phone(nginx, "phone")
    imap.inbox.deliver()
    push, = wait_pushes(nginx, 1)
    assert push["status"] == "201"
    assert phone.wait() == push["body"]
    phone.disconnect()
    for count in (2, 3, 4):
        imap.inbox.deliver()
        pushes = wait_pushes(nginx, count)
    bodies = [push["body"] for push in pushes]
    assert len(set(bodies)) == 4
    assert pushes[-1]["status"] == "202"
    phone.connect()
    late = Phone(nginx, "phone")
    for subscriber in (phone, late):
        assert subscriber.wait() == bodies[-1]
        assert subscriber.wait(0.5) is None
        subscriber.disconnect()
