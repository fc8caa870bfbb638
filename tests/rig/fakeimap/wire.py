"""A connection as bytes and lines, read by one thread, written by any."""

import re
import select
import socket
import ssl
import struct
import threading
import time

from .command import Command
from .handlers import Gone


class Wire:
    def __init__(self, server, sock, number):
        self.server = server
        self.sock = sock
        self.number = number
        self.secure = False
        self.hung = False
        self.ended = False  # nothing can be sent any more
        self._writing = threading.RLock()
        self._buffer = b""

    def say(self, *lines, command=None):
        """Sends lines; {tag} becomes the command's tag."""
        tag = command.tag if command else "*"
        text = "".join(line.replace("{tag}", tag) + "\r\n" for line in lines)
        self.send(text.encode("utf-8", "surrogateescape"))

    def send(self, data):
        """Sends bytes as they are."""
        with self._writing:
            self.server.note_line(self, "S", data)
            try:
                self.sock.sendall(data)
            except OSError:
                self.ended = True  # the reading side will notice

    def send_slowly(self, data, pause):
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(pause)

    def hang(self):
        with self.server.changed:
            self.hung = True
            self.server.hung += 1
            self.server.changed.notify_all()
        while True:
            self._receive()
            self._buffer = b""

    def end(self):
        """Ends the connection, from any thread."""
        try:
            self.sock.shutdown(2)
        except OSError:
            pass

    def read_line(self):
        """A line without its CRLF."""
        while b"\n" not in self._buffer:
            self._receive()
        line, self._buffer = self._buffer.split(b"\n", 1)
        self.server.note_line(self, "C", line)
        return line.rstrip(b"\r")

    def _read_exactly(self, count):
        while len(self._buffer) < count:
            self._receive()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        self.server.note_line(self, "C", data)
        return data

    def _receive(self):
        try:
            data = self._receive_tls() if self.secure else \
                self.sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            raise Gone
        self._buffer += data

    def _receive_tls(self):
        """Reads without being inside OpenSSL while another thread writes."""
        while True:
            if not self.sock.pending():
                select.select([self.sock], [], [])
            with self._writing:
                self.sock.settimeout(0)
                try:
                    return self.sock.recv(65536)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
                finally:
                    self.sock.settimeout(None)

    def segments(self):
        """How many segments of data came so far: a write of the client each,
        where it is small. What TCP_INFO says as tcpi_data_segs_in."""
        info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 156)
        return struct.unpack_from("I", info, 152)[0]

    def _read_command(self):
        raw = self.read_line()
        while True:
            literal = re.search(rb"\{(\d+)(\+?)\}$", raw)
            if not literal:
                return Command(raw)
            if not literal.group(2):
                self.say("+ OK")
            raw += b"\r\n" + self._read_exactly(int(literal.group(1)))
            raw += self.read_line()

    def secure_now(self):
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.secure = True
