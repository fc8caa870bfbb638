"""A phone that is not ours: Firefox, or Chromium, subscribed to a push service of the
tests.

    with Phone(folder) as phone:
        phone.turn_on()
        daemon.endpoint("phone", phone.subscribe())
        ...
        phone.wait_pushes(1)                # the browser has fired so many events
        assert phone.acks == [(version, DELIVERED)]

The browser decides which versions are new to it, by a rule that Mozilla wrote. The push
service and the page are a program of tests/phone, which drives the browser by
puppeteer-core; packaging/deps.sh phone, or chromium, brings all that.
"""

import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

from . import servers
from .daemon import processes

BROWSERS = {"firefox": "usr/lib/firefox-esr/firefox-esr",
            "chromium": "usr/lib/chromium/chromium"}
PROGRAM = servers.ROOT / "tests" / "phone" / "phone.js"
FORM = "application/x-www-form-urlencoded"

# What the browser acknowledges a message with.
DELIVERED, NOT_DELIVERED = 100, 102


class Phone:
    """See the module. Attributes, each in order of time:

    requests    what came to push URLs: method, headers, body, version, status
    acks        what the browser made of each: (version, DELIVERED or another code)
    pushes      the events that it fired: data, and shown, the notifications after it
    violations  what must never be, whatever a test is about
    """

    def __init__(self, folder, dialect="simplePush", browser="firefox", **more):
        self.folder = Path(folder)
        for part in ("home", "profile", "tmp"):
            (self.folder / part).mkdir(parents=True)
        self.requests, self.acks, self.pushes, self.violations = [], [], [], []
        self._answers = []
        self._connected = False             # is the browser at the push service?
        self._ended = False                 # has the program closed its output?
        self._changed = threading.Condition()
        self._browser = None                # its process id, and its group's
        self._log = self.folder / "phone.log"
        settings = {"browser": browser, "dialect": dialect,
                    "profile": str(self.folder / "profile"),
                    "program": str(servers.tree(browser) / BROWSERS[browser]),
                    "libraries": servers.library_path(browser), **more}
        with open(str(self._log), "w", encoding="utf-8") as log:
            self._node = subprocess.Popen(
                ["node", str(PROGRAM), json.dumps(settings)], env=self._environment(),
                cwd=str(self.folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"),
                "TMPDIR": str(self.folder / "tmp"), "LANG": "C.UTF-8",
                "NODE_PATH": str(servers.BUILD / "phone" / "node_modules")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # --- what a test does with it ---

    def turn_on(self):
        """Starts the browser; what waits for it at the push service comes at once."""
        self._browser = self._order("turnOn")["pid"]
        return self

    def turn_off(self):
        """Ends the browser, and the push service knows it. What the browser knows about its
        subscriptions is in its profile."""
        self._order("turnOff")
        self._end_browser()
        with self._changed:
            assert self._changed.wait_for(lambda: not self._connected, 10), self.report()

    def subscribe(self):
        """Returns the push URL."""
        return self._order("subscribe")["endpoint"]

    def subscribe_for(self, key):
        """Returns the subscription as JSON; its push URL is for who has that key."""
        return json.dumps(self._order("subscribe", key=key))

    def lose_answer(self):
        """The next request is forwarded to the browser, but the sender gets no answer."""
        self._order("loseAnswer")

    @staticmethod
    def put(url, version):
        """A PUT by the test itself; returns the status."""
        request = urllib.request.Request(url, b"version=%d" % version, {"Content-Type": FORM},
                                         method="PUT")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    # --- what a test asks ---

    @property
    def versions(self):
        """The versions of all requests so far."""
        return [request.version for request in self.requests]

    def wait_requests(self, count, timeout=10):
        return self._wait(self.requests, count, timeout, "requests")

    def settled(self, quiet=0.5):
        """Waits until no request has come for a while; all that did."""
        while True:
            before = list(self.requests)
            with self._changed:
                if not self._changed.wait_for(
                        lambda: len(self.requests) > len(before), quiet):
                    return before

    def wait_acks(self, count, timeout=10):
        return self._wait(self.acks, count, timeout, "acknowledgements")

    def wait_pushes(self, count, timeout=10):
        return self._wait(self.pushes, count, timeout, "push events")

    def assert_pushes(self, count, settle=0.5):
        """It fired so many events, and fires no other one for a while."""
        self.wait_pushes(count)
        time.sleep(settle)
        assert len(self.pushes) == count, self.report()

    def _wait(self, found, count, timeout, what):
        with self._changed:
            if not self._changed.wait_for(lambda: len(found) >= count, timeout):
                raise AssertionError("no %d %s within %d s:\n%s"
                                     % (count, what, timeout, self.report()))
            return list(found)

    def report(self):
        lines = ["%s %s %r -> %s" % (r.time, r.method, r.body, r.status)
                 for r in self.requests]
        lines += ["ack %s %s" % ack for ack in self.acks]
        lines += ["push %s" % vars(push) for push in self.pushes]
        if self._log.exists():              # not after the test, with its folder
            lines.append(self._log.read_text(errors="replace")[-8000:])
        return "\n".join(lines)

    # --- the program ---

    def _order(self, order, **more):
        """Gives an order and waits for what it says to it."""
        with self._changed:
            self._answers.clear()
            line = json.dumps(dict(more, order=order)) + "\n"
            try:
                self._node.stdin.write(line.encode())
                self._node.stdin.flush()
            except BrokenPipeError:
                pass                        # it has ended: there will be no answer
            if not self._changed.wait_for(
                    lambda: self._answers or self._ended, 90):
                raise AssertionError("no answer to %s:\n%s" % (order, self.report()))
            answer = self._answers[0] if self._answers else {"error": "it has ended"}
        if "error" in answer:
            raise AssertionError("%s: %s\n%s" % (order, answer["error"], self.report()))
        return answer["answer"]

    def _read(self):
        for line in self._node.stdout:
            with self._changed:
                self._note(json.loads(line.decode()))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _note(self, line):
        event = line.pop("event", None)
        if event is None:
            self._answers.append(line)
        elif event in ("connected", "gone"):
            self._connected = event == "connected"
        elif event == "request":
            found = re.fullmatch(r"version=(\d+)", line["body"])
            self.requests.append(SimpleNamespace(
                time=time.monotonic(), version=int(found[1]) if found else None, **line))
            if line["status"] and line["status"] >= 400:
                self.violations.append("refused: %s" % line)
        elif event == "ack":
            self.acks.append((line["version"], line["code"]))
        elif event == "push":
            self.pushes.append(SimpleNamespace(time=time.monotonic(), **line))
            if "error" in line:
                self.violations.append("not shown: %s" % line["error"])

    # --- its end ---

    def stop(self):
        """Ends all of it; what does not want to is killed."""
        try:
            self._node.stdin.close()
        except BrokenPipeError:
            pass                            # what an order left that nobody has read
        try:
            self._node.wait(10)
        except subprocess.TimeoutExpired:
            self._node.kill()
            self._node.wait()
        self._end_browser()
        self._reader.join()

    def _end_browser(self):
        deadline = time.monotonic() + 5
        while self._left() and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in self._left():
            os.kill(pid, signal.SIGKILL)
        self._browser = None

    def _left(self):
        """What is left of the browser: it leads a process group of its own."""
        return [pid for pid, fields in processes().items()
                if fields["group"] == str(self._browser) and fields["state"] != "Z"]
