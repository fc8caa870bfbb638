"""What the end-to-end tests share: parts that end with the test, and their
logs where it fails.

What must hold in every test is looked at here, after each one: the push
receiver saw no version going down and no two requests at a time, the IMAP
server no command that a watcher may not send, and the daemon's log has in it
neither a password nor a push URL nor a sanitizer's complaint.
"""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from rig.certs import Certs  # noqa: E402
from rig.daemon import Daemon  # noqa: E402
from rig.fakeimap import FakeImap  # noqa: E402
from rig.issuer import Issuer  # noqa: E402
from rig.keyring import Keyring  # noqa: E402
from rig.netns import Network, Unavailable  # noqa: E402
from rig.receiver import SECRET, Receiver  # noqa: E402
from rig.world import World  # noqa: E402


class Rig:
    """Makes the parts of one test and takes them down."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="imappushd-test-"))
        self.servers = []
        self.receivers = []
        self.daemons = []
        self.issuers = []

    def imap(self, password="open sesame", users=None, **options):
        """A server with a user of its own: host, user and mailbox are what
        the daemon knows a mailbox by, and all servers are on one host."""
        users = users or {f"user{len(self.servers) + 1}": password}
        self.servers.append(FakeImap(users=users, **options))
        return self.servers[-1]

    def push(self, kind=Receiver, **options):
        self.receivers.append(kind(**options))
        return self.receivers[-1]

    def issuer(self, **options):
        self.issuers.append(Issuer(**options))
        return self.issuers[-1]

    def daemon(self, name="box", **options):
        folder = self.folder / name
        folder.mkdir()
        self.daemons.append(Daemon(folder, **options))
        return self.daemons[-1]

    def variants(self, daemon, push, names, **options):
        """{name: its own server}, each an account and an endpoint of daemon
        under that name: many variants of one trouble, side by side."""
        servers = {}
        for name in names:
            servers[name] = self.imap(**options)
            servers[name].inbox.append(3)
            daemon.box(name, servers[name], push)
        return servers

    def stop(self):
        for part in self.daemons:
            part.close()
        for part in self.servers + self.receivers + self.issuers:
            part.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def complaints(self):
        """What must never be, whatever a test is about."""
        found = []
        for part in self.servers + self.receivers + self.issuers:
            found += part.violations
        secrets = {SECRET}.union(*(s.users.values() for s in self.servers),
                                 *(i.secrets for i in self.issuers))
        for daemon in self.daemons:
            text = daemon.text()
            found += [f"in the log: {secret}" for secret in secrets
                      if len(secret) > 5 and secret in text]
            found += daemon.errors
        return found

    def reports(self):
        for kind, parts in (("daemon", self.daemons),
                            ("IMAP server", self.servers),
                            ("push receiver", self.receivers),
                            ("issuer", self.issuers)):
            for number, part in enumerate(parts, 1):
                yield f"{kind} {number}", part.report()


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    """A certificate authority, and server certificates of all kinds."""
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def rig():
    parts = Rig()
    yield parts
    parts.stop()
    assert not parts.complaints(), parts.complaints()


@pytest.fixture
def imap(rig):
    """An IMAP server that can IDLE, with three old messages in INBOX."""
    server = rig.imap()
    server.inbox.append(3)
    return server


@pytest.fixture
def push(rig):
    return rig.push()


@pytest.fixture
def daemon(rig):
    """The daemon, not started, without an account or endpoint."""
    return rig.daemon()


@pytest.fixture
def bus(rig):
    """Makes session buses, of a kind in rig/keyring.py, that end with the
    test."""
    buses = []

    def start(kind, *options):
        folder = rig.folder / f"bus{len(buses)}"
        buses.append(kind(folder, *options).start())
        return buses[-1]
    yield start
    for one in buses:
        one.close()


@pytest.fixture
def keyring(bus):
    """GNOME's keyring, unlocked."""
    one = bus(Keyring)
    one.unlock()
    return one


@pytest.fixture
def world(rig, daemon, certs):
    """A network of the test's own. Whatever is tried there, nobody ever comes to port
    80."""
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces")
    try:
        network = Network(rig.folder / "etc")
    except Unavailable as error:
        pytest.skip(f"no network namespaces here: {error}")
    parts = World(network, daemon, certs)
    yield parts
    parts.stop()


@pytest.fixture
def watching(daemon, imap, push):
    """The daemon, watching account "work" on imap for endpoint "phone"."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    daemon.wait_watching("work")
    imap.wait_idle()
    return daemon


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    parts = getattr(item, "funcargs", {}).get("rig")
    if parts and outcome.get_result().failed:
        outcome.get_result().sections += list(parts.reports())
