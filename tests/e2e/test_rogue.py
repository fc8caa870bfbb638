"""Push services that break off, flood or fall silent at each step of a request, over
HTTP/1.1 and HTTP/2.

That there never are two requests at a time, nor a version after a newer one, is watched by
the receivers in every test (conftest.py).
"""

import time

import pytest

from rig import http2, receiver
from rig.daemon import memory_kib
from rig.http2 import Http2Receiver
from rig.receiver import Receiver, after_tls, flood, silence, speak

LINE = b"HTTP/1.1 201 Created\r\n"
HALF = LINE + b"X-Half: of a hea"
STORED = LINE + b"Content-Length: 0\r\n\r\n"
PROMISE = b"HTTP/1.1 103 Early Hints\r\n\r\n"
KILOBYTE = b"x" * 1024

# What the next connections get before a request is read, ...
GREETINGS = {
    "silent-before-tls": [silence()],
    "reset-before-tls": [receiver.reset()] * 2,
    "closed-before-tls": [receiver.close()] * 2,
    "silent-after-tls": [after_tls(silence())],
    "reset-after-tls": [after_tls(receiver.reset())] * 2,
    "rubbish-after-tls": [after_tls(lambda _, sock, __: sock.sendall(KILOBYTE))] * 2,
}
# ... and what the next requests get.
HTTP1 = {
    "silent": [receiver.hang()],
    "closed": [receiver.close()] * 2,
    "reset": [receiver.reset()] * 2,
    "silent-in-status": [speak(b"HTTP/1.1 20", receiver.hang())],
    "closed-in-status": [speak(b"HTTP/1.1 20")],
    "no-http": [speak(b"* OK IMAP4rev1\r\n")],
    "silent-in-header": [speak(HALF, receiver.hang())],
    "reset-in-header": [speak(HALF, receiver.reset())],
    "endless-header": [speak(LINE + b"X: ", flood(KILOBYTE))],
    "endless-headers": [speak(LINE, flood(b"X: y\r\n" * 100))],
    "endless-status": [speak(b"HTTP/1.1 ", flood(KILOBYTE))] * 2,
    "promise": [speak(PROMISE, receiver.hang())],
    "endless-promises": [flood(PROMISE * 100)] * 2,
    "reset-in-body": [speak(LINE + b"Content-Length: 9\r\n\r\nx", receiver.reset())],
    "endless-body": [receiver.endless()],
    "dripping-body": [receiver.drip()],
}
HTTP2 = {
    "silent": [http2.hang()],
    "closed": [http2.close()] * 2,
    "reset": [http2.reset()] * 2,
    "silent-in-header": [http2.half_headers()],
    "endless-headers": [http2.continued()] * 2,
    "promise": [http2.promise()],
    "endless-promises": [http2.promises()] * 2,
    "endless-body": [http2.endless()],
    "goaway-unseen": [http2.goaway(last=0)] * 2,
    "goaway-seen": [http2.goaway()],
    "goaway-and-closed": [http2.goaway(then_close=True)] * 2,
    "goaway-answered": [http2.goaway(answered=True)],
    "refused": [http2.reset_stream(http2.REFUSED_STREAM)] * 2,
    "always-refused": [http2.reset_stream(http2.REFUSED_STREAM)] * 10,
    "cancelled": [http2.reset_stream(http2.CANCEL)] * 2,
    "internal-error": [http2.reset_stream(http2.INTERNAL_ERROR)] * 2,
    "settings": [http2.flood(http2.SETTINGS)] * 2,
    "pings": [http2.flood(http2.PING, b"12345678")] * 2,
}


@pytest.fixture
def receive(rig, certs, daemon):
    """A function: another receiver, and an endpoint of that name there."""
    def run(name, kind):
        push = rig.push(kind, tls=(str(certs.cert()), str(certs.key())))
        daemon.endpoint(name, push.url(name), ca_file=str(certs.ca_file))
        return push
    return run


def watch(daemon, imap):
    daemon.account("work", imap)
    daemon.start()
    imap.wait_idle()


def all_have(pushes, version, timeout):
    """Waits until all have accepted that version, which is the newest."""
    end = time.monotonic() + timeout
    for name, push in pushes.items():
        left = max(0.1, end - time.monotonic())
        assert push.wait_version_above(name, version - 1, left) == version


def test_service_misbehaves_at_each_step(daemon, imap, receive):
    """All of it side by side: who behaves is not held up, the courier's memory stays as
    it was when they all behaved, and who behaves again gets the newest version."""
    kinds = {"http1": Receiver, "http2": Http2Receiver}
    pushes = {f"{kind}-{name}": receive(f"{kind}-{name}", kinds[kind])
              for kind, names in (("http1", HTTP1), ("http2", HTTP2))
              for name in ("well", *GREETINGS, *names)}
    for name in GREETINGS:  # the first connection is not kept
        pushes["http1-" + name].script("http1-" + name, speak(STORED))
        pushes["http2-" + name].script(
            "http2-" + name, http2.goaway(answered=True, then_close=True))
    well = pushes["http2-well"]
    watch(daemon, imap)
    imap.inbox.deliver()
    first, = well.wait_accepted("http2-well")
    all_have(pushes, first.version, 10)
    courier, = daemon.with_role("courier")
    before = memory_kib(courier)

    for kind, answers in (("http1", HTTP1), ("http2", HTTP2)):
        for name, greetings in GREETINGS.items():
            pushes[f"{kind}-{name}"].greet(*greetings)
        for name, script in answers.items():
            pushes[f"{kind}-{name}"].script(f"{kind}-{name}", *script)
    for count in (2, 3):
        imap.inbox.deliver()
        newest = well.wait_accepted("http2-well", count, timeout=8)[-1]
        imap.wait_idle()
    all_have(pushes, newest.version, 40)
    assert [name for name, push in pushes.items() if not push.is_through()] == []
    assert daemon.with_role("courier") == [courier]
    assert memory_kib(courier) < before + 4096


# What is left of a connection after an answer; not more than the courier keeps.
KEPT = {
    "http1-closed": (Receiver, speak(STORED)),
    "http1-reset": (Receiver, speak(STORED, receiver.reset())),
    "http1-silent": (Receiver, speak(STORED, silence())),
    "http2-closed": (Http2Receiver, http2.accept(then=http2.close())),
    "http2-silent": (Http2Receiver, http2.accept(then=http2.deafness())),
    "http2-goaway": (Http2Receiver, http2.goaway(answered=True)),
    "http2-nonsense": (Http2Receiver, http2.accept(then=http2.nonsense())),
    "http2-window": (Http2Receiver, http2.accept(then=http2.close_window())),
}


def test_kept_connection_is_of_no_use(daemon, imap, receive):
    """curl/curl#17225: it ended between two pushes, or leads nowhere since. One try at
    most is lost over that, for the next one gets a new connection."""
    pushes = {name: receive(name, kind) for name, (kind, _) in KEPT.items()}
    for name, (_, script) in KEPT.items():
        pushes[name].script(name, script)
    watch(daemon, imap)
    for count in (1, 2):
        imap.inbox.deliver()
        newest = pushes["http1-closed"].wait_accepted("http1-closed", count)[-1]
        imap.wait_idle()
    all_have(pushes, newest.version, 30)
    for name, push in pushes.items():
        assert push.connections == 2, name
