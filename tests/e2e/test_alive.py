"""Connections that servers, and routers in between, cut when they idle."""

import ctypes
import os
import socket
import time

import pytest

from rig.fakeimap import DEFAULT, Gone

SYS_PIDFD_GETFD = 438  # the same on all architectures


def cuts_after(lives, words):
    """A handler for idle: the connection ends when an IDLE has lasted for so
    many seconds, with words if there are any; each life is for one cut."""
    lives = list(lives)

    def handler(connection, command):
        if not lives:
            return DEFAULT
        connection.sock.settimeout(lives[0])
        try:
            connection.idle(command)
        except Gone:
            del lives[0]
            if words:
                connection.say(words)
            raise
        connection.sock.settimeout(None)
        return None
    return handler


def idle_lengths(imap, since):
    """How long each IDLE took that ended after since, in seconds."""
    begins = [when for when, _, _ in imap.passes("idle")]
    return [when - max(b for b in begins if b < when)
            for when, _, _ in imap.passes("done") if when > since]


CUTS = {"bye": ([1.6] * 3, "* BYE Connection is closed. 13"),
        "silent": ([1.5, 1.7, 1.7], None), "uneven": ([1.1, 2.4], None),
        "busy": ([1.3] * 3, None)}


def test_server_cuts_who_idles_for_long(rig, push, daemon):
    """angus-mail#176, node-imap#561 (O365), K-9#1701, node-imapnotify#8: mail
    in the gap is told once; after two cuts at about the same time IDLE is
    renewed before the third one, and goes on. Cuts at different times teach
    nothing. What counts is how long the client said nothing, not the age of
    the connection: the busy one has mail sooner or later before its cut."""
    servers = {}
    for name, (lives, words) in CUTS.items():
        servers[name] = imap = rig.imap()
        imap.inbox.append(3)
        imap.on("idle", cuts_after(lives, words))
        daemon.box(name, imap, push, refresh_interval=60)
    daemon.start(IMAPPUSHD_TEST_CUT_SECONDS="1")
    for count, pause in ((1, 0.2), (2, 1)):
        for name, imap in servers.items():
            imap.wait_idle()
            if name != "busy":
                imap.inbox.append()  # which is told to nobody
        time.sleep(pause)
        servers["busy"].inbox.deliver()
        for name in servers:
            daemon.wait_about(name, "retrying in", count=count)
        daemon.reload()  # which means: at once
        for name in servers:
            push.wait_put(name, count)
    for imap in servers.values():
        imap.wait_idle()
    since = time.monotonic()
    time.sleep(2.5)
    for name, imap in servers.items():
        lengths = idle_lengths(imap, since)
        if name == "uneven":
            assert not lengths
            continue
        daemon.wait_about(name, "cut after .* renewing it every 1 s",
                          timeout=1)
        assert len(lengths) >= 2, f"{name}: not renewed: {lengths}"
        assert all(0.7 < length < 1.25 for length in lengths), lengths
    for name, imap in servers.items():
        push.no_put_for(name, 0.01)
        imap.wait_idle()
        imap.inbox.deliver()
        push.assert_exactly(name, 3, settle=0.1)
        assert len(imap.logins) == 3, f"{name}: cut again"


def socket_of(pid):
    """A copy of the TCP socket of another process."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        process = os.pidfd_open(pid)
        names = os.listdir(f"/proc/{pid}/fd")
    except (AttributeError, PermissionError):
        pytest.skip("another process's descriptors are not to be had here")
    try:
        for name in names:
            fd = libc.syscall(SYS_PIDFD_GETFD, process, int(name), 0)
            if fd < 0:
                pytest.skip("another process's descriptors are out of reach")
            try:
                sock = socket.socket(fileno=fd)
            except OSError:
                os.close(fd)
                continue
            if sock.family == socket.AF_INET:
                return sock
            sock.close()
    finally:
        os.close(process)
    raise AssertionError("the session has no TCP socket")


def test_line_is_dead_and_nobody_says_so(watching):
    """iaaorgmx/paynani#37, OfflineIMAP#439: a NAT forgot the connection. The
    kernel asks after 90 s of silence, three times in 20 s each, and what was
    sent is given up after 30 s."""
    session, = watching.with_role("session")
    with socket_of(session) as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        values = [sock.getsockopt(socket.IPPROTO_TCP, option) for option in (
            socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT,
            socket.TCP_USER_TIMEOUT)]
    assert values == [90, 20, 3, 30000]
