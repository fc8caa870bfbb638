"""A listening port on loopback that can be taken away and given back.

While it refuses, the port stays bound but does not listen: a client gets
ECONNREFUSED at once and no other program can take the number meanwhile.
"""

import socket
import struct
import threading


class Listener:
    """Calls serve(sock) in a thread of its own for every connection."""

    def __init__(self, serve, listening=True):
        self._serve = serve
        self._socket = self._bind(0)
        self._listening = False
        self.port = self._socket.getsockname()[1]
        if listening:
            self.listen()

    @staticmethod
    def _bind(port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        return sock

    def listen(self):
        """From now on connections are taken."""
        if not self._listening:
            self._listening = True
            self._socket.listen(64)
            self._spawn(self._accept, self._socket)

    def refuse(self):
        """From now on connections are refused; those that stand stay."""
        if self._listening:
            self._close()
            self._socket = self._bind(self.port)

    def stop(self):
        self._close()

    def _close(self):
        self._listening = False
        try:
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept()
        except OSError:
            pass
        self._socket.close()

    def _accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._spawn(self._serve, sock)

    @staticmethod
    def _spawn(target, argument):
        threading.Thread(target=target, args=(argument,), daemon=True).start()


def reset(sock):
    """Closes sock so that the peer sees a reset instead of an end."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
    except OSError:
        pass
    sock.close()
