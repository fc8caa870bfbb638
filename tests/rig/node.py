"""What others wrote in JavaScript for Web Push: programs of tests/node, with packages of
npm that packaging/deps.sh phone brings.

    opened, = judge([open_question(phone, body)])
    with PushService() as service:
        given = service.subscribe(key)
        ...
        service.messages(given)
"""

import json
import os
import subprocess
import urllib.request

from . import servers
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
