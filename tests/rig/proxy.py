"""A proxy that speaks HTTP's CONNECT and SOCKS 5, whichever it is asked in.

    proxy = Proxy()
    proxy.port
    proxy.asked     what it was asked for: [("CONNECT", "push.test", 443, login)]

Every name leads to 127.0.0.1, so that a name that only the proxy knows works.
"""

import base64
import socket
import struct
import threading

from .listener import Listener


class Proxy:
    violations = ()
    users = {}

    def __init__(self):
        self.asked = []
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    def stop(self):
        self._listener.stop()

    def report(self):
        return "asked for: %s" % self.asked

    def _serve(self, client):
        with client:
            stream = client.makefile("rwb", buffering=0)
            first = stream.read(1)
            port = self._socks(stream) if first == b"\5" \
                else self._connect(first, stream)
            if port is None:
                return
            with socket.create_connection(("127.0.0.1", port)) as server:
                back = threading.Thread(target=copy, args=(server, client),
                                        daemon=True)
                back.start()
                copy(client, server)
                back.join()

    def _connect(self, first, stream):
        """RFC 9110 section 9.3.6."""
        method, target, _ = (first + stream.readline()).decode().split(" ")
        login = None
        for line in iter(stream.readline, b"\r\n"):
            name, _, value = line.decode().strip().partition(": ")
            if name.lower() == "proxy-authorization":
                login = base64.b64decode(value.split(" ")[1]).decode()
        if method != "CONNECT":
            self.asked.append((method, target, None, login))
            stream.write(b"HTTP/1.1 405 no\r\nContent-Length: 0\r\n\r\n")
            return None
        host, _, port = target.rpartition(":")
        self.asked.append((method, host, int(port), login))
        stream.write(b"HTTP/1.1 200 OK\r\n\r\n")
        return int(port)

    def _socks(self, stream):
        """RFC 1928, and RFC 1929 where a password is offered."""
        offered = stream.read(stream.read(1)[0])
        login = None
        stream.write(b"\5\2" if 2 in offered else b"\5\0")
        if 2 in offered:
            stream.read(1)
            login = ":".join(stream.read(stream.read(1)[0]).decode()
                             for _ in range(2))
            stream.write(b"\1\0")
        kind = stream.read(4)[3]
        host = stream.read(stream.read(1)[0]).decode() if kind == 3 \
            else socket.inet_ntoa(stream.read(4))
        port, = struct.unpack(">H", stream.read(2))
        self.asked.append(("SOCKS", host, port, login))
        stream.write(b"\5\0\0\1\x7f\0\0\1" + struct.pack(">H", port))
        return port


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
