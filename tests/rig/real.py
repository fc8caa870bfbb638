"""What tests of the daemon against the real Dovecot share.

    server = real.server(rig, certs, "alice")
    real.box(daemon, push, server, "alice", tls="starttls")
    daemon.start()
    daemon.wait_watching("alice")
    server.deliver("alice")
    put, = push.assert_exactly("alice", 1)
    assert put.version >= server.appeared("alice")

Account, endpoint and user go by the same name, so that many of them can be
watched side by side without being mixed up.
"""

import os
import re
import socket
import threading
import time
import uuid

from . import dovecot
from .daemon import command_line, processes
from .listener import Listener

WAYS = ("notify", "idle", "poll")


class Server(dovecot.Dovecot):
    """A Dovecot as the parts of a test want it, and some looks into it."""

    violations = ()

    def report(self):
        return self.log()[-8000:]

    def folder_of(self, user, mailbox=None):
        home = self.maildir(user)
        return home / ("." + mailbox) if mailbox else home

    def mails(self, user, mailbox=None):
        """The files of a mailbox."""
        folder = self.folder_of(user, mailbox)
        return [path for part in ("new", "cur")
                for path in (folder / part).glob("*")]

    def appeared(self, user, mailbox=None):
        """When the newest mail came into its mailbox, in microseconds: a file
        is renamed or linked into place, and that sets its ctime. The kernel
        rounds it down, by some milliseconds."""
        return max(path.stat().st_ctime_ns
                   for path in self.mails(user, mailbox)) // 1000

    def drop_in(self, user, header=b"", count=1):
        """Puts mails where another mail server would: into the Maildir. Works
        while Dovecot does not run. (They are links to one file, because many
        small files take long to remove.)"""
        folder = self.folder_of(user)
        held = folder / "tmp" / uuid.uuid4().hex
        held.write_bytes(b"Received: from mx.test; now\nFrom: a@mx.test\n"
                         b"Subject: Hello\n" + header + b"\nHello.\n")
        owner = folder.stat()
        os.chown(held, owner.st_uid, owner.st_gid)
        for number in range(count):
            os.link(held, folder / "new" / (
                "%d.%s-%d.mx.test" % (time.time(), held.name, number)))
        held.unlink()

    def serving(self):
        """The processes that serve a connection each."""
        return [pid for pid, fields in processes().items()
                if fields["session"] == str(self._processes[0].pid)
                and command_line(pid)[0].endswith("imap")]

    def logins(self, user):
        """How often the user logged in."""
        return len(re.findall(r"imap-login: .*Log(?:in|ged in): user=<%s>"
                              % re.escape(user), self.log()))


def password(user):
    return "of-%s-only" % user


def server(rig, certs, *users, **options):
    """Starts a Dovecot that ends with the test."""
    folder = rig.folder / ("dovecot-%d" % len(rig.servers))
    started = Server(folder, {user: password(user) for user in users}, certs,
                     **options)
    rig.servers.append(started)
    return started.start()


def account(daemon, imap, name, user=None, **values):
    """accounts.d/NAME.conf: over TLS with the server's own authority; with
    password_file=None its password is in no file. Nothing is registered unless
    asked: it takes round trips, which some tests count."""
    user = user or name
    tls = values.get("tls", "implicit")
    known = {"host": "127.0.0.1", "user": user, "tls": tls,
             "port": imap.imaps_port if tls == "implicit" else imap.imap_port,
             "poll_interval": 1, "register": False}
    if tls != "none":
        known["ca_file"] = str(imap.ca_file)
    if not {"password_file", "password_command"} & set(values):
        known["password_file"] = daemon.password_file(
            name, imap.users[user] + "\n")
    known.update(values)
    return daemon.write("accounts.d/%s.conf" % name,
                        **{k: v for k, v in known.items() if v is not None})


def box(daemon, push, imap, name, min_interval=0, **values):
    """An account, and an endpoint of the same name for it alone."""
    account(daemon, imap, name, **values)
    daemon.endpoint(name, push.url(name), accounts=[name],
                    min_interval=min_interval)


def put_after(push, name, moment, timeout=10):
    """Waits for an accepted PUT whose version was assigned after that moment
    (in microseconds); returns the version."""
    return push.wait_version_above(name, moment - 1, timeout)


class Tap:
    """Stands between the daemon and a Dovecot, so that a test can do something
    at the very moment when a command is on its way (in the clear).

    arm(at, do) calls do() when the client has sent a line that matches `at`,
    before the server gets that line; once.
    """

    def __init__(self, imap):
        self.server_port = imap.imap_port
        self.at = None
        self.do = None
        self._listener = Listener(self._serve)
        self.imap_port = self._listener.port

    def arm(self, at, do):
        self.at, self.do = re.compile(at), do

    def stop(self):
        self._listener.stop()

    def _serve(self, client):
        with client, socket.create_connection(
                (dovecot.HOST, self.server_port)) as upstream:
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=self._copy, daemon=True,
                                    args=(upstream, client))
            back.start()
            self._copy(client, upstream, self._seen)
            back.join()

    def _seen(self, line):
        if self.at and self.at.search(line):
            do, self.at = self.do, None
            do()

    def _copy(self, source, sink, seen=lambda line: None):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                for line in data.splitlines(keepends=True):
                    seen(line)
                    sink.sendall(line)
        except OSError:
            pass
        self._end(sink)

    @staticmethod
    def _end(sock):
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Recorder(Tap):
    """A Tap that sends on what came together together, and remembers it:
    [(from whom, bytes)]."""

    def __init__(self, imap):
        self.traffic = []
        super().__init__(imap)

    def _copy(self, source, sink, seen=None):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                if seen:
                    seen(data)
                self.traffic.append(("client" if seen else "server", data))
                sink.sendall(data)
        except OSError:
            pass
        self._end(sink)

    def text(self):
        return "\n".join("%s: %r" % part for part in self.traffic)
