"""What others wrote in JavaScript, for Web Push and for OAuth2: programs of tests/node, with
packages of npm that packaging/deps.sh phone brings.

    opened, = judge([open_question(phone, body)])
    with PushService() as service:
        given = service.subscribe(key)
        ...
        service.messages(given)
"""

import html
import http.cookiejar
import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from . import ports, servers
from .webpush import encode

PROGRAMS = servers.ROOT / "tests" / "node"


def _environment():
    return {"PATH": os.environ["PATH"],
            "NODE_PATH": str(servers.BUILD / "node" / "node_modules")}


def open_question(phone, body):
    number = phone.key.private_numbers().private_value
    return {"open": encode(body), "private": encode(number.to_bytes(32, "big")),
            "auth": encode(phone.auth)}


def judge(questions):
    """The answers of judge.js."""
    done = subprocess.run(
        ["node", str(PROGRAMS / "judge.js")], env=_environment(), text=True,
        input="".join(json.dumps(question) + "\n" for question in questions),
        capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions), done.stderr
    return answers


class PushService:
    """A push service, and the phones that have subscribed at it."""

    def __enter__(self):
        self._process = subprocess.Popen(
            ["node", str(PROGRAMS / "push_service.js")], env=_environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def subscribe(self, key):
        """endpoint, keys and clientHash of a new subscription, for a key of a sender."""
        return self._ask("subscribe", {"userVisibleOnly": "true",
                                       "applicationServerKey": key})["data"]

    def messages(self, given):
        """What came for it and could be opened."""
        return self._ask("get-notifications",
                         {"clientHash": given["clientHash"]})["data"]["messages"]

    def expire(self, given):
        self._ask("expire-subscription/" + given["clientHash"], {})

    def _ask(self, path, question):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}", json.dumps(question).encode(),
            {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body.startswith(b"{") else None


class OidcProvider:
    """An authorization server that others wrote, and the browser of somebody who has an
    account there."""

    client = "imappushd-test"

    def __init__(self, seconds=3600):
        self.port = ports.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._seconds = seconds

    def __enter__(self):
        self._process = subprocess.Popen(
            ["node", str(PROGRAMS / "issuer.js"), str(self.port), str(self._seconds)],
            env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        line = self._process.stdout.readline()
        while line and line != "ready\n":
            line = self._process.stdout.readline()
        assert line, "the server did not start"
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def post(self, path, **form):
        """A status and the answer's JSON."""
        request = urllib.request.Request(self.url + path, urllib.parse.urlencode(form).encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def browse(self, page, user, agree=True):
        """Goes through the pages as that user: where it is sent to outside of the server, or
        the text of the last page."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _StayHere(f"127.0.0.1:{self.port}"),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        declined = False
        try:
            answer = opener.open(page, timeout=10)
            for _ in range(8):
                text = answer.read().decode()
                form = re.search(r"<form[^>]*>.*?</form>", text, re.S)
                if not form or "abort" in form.group(0) and declined:
                    return text
                declined = not agree and "confirm" in form.group(0)
                action, fields = _fill_in(form.group(0), user, agree)
                answer = opener.open(urllib.parse.urljoin(answer.url, action),
                                     urllib.parse.urlencode(fields).encode(), timeout=10)
        except _Elsewhere as elsewhere:
            return elsewhere.args[0]
        raise AssertionError("the pages have no end")


class _Elsewhere(Exception):
    pass


class _StayHere(urllib.request.HTTPRedirectHandler):
    def __init__(self, place):
        self.place = place

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if urllib.parse.urlsplit(newurl).netloc not in ("", self.place):
            raise _Elsewhere(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fill_in(form, user, agree):
    """Where a form of its pages is sent, and with what."""
    action = re.search(r'action="([^"]*)"', form)
    fields = {}
    for field in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'{key}="([^"]*)"', field) for key in ("name", "value"))
        if name:
            fields[name.group(1)] = html.unescape(value.group(1)) if value else ""
    if "login" in fields:
        fields.update(login=user, password="any")
    if not agree and "confirm" in fields:
        del fields["confirm"]
        fields["abort"] = "yes"
    return html.unescape(action.group(1)) if action else "", fields
