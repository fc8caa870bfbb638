"""Ports of 127.0.0.1 that are free and stay ours until this process ends.

Why not let the kernel choose (port 0): a test stops a server and starts it again on the
same port, and meanwhile the kernel may give that port to an outgoing connection. It may
even connect a client that knocks at a closed port to itself. So the ports come from
below the range that the kernel takes for outgoing connections.

Why a claim: tests run in parallel, and each looks for a port before its server listens.
The claim is a socket in Linux's abstract namespace: it needs no file, two processes
cannot hold it at once, and it is gone when its process is, however that ends.
"""

import random
import socket

LOWEST = 20000
EPHEMERAL = "/proc/sys/net/ipv4/ip_local_port_range"


def free_port():
    """A TCP port of 127.0.0.1 that nothing listens on and no other test will get."""
    for _ in range(1000):
        port = random.randrange(LOWEST, _highest())
        claim = _claim(port)
        if claim is None:
            continue
        if _is_closed(port):
            claim.detach()              # never closed: it is ours to the end
            return port
        claim.close()
    raise RuntimeError("found no free port on 127.0.0.1 below %d" % _highest())


def _highest():
    with open(EPHEMERAL, encoding="ascii") as file:
        return max(LOWEST + 1000, min(32768, int(file.read().split()[0])))


def _claim(port):
    """The claim on a port, or None where another process has it."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind("\0imappushd-test-port-%d" % port)
        return claim
    except OSError:
        claim.close()
        return None


def _is_closed(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False
