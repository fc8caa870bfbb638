"""The page below packaging/phone/ in a browser, and a push service of the tests.

    page = Page(folder, servers.ROOT / "packaging" / "phone", certs)
    page.turn_on()
    page.open("#key=" + key)
    page.tap("turn-on")
    page.wait_state("hand").subscription    # JSON, as the page shows it
    ...
    shown, = page.wait_shown(["New mail"]) # the notifications on the screen

What it must never do (see tests/phone/visit.js) is a violation, and fails the test that
it happens in.
"""

import json
import time
import urllib.request
from types import SimpleNamespace

from . import webpush
from .phone import Phone


class Page(Phone):
    def __init__(self, folder, files, certs, **settings):
        """files: the folder of the page, which is served by https."""
        self.complaints = []
        self._hosts = 0
        page = {"folder": str(files), "cert": str(certs.cert()),
                "key": str(certs.key())}
        super().__init__(folder, dialect="webPush", page=page, **settings)

    @property
    def address(self):
        """Where it is hosted."""
        return self._order("address")

    def move(self):
        """To a host of its own, so that one browser, which takes seconds to start, is a
        new phone to each test. Returns what the rig wants to have of it."""
        self._hosts += 1
        self._order("move", host="h%d" % self._hosts)
        for past in (self.requests, self.acks, self.pushes, self.complaints,
                     self.violations):
            past.clear()
        return SimpleNamespace(violations=self.violations, report=self.report,
                               stop=self.leave)

    # --- what a person does ---

    def open(self, link="", **how):
        """A link to it, or the end of one."""
        self._order("open", hash=link[link.index("#"):] if link else "", **how)

    def leave(self):
        self._order("leave")

    def tap(self, what):
        self._order("tap", id=what)

    def type(self, what, text):
        self._order("type", id=what, text=text)

    def picture(self, path):
        self._order("picture", path=str(path))

    # --- what happens to it ---

    def unsubscribe(self, again=False):
        """The browser loses the subscription, or changes it by itself."""
        self._order("unsubscribe", again=again)

    def forget(self):
        """The push service loses what it knew of the browser."""
        self._order("forget")

    def push_service(self, how):
        """How Google's behaves; see tests/phone/google.js."""
        self._order("behave", how=how)

    def violate(self):
        self._order("violate")

    def reachable(self, subscription):
        """The same with a push URL that leads to the push service of the tests."""
        sub = json.loads(subscription)
        return json.dumps({**sub, "endpoint": self._order("reach", endpoint=sub["endpoint"])})

    def send(self, key_file, message, subscription=None):
        """A push of the box whose key that is: what a test wants it to say. Bytes are
        sent as they are. Returns the status."""
        sub = json.loads(self.reachable(subscription or self.see().subscription))
        text = message if isinstance(message, bytes) else json.dumps(message).encode()
        keys = sub["keys"]
        body, = webpush.lines(["seal"], ["%s %s %s" % (keys["p256dh"], keys["auth"],
                                                       text.hex())])
        origin = "/".join(sub["endpoint"].split("/")[:3])
        token, = webpush.sign(key_file, [origin], int(time.time()))
        request = urllib.request.Request(sub["endpoint"], bytes.fromhex(body), {
            "TTL": "60", "Content-Encoding": "aes128gcm", "Authorization": token})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return answer.status

    # --- what there is to see ---

    def see(self):
        return SimpleNamespace(**self._order("see"))

    def wait_state(self, state, timeout=10):
        seen = self._until(self.see, lambda seen: seen.state == state, timeout)
        assert seen.state == state, seen
        return seen

    def wait_seen(self, what, timeout=10):
        seen = self._until(self.see, lambda seen: what in seen.shown, timeout)
        assert what in seen.shown, seen
        return seen

    def wait_letter(self, timeout=10):
        """The page, once it has opened the mail app."""
        seen = self._until(self.see, lambda seen: seen.letter, timeout)
        assert seen.letter, seen
        return seen

    def wait_status(self, words, timeout=10):
        seen = self._until(self.see, lambda seen: words in seen.status, timeout)
        assert words in seen.status, seen
        return seen

    def shown(self):
        return [SimpleNamespace(**one) for one in self._order("notifications")]

    def wait_shown(self, wanted, timeout=10):
        """Until notifications with these titles are there, and no others."""
        def right(shown):
            return sorted(one.title for one in shown) == sorted(wanted)
        shown = self._until(self.shown, right, timeout)
        assert right(shown), (shown, self.report())
        return shown

    @staticmethod
    def _until(ask, is_right, timeout):
        deadline = time.monotonic() + timeout
        while True:
            answer = ask()
            if is_right(answer) or time.monotonic() > deadline:
                return answer
            time.sleep(0.1)

    def _note(self, line):
        if line.get("event") == "complaint":
            self.complaints.append(line["complaint"])
            self.violations.append(line["complaint"])
        else:
            super()._note(line)
