"""The request itself: what arrives at the push service."""

import re
import time

import pytest

from rig.proxy import Proxy


@pytest.fixture
def request_with(rig, push, daemon, imap):
    """A function: the request that an endpoint with these settings makes."""
    def run(**settings):
        daemon.account("work", imap)
        daemon.endpoint("phone", push.url("phone"), **settings)
        daemon.start()
        imap.wait_idle()
        imap.inbox.deliver()
        return push.wait_put("phone")[0]
    return run


def test_request_as_simplepush_wants_it(request_with):
    before = int(time.time() * 1e6)
    got = request_with()
    assert got.method == "PUT"
    assert got.header("Content-Type") == "application/x-www-form-urlencoded"
    assert re.fullmatch(rb"version=[1-9][0-9]*", got.body)
    assert re.fullmatch(r"imappushd/\d\S*", got.header("User-Agent"))
    for name in ("Expect", "Cookie", "Referer", "Authorization",
                 "Transfer-Encoding"):
        assert got.header(name) is None, name
    assert before < got.version < time.time() * 1e6 + 1e6 < 2 ** 53


def test_headers_and_body_are_the_owners(request_with):
    got = request_with(
        method="POST", body="v=%v&who=%a&box=%m&sure=100%%",
        headers=["Priority: high", "X-Account: %a/%m", "X-Version: %v",
                 "Content-Type: text/plain", "User-Agent: me"])
    assert got.method == "POST"
    assert got.body == (b"v=%d&who=work&box=INBOX&sure=100%%" % got.version)
    assert got.header("Priority") == "high"
    assert got.header("X-Account") == "work/INBOX"
    assert got.header("X-Version") == str(got.version)
    assert got.header("Content-Type") == "text/plain"
    assert got.header("User-Agent") == "me"


def test_body_is_empty(request_with):
    got = request_with(body="")
    assert got.method == "PUT" and got.body == b""
    assert got.header("Content-Length") == "0"


def test_url_stands_in_a_file_of_its_own(rig, push, daemon, imap):
    daemon.account("work", imap)
    daemon.write("endpoints.d/phone.conf", "# the URL is beside this file\n")
    daemon.write("endpoints.d/phone.url", push.url("phone") + "\n")
    daemon.write("endpoints.d/tablet.conf", url_file="secret-url")
    daemon.write("endpoints.d/secret-url", push.url("tablet"))
    daemon.start()
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
    push.wait_put("tablet")


def test_url_is_long(rig, push, daemon, imap):
    """16,000 characters: sent whole, or refused at the start; never cut."""
    name = "x" * 16_000
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url(name))
    if daemon.run("--check-config").returncode == 0:
        daemon.start()
        imap.wait_idle()
        imap.inbox.deliver()
        push.wait_put(name)


@pytest.mark.parametrize("scheme, login", [
    ("http", None), ("http", "me:s3cret-word"), ("socks5h", None),
    ("socks5h", "me:s3cret-word")])
def test_request_goes_through_a_proxy(rig, daemon, imap, certs, scheme, login):
    """Which looks up the name, and sees TLS only; the environment's exceptions
    do not count. The proxy's password stands nowhere in the log."""
    proxy = Proxy()
    rig.servers.append(proxy)
    push = rig.push(tls=(str(certs.cert("good")), str(certs.key("good"))))
    daemon.account("work", imap)
    daemon.endpoint(
        "phone", push.url("phone", host="imap.test"),
        ca_file=str(certs.ca_file),
        proxy="%s://%s127.0.0.1:%d" % (scheme, login + "@" if login else "",
                                       proxy.port))
    daemon.start(no_proxy="*")
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
    how = "CONNECT" if scheme == "http" else "SOCKS"
    assert proxy.asked == [(how, "imap.test", push.port, login)]
    daemon.stop()  # and with it the connection that is kept
    proxy.stop()
    daemon.start()
    imap.inbox.deliver()
    daemon.wait_about("phone", "retrying in")
    assert "s3cret-word" not in daemon.text()


def test_proxy_of_the_environment_is_used(rig, push, daemon, imap):
    """It is not: what stands in the configuration decides."""
    daemon.account("work", imap)
    daemon.endpoint("phone", push.url("phone"))
    daemon.start(http_proxy="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
    imap.wait_idle()
    imap.inbox.deliver()
    push.wait_put("phone")
