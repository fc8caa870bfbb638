"""A person must act, and is told by the way by which mail is told: once for
each trouble, not for each try."""

import pytest

from rig.receiver import refuse


@pytest.fixture
def owner(daemon, push):
    """An endpoint for what a person must do, and for nothing else."""
    daemon.endpoint("owner", push.url("owner"), events=["attention"],
                    headers=["X-About: %a: %m"])
    return "owner"


def test_password_is_wrong(daemon, imap, push, owner):
    """Told once, whatever is tried again; told anew when it was right in
    between. Who wants mail only is not told."""
    daemon.box("work", imap, push)
    daemon.password_file("work", "not it\n")
    daemon.start()
    put, = push.assert_exactly(owner, 1)
    assert put.header("X-About") == "work: login refused"
    for tries in (2, 3):
        daemon.reload()  # tries at once
        daemon.wait_about("work", "retrying in", count=tries)
    push.assert_exactly(owner, 1)
    daemon.password_file("work", "open sesame\n")
    daemon.reload()
    imap.wait_idle()
    imap.inbox.deliver()
    push.assert_exactly("work", 1)
    push.assert_exactly(owner, 1, settle=0.1)
    daemon.password_file("work", "not it\n")
    imap.drop()
    push.assert_exactly(owner, 2)
    push.assert_exactly("work", 1, settle=0)


def test_busy_server_is_no_trouble_of_a_person(daemon, imap, push, owner):
    daemon.box("work", imap, push)
    imap.refuse()
    daemon.start()
    daemon.wait_about("work", "retrying in")
    push.no_put_for(owner, 0.5)


def test_certificate_is_wrong_for_long(rig, daemon, push, certs, owner):
    """Not at once: servers renew theirs late."""
    imap = rig.imap(tls=(str(certs.cert("unknown_ca")),
                         str(certs.key("unknown_ca"))))
    daemon.box("work", imap, push, tls="implicit", ca_file=str(certs.ca_file))
    daemon.start(IMAPPUSHD_TEST_CERTIFICATE_SECONDS="2")
    daemon.wait_about("work", "certificate")
    push.no_put_for(owner, 1)
    put, = push.assert_exactly(owner, 1)
    assert put.header("X-About") == "work: certificate not accepted"


@pytest.mark.parametrize("status, words", [(410, "push URL gone"),
                                           (403, "push refused")])
def test_endpoint_is_gone_or_parked(daemon, imap, push, owner, status, words):
    """The others are told, it is not; and a restart tells nothing anew."""
    daemon.box("phone", imap, push)
    push.always("phone", refuse(status))
    daemon.write("endpoints.d/phone.conf", url=push.url("phone"),
                 events=["mail", "attention"], min_interval=0)
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    put, = push.assert_exactly(owner, 1)
    assert put.header("X-About") == "phone: " + words
    assert len(push.puts("phone")) == 1
    imap.inbox.deliver()
    push.assert_exactly(owner, 1)
    daemon.stop()
    daemon.start()
    imap.wait_idle()
    push.assert_exactly(owner, 1)


def test_ledger_cannot_be_written(daemon, imap, push, owner):
    """That goes out, although it cannot be written down either. (A folder
    stands where SQLite wants its log, as in test_versions.py.)"""
    daemon.account("work", imap)
    log = daemon.state / "ledger.db-wal"
    (log / "full").mkdir(parents=True)
    daemon.state.chmod(0o700)
    daemon.start()
    put, = push.assert_exactly(owner, 1)
    assert put.header("X-About") == "ledger: cannot be written"


def test_trouble_of_an_account_that_is_none_of_his(rig, daemon, push, imap):
    daemon.endpoint("mine", push.url("mine"), events=["attention"],
                    accounts=["mine*"])
    for name in ("mine", "yours"):
        daemon.account(name, imap)
        daemon.password_file(name, "not it\n")
    daemon.start()
    daemon.wait_about("yours", "retrying in")
    push.assert_exactly("mine", 1)
