"""--login, and what the daemon makes of it: OAuth2 with a scripted server."""

import json
import os
import re
import shutil
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request

import pytest

from rig.credential import Helper
from rig.daemon import processes
from rig.netns import Network, Unavailable
from rig.terminal import INTERRUPT, Terminal

NEEDED = 77


@pytest.fixture
def issuer(rig):
    return rig.issuer()


@pytest.fixture
def server(rig, issuer):
    """An IMAP server that takes the issuer's newest token and no password."""
    made = rig.imap("n0t-yet-issued", without=["AUTH=PLAIN"],
                    extra=["AUTH=XOAUTH2"])
    made.inbox.append(3)
    issuer.serves(made)
    return made


@pytest.fixture
def account(daemon, push, server, issuer):
    """Writes the account again, with other values."""
    def write(**values):
        known = {"auth": "oauth2", "oauth2_issuer": issuer.url,
                 "oauth2_client_id": issuer.client,
                 "oauth2_scope": "mail offline_access"}
        known.update(values)
        daemon.box("work", server, push,
                   **{k: v for k, v in known.items() if v is not None})
    write()
    return write


@pytest.fixture
def terminal(daemon):
    open_ones = []

    def start(*words):
        open_ones.append(Terminal([daemon.binary, *words], daemon.environment(),
                                  daemon.folder))
        return open_ones[-1]
    yield start
    for one in open_ones:
        one.__exit__()


def login(daemon, *options, timeout=30):
    """--login without a terminal; the code is entered elsewhere."""
    return daemon.run("--login", "work", "--store=file", *options,
                      timeout=timeout)


def signed_in(daemon, issuer):
    """The daemon's account, after somebody has signed in."""
    issuer.decide("approved")
    done = login(daemon)
    assert done.returncode == 0, done.stderr
    return Helper(daemon)


def grant_of(daemon):
    return json.loads(Helper(daemon).ask("get", "work", "oauth2").secret)


def page_in(text):
    """The address of the page to open."""
    return re.search(r"^(https?://\S+/authorize\?\S+)$", text, re.M).group(1)


def no_secrets(issuer, *texts):
    for text in texts:
        for secret in issuer.secrets:
            assert secret not in text


# ---- on another device ----

def test_person_enters_a_code_elsewhere(daemon, push, server, issuer, account):
    """Then the daemon, which had said what to do, watches at once; and for
    each login there is a new token."""
    daemon.start()
    daemon.wait_about("work", "imappushd --login work")
    assert not server.accepted
    issuer.decide("approved")
    done = login(daemon)
    assert done.returncode == 0, done.stderr
    assert "WDJB-MJHT" in done.stderr and issuer.origin + "/enter" in done.stderr
    assert 'sign-in of account "work" is in the file store' in done.stdout
    server.wait_idle()
    server.inbox.deliver()
    push.wait_put("work")
    server.drop()
    server.wait_step("login", 2)
    server.wait_idle()
    assert [login.good for login in server.logins] == [True, True]
    assert len({login.password for login in server.logins}) == 2
    no_secrets(issuer, done.stdout, done.stderr)
    asked = issuer.asked("/device")[0][1]
    assert asked["scope"] == "mail offline_access"


@pytest.mark.parametrize("state, words", [("denied", "declined"),
                                          ("expired", "expired")])
def test_person_declines(daemon, issuer, account, state, words):
    issuer.decide(state)
    done = login(daemon)
    assert done.returncode == NEEDED
    assert words in done.stderr
    assert not Helper(daemon).ask("get", "work", "oauth2").secret
    assert len(issuer.asked("/token")) == 1


def test_code_expires_while_nobody_enters_it(daemon, issuer, account):
    """Not a question is asked after that, and none too many before."""
    issuer.device_life = 4
    begun = time.monotonic()
    done = login(daemon)
    assert done.returncode == NEEDED and "expired" in done.stderr
    assert time.monotonic() - begun < 5
    assert 2 <= len(issuer.asked("/token")) <= 3


def test_server_says_no_interval(daemon, issuer, account):
    """RFC 8628 section 3.2: five seconds. (The issuer counts.)"""
    issuer.interval = None
    issuer.decide("approved")
    begun = time.monotonic()
    assert login(daemon).returncode == 0
    assert 4.9 < time.monotonic() - begun < 8


def test_server_says_slow_down(daemon, issuer, account):
    """RFC 8628 section 3.5: five seconds more, from then on."""
    answers = [issuer.slow_down]
    issuer.on("/token", lambda form: answers.pop()(form) if answers
              else issuer._usual("POST", "/token", form))
    issuer.decide("approved")
    assert login(daemon).returncode == 0
    first, second = (when for when, _ in issuer.asked("/token"))
    assert 5.9 < second - first < 8


def test_server_is_away_for_a_moment(daemon, issuer, account):
    answers = [(503, "<html>later</html>"), (200, "no JSON at all")]
    issuer.on("/token", lambda form: answers.pop() if answers
              else issuer._usual("POST", "/token", form))
    issuer.decide("approved")
    assert login(daemon).returncode == 0
    assert len(issuer.asked("/token")) == 3


# ---- in a browser ----

def test_browser_comes_back(daemon, issuer, account, server, terminal):
    """The loopback redirect of RFC 8252, with PKCE. (The issuer looks at
    the proof.)"""
    daemon.start()
    window = terminal("--login", "work", "--store=file", "--browser")
    window.wait("paste")
    page = page_in(window.text)
    assert "prompt=" not in page  # an administrator may have to answer it
    assert re.search(r"ssh -L (\d+):127\.0\.0\.1:\1 ", window.text)
    back = issuer.browse(page)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(back.split("?")[0] + "favicon.ico")
    assert refused.value.code == 404
    with urllib.request.urlopen(back) as answer:
        assert b"can be closed" in answer.read()
    assert window.wait_exit() == 0
    server.wait_idle()
    no_secrets(issuer, window.text)
    assert not issuer.asked("/device")


def test_address_is_pasted(daemon, issuer, account, server, terminal):
    """For a browser on another machine, which cannot open it."""
    window = terminal("--login", "work", "--store=file", "--browser")
    window.wait("paste")
    back = issuer.browse(page_in(window.text))
    window.type("what?\n")
    window.wait("That is not the address")
    window.type(re.sub("state=[^&]+", "state=another", back) + "\n")
    window.wait("That is not the address", count=2)
    window.type(back + "\n")
    assert window.wait_exit() == 0
    assert grant_of(daemon)["issuer"] == issuer.url


@pytest.mark.parametrize("iss", ["&iss=https%3A%2F%2Fevil.example", ""])
def test_answer_comes_from_another_server(daemon, issuer, account, terminal,
                                          iss):
    """RFC 9207: then the code is not sent to anybody."""
    window = terminal("--login", "work", "--store=file", "--browser")
    window.wait("paste")
    back = issuer.browse(page_in(window.text))
    window.type(re.sub("&iss=[^&]+", iss, back) + "\n")
    assert window.wait_exit() == NEEDED
    assert "does not come from" in window.text
    assert not issuer.asked("/token")


def test_answer_has_another_state(daemon, issuer, account, terminal):
    """Somebody else's answer: it is refused, and the wait goes on."""
    window = terminal("--login", "work", "--store=file", "--browser")
    window.wait("paste")
    back = issuer.browse(page_in(window.text))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(re.sub("state=[^&]+", "state=x", back))
    assert refused.value.code == 400
    assert not issuer.asked("/token")
    urllib.request.urlopen(back).close()
    assert window.wait_exit() == 0


def test_person_declines_in_the_browser(daemon, issuer, account, terminal):
    window = terminal("--login", "work", "--store=file", "--browser")
    window.wait("paste")
    back = issuer.browse(page_in(window.text), agree=False)
    urllib.request.urlopen(back).close()
    assert window.wait_exit() == NEEDED
    assert "access_denied" in window.text


def test_device_flow_is_not_for_this_scope(daemon, issuer, account, terminal):
    """As Google has it for mail: it goes on with the browser."""
    issuer.on("/device", lambda form: (400, {"error": "invalid_scope"}))
    window = terminal("--login", "work", "--store=file")
    window.wait("paste")
    assert "invalid_scope" in window.text
    window.type(issuer.browse(page_in(window.text)) + "\n")
    assert window.wait_exit() == 0


def test_port_is_chosen_and_taken(daemon, issuer, account):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = login(daemon, "--browser",
                     f"--redirect-port={taken.getsockname()[1]}")
    assert done.returncode == NEEDED
    assert "--redirect-port" in done.stderr


def test_someone_knocks_and_says_nothing(daemon, issuer, account, terminal):
    """Any program of the machine can: it holds nobody up for long."""
    window = terminal("--login", "work", "--store=file", "--browser")
    window.wait("paste")
    back = issuer.browse(page_in(window.text))
    port = int(re.search(r"127\.0\.0\.1:(\d+)", back).group(1))
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
    silent.append(socket.create_connection(("127.0.0.1", port)))
    silent[-1].sendall(b"GET /?" + b"x" * 20000)
    window.type(back + "\n")
    assert window.wait_exit(timeout=15) == 0
    for sock in silent:
        sock.close()


def test_person_thinks_better_of_it(daemon, issuer, account, terminal):
    window = terminal("--login", "work", "--store=file")
    window.wait("WDJB-MJHT")
    window.type(INTERRUPT)
    assert window.wait_exit() == -2
    time.sleep(1.5)
    assert len(issuer.asked("/token")) <= 1


# ---- what is missing or wrong ----

@pytest.mark.parametrize("values, options, status, words", [
    ({"oauth2_client_id": None}, [], 78, "--client-id"),
    ({"oauth2_issuer": None}, [], 78, "oauth2_issuer"),
    ({}, ["--client-id=x"], 64, "--client-id"),
    ({}, ["--store=cupboard"], 64, "--store"),
    ({"auth": "password", "oauth2_issuer": None, "oauth2_client_id": None,
      "oauth2_scope": None}, [], 78, "oauth2"),
    ({"token_command": "echo x", "oauth2_issuer": None,
      "oauth2_client_id": None, "oauth2_scope": None}, [], 78,
     "token_command")])
def test_something_is_missing(daemon, account, values, options, status, words):
    account(**values)
    done = login(daemon, *options)
    assert (done.returncode, words in done.stderr) == (status, True), done.stderr


@pytest.fixture
def trusting(rig, daemon, certs):
    """An issuer that has a certificate of a CA that the box trusts, and what
    runs a function on that box."""
    if os.geteuid() != 0:
        pytest.skip("only root may make namespaces")
    try:
        network = Network(rig.folder / "etc")
    except Unavailable as error:
        pytest.skip(f"no namespaces here: {error}")
    network.near.cover("/etc/ssl/certs/ca-certificates.crt", certs.ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certs.issue("localhost"))
    issuer = network.near.run(lambda: rig.issuer(tls=context))
    issuer.move("localhost")
    yield issuer, network.near.run
    daemon.close()
    network.stop()


def with_providers(daemon, text):
    """The program, installed with this providers.conf."""
    prefix = daemon.folder / "prefix"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "share/imappushd").mkdir(parents=True)
    program = prefix / "bin/imappushd-testclock"
    shutil.copy(daemon.binary, program)
    shutil.copytree(daemon.binary.parents[1] / "libexec", prefix / "libexec")
    (prefix / "share/imappushd/providers.conf").write_text(text)
    daemon.binary = program


def test_provider_is_known(daemon, account, trusting):
    """Then a client id is all that is missing. Over TLS: the certificate is
    looked at, and one that is good does."""
    issuer, inside = trusting
    with_providers(daemon, f"""providers = ( {{
        name = "Mine"; host = "127.0.0.1"; domains = [ "example.org" ];
        auth = "oauth2"; oauth2 = {{ token_endpoint = "{issuer.origin}/token";
        device_authorization_endpoint = "{issuer.origin}/device";
        scope = "mail"; }}; }} );""")
    account(oauth2_issuer=None, oauth2_scope=None)
    issuer.decide("approved")
    done = inside(login, daemon)
    assert done.returncode == 0, done.stderr
    assert issuer.asked("/device")[0][1]["scope"] == "mail"
    answer = inside(Helper(daemon).ask, "token", "work", "oauth2")
    assert answer.secret in issuer.secrets
    assert {path for _, _, path, _ in issuer.log} == {"/device", "/token"}


def test_metadata_over_tls(daemon, account, trusting):
    issuer, inside = trusting
    account(oauth2_issuer=issuer.url)
    issuer.decide("approved")
    done = inside(login, daemon)
    assert done.returncode == 0, done.stderr


def test_certificate_is_for_another_name(daemon, account, trusting):
    issuer, inside = trusting
    issuer.move("127.0.0.1")
    account(oauth2_issuer=issuer.url)
    done = inside(login, daemon)
    assert done.returncode == 69 and not issuer.log


def test_https_leads_to_http(daemon, account, trusting):
    issuer, inside = trusting
    issuer.metadata["token_endpoint"] = "http://127.0.0.1:9/token"
    account(oauth2_issuer=issuer.url)
    assert inside(login, daemon).returncode == NEEDED
    assert not issuer.asked("/device")


def test_providers_have_a_mistake(daemon, account):
    with_providers(daemon, "providers = 5;")
    account(oauth2_issuer=None)
    done = login(daemon)
    assert done.returncode == 78
    assert "providers.conf" in done.stderr


def test_client_id_is_given_as_an_option(daemon, issuer, account, server):
    """It is kept with the grant, and so are the refreshes."""
    account(oauth2_client_id=None)
    issuer.decide("approved")
    done = login(daemon, "--client-id", issuer.client)
    assert done.returncode == 0, done.stderr
    daemon.start()
    server.wait_idle()


def test_account_is_tested(daemon, issuer, account, server):
    """--test-account logs in by the token, and says what is missing."""
    done = daemon.run("--test-account", "work")
    assert done.returncode == 75, done.stdout + done.stderr  # nor a keyring
    assert "--login work" in done.stdout + done.stderr
    signed_in(daemon, issuer)
    done = daemon.run("--test-account", "work", timeout=30)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert server.logins[-1].way == "XOAUTH2" and server.logins[-1].good
    no_secrets(issuer, done.stdout, done.stderr)


def test_client_has_a_secret(daemon, issuer, account, server):
    issuer.client_secret = "cl13nt-s3cret"
    issuer.secrets.add(issuer.client_secret)
    account(oauth2_client_secret_file=daemon.password_file(
        "client", issuer.client_secret + "\n"))
    helper = signed_in(daemon, issuer)
    daemon.start()
    server.wait_idle()
    assert issuer.client_secret not in helper.ask("get", "work", "oauth2").secret


def test_client_secret_is_open_to_others(daemon, issuer, account):
    account(oauth2_client_secret_file=daemon.password_file(
        "client", "x\n", 0o644))
    done = login(daemon)
    assert done.returncode != 0 and "chmod 600" in done.stderr
    assert not issuer.log


def test_server_gives_no_refresh_token(daemon, issuer, account):
    issuer.gives_refresh = False
    issuer.decide("approved")
    done = login(daemon)
    assert done.returncode == NEEDED
    assert "offline_access" in done.stderr


METADATA = {
    "other-issuer": {"issuer": "https://evil.example"},
    "no-token-endpoint": {"token_endpoint": None},
    "ftp": {"token_endpoint": "ftp://127.0.0.1/token"},
    "http-elsewhere": {"token_endpoint": "http://192.0.2.1/token"},
    "no-way": {"authorization_endpoint": None,
               "device_authorization_endpoint": None},
    "numbers": {"issuer": 5, "token_endpoint": [1]},
}


@pytest.mark.parametrize("name", METADATA)
def test_metadata_makes_no_sense(daemon, issuer, account, name):
    issuer.metadata.update(METADATA[name])
    done = login(daemon)
    assert done.returncode == NEEDED, done.stderr
    assert not issuer.asked("/device")


BODIES = {
    "empty": (200, ""), "array": (200, "[]"), "cut": (200, '{"issuer": "'),
    "deep": (200, "[" * 60000), "long": (200, " " * 70000),
    "endless": (200, "x" * 50_000_000), "binary": (200, bytes(range(256))),
    "nul": (200, b'{"issuer":"a\0b"}'), "redirect": (302, {}),
    "error": (500, {}), "gone": (404, {}),
}


def test_metadata_is_no_json(daemon, issuer, account):
    for name, answer in BODIES.items():
        issuer.on("/.well-known/openid-configuration", lambda form: answer)
        done = login(daemon)
        assert done.returncode in (69, NEEDED), (name, done.stderr)
        assert done.stderr.startswith("imappushd: "), name
        assert len(done.stderr) < 400 and done.stderr.isprintable() is False
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", done.stderr), name
    assert not issuer.asked("/elsewhere")
    assert not issuer.asked("/device")


def test_metadata_of_rfc_8414(rig, daemon, account):
    """The well-known word stands in front of the path."""
    issuer = rig.issuer(path="/tenant/1")
    issuer.on("/tenant/1/.well-known/openid-configuration",
              lambda form: (404, {}))
    issuer.on("/.well-known/oauth-authorization-server/tenant/1",
              lambda form: (200, issuer.metadata))
    account(oauth2_issuer=issuer.url)
    issuer.decide("approved")
    assert login(daemon).returncode == 0


def test_page_to_open_is_no_page(daemon, issuer, account):
    """It goes to a person's terminal, and then into a browser."""
    for uri in ("javascript:alert(1)", "https://x/\x1b[31m", "file:///etc"):
        issuer.on("/device", lambda form: (200, {
            "device_code": "c", "user_code": "u", "verification_uri": uri,
            "expires_in": 600}))
        done = login(daemon)
        assert done.returncode == 69, done.stderr
        assert uri not in done.stderr


@pytest.mark.parametrize("kind", ["good", "self_signed", "expired"])
def test_certificate_is_not_to_be_trusted(rig, daemon, certs, account, kind):
    """Nothing is sent there. (Nobody here trusts the CA of the good one.)"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs.cert(kind), certs.key(kind))
    issuer = rig.issuer(tls=context)
    account(oauth2_issuer=issuer.url)
    done = login(daemon)
    assert done.returncode == 69
    assert "certificate" in done.stderr.lower()
    assert not issuer.log


# ---- the daemon ----

def test_refresh_token_is_used_once(daemon, issuer, account, server):
    """Each use brings a new one, which is in the store before the token is
    used. (The issuer ends a grant whose old token comes again.)"""
    signed_in(daemon, issuer)
    tokens = [grant_of(daemon)["refresh_token"]]
    daemon.start()
    for count in range(1, 4):
        server.wait_step("login", count)
        server.wait_idle()
        tokens.append(grant_of(daemon)["refresh_token"])
        server.drop()
        daemon.wait_about("work", "retrying in", count=count)
        daemon.reload()
    assert len(set(tokens)) == 4


def test_many_ask_at_once(daemon, issuer, account):
    """Sessions that start together, and a person: one after the other."""
    helper = signed_in(daemon, issuer)
    answers = []

    def ask():
        answers.append(helper.ask("token", "work", "oauth2"))
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [0] * 8
    assert len({answer.secret for answer in answers}) == 8


def test_person_ends_the_grant_elsewhere(daemon, push, issuer, account, server):
    """Told once, with what to do; not tried again before somebody does it."""
    signed_in(daemon, issuer)
    daemon.endpoint("owner", push.url("owner"), events=["attention"],
                    headers=["X-About: %a: %m"])
    daemon.start()
    server.wait_idle()
    issuer.revoke()
    server.drop()
    daemon.wait_about("work", r"not good any more.*invalid_grant.*AADSTS70008"
                              r".*imappushd --login work; retrying in 30 min")
    put, = push.assert_exactly("owner", 1)
    assert put.header("X-About") == "work: login needed"
    status = json.loads(daemon.run("--status", "--json").stdout)
    assert status["accounts"][0]["state"] == "login-needed"
    assert "--login" in status["accounts"][0]["error"]["action"]
    asked = len(issuer.asked("/token"))
    daemon.run("--check-now")
    time.sleep(1)
    assert len(issuer.asked("/token")) == asked
    issuer.decide("approved")
    server.inbox.append(1)
    assert login(daemon).returncode == 0
    push.wait_put("work")
    server.wait_idle()


def test_token_expires(daemon, push, issuer, account, server):
    """The session leaves before, another comes with a new token, and nothing
    is lost or told twice; and nobody is alarmed."""
    issuer.lives = 4
    signed_in(daemon, issuer)
    daemon.start(IMAPPUSHD_TEST_TOKEN_SECONDS="2")
    for count in (1, 2, 3):
        server.wait_step("login", count)
        server.wait_idle()
        server.inbox.deliver()
        push.wait_put("work", count)
    server.wait_step("login", 4)
    push.assert_exactly("work", 3)
    first, *_, last = (login.time for login in server.logins)
    assert 7 < last - first < 15
    assert not daemon.lines("warning.*work|<4>work")


def test_life_of_a_token_is_not_said(daemon, issuer, account, server):
    issuer.lives = None
    signed_in(daemon, issuer)
    daemon.start(IMAPPUSHD_TEST_TOKEN_SECONDS="1")
    server.wait_idle()
    time.sleep(2)
    assert len(server.logins) == 1


TROUBLES = {
    "down": (503, "<html>"), "busy": (429, {"error": "slow_down"}),
    "nonsense": (200, {"hello": 1}), "array": (200, "[1]"),
    "later": (400, {"error": "temporarily_unavailable"}),
    "odd-token": (200, {"access_token": "a b\n", "token_type": "Bearer"}),
    "other-type": (200, {"access_token": "x", "token_type": "mac"}),
    "redirect": (302, {"access_token": "x"}),
}


def test_server_is_out_of_order(daemon, issuer, account, server):
    """It passes: nobody is asked to sign in again, nor is anything sent."""
    signed_in(daemon, issuer)
    names = list(TROUBLES)
    issuer.on("/token", lambda form: TROUBLES[names[0]])
    daemon.start()
    for count in range(1, len(TROUBLES) + 1):
        daemon.wait_about("work", r"retrying in \d+ s$", count=count)
        assert not daemon.lines("--login"), names[0]
        names.pop(0)
        if not names:
            issuer.off("/token")
        daemon.reload()
    server.wait_idle()
    assert [login.good for login in server.logins] == [True]
    assert not issuer.asked("/elsewhere")


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client",
                                   "invalid_scope"])
def test_client_is_not_wanted_any_more(daemon, issuer, account, error):
    signed_in(daemon, issuer)
    issuer.on("/token", lambda form: (400, {"error": error}))
    daemon.start()
    daemon.wait_about("work", error + ".*--login work; retrying in 30 min")


def test_store_cannot_be_written(daemon, issuer, account, server):
    """The token is used all the same, and it is said. (A folder stands where
    the new file is to be written.)"""
    helper = signed_in(daemon, issuer)
    (helper.vault / ".work.new" / "full").mkdir(parents=True)
    daemon.start()
    server.wait_idle()
    daemon.wait_about("work", "could not be kept.*imappushd --login work")
    assert [login.good for login in server.logins] == [True]


def test_session_is_killed_in_the_middle(daemon, issuer, account, server):
    """The server has made the old refresh token worthless: the new one has to
    get into the store, whatever becomes of who wanted a token."""
    signed_in(daemon, issuer)
    before = grant_of(daemon)["refresh_token"]
    asked, go = threading.Event(), threading.Event()

    def hold(form):
        issuer.off("/token")
        asked.set()
        go.wait(10)
        return issuer._usual("POST", "/token", form)
    issuer.on("/token", hold)
    daemon.start()
    assert asked.wait(10)
    session, = daemon.with_role("session")
    daemon.signal_child(session)
    time.sleep(0.5)
    go.set()
    deadline = time.monotonic() + 10
    while grant_of(daemon)["refresh_token"] == before:
        assert time.monotonic() < deadline, "the new token was lost"
        time.sleep(0.1)
    server.wait_idle(timeout=20)


def test_configuration_names_another_server(rig, daemon, issuer, account):
    """The grant of one is never sent to another."""
    signed_in(daemon, issuer)
    other = rig.issuer()
    account(oauth2_issuer=other.url)
    daemon.start()
    daemon.wait_about("work", "another than.*--login work")
    assert not other.log


def test_secrets_stand_nowhere_to_be_seen(daemon, issuer, account, server):
    """Not in an argument or the environment of any process, while they are
    used; nor in the log (which is looked at after each test)."""
    signed_in(daemon, issuer)
    seen = []

    def look(form):
        for pid in processes():
            for name in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{pid}/{name}", "rb") as stream:
                        text = stream.read().decode(errors="replace")
                except OSError:
                    continue
                seen.extend(s for s in issuer.secrets if s in text)
        return issuer._usual("POST", "/token", form)
    issuer.on("/token", look)
    daemon.start()
    server.wait_idle()
    look({"client_id": issuer.client})
    assert not seen


def test_account_is_removed(daemon, issuer, account):
    """And its grant with it."""
    helper = signed_in(daemon, issuer)
    assert daemon.run("--remove-account", "work", "--yes").returncode in (0, 1)
    assert not helper.ask("get", "work", "oauth2").secret
