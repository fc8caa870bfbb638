"""A push service that remembers everything and misbehaves on request.

    push = Receiver()
    push.script("phone", refuse(500), refuse(429, "Retry-After: 1"))
    ... the daemon is given push.url("phone") ...
    put, = push.wait_accepted("phone")
    assert put.version > 0

Every request is kept. What must hold for any sender at any time is watched
without being asked for, and ends up in `violations`: one request in flight per
path, no version below one that was sent before, 1 <= version < 2^53.

A path is named by its last part: "phone" is /wpush/phone. The part /wpush/ is
the secret of the URL, so that a test can look for it where it must not be.
"""

import re
import select
import socket
import ssl
import threading
import time

from .listener import Listener, reset as reset_socket

SECRET = "/wpush/"
REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content"}
VERSION = re.compile(rb"\b(?:version|v)=(-?\d+)")


class Request:
    """One request as it came, and what became of it."""

    def __init__(self, connection, method, target, headers, body):
        self.time = time.monotonic()
        self.connection = connection  # a number, for telling connections apart
        self.method = method
        self.path = target
        self.headers = headers  # [(name, value)], in order
        self.body = body
        self.status = None  # None: never answered
        self.open = False  # taken, and neither answered nor given up
        found = VERSION.search(body)
        told = found.group(1) if found else self.header("X-Version")
        self.version = int(told) if told else None

    @property
    def accepted(self):
        return self.status is not None and 200 <= self.status < 300

    def header(self, name):
        """All values of a header, joined; None where it is missing."""
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        return ", ".join(values) if values else None

    def __repr__(self):
        return (f"<{self.time:.3f} c{self.connection} {self.method} {self.path}"
                f" {self.body[:60]!r} -> {self.status}>")


# Answers. Each is a function of (receiver, socket, request) that returns
# whether the connection goes on.

def answer(status=201, *headers, body=b"", delay=0):
    """An ordinary answer; headers are whole lines."""
    def run(receiver, sock, request):
        if delay and not receiver.still_there(sock, delay):
            return False
        head = [f"HTTP/1.1 {status} {REASONS.get(status, 'No')}",
                f"Content-Length: {len(body)}", *headers, "", ""]
        receiver.answered(request, status)
        sock.sendall("\r\n".join(head).encode() + body)
        return True
    return run


def refuse(status, *headers, **options):
    """Like answer(); reads better where the status is an error."""
    return answer(status, *headers, **options)


def hang():
    """Takes the request and never answers it."""
    def run(receiver, sock, request):
        receiver.still_there(sock, 3600)
        return False
    return run


def close():
    """Takes the request and closes the connection."""
    return lambda receiver, sock, request: False


def reset():
    """Takes the request and resets the connection."""
    def run(receiver, sock, request):
        reset_socket(sock)
        return False
    return run


def endless(status=200, chunk=b"x" * 65536):
    """An answer whose body never ends, as fast as it is taken."""
    def run(receiver, sock, request):
        receiver.answered(request, status)
        sock.sendall(f"HTTP/1.1 {status} OK\r\n\r\n".encode())
        while not receiver.stopped.is_set():
            sock.sendall(chunk)
        return False
    return run


def drip(status=200, every=0.2):
    """Headers, and then a byte of the body now and then, for ever."""
    def run(receiver, sock, request):
        receiver.answered(request, status)
        sock.sendall(f"HTTP/1.1 {status} OK\r\n\r\n".encode())
        while receiver.still_there(sock, every):
            sock.sendall(b"x")
        return False
    return run


def speak(text, then=close()):
    """Says that much of an answer, whatever it is, and then does something else."""
    def run(receiver, sock, request):
        found = re.match(rb"HTTP/1.1 ([2-9]\d\d)\s", text)
        if found:
            receiver.answered(request, int(found.group(1)))
        sock.sendall(text)
        return then(receiver, sock, request)
    return run


def flood(text):
    """Says it for ever, as fast as it is taken."""
    def run(receiver, sock, request):
        while not receiver.stopped.is_set():
            sock.sendall(text)
        return False
    return run


def silence():
    """Reads on and says nothing, until the client gives up."""
    def run(receiver, sock, request):
        while sock.recv(65536):
            pass
        return False
    return run


class after_tls:
    """A greeting that waits for the end of the handshake."""

    def __init__(self, then):
        self.then = then


class _Path:
    def __init__(self, default):
        self.script = []
        self.default = default
        self.in_flight = 0
        self.highest = 0  # the highest version seen, accepted or not


class Receiver:
    """The push service. Stop it, or use it in a with statement."""

    protocol = "http/1.1"  # as TLS names it (ALPN)
    default = staticmethod(answer(201))

    def __init__(self, tls=None, listening=True):
        """tls: (certificate chain file, key file), or None."""
        self.requests = []
        self.violations = []
        self.connections = 0
        self.stopped = threading.Event()
        self._paths = {}
        self._greetings = []
        self._changed = threading.Condition()
        self._tls = None
        if tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.set_ciphers("DEFAULT:@SECLEVEL=0")  # weak keys, too
            self._tls.load_cert_chain(*tls)
            self._tls.set_alpn_protocols([self.protocol])
        self._listener = Listener(self._serve, listening)
        self.port = self._listener.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopped.set()
        self._listener.stop()

    # What a test arranges.

    def url(self, name, host="127.0.0.1"):
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host}:{self.port}{SECRET}{name}"

    def plain_url(self, path):
        """A URL whose path is no more than this, as that of an ntfy topic is."""
        return self.url("").replace(SECRET, "/") + path

    def answer_path(self, path, default):
        """Every request to this path, which is no push URL, gets this answer."""
        with self._changed:
            self._paths[path] = _Path(default)

    def script(self, name, *answers):
        """The next requests to name get these answers, then the default."""
        with self._changed:
            self._path(name).script = list(answers)

    def always(self, name, default):
        """Every request to name gets this answer once its script is over."""
        with self._changed:
            self._path(name).default = default

    def greet(self, *greetings):
        """What the next connections get, before a request is read: silence(),
        reset() and the like, or such a thing in after_tls()."""
        with self._changed:
            self._greetings += greetings

    def refuse(self):
        """Connections are refused from now on."""
        self._listener.refuse()

    def listen(self):
        """Connections are taken (again) from now on."""
        self._listener.listen()

    # What a test asks.

    def is_through(self):
        """Has every script and greeting come to its end?"""
        with self._changed:
            return not self._greetings and not any(
                path.script for path in self._paths.values())

    def puts(self, name):
        """All requests to name so far."""
        with self._changed:
            return [r for r in self.requests if r.path == SECRET + name]

    def accepted(self, name):
        return [r for r in self.puts(name) if r.accepted]

    def versions(self, name):
        """The versions of all requests to name, in order, repeats included."""
        return [r.version for r in self.puts(name)]

    def wait_put(self, name, count=1, timeout=10):
        """Waits until name got count requests in all; returns them."""
        return self._wait(lambda: self.puts(name), count, timeout,
                          f"{count} request(s) to {name}")

    def wait_accepted(self, name, count=1, timeout=10):
        """Waits until count requests to name were accepted; returns them."""
        return self._wait(lambda: self.accepted(name), count, timeout,
                          f"{count} accepted request(s) to {name}")

    def wait_version_above(self, name, version, timeout=10):
        """Waits for an accepted version above the given one; returns it."""
        def above():
            return [r for r in self.accepted(name)
                    if r.version is not None and r.version > version]
        return self._wait(above, 1, timeout,
                          f"a version above {version} at {name}")[0].version

    def no_put_for(self, name, seconds=0.4):
        """Waits, and fails when a request to name comes meanwhile."""
        before = len(self.puts(name))
        with self._changed:
            self._changed.wait_for(
                lambda: len(self.puts(name)) > before, seconds)
        extra = self.puts(name)[before:]
        assert not extra, f"unwanted request(s) to {name}: {extra}"

    def settled(self, name, quiet=0.4):
        """Waits until name has got nothing for a while; all it got."""
        while True:
            before = self.puts(name)
            with self._changed:
                if not self._changed.wait_for(
                        lambda: len(self.puts(name)) > len(before), quiet):
                    return before

    def assert_exactly(self, name, count, settle=0.4):
        """name got count requests, and gets no other one for a while."""
        puts = self.wait_put(name, count)
        assert len(puts) == count, f"{name}: {count} wanted, got {puts}"
        self.no_put_for(name, settle)
        return puts

    def assert_rising(self, name, repeats=False):
        """Each accepted version at name is above the one before; with
        repeats, as after a kill, it may also be the same."""
        versions = [r.version for r in self.accepted(name)]
        if repeats:
            versions = [v for n, v in enumerate(versions)
                        if v not in versions[:n]]
        assert all(a < b for a, b in zip(versions, versions[1:])), versions
        return versions

    def report(self):
        lines = [repr(r) for r in self.requests]
        return "\n".join(lines + [f"VIOLATION {v}" for v in self.violations])

    # What an answer uses.

    def answered(self, request, status):
        """Notes the answer; to be called before it goes out."""
        with self._changed:
            request.status = status
            self._ends(request)

    def still_there(self, sock, seconds):
        """Waits; False as soon as the client has closed its side."""
        end = time.monotonic() + seconds
        while not self.stopped.is_set():
            left = end - time.monotonic()
            if left <= 0:
                return True
            readable, _, _ = select.select([sock], [], [], min(left, 0.2))
            if readable and self._ended(sock):
                return False
        return False

    @staticmethod
    def _ended(sock):
        if isinstance(sock, ssl.SSLSocket):
            return not sock.recv(1)
        return not sock.recv(1, socket.MSG_PEEK)

    # The server.

    def _path(self, name):
        return self._paths.setdefault(SECRET + name, _Path(self.default))

    def _wait(self, found, count, timeout, what):
        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count,
                                          timeout):
                raise AssertionError(f"no {what} within {timeout} s; "
                                     f"requests so far: {self.requests}")
            return found()

    def _serve(self, sock):
        with self._changed:
            self.connections += 1
            number = self.connections
            greeting = self._greetings.pop(0) if self._greetings else None
        try:
            if callable(greeting):
                greeting(self, sock, None)
                return
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            self._meet(number, sock, greeting)
        except (OSError, ValueError):
            pass  # the client went away, or speaks no HTTP
        finally:
            sock.close()

    def _meet(self, number, sock, greeting):
        if greeting:
            greeting.then(self, sock, None)
        else:
            self._talk(number, sock)

    def _talk(self, number, sock):
        with sock.makefile("rb") as stream:  # it holds the descriptor open, too
            while self._one_request(number, sock, stream):
                pass

    def _one_request(self, number, sock, stream):
        line = stream.readline().decode("latin-1").rstrip("\r\n")
        if not line:
            return False
        method, target, _ = line.split(" ", 2)
        headers = []
        while True:
            line = stream.readline().decode("latin-1").rstrip("\r\n")
            if not line:
                break
            name, value = line.split(":", 1)
            headers.append((name, value.strip()))
        body = self._body(dict((n.lower(), v) for n, v in headers), stream)
        request = Request(number, method, target, headers, body)
        run = self._begins(request)
        try:
            return run(self, sock, request)
        finally:
            with self._changed:
                self._ends(request)

    @staticmethod
    def _body(headers, stream):
        if "chunked" not in headers.get("transfer-encoding", ""):
            return stream.read(int(headers.get("content-length", 0)))
        body = b""
        while True:
            size = int(stream.readline().split(b";")[0], 16)
            body += stream.read(size)
            stream.readline()
            if not size:
                return body

    def _begins(self, request):
        with self._changed:
            path = self._paths.setdefault(request.path, _Path(self.default))
            if not self._is_alone(request.path):
                self.violations.append(f"two requests in flight: {request}")
            request.open = True
            path.in_flight += 1
            self._judge_version(path, request)
            self.requests.append(request)
            self._changed.notify_all()
            return path.script.pop(0) if path.script else path.default

    def _is_alone(self, path):
        """Is no other request under way? One that was given up without an answer
        may be noticed late, by a thread that is busy sending."""
        others = [r for r in self.requests if r.path == path and r.open]
        self._changed.wait_for(lambda: not any(r.open for r in others), 2)
        return all(not r.open and r.status is None for r in others)

    def _judge_version(self, path, request):
        version = request.version
        if version is None:
            return
        if not 1 <= version < 2 ** 53:
            self.violations.append(f"version out of range: {request}")
        if version < path.highest:
            self.violations.append(
                f"version below {path.highest}: {request}")
        path.highest = max(path.highest, version)

    def _ends(self, request):
        if request.open:
            request.open = False
            self._paths[request.path].in_flight -= 1
        self._changed.notify_all()
