"""The push service over HTTP/2 (RFC 9113), frame by frame, so that it can break any rule.

    push = Http2Receiver(tls=(certificate, key))
    push.script("phone", reset_stream(REFUSED_STREAM), goaway(last=0))

What a test asks, and what is watched all the time, is that of receiver.Receiver. An answer
is a function of (receiver, stream, request), called in a thread of its own while frames of
the client are read on; what it returns does not matter, and a request that it does not
answer stays open until the stream ends.
"""

import contextlib
import select
import ssl
import struct
import threading

import hpack

from .listener import reset as reset_socket
from .receiver import Receiver, Request

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS, PADDED, PRIORITY, ACK = 1, 4, 8, 0x20, 1
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL = 0, 2, 7, 8
INITIAL_WINDOW_SIZE = 4


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes((kind, flags))
            + struct.pack(">I", stream) + payload)


def field(name, value):
    """A header as a literal that nobody needs to remember (RFC 7541 section 6.2.2)."""
    return b"".join([b"\0"] + [bytes([len(text)]) + text.encode()
                               for text in (name, value)])


class Stream:
    """What an answer writes to."""

    def __init__(self, wire, number):
        self.wire = wire
        self.number = number

    def send(self, kind, flags=0, payload=b""):
        self.wire.send(frame(kind, flags, self.number, payload))

    def headers(self, status, flags=END_HEADERS):
        self.send(HEADERS, flags, field(":status", str(status)))

    def connection(self, kind, payload, flags=0):
        """A frame that is about the connection."""
        self.wire.send(frame(kind, flags, 0, payload))


# Answers.

def accept(status=201, then=None):
    """An ordinary answer, and then another."""
    def run(receiver, stream, request):
        receiver.answered(request, status)
        stream.headers(status, END_HEADERS | END_STREAM)
        if then:
            then(receiver, stream, request)
    return run


def hang():
    """Takes the request and never answers it."""
    return lambda receiver, stream, request: None


def close():
    """Takes the request and closes the connection."""
    def run(receiver, stream, request):
        receiver.given_up(request)
        stream.wire.close()
    return run


def reset():
    """Takes the request and resets the connection."""
    def run(receiver, stream, request):
        receiver.given_up(request)
        stream.wire.close(reset_socket)
    return run


def reset_stream(code):
    def run(receiver, stream, request):
        receiver.given_up(request)
        stream.send(RST_STREAM, 0, struct.pack(">I", code))
    return run


def goaway(last=None, code=NO_ERROR, answered=False, then_close=False):
    """The connection is to end; last is the last stream that was looked at, by default
    that of the request."""
    def run(receiver, stream, request):
        if answered:
            accept()(receiver, stream, request)
        number = stream.number if last is None else last
        if number < stream.number or then_close:
            receiver.given_up(request)
        stream.connection(GOAWAY, struct.pack(">II", number, code))
        if then_close:
            stream.wire.close()
    return run


def half_headers():
    """A frame that ends in the middle, and then silence."""
    return lambda receiver, stream, request: stream.wire.send(
        frame(HEADERS, END_HEADERS, stream.number, field("x", "y" * 100))[:50])


def endless(status=201):
    """A body without an end."""
    def run(receiver, stream, request):
        receiver.answered(request, status)
        stream.headers(status)
        while True:
            stream.send(DATA, 0, b"x" * 16000)
    return run


def continued():
    """HEADERS whose CONTINUATIONs do not end (CVE-2024-28182 and its family). Newer
    libraries hand the status on before that, and then it is the answer, as it is over
    HTTP/1.1: so it counts as one here."""
    def run(receiver, stream, request):
        receiver.answered(request, 201)
        stream.headers(201, 0)
        while True:
            stream.send(CONTINUATION, 0, field("x", "y" * 100) * 100)
    return run


def promise(status=103):
    return lambda receiver, stream, request: stream.headers(status)


def promises(status=103):
    """1xx for ever."""
    def run(receiver, stream, request):
        while True:
            stream.headers(status)
    return run


def nonsense():
    return lambda receiver, stream, request: stream.wire.send(b"\xff" * 100)


def deafness():
    """Nothing that comes over the connection is looked at any more."""
    def run(receiver, stream, request):
        stream.wire.deaf = True
    return run


def close_window():
    """No body may be sent over the connection any more."""
    return lambda receiver, stream, request: stream.connection(
        SETTINGS, struct.pack(">HI", INITIAL_WINDOW_SIZE, 0))


def flood(kind, payload=b"", flags=0):
    """A frame about the connection, for ever."""
    def run(receiver, stream, request):
        while True:
            stream.wire.send(frame(kind, flags, 0, payload) * 500)
    return run



class Wire:
    """A socket under TLS that one thread reads and others write."""

    def __init__(self, receiver, sock):
        sock.setblocking(False)
        self._receiver = receiver
        self._sock = sock
        self._tls = threading.Lock()  # the library's state is not for two at a time
        self._sending = threading.Lock()  # a frame stays in one piece
        self._buffer = b""
        self.deaf = False

    def read(self, size):
        while len(self._buffer) < size:
            self._buffer += self._some()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def send(self, data):
        with self._sending:
            left = memoryview(data)
            while left:
                with self._tls, contextlib.suppress(ssl.SSLWantWriteError):
                    left = left[self._sock.send(left):]
                    continue
                self._wait([], [self._sock])

    def close(self, how=None):
        with self._tls:
            how(self._sock) if how else self._sock.close()

    def _some(self):
        while True:
            with self._tls, contextlib.suppress(ssl.SSLWantReadError):
                data = self._sock.recv(65536)
                if not data:
                    raise ConnectionError("the client is gone")
                return data
            self._wait([self._sock], [])

    def _wait(self, readable, writable):
        if self._receiver.stopped.is_set():
            raise ConnectionError("the test is over")
        select.select(readable, writable, [], 0.2)


class Http2Receiver(Receiver):
    """See the module. A greeting is one of receiver's."""

    protocol = "h2"
    default = staticmethod(accept())

    def given_up(self, request):
        """Notes that the request gets no answer; to be called before it is told."""
        with self._changed:
            self._ends(request)

    def _talk(self, number, sock):
        wire = Wire(self, sock)
        requests = {}  # stream: Request
        wire.send(frame(SETTINGS, 0, 0))
        assert wire.read(len(PREFACE)) == PREFACE
        try:
            self._frames(number, wire, requests)
        finally:
            with self._changed:
                for request in requests.values():
                    self._ends(request)

    def _frames(self, number, wire, requests):
        decoder = hpack.Decoder()
        headers, bodies = {}, {}
        while True:
            size, kind, flags, stream = struct.unpack(">IBBI", b"\0" + wire.read(9))
            payload = wire.read(size)
            if wire.deaf:
                continue
            if kind in (SETTINGS, PING) and not flags & ACK:
                wire.send(frame(kind, ACK, 0, payload if kind == PING else b""))
            elif kind == HEADERS:
                assert flags & END_HEADERS and not flags & PADDED
                block = payload[5:] if flags & PRIORITY else payload
                headers[stream], bodies[stream] = decoder.decode(block), b""
            elif kind == DATA:
                assert not flags & PADDED
                bodies[stream] += payload
            elif kind == RST_STREAM and stream in requests:
                self.given_up(requests[stream])
            if kind in (HEADERS, DATA) and flags & END_STREAM:
                requests[stream] = self._request(
                    number, Stream(wire, stream), dict(headers.pop(stream)),
                    bodies.pop(stream))

    def _request(self, number, stream, headers, body):
        plain = [(n, v) for n, v in headers.items() if not n.startswith(":")]
        request = Request(number, headers[":method"], headers[":path"], plain, body)
        run = self._begins(request)

        def answer():
            with contextlib.suppress(OSError, ValueError):  # the client went away
                run(self, stream, request)

        threading.Thread(target=answer, daemon=True).start()
        return request
