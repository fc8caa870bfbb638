"""SIGHUP: what changed starts again, what did not goes on undisturbed."""

import signal

import pytest


def test_reload_changes_nothing(watching, imap, push):
    connection = imap.wait_idle()
    for _ in range(3):
        watching.reload()
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert imap.wait_idle() and connection in imap.connections
    assert len(imap.logins) == 1


def test_reload_with_a_wrong_configuration(watching, imap, push):
    """It is reported, with file and line, and the old one stays."""
    mark = watching.mark()
    path = watching.config / "accounts.d/work.conf"
    path.write_text('hosst = "x";\n' + path.read_text())
    watching.reload()
    watching.wait_log(r"work\.conf:1\b", after=mark)
    imap.inbox.deliver()
    push.assert_exactly("phone", 1)
    assert len(imap.logins) == 1
    assert watching.running()


def test_reload_changes_one_account(rig, push, daemon, imap):
    other = rig.imap()
    daemon.box("work", imap, push)
    daemon.box("other", other, push)
    daemon.start()
    imap.wait_idle()
    other.wait_idle()
    daemon.account("other", other, refresh_interval=100)
    daemon.reload()
    other.wait_step("login", 2)
    other.wait_idle()
    other.inbox.deliver()
    push.wait_put("other")
    imap.inbox.deliver()
    push.wait_put("work")
    assert len(imap.logins) == 1
    assert len(other.logins) == 2
    push.no_put_for("other", 0.3)


def test_mail_comes_while_an_account_changes(watching, imap, push):
    """The new session begins where the old one had been."""
    watching.account("work", imap, refresh_interval=100)
    watching.reload()
    imap.inbox.append()
    imap.wait_step("login", 2)
    imap.wait_idle()
    push.assert_exactly("phone", 1)


def test_account_is_added_and_removed(rig, push, watching, imap):
    other = rig.imap()
    other.inbox.append(5)
    watching.account("other", other)
    watching.reload()
    other.wait_idle()
    push.no_put_for("phone", 0.4)
    other.inbox.deliver()
    push.wait_put("phone", 1)
    watching.remove("accounts.d/other.conf")
    watching.reload()
    other.wait(lambda: not other.connections, what="end of the session")
    imap.inbox.deliver()
    push.assert_exactly("phone", 2)
    assert len(imap.logins) == 1


def test_account_is_renamed(watching, imap, push):
    """What was seen belongs to host, user and mailbox, not to a name."""
    old = watching.config / "accounts.d/work.conf"
    old.rename(watching.config / "accounts.d/job.conf")
    imap.inbox.append()
    watching.reload()
    watching.wait_watching("job")
    push.assert_exactly("phone", 1)


def test_reload_takes_a_new_log_level(watching, imap, push):
    watching.write("imappushd.conf", log_level="error")
    mark = watching.mark()
    watching.process.send_signal(signal.SIGHUP)
    imap.inbox.deliver()
    push.wait_accepted("phone")
    watching.write("imappushd.conf", log_level="debug")
    watching.reload()
    assert len(watching.lines("configuration", after=mark)) == 1
    assert len(imap.logins) == 1


def test_many_reloads_in_a_row(watching, imap, push):
    for number in range(30):
        if number % 3 == 0:
            watching.account("work", imap, refresh_interval=100 + number)
        watching.process.send_signal(signal.SIGHUP)
    imap.inbox.deliver()
    push.wait_put("phone")
    imap.wait_idle()
    imap.wait(lambda: len(imap.connections) == 1, what="one session")
    push.no_put_for("phone")


@pytest.mark.parametrize("level", ["error", "warning", "notice", "info",
                                   "debug"])
def test_log_level_is_kept(rig, push, daemon, imap, level):
    daemon.write("imappushd.conf", log_level=level)
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
    if level == "error":
        assert not daemon.lines(), daemon.report()
