"""Those who tell a mail program its settings: name servers and web servers.

    names = Records(network)
    names.add("example.test", "MX", 10, "mx.example.test")
    names.add("_imaps._tcp.example.test", "SRV", 0, 1, 993, "imap.example.test")
    web = Web(network, certs)
    web.publish("autoconfig.example.test", "/mail/config-v1.1.xml", settings())

All live at the far end of a network (netns.py), at the ports that the world
uses, and remember what they were asked.
"""

import ipaddress
import socket
import ssl
import threading
from xml.sax.saxutils import escape

from .netns import FAR4

TYPES = {"A": 1, "MX": 15, "AAAA": 28, "SRV": 33}
NO_SUCH_NAME = 3


def _wire_name(name):
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _data(kind, fields):
    """What a record of that type holds; bytes stand for themselves."""
    if isinstance(fields[0], bytes):
        return fields[0]
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(fields[0]).packed
    *numbers, target = fields
    return b"".join(n.to_bytes(2, "big") for n in numbers) \
        + _wire_name(target)


class Records:
    """A name server (UDP). A name that has no record, nor any below it, does
    not exist."""

    def __init__(self, network, address=FAR4):
        self.records = {}  # (name, type number) -> [data]
        self.asked = []  # (name, type number), in order
        self.silent = False  # takes questions and never answers
        self._socket = network.far.run(self._bound, address)
        threading.Thread(target=self._serve, daemon=True).start()
        network.resolv_conf(f"nameserver {address}\n")

    @staticmethod
    def _bound(address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, 53))
        return sock

    def stop(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes recvfrom()
        except OSError:
            pass
        self._socket.close()

    def add(self, name, kind, *fields):
        self.records.setdefault((name, TYPES[kind]), []).append(
            _data(kind, fields))

    def host(self, *names, address=FAR4):
        for name in names:
            self.add(name, "A", address)

    def was_asked(self, name):
        return any(asked == name for asked, _ in self.asked)

    def _serve(self):
        try:
            while True:
                query, client = self._socket.recvfrom(4096)
                if not query:
                    return
                answer = self._answer(query)
                if not self.silent:
                    self._socket.sendto(answer, client)
        except OSError:
            pass

    def _exists(self, name):
        return any(known == name or known.endswith("." + name)
                   for known, _ in self.records)

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, question = query[at + 2], query[12:at + 5]
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        found = self.records.get((name, kind), ())
        records = [b"\xc0\x0c" + bytes([0, kind, 0, 1, 0, 0, 0, 60])
                   + len(data).to_bytes(2, "big") + data for data in found]
        flags = 0x8580 | (0 if self._exists(name) else NO_SUCH_NAME)
        counts = b"\0\1" + len(records).to_bytes(2, "big") + bytes(4)
        return (query[:2] + flags.to_bytes(2, "big") + counts + question
                + b"".join(records))


class Web:
    """HTTPS at port 443 for many hosts, each with a certificate of its own."""

    port = 443

    def __init__(self, network, certs):
        self.requests = []  # (host, path with its query, request headers)
        self._certs = certs
        self._pages = {}  # (host, path) -> answer, bytes or a function
        self._contexts = {}  # host -> SSLContext
        self.door = network.door(self)

    def certify(self, *hosts, kind=None):
        """The hosts are there; kind: another certificate than their own."""
        for host in hosts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if kind:
                context.load_cert_chain(self._certs.cert(kind),
                                        self._certs.key(kind))
            else:
                context.load_cert_chain(*self._certs.issue(host))
            self._contexts[host] = context

    def publish(self, host, path, body, status="200 OK", headers=()):
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}",
                "Content-Type: text/xml", "Connection: close", *headers, "",
                ""]
        self._pages[host, path] = "\r\n".join(head).encode() + body
        if host not in self._contexts:
            self.certify(host)

    def redirect(self, host, path, target):
        self.publish(host, path, b"", "302 Found", [f"Location: {target}"])

    def trap(self, host, path, function):
        """function(sock) answers, or does not."""
        self._pages[host, path] = function
        if host not in self._contexts:
            self.certify(host)

    def paths(self, host):
        return [path for asked, path, _ in self.requests if asked == host]

    def _serve(self, sock):
        sock.settimeout(30)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        any_host = next(iter(self._contexts.values()), None)
        if any_host is None:
            sock.close()
            return
        context.load_cert_chain(self._certs.cert(), self._certs.key())

        def choose(tls, name, _):
            if name in self._contexts:
                tls.context = self._contexts[name]
        context.sni_callback = choose
        try:
            with context.wrap_socket(sock, server_side=True) as tls:
                self._talk(tls)
        except (OSError, ValueError):
            sock.close()

    def _talk(self, tls):
        data = b""
        while b"\r\n\r\n" not in data:
            more = tls.recv(4096)
            if not more:
                return
            data += more
        lines = data.decode("latin-1").split("\r\n")
        target = lines[0].split()[1]
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        host = headers["Host"]
        self.requests.append((host, target, headers))
        answer = self._pages.get((host, target.split("?")[0]))
        if callable(answer):
            answer(tls)
        else:
            tls.sendall(answer or b"HTTP/1.1 404 Not Found\r\n"
                        b"Content-Length: 0\r\nConnection: close\r\n\r\n")


class Counter:
    """A port that counts who comes, and answers with what a thief would."""

    def __init__(self, network, port, answer=b""):
        self.port = port
        self.accepted = 0
        self._answer = answer
        network.door(self)

    def _serve(self, sock):
        self.accepted += 1
        with sock:
            sock.sendall(self._answer)


def server(hostname="imap.example.test", port="993", socket_type="SSL",
           username="%EMAILADDRESS%", authentication=("password-cleartext",),
           kind="imap"):
    """An incomingServer; None leaves an element out."""
    elements = [("hostname", hostname), ("port", port),
                ("socketType", socket_type), ("username", username)]
    elements += [("authentication", way) for way in authentication]
    inside = "".join(f"<{name}>{escape(text)}</{name}>"
                     for name, text in elements if text is not None)
    return f'<incomingServer type="{kind}">{inside}</incomingServer>'


def settings(*servers, name="Example Mail", before=""):
    """A file of settings as providers publish it."""
    inside = "".join(servers or (server(),))
    return (f'<?xml version="1.0" encoding="UTF-8"?>{before}\n'
            f'<clientConfig version="1.1"><emailProvider id="example.test">'
            f"<domain>example.test</domain>"
            f"<displayName>{escape(name)}</displayName>{inside}"
            f"</emailProvider></clientConfig>\n").encode()
