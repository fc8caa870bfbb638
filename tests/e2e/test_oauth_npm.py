"""OAuth2 with an authorization server and an IMAP server that others wrote: oidc-provider,
and Dovecot, which asks it about each token. Run by make check-phone, which brings them."""

import json
import re
import threading
import urllib.request

import pytest

from rig.credential import Helper
from rig.dovecot import Dovecot, version_text
from rig.node import OidcProvider
from rig.terminal import Terminal

USER = "alice@rig.test"

OAUTH = """
auth_mechanisms = {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {file}
}}
"""

# What it asks, and of whom.
INTROSPECTION = """
introspection_url = http://dovecot:introspection@127.0.0.1:{port}/token/introspection
introspection_mode = post
force_introspection = yes
username_attribute = sub
active_attribute = active
active_value = true
openid_configuration_url = {url}/.well-known/openid-configuration
scope = email
"""


@pytest.fixture
def make_servers(tmp_path, certs):
    """Makes both servers; capability is what Dovecot says before a login, apart from its
    mechanisms."""
    parts = []

    def make(seconds=3600, mechanisms="xoauth2 oauthbearer", capability=None):
        issuer = OidcProvider(seconds).__enter__()
        parts.append(issuer)
        file = tmp_path / "dovecot-oauth2.conf.ext"
        file.write_text(INTROSPECTION.format(port=issuer.port, url=issuer.url))
        more = OAUTH.format(file=file, mechanisms=mechanisms)
        if capability:
            more += f"imap_capability = {capability}\n"
        dovecot = Dovecot(tmp_path / "dovecot", {USER: "a pl4in password"}, certs,
                          extra_config=more).__enter__()
        parts.append(dovecot)
        return issuer, dovecot
    if not version_text().startswith("2.3"):
        pytest.skip("Dovecot 2.4 is configured in another way for OAuth2")
    yield make
    for part in reversed(parts):
        part.__exit__(None, None, None)


@pytest.fixture
def sign_in(daemon):
    """Signs in at a terminal; the person does what with its words."""
    def run(person, *options):
        with Terminal([daemon.binary, "--login", "work", "--store=file", *options],
                      daemon.environment(), daemon.folder) as window:
            person(window)
            return window.wait_exit(60), window.text
    return run


def account(daemon, push, issuer, dovecot, **values):
    daemon.write("accounts.d/work.conf", host="127.0.0.1", port=dovecot.imap_port, tls="none",
                 user=USER, auth="oauth2", oauth2_issuer=issuer.url,
                 oauth2_client_id=issuer.client,
                 oauth2_scope="openid offline_access email", **values)
    daemon.endpoint("phone", push.url("phone"))


def on_another_device(issuer, agree=True):
    def person(window):
        window.wait("with the code in it")
        page = re.search(r"(http\S+user_code=\S+)", window.text).group(1)
        threading.Thread(target=issuer.browse, args=(page, USER, agree)).start()
    return person


def grant(daemon):
    return json.loads(Helper(daemon).ask("get", "work", "oauth2").secret)


@pytest.mark.parametrize("mechanism, ir", [("XOAUTH2", True), ("XOAUTH2", False),
                                           ("OAUTHBEARER", True), ("OAUTHBEARER", False)])
def test_from_the_code_to_the_push(daemon, push, make_servers, sign_in, mechanism, ir):
    """A code for another device, its page, a grant, tokens, Dovecot, new mail."""
    issuer, dovecot = make_servers(
        mechanisms=mechanism.lower(),
        capability="IMAP4rev1 ID ENABLE IDLE LITERAL+" + (" SASL-IR" if ir else ""))
    account(daemon, push, issuer, dovecot)
    status, text = sign_in(on_another_device(issuer))
    assert status == 0, text
    daemon.start()
    daemon.wait_watching("work")
    dovecot.deliver(USER)
    push.wait_put("phone")
    assert f"method={mechanism}," in dovecot.log()


def test_person_declines(daemon, push, make_servers, sign_in):
    issuer, dovecot = make_servers()
    account(daemon, push, issuer, dovecot)
    status, text = sign_in(on_another_device(issuer, agree=False))
    assert status == 77 and "declined" in text, text


@pytest.mark.parametrize("pasted", [False, True])
def test_browser(daemon, push, make_servers, sign_in, pasted):
    """Authorization code with PKCE, a loopback redirect, iss."""
    issuer, dovecot = make_servers()
    account(daemon, push, issuer, dovecot)

    def person(window):
        window.wait("paste")
        page = re.search(r"^(http\S+/auth\?\S+)$", window.text, re.M).group(1)
        back = issuer.browse(page, USER)
        assert "iss=" in back
        if pasted:
            window.type(back + "\n")
        else:
            urllib.request.urlopen(back).close()
    status, text = sign_in(person, "--browser")
    assert status == 0, text
    daemon.start()
    daemon.wait_watching("work")
    dovecot.deliver(USER)
    push.wait_put("phone")


def test_token_expires_and_is_refreshed(daemon, push, make_servers, sign_in):
    """Each refresh token is used once: oidc-provider would end the grant otherwise."""
    issuer, dovecot = make_servers(seconds=6)
    account(daemon, push, issuer, dovecot)
    assert sign_in(on_another_device(issuer))[0] == 0
    tokens = {grant(daemon)["refresh_token"]}
    daemon.start(IMAPPUSHD_TEST_TOKEN_SECONDS="3")
    for count in (1, 2, 3):
        daemon.wait_about("work", "watching", count=count, timeout=20)
        tokens.add(grant(daemon)["refresh_token"])
        dovecot.deliver(USER)
        push.wait_put("phone", count)
    assert len(tokens) >= 4
    assert not daemon.lines("refused|not good any more")


def test_old_refresh_token_comes_again(daemon, push, make_servers, sign_in):
    """As a control: the server ends the grant, and a person is told once."""
    issuer, dovecot = make_servers()
    account(daemon, push, issuer, dovecot)
    daemon.endpoint("owner", push.url("owner"), events=["attention"],
                    headers=["X-About: %a: %m"])
    assert sign_in(on_another_device(issuer))[0] == 0
    old = grant(daemon)["refresh_token"]
    daemon.start()
    daemon.wait_watching("work")
    status, answer = issuer.post("/token", grant_type="refresh_token", refresh_token=old,
                                 client_id=issuer.client)
    assert (status, answer["error"]) == (400, "invalid_grant")
    daemon.stop()
    daemon.start()
    daemon.wait_about("work", "invalid_grant.*--login work; retrying in 30 min")
    put, = push.assert_exactly("owner", 1)
    assert put.header("X-About") == "work: login needed"


def test_token_of_somebody_else(daemon, push, make_servers, sign_in):
    """Dovecot's own error in the continuation, and its NO."""
    issuer, dovecot = make_servers()
    account(daemon, push, issuer, dovecot)
    daemon.write("accounts.d/work.conf", host="127.0.0.1", port=dovecot.imap_port, tls="none",
                 user="bob@rig.test", auth="oauth2", oauth2_issuer=issuer.url,
                 oauth2_client_id=issuer.client,
                 oauth2_scope="openid offline_access email")
    assert sign_in(on_another_device(issuer))[0] == 0
    daemon.start()
    daemon.wait_about("work", r"refused the access token \(status \w+\).*retrying in 30 s")
