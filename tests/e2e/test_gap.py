"""Mail that comes while the daemon, the line or the server is away."""

import pytest

from rig.fakeimap import hang, reply


@pytest.mark.parametrize("count", [1, 10, 2000])
def test_mail_came_while_the_daemon_was_down(watching, imap, push, count):
    """Told once on return, however much it was."""
    watching.stop()
    imap.inbox.append(count)
    watching.start()
    push.assert_exactly("phone", 1)
    watching.stop()
    watching.start()
    watching.wait_watching("work")
    push.no_put_for("phone", 0.4)
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 2)
    push.assert_rising("phone")


def test_only_read_mail_came_while_the_daemon_was_down(watching, imap, push):
    watching.stop()
    imap.inbox.append(5, flags=["\\Seen"])
    watching.start()
    watching.wait_watching("work")
    push.no_put_for("phone")
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


def test_mail_came_and_went_while_the_daemon_was_down(watching, imap, push):
    """UIDNEXT moved, nothing is there: nobody needs to look; and the next
    mail is told."""
    watching.stop()
    with imap.lock:
        imap.inbox.append()
        imap.inbox.expunge(4)
    watching.start()
    watching.wait_watching("work")
    imap.wait_idle()
    push.no_put_for("phone")
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)


def test_mail_came_before_the_daemon_was_killed(watching, imap, push):
    imap.inbox.deliver()
    push.wait_accepted("phone")
    watching.kill()
    imap.inbox.append()
    watching.start()
    push.wait_version_above("phone", push.versions("phone")[0])
    watching.wait_watching("work")
    push.no_put_for("phone")


def test_connection_is_lost(watching, imap, push):
    mark = watching.mark()
    imap.inbox.append()
    imap.drop()
    watching.wait_about("work", "retrying in", after=mark)
    push.assert_exactly("phone", 1)


def test_server_is_down_and_comes_back(watching, imap, push):
    imap.refuse()
    imap.drop()
    imap.inbox.append(3)
    watching.wait_about("work", "retrying in", count=2)
    imap.listen()
    watching.reload()
    push.assert_exactly("phone", 1)


def test_server_is_down_when_the_daemon_starts(rig, push, daemon):
    imap = rig.imap(listening=False)
    daemon.box("work", imap, push)
    daemon.start()
    daemon.wait_about("work", "retrying in")
    imap.listen()
    imap.wait_idle(timeout=15)  # of its own accord
    imap.inbox.deliver()
    push.wait_put("work")


@pytest.mark.parametrize("trouble", ["refused", "silent", "no"])
def test_trouble_of_one_account_disturbs_another(rig, push, daemon, imap,
                                                 trouble):
    broken = rig.imap(listening=trouble != "refused")
    broken.on("greeting", hang) if trouble == "silent" else \
        broken.on("login", reply("NO [UNAVAILABLE] later"))
    daemon.box("broken", broken, push)
    daemon.box("work", imap, push)
    daemon.start()
    imap.wait_idle(timeout=3)
    for count in (1, 2, 3):
        imap.inbox.deliver()
        push.wait_put("work", count, timeout=2)
    push.no_put_for("work")
    assert len(imap.logins) == 1
    assert not push.puts("broken")


def test_session_is_killed(watching, imap, push):
    """A crash costs a connection, and the next one is there at once."""
    sessions = watching.with_role("session")
    assert len(sessions) == 1
    imap.inbox.append()
    watching.signal_child(sessions[0])
    push.wait_put("phone", timeout=3)
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("phone", 2)


def test_courier_is_killed(watching, imap, push):
    """Whether the core had heard of the answer or not: the next mail gets
    a version of its own."""
    imap.inbox.deliver()
    first, = push.wait_accepted("phone")
    couriers = watching.with_role("courier")
    assert len(couriers) == 1
    watching.signal_child(couriers[0])
    imap.inbox.deliver()
    push.wait_version_above("phone", first.version)
    push.assert_rising("phone", repeats=True)
    assert len(imap.logins) == 1


def test_daemon_is_killed(watching, imap, push):
    """No process is left to talk to the server or to the phone."""
    watching.kill()
    imap.wait(lambda: not imap.connections, 2, "end of all connections")
    assert not watching.survivors()
