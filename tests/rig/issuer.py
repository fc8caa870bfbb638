"""A scripted authorization server: right by default, wrong wherever a test says so.

    issuer = Issuer()
    issuer.serves(imap)                 # its newest access token is good there
    ... an account with oauth2_issuer = issuer.url ...
    issuer.decide("approved")           # the person enters the code on another device
    url = issuer.browse(page)           # or opens a page: where the browser is sent to

It knows one public client, gives a new refresh token for each that is used, and ends the
grant when an old one comes again. on(path, handler) replaces an answer: handler(form)
returns a status and an object (or text, or bytes), or DEFAULT.

What no client may do (ask sooner than it was told, ask again after it has got its tokens,
send a token in a URL, use a code without its proof, ...) lands in `violations`.
"""

import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
import urllib.parse

DEFAULT = object()
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Issuer:
    """Attributes a test may change: interval (None: not told), device_life, lives (of access
    tokens; None: not told), rotates, metadata (a dict), client, client_secret."""

    def __init__(self, path="", tls=None):
        self.client, self.client_secret = "imappushd-test", None
        self.interval, self.device_life, self.lives = 1, 600, 3600
        self.rotates = self.gives_refresh = True
        self.log = []           # (time, method, path, form)
        self.violations = []
        self.secrets = set()    # all that ever was one
        self.state = "pending"  # of the device code
        self.alive = True       # the grant
        self._on, self._imaps, self._lock = {}, [], threading.RLock()
        self._refresh = self._device = self._device_done = None
        self._old, self._codes, self._polled = set(), {}, None
        self._slower = 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.port, self._path = self._server.server_port, path
        self._scheme = "https" if tls else "http"
        self.move("127.0.0.1")

    def move(self, host):
        """It is known by another name from now on."""
        self.origin = f"{self._scheme}://{host}:{self.port}"
        self.url = self.origin + self._path
        self.metadata = {
            "issuer": self.url,
            "token_endpoint": self.origin + "/token",
            "authorization_endpoint": self.origin + "/authorize",
            "device_authorization_endpoint": self.origin + "/device",
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": ["mail", "offline_access"]}

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    # --- what a test arranges ---

    def serves(self, imap):
        """Access tokens are the passwords of the first user there."""
        self._imaps.append(imap)

    def on(self, path, handler):
        self._on[path] = handler

    def off(self, path):
        self._on.pop(path, None)

    def decide(self, state):
        """approved, denied or expired: what the person does with the code."""
        self.state = state

    def revoke(self):
        self.alive = False

    def browse(self, page, agree=True):
        """A browser opens the page, its user signs in, and agrees or not: the address that it
        is sent to."""
        split = urllib.parse.urlsplit(page)
        asked = dict(urllib.parse.parse_qsl(split.query))
        self._expect(page.startswith(self.metadata["authorization_endpoint"] + "?"), page)
        self._expect(asked.get("response_type") == "code"
                     and asked.get("client_id") == self.client
                     and asked.get("code_challenge_method") == "S256"
                     and len(asked.get("state", "")) >= 22, f"authorization: {asked}")
        answer = {"state": asked["state"], "iss": self.url}
        if agree:
            answer["code"] = self._new("code")
            self._codes[answer["code"]] = asked
        else:
            answer["error"] = "access_denied"
        return asked["redirect_uri"] + "?" + urllib.parse.urlencode(answer)

    # --- what a test asks ---

    def asked(self, path):
        """[(time, form)] of the requests for a path."""
        return [(when, form) for when, _, p, form in list(self.log) if p == path]

    def report(self):
        return "\n".join(f"{when:.3f} {method} {path} {sorted(form)}"
                         for when, method, path, form in self.log)

    # --- its own part ---

    def _expect(self, condition, words):
        if not condition:
            self.violations.append(f"issuer: {words}")

    def _new(self, kind):
        value = f"{kind}-{secrets.token_urlsafe(24)}"
        self.secrets.add(value)
        return value

    def respond(self, method, path, form):
        with self._lock:
            self.log.append((time.monotonic(), method, path, form))
            handler = self._on.get(path)
            result = handler(form) if handler else DEFAULT
            return self._usual(method, path, form) if result is DEFAULT else result

    def _usual(self, method, path, form):
        base = self.url[len(self.origin):]
        if path == base + "/.well-known/openid-configuration":
            return 200, self.metadata
        if path == "/device":
            return self._start_device(form)
        if path == "/token":
            self._expect(method == "POST", "the token endpoint was asked by GET")
            return self._token(form)
        return 404, {"error": "not_found"}

    def _is_client(self, form):
        return form.get("client_id") == self.client \
            and form.get("client_secret") == self.client_secret

    def _start_device(self, form):
        if not self._is_client(form):
            return 401, {"error": "invalid_client"}
        self._device, self._polled, self._slower = self._new("device"), time.monotonic(), 0
        answer = {"device_code": self._device, "user_code": "WDJB-MJHT",
                  "verification_uri": self.origin + "/enter",
                  "verification_uri_complete": self.origin + "/enter?code=WDJB-MJHT",
                  "expires_in": self.device_life}
        if self.interval is not None:
            answer["interval"] = self.interval
        return 200, answer

    def slow_down(self, _form=None):
        self._slower += 5
        self._polled = time.monotonic()
        return 400, {"error": "slow_down"}

    def _token(self, form):
        if not self._is_client(form):
            return 401, {"error": "invalid_client"}
        grant = form.get("grant_type")
        if grant == DEVICE_GRANT:
            return self._token_for_device(form)
        if grant == "authorization_code":
            return self._token_for_code(form)
        if grant == "refresh_token":
            return self._token_for_refresh(form)
        return 400, {"error": "unsupported_grant_type"}

    def _token_for_device(self, form):
        now, due = time.monotonic(), (self.interval or 5) + self._slower
        self._expect(now - self._polled >= due - 0.1,
                     f"asked after {now - self._polled:.1f} s, not {due}")
        self._expect(form.get("device_code") != self._device_done, "the code came again")
        self._polled = now
        errors = {"pending": "authorization_pending", "denied": "access_denied",
                  "expired": "expired_token"}
        if form.get("device_code") != self._device:
            return 400, {"error": "invalid_grant"}
        if self.state in errors:
            return 400, {"error": errors[self.state]}
        self._device_done = self._device
        return self._issue(begin=True)

    def _token_for_code(self, form):
        asked = self._codes.pop(form.get("code"), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(
            form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if not asked or proof != asked["code_challenge"] \
                or form.get("redirect_uri") != asked["redirect_uri"]:
            self._expect(False, "a code that is none, or without its proof")
            return 400, {"error": "invalid_grant"}
        return self._issue(begin=True)

    def _token_for_refresh(self, form):
        token = form.get("refresh_token")
        if token in self._old:
            self.alive = False
            self._expect(False, "an old refresh token came again")
        if not self.alive or token != self._refresh:
            return 400, {"error": "invalid_grant", "error_description":
                         "AADSTS70008: it has expired or was revoked.\r\nTrace ID: 1"}
        return self._issue()

    def _issue(self, begin=False):
        access = self._new("access")
        for imap in self._imaps:
            imap.users[next(iter(imap.users))] = access
        answer = {"access_token": access, "token_type": "Bearer"}
        if self.lives is not None:
            answer["expires_in"] = self.lives
        if begin or self.rotates:
            self._old.add(self._refresh)
            self._refresh = self._new("refresh")
            if self.gives_refresh:
                answer["refresh_token"] = self._refresh
        self.alive = self.alive or begin
        return 200, answer


def _handler(issuer):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self._answer("")

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            self._answer(self.rfile.read(length).decode())

        def _answer(self, body):
            split = urllib.parse.urlsplit(self.path)
            form = dict(urllib.parse.parse_qsl(body, strict_parsing=bool(body)))
            if split.query:
                issuer.violations.append("issuer: a query in " + self.path)
            status, answer = issuer.respond(self.command, split.path, form)
            if isinstance(answer, dict):
                answer = json.dumps(answer)
            data = answer if isinstance(answer, bytes) else answer.encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", issuer.origin + "/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            try:
                self.wfile.write(data)
            except OSError:
                pass                    # it has heard enough

        def log_message(self, *_):
            pass
    return Handler
