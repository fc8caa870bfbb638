"""What befalls a network: C24 to C27, and a box that sleeps, moves or starts
before its network does.

Each test has a network of its own (rig/netns.py), with the daemon at one end
and the servers at the other. SLOW=1 runs those that take minutes, too.
"""

import os
import signal
import time

import pytest

from rig import status
from rig.certs import NAME
from rig.netns import (DARK6, FAR4, FAR6, OTHER6, WIRE, Network,
                       Unavailable)

BACKOFF = 5  # the first wait after a failure is at most this,
NEXT_TRY = 5 + 10 + 1  # and the second this; one may be over very soon
slow = pytest.mark.skipif(not os.environ.get("SLOW"),
                          reason="takes minutes; SLOW=1 runs it")


@pytest.fixture
def network(rig):
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces")
    try:
        parts = Network(rig.folder / "etc")
    except Unavailable as error:
        pytest.skip(f"no network namespaces here: {error}")
    yield parts
    for daemon in rig.daemons:
        daemon.close()
    parts.stop()


@pytest.fixture
def push(rig, network):
    """The push service at the far end."""
    server = rig.push(listening=False)
    server.door = network.door(server)
    return server


def server_behind_doors(rig, certs, kind="good", starttls=False):
    server = rig.imap(tls=(certs.cert(kind), certs.key(kind)),
                      starttls=starttls, listening=False)
    server.inbox.append(3)
    return server


@pytest.fixture
def box(rig, network, push, daemon, certs):
    """box(name) is a server at the far end, and the account and endpoint of
    that name which are for it."""
    def make(name, door="::", host=FAR4, push_host=FAR4, starttls=False,
             **values):
        server = server_behind_doors(rig, certs, starttls=starttls)
        server.door = network.door(server, door)
        daemon.account(name, server, host=host, tls_name=NAME,
                       tls="starttls" if starttls else "implicit",
                       ca_file=str(certs.ca_file), **values)
        daemon.endpoint(name, push.url(name, push_host), accounts=[name],
                        insecure_http=True)
        return server
    return make


# A connection that is dead at one end only (C24).

def dies_without_a_word(network, push, imap, away, within):
    """Nothing passes for a while, and mail comes; when the line is back,
    whatever stood in between has forgotten the connection."""
    connection = imap.wait_idle()
    network.cut()
    network.forget(connection)
    begun = time.monotonic()
    imap.inbox.deliver()
    time.sleep(away)
    network.mend()
    push.wait_accepted("work", timeout=within - away)
    assert time.monotonic() - begun < within
    push.assert_exactly("work", 1)
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("work", 2)
    push.assert_rising("work")


def test_connection_dies_without_a_word(network, push, daemon, box):
    imap = box("work", refresh_interval=5)
    network.start(daemon, answer_seconds=1)
    dies_without_a_word(network, push, imap, away=1,
                        within=5 + 1 + BACKOFF + 2)


@slow
@pytest.mark.parametrize("away", [5, 60, 100])
def test_connection_dies_without_a_word_at_default_settings(
        network, push, daemon, box, away):
    imap = box("work")
    network.start(daemon)
    dies_without_a_word(network, push, imap, away, within=150)


# A daemon that stands still (C24).

def freeze(daemon):
    """Stops all processes of the daemon; returns what lets them go on."""
    pids = [daemon.process.pid]
    os.kill(pids[0], signal.SIGSTOP)
    for pid in daemon.children():
        daemon.signal_child(pid, signal.SIGSTOP)
        pids.append(pid)

    def thaw():
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    return thaw


def wait_checked(imap, done, timeout=10):
    """Waits until the daemon has looked, by a DONE more than those."""
    imap.wait_step("done", done + 1, timeout)


def test_daemon_stands_still_for_longer_than_a_refresh(network, push, daemon,
                                                       box):
    """Mail that came meanwhile is told once: where the connection lives,
    where the server did not tell of the mail, and where the connection has
    died."""
    kinds = ("quiet", "told", "untold", "dead")
    servers = {kind: box(kind, refresh_interval=5) for kind in kinds}
    network.start(daemon, answer_seconds=1)
    connections = {k: s.wait_idle() for k, s in servers.items()}
    daemon.wait_watching(*kinds)
    thaw = freeze(daemon)
    network.forget(connections["dead"])
    servers["told"].inbox.deliver()
    servers["dead"].inbox.deliver()
    servers["untold"].inbox.append()
    time.sleep(6)
    done = {kind: server.count("done") for kind, server in servers.items()}
    mark = daemon.mark()
    thaw()
    for kind in ("quiet", "told", "untold"):
        wait_checked(servers[kind], done[kind])
    daemon.wait_about("dead", "retrying in", timeout=10, after=mark)
    for kind in ("told", "untold"):
        push.assert_exactly(kind, 1)
    daemon.reload()  # which means: at once
    push.assert_exactly("dead", 1)
    assert not push.puts("quiet")
    assert [len(s.logins) for s in servers.values()] == [1, 1, 1, 2]


@slow
def test_machine_sleeps(network, push, daemon, box):
    """Nothing was due in a session meanwhile, yet all are checked within
    10 s: something else was due, and is more than 10 s late."""
    servers = [box("one"), box("two")]
    box("away").door.refuse()
    network.start(daemon)
    daemon.wait_watching("one", "two")
    daemon.wait_about("away", "retrying in")
    for server in servers:
        server.wait_idle()
    thaw = freeze(daemon)
    time.sleep(35)
    done = [server.count("done") for server in servers]
    mark = daemon.mark()
    thaw()
    for server, count in zip(servers, done):
        wait_checked(server, count)
    daemon.wait_log("the machine slept", after=mark)


# A box that moves.

CHANGED = "the network changed"


def test_box_gets_another_address(network, push, daemon, box):
    """One connection is dead by that and the other is not; both are looked
    at within 10 s."""
    moved = box("moved")
    stays = box("stays", host=FAR6)
    network.start(daemon, answer_seconds=1)
    daemon.wait_watching("moved", "stays")
    for server in (moved, stays):
        server.wait_idle()
    done, mark = stays.count("done"), daemon.mark()
    network.move()
    begun = time.monotonic()
    moved.inbox.deliver()
    daemon.wait_log(CHANGED, after=mark, timeout=3)
    daemon.wait_about("moved", "retrying in", after=mark, timeout=10)
    wait_checked(stays, done, timeout=begun + 10 - time.monotonic())
    daemon.reload()  # which means: at once
    push.wait_accepted("moved")
    stays.inbox.deliver()
    push.assert_exactly("stays", 1)
    push.assert_exactly("moved", 1)
    assert len(stays.logins) == 1 and len(moved.logins) == 2


def test_address_is_renewed(network, daemon, box):
    """Routers renew IPv6 addresses every few minutes: no change."""
    def has(address, seconds, how):
        network.near.ip(f"-6 address {how} {address}/64 dev {WIRE} nodad"
                        f" valid_lft {seconds} preferred_lft 3600")
    imap = box("work", host=FAR6)
    has(OTHER6, 7200, "add")
    network.start(daemon)
    imap.wait_idle()
    daemon.wait_watching("work")
    done, mark = imap.count("done"), daemon.mark()
    for seconds in (7100, 7200, 9000):
        has(OTHER6, seconds, "change")
    time.sleep(1)
    assert not daemon.lines(CHANGED, after=mark)
    assert imap.count("done") == done
    network.near.ip(f"-6 address del {OTHER6}/64 dev {WIRE}")
    daemon.wait_log(CHANGED, after=mark)


# A box that is up before its network is (C25).

def test_no_network_at_boot(network, push, daemon, box):
    """When it is there, what has failed is tried again at once, not when the
    next wait is over."""
    network.names(imap=[FAR4, FAR6], push=[FAR4])
    network.down()
    servers = {"named": box("named", host="imap.test", push_host="push.test"),
               "numbered": box("numbered")}
    network.start(daemon)
    for name in servers:
        daemon.wait_about(name, "retrying in")
    assert not daemon.lines(CHANGED)
    network.resolv_conf()
    network.up()
    for name, server in servers.items():
        server.wait_idle(timeout=10)
        server.inbox.deliver()
        push.assert_exactly(name, 1)
    daemon.wait_log(CHANGED)


def test_no_names_at_boot(network, push, daemon, box):
    """/etc/resolv.conf names nobody, and then somebody: what failed for that
    is well with its next try, for IMAP and for pushes."""
    network.names(imap=[FAR4, FAR6], push=[FAR4])
    named = box("named", host="imap.test", push_host="push.test")
    numbered = box("numbered", host=FAR4, push_host="push.test")
    network.start(daemon)
    numbered.wait_idle()
    numbered.inbox.deliver()
    line = daemon.wait_about("numbered", "push.test.*retrying in")
    assert "resolve" in line, line
    line = daemon.wait_about("named", "retrying in")
    assert "no address for imap.test" in line, line
    network.resolv_conf()
    push.wait_accepted("numbered", timeout=NEXT_TRY)
    named.wait_idle(timeout=NEXT_TRY)
    named.inbox.deliver()
    push.assert_exactly("named", 1)
    push.assert_exactly("numbered", 1)
    assert daemon.running()


def test_name_of_push_service_is_unknown_for_a_while(network, push, daemon,
                                                     box):
    names = network.names()
    network.resolv_conf()
    imap = box("work", push_host="push.test")
    network.start(daemon)
    imap.wait_idle()
    imap.inbox.deliver()
    daemon.wait_about("work", "push.test.*retrying in")
    assert "push.test" in names.asked
    names.names["push.test"] = [FAR4]
    push.wait_accepted("work", timeout=NEXT_TRY)
    push.assert_exactly("work", 1)


def test_push_service_has_ipv6_only(network, push, daemon, box):
    network.names(six=[FAR6])
    network.resolv_conf()
    kinds = {"numbered": f"[{FAR6}]", "named": "six.test"}
    servers = {kind: box(kind, push_host=host)
               for kind, host in kinds.items()}
    network.start(daemon)
    for kind, server in servers.items():
        server.wait_idle()
        server.inbox.deliver()
    for kind, host in kinds.items():
        put, = push.assert_exactly(kind, 1)
        assert put.header("Host") == f"{host}:{push.port}"


# IPv6 on paper only (C26).

SOON = 3  # "well under" the 10 s that C26 allows


def test_ipv6_is_dead(network, push, daemon, box):
    """Packets to it vanish, or it refuses at once."""
    network.names(dark=[DARK6, FAR4], closed=[FAR6, FAR4])
    network.resolv_conf()
    vanished = network.count(f"ip6 daddr {DARK6}", "drop")
    servers = {kind: box(kind, FAR4, host=f"{kind}.test",
                         push_host="dark.test") for kind in
               ("dark", "closed")}
    refused = network.count(f"ip6 daddr {FAR6} tcp dport "
                            f"{servers['closed'].port}")
    begun = time.monotonic()
    network.start(daemon)
    for server in servers.values():
        server.wait_idle()
        assert server.logins[0].time - begun < SOON
    assert vanished() and refused()  # it was tried
    before = vanished()
    for kind, server in servers.items():
        server.inbox.deliver()
        push.wait_accepted(kind, timeout=SOON)
        push.assert_exactly(kind, 1)
    assert vanished() > before


def test_ipv6_has_another_certificate(rig, network, daemon, box, certs):
    """No reason to go on to the other family as if nothing had been."""
    network.names(twin=[FAR6, FAR4])
    network.resolv_conf()
    good = box("work", FAR4, host="twin.test")
    bad = server_behind_doors(rig, certs, "wrong_name")
    bad.port = good.port
    network.door(bad, FAR6)
    network.start(daemon)
    line = daemon.wait_about("work", "retrying in")
    assert "certificate" in line, line
    assert bad.accepted and not bad.logins
    assert not good.accepted


# A network that wants a log-in page to be filled in (C27).

class Portal:
    """Takes everybody's connections and answers as a web server does."""

    def __init__(self):
        self.got = b""
        self.answered = 0

    def __call__(self, sock):
        try:
            sock.settimeout(0.2)
            data = b""
            try:
                data = sock.recv(65536)
            except TimeoutError:
                pass
            self.got += data
            first = ("302 Found\r\nLocation: http://portal.test/login"
                     if data.startswith((b"PUT", b"POST"))
                     else "400 Bad Request")
            sock.sendall(f"HTTP/1.1 {first}\r\nContent-Length: 0\r\n"
                         "Connection: close\r\n\r\n".encode())
            self.answered += 1
            while data:
                data = sock.recv(65536)
                self.got += data
        except OSError:
            pass
        finally:
            sock.close()


def test_captive_portal(network, push, daemon, box):
    """Nobody's password and no push goes there for good; all is well once the
    page is filled in and the daemon told to try again."""
    portal = Portal()
    free = box("free")
    caught = {"tls": box("tls"), "starttls": box("starttls", starttls=True)}
    doors = [push.door] + [server.door for server in caught.values()]
    real = [door.lead_to(portal) for door in doors]
    network.start(daemon)
    free.wait_idle()
    free.inbox.deliver()
    line = daemon.wait_about("free", "retrying in")
    assert "302" in line, line
    line = daemon.wait_about("starttls", "retrying in")
    assert "HTTP/1.1 400" in line, line
    line = daemon.wait_about("tls", "retrying in")
    assert "TLS" in line, line
    assert portal.answered >= 3
    for word in (b"LOGIN", b"AUTHENTICATE", b"sesame"):
        assert word not in portal.got
    for door, serve in zip(doors, real):
        door.lead_to(serve)
    assert not push.requests
    daemon.reload()
    push.assert_exactly("free", 1)
    for name, server in caught.items():
        server.wait_idle()
        server.inbox.deliver()
        push.assert_exactly(name, 1)


def test_status_tells_a_network_that_is_away(network, box, daemon):
    """No way, and no name server: not the fault of servers or passwords."""
    box("work")
    box("named", host=NAME)
    network.names(imap=[FAR4])
    network.resolv_conf()
    network.down()
    network.start(daemon)
    told = status.wait(daemon, lambda told: told.states() == {
        "work": "offline", "named": "offline"}, timeout=20)
    assert told.account("work")["error"]["code"] == "unreachable"
    assert told.account("named")["error"]["code"] == "dns"
    network.up()
    status.wait(daemon, lambda told: set(told.states().values())
                == {"watching"}, timeout=30)
