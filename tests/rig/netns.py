"""A network of a test's own: the box at one end of a wire, the servers at the
other, and in between whatever befalls a network.

    network = Network(folder)
    imap = FakeImap(listening=False, ...)      # no door on loopback
    network.door(imap)                         # but one there, at imap.port
    network.start(daemon)                      # at the near end
    network.cut(); network.mend()              # no packet passes, no reset
    network.forget(imap.wait_idle())           # ... of this connection alone

Each end is a network namespace (and a mount namespace, for /etc/resolv.conf)
that a thread of this process is in, and that has no name. It is gone when its
thread and its sockets are, however the test ends, and the machine's own
network and files are never touched. It takes root; see Unavailable.
"""

import concurrent.futures
import contextlib
import ctypes
import errno
import ipaddress
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

from .listener import Listener

NEAR4, FAR4 = "10.9.8.1", "10.9.8.2"
NEAR6, FAR6 = "2001:db8::1", "2001:db8::2"
OTHER4, OTHER6 = "10.9.8.3", "2001:db8::3"  # of the near end, at times
DARK6 = "2001:db8:0:1::1"  # nobody's, but by way of the far end
WIRE = "wire"  # how both ends call their interface

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
# What says that this kernel cannot do it, or that we may not; anything else is
# a fault of ours, and no reason to leave tests out.
LACKING = re.compile("not permitted|not supported|Unknown device type")
_libc = ctypes.CDLL(None, use_errno=True)


class Unavailable(Exception):
    """Namespaces cannot be had here; says why."""


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source, target, flags):
    _check(_libc.mount(os.fsencode(source), os.fsencode(target), None,
                       ctypes.c_ulong(flags), None), f"mount on {target}")


def _leave():
    """The calling thread gets a network and mounts of its own."""
    _check(_libc.unshare(CLONE_NEWNET | CLONE_NEWNS), "unshare")
    try:
        _mount("none", "/", MS_REC | MS_PRIVATE)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise Unavailable("/ is no mount of its own (a chroot)") from error
        raise


class Namespace:
    """What run() runs is inside: sockets and processes are born there."""

    def __init__(self):
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        try:
            self.run(_leave)
        except (OSError, Unavailable):
            self.stop()
            raise

    def run(self, function, *arguments, **named):
        return self._thread.submit(function, *arguments, **named).result()

    def stop(self):
        """Processes that were started inside are killed (see Daemon)."""
        self._thread.shutdown()

    def command(self, *words, given=None):
        """Runs a program inside; returns what it says."""
        done = self.run(subprocess.run, words, input=given, text=True,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise OSError(f"{' '.join(words)}: {done.stdout}{given or ''}")
        return done.stdout

    def ip(self, *commands):
        for command in commands:
            self.command("ip", *command.split())

    def nft(self, text):
        return self.command("nft", "-f", "-", given=text)

    def cover(self, path, file):
        """Inside, path is file from now on."""
        self.run(_mount, file, path, MS_BIND)


class Door(Listener):
    """Where the clients of a namespace come in to a server of this process,
    which need not listen anywhere itself."""

    def __init__(self, namespace, server, address):
        """address: "::" for all there are, of IPv4 too."""
        self._namespace = namespace
        self._door = (address, server.port)
        super().__init__(server._serve)

    def lead_to(self, serve):
        """Who comes from now on meets serve(sock); returns whom they would
        have met."""
        self._serve, before = serve, self._serve
        return before

    def _bind(self, port):
        return self._namespace.run(self._bound)

    def _bound(self):
        if ":" in self._door[0]:
            sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        else:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(self._door)
        return sock


class NameServer:
    """Answers for A and AAAA by UDP. A name that is not in names does not
    exist."""

    def __init__(self, namespace, address):
        self.names = {}  # name -> [address]
        self.asked = []  # names, in order
        self._socket = namespace.run(self._bound, address)
        threading.Thread(target=self._serve, daemon=True).start()

    @staticmethod
    def _bound(address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, 53))
        return sock

    def stop(self):
        self._socket.settimeout(0)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes recvfrom()
        self._socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self._socket.recvfrom(4096)
                if not query:
                    return
                self._socket.sendto(self._answer(query), client)

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, question = query[at + 2], query[12:at + 5]
        name = ".".join(labels).lower()
        self.asked.append(name)
        known = [ipaddress.ip_address(a) for a in self.names.get(name, ())]
        records = [b"\xc0\x0c" + bytes([0, kind, 0, 1, 0, 0, 0, 1])
                   + len(a.packed).to_bytes(2, "big") + a.packed
                   for a in known if {4: 1, 6: 28}[a.version] == kind]
        flags = 0x8580 | (0 if name in self.names else 3)
        counts = b"\0\1" + len(records).to_bytes(2, "big") + bytes(4)
        return (query[:2] + flags.to_bytes(2, "big") + counts + question
                + b"".join(records))


class Network:
    """Both ends and the wire, up, with IPv4 and IPv6 on it."""

    def __init__(self, folder):
        """folder: where the files that cover those of /etc are made."""
        for program in ("ip", "nft"):
            if not shutil.which(program):
                raise Unavailable(f"there is no program {program}")
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(exist_ok=True)
        self._parts = contextlib.ExitStack()
        try:
            self.near = self._kept(Namespace())
            self.far = self._kept(Namespace())
            self._wire()
        except OSError as error:
            self.stop()
            if LACKING.search(str(error)):
                raise Unavailable(str(error)) from None
            raise
        self._rules = 0
        self._cover_etc()

    def _kept(self, part):
        self._parts.callback(part.stop)
        return part

    def _wire(self):
        """One look at nftables, too, which the kernel may be without."""
        peer = self.far.run(threading.get_native_id)
        self.near.ip("link set lo up", "link add name %s type veth peer name "
                     "%s netns %d" % (WIRE, WIRE, peer))
        self.far.ip("link set lo up", f"address add {FAR4}/24 dev {WIRE}",
                    f"link set {WIRE} up",
                    f"address add {FAR6}/64 dev {WIRE} nodad")
        for end in (self.near, self.far):
            end.nft("add table inet test\n"
                    "add chain inet test in { type filter hook prerouting "
                    "priority -300; }\n")
        self.near.ip(f"address add {NEAR4}/24 dev {WIRE}")
        self.up()

    def _cover_etc(self):
        """The box asks nobody but resolv.conf, whatever the machine does."""
        covers = {"resolv.conf": "", "gai.conf": "", "nsswitch.conf":
                  "passwd: files\ngroup: files\nhosts: files dns\n"}
        for name, text in covers.items():
            file = self._folder / name
            file.write_text(text)
            if os.path.exists(f"/etc/{name}"):
                self.near.cover(f"/etc/{name}", file)

    def stop(self):
        self._parts.close()

    # Who lives there.

    def start(self, daemon, *arguments, **named):
        """daemon.start() at the near end."""
        return self.near.run(daemon.start, *arguments, **named)

    def door(self, server, address="::"):
        """Lets clients in to a server at the far end, at the port that it
        says it has."""
        return self._kept(Door(self.far, server, address))

    def names(self, **names):
        """A name server at the far end, which knows these names below
        .test; the box does not know of it until told by resolv_conf()."""
        server = self._kept(NameServer(self.far, FAR4))
        server.names = {f"{n}.test": a for n, a in names.items()}
        return server

    def resolv_conf(self, text=f"nameserver {FAR4}\n"):
        (self._folder / "resolv.conf").write_text(text)

    # What befalls it.

    def down(self):
        """The near end's interface goes down: no route is left."""
        self.near.ip(f"link set {WIRE} down")

    def up(self):
        """The near end's interface, and all that went with it."""
        self.near.ip(f"link set {WIRE} up",
                     f"-6 address replace {NEAR6}/64 dev {WIRE} nodad",
                     f"-6 route replace default via {FAR6}",
                     f"route replace default via {FAR4}")

    def move(self):
        """The near end gets another IPv4 address in place of the old one."""
        self.near.ip(f"address del {NEAR4}/24 dev {WIRE}",
                     f"address add {OTHER4}/24 dev {WIRE}",
                     f"route replace default via {FAR4}")

    def cut(self):
        """Nothing passes any more, and nobody is told."""
        for end in (self.near, self.far):
            self._rule(end, f"iifname {WIRE} drop")

    def mend(self):
        """All passes again, but for connections that were forgotten."""
        for end in (self.near, self.far):
            listed = end.command("nft", "-a", "list", "chain", "inet", "test",
                                 "in")
            for handle in re.findall(r'iifname "%s" drop # handle (\d+)'
                                     % WIRE, listed):
                end.nft(f"delete rule inet test in handle {handle}")

    def forget(self, connection):
        """No packet of a fake server's connection passes any more, in either
        direction, and nobody is told."""
        _, port = connection.sock.getpeername()[:2]
        self._rule(self.near, f"tcp dport {port} drop")
        self._rule(self.far, f"tcp sport {port} drop")

    def count(self, match, verdict="accept"):
        """A function that tells how many packets came to the far end since
        now that match; verdict: what becomes of them."""
        self._rules += 1
        name = f"rule{self._rules}"
        self.far.nft(f"add counter inet test {name}")
        self._rule(self.far, f"{match} counter name {name} {verdict}")

        def packets():
            listed = self.far.command("nft", "list", "counter", "inet",
                                      "test", name)
            return int(re.search(r"packets (\d+)", listed).group(1))
        return packets

    @staticmethod
    def _rule(end, rule):
        end.nft(f"add rule inet test in {rule}")
