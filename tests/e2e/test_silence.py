"""A server that stops answering in the middle of anything.

An answer is waited for 60 s (2 s here); then the session is given up, another
one begins, and what came meanwhile is told once.
"""

from rig.fakeimap import Gone, chain, hang

STEPS = ["accept", "greeting", "capability", "login", "id", "examine",
         "fetch", "idle", "done"]
HALVES = {  # the step, and what is said of the answer before the silence
    "half-greeting": ("greeting", "* OK hel"),
    "half-login": ("login", "A1 O"),
    "half-examine": ("examine", "* 4 EXISTS\r\n* OK [UIDVALIDITY"),
    "half-literal": ("fetch", "* 4 FETCH (UID 4 BODY[HEADER] {50}\r\nSub"),
    "half-fetch": ("fetch", "* 4 FETCH (UID 4 FLAGS (\\Seen))"),
}


def says_half(text):
    return lambda connection, command: connection.send(text.encode())


def goes_silent(server, step, text):
    """Silence at step, and mail before it. Returns whether it takes a new
    connection to come by that step."""
    server.on(step, chain(says_half(text), hang) if text else hang, times=1)
    if step in ("idle", "done", "fetch"):
        server.inbox.deliver()
        return False
    server.inbox.append()
    server.drop()
    return True


def test_server_is_silent_at_any_step(rig, push, daemon):
    troubles = {step: (step, None) for step in STEPS}
    troubles.update(HALVES)
    servers = rig.variants(daemon, push, troubles)
    daemon.start(answer_seconds=2)
    for server in servers.values():
        server.wait_idle()
    mark = daemon.mark()
    dropped = [name for name, server in servers.items()
               if goes_silent(server, *troubles[name])]
    for name in dropped:
        daemon.wait_about(name, "retrying in", after=mark)
    daemon.reload()  # which means: at once
    for name, server in servers.items():
        tries = 2 if name in dropped else 1
        daemon.wait_about(name, "retrying in", after=mark, count=tries)
        assert server.hung, f"{name}: the server never fell silent"
    daemon.reload()
    for name, server in servers.items():
        server.wait_idle(timeout=20)
        push.wait_put(name)
    for name in servers:
        push.assert_exactly(name, 1, settle=0.05)


def test_silence_inside_idle_is_no_fault(rig, push, daemon, imap):
    """Nothing to tell for much longer than an answer may take."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start(answer_seconds=1)
    connection = imap.wait_idle()
    push.no_put_for("phone", 2.5)
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert imap.wait_idle() is connection


def test_answer_drips_to_stretch_the_deadline(rig, push, daemon, imap):
    """A deadline holds for the command, not for each read."""
    def drip(connection, command):
        while not connection.ended:
            connection.send_slowly(b"* OK wait\r\n", 0.1)
        raise Gone

    imap.on("examine", drip, times=1)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start(answer_seconds=2)
    imap.wait_step("examine")
    daemon.wait_about("work", "retrying in", timeout=6)
    daemon.reload()
    imap.wait_idle(timeout=15)


def test_push_goes_on_while_another_server_is_silent(rig, push, daemon, imap):
    silent = rig.imap()
    silent.on("greeting", hang)
    daemon.box("silent", silent, push)
    daemon.box("work", imap, push)
    daemon.start(answer_seconds=2)
    silent.wait_hung()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("work", timeout=2)
    assert len(imap.logins) == 1
