"""The credential helper, asked as the daemon asks it.

    helper = Helper(daemon, keyring)
    helper.store("work", "open sesame", "keyring")      # 0
    answer = helper.get("work")
    answer.status, answer.secret, answer.store, answer.error
"""

import subprocess
import time

DONE, MISSING, NO_KEYRING, TROUBLE, UNWRITABLE, LOCKED, UNSAFE = 0, 66, 69, 70, 73, 75, 78


class Answer:
    """The exit status, and what was said; took: seconds."""

    def __init__(self, status, text, took):
        said = dict(line.split("=", 1) for line in text.split("\n") if line)
        self.status, self.took = status, took
        self.secret, self.store = said.get("secret"), said.get("store")
        self.error = said.get("error", "")

    def __repr__(self):
        return "status %d, %s" % (self.status, self.error or self.store)


class Helper:
    """Works on the state of a daemon; with a bus (keyring.py) it finds that one."""

    def __init__(self, daemon, bus=None):
        self.program = daemon.binary.parents[1] / "libexec/imappushd/credential"
        self.environment = daemon.environment(**(bus.environment() if bus else {}))
        self.vault = daemon.state / "credentials.d"

    def ask(self, verb, account, kind="password", **values):
        return self.ask_raw(verb, question(account=account, kind=kind, **values))

    def ask_raw(self, verb, text):
        begun = time.monotonic()
        done = subprocess.run([str(self.program), verb], input=text.encode(), timeout=30,
                              env=self.environment, stdout=subprocess.PIPE, check=False)
        return Answer(done.returncode, done.stdout.decode(errors="replace"),
                      time.monotonic() - begun)

    def begin(self, verb, account, **values):
        """Asks, and does not wait for the answer; see end()."""
        process = subprocess.Popen([str(self.program), verb], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env=self.environment)
        process.stdin.write(question(account=account, kind="password", **values).encode())
        process.stdin.close()
        process.stdin = None
        return process

    def end(self, process):
        begun = time.monotonic()
        text, _ = process.communicate(timeout=30)
        return Answer(process.returncode, text.decode(), time.monotonic() - begun)

    def get(self, account, **values):
        return self.ask("get", account, **values)

    def store(self, account, secret, store):
        return self.ask("store", account, store=store, secret=secret, user="alice",
                        host="imap.example.org").status

    def erase(self, account):
        return self.ask("erase", account).status


def question(**values):
    return "".join("%s=%s\n" % pair for pair in values.items())
