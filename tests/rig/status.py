"""What --status --json says, looked at as closely as its schema allows.

    told = status.ask(daemon)
    assert told.exit == 0 and told.account("work")["state"] == "watching"
    status.wait_state(daemon, "work", "refused")

Each answer is held against docs/status.schema.json; a field that is not in it,
a password and a push URL are errors.
"""

import datetime
import functools
import json
import pathlib
import time

import jsonschema

from .receiver import SECRET

SCHEMA = pathlib.Path(__file__).resolve().parents[2] \
    / "docs" / "status.schema.json"


def _closed(schema):
    """The same schema, without room for what it does not name."""
    if isinstance(schema, dict):
        closed = {key: _closed(value) for key, value in schema.items()}
        if "properties" in schema:
            closed["additionalProperties"] = False
        return closed
    return [_closed(part) for part in schema] \
        if isinstance(schema, list) else schema


@functools.lru_cache(1)
def validator():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(_closed(schema))


class Status:
    def __init__(self, text, exit_status=None):
        assert SECRET not in text
        self.exit = exit_status
        self.all = json.loads(text)
        validator().validate(self.all)
        self.daemon = self.all["daemon"]

    def account(self, name):
        return self._named("accounts", name)

    def endpoint(self, name):
        return self._named("endpoints", name)

    def mailbox(self, account, name="INBOX"):
        found, = [mailbox for mailbox in self.account(account)["mailboxes"]
                  if mailbox["name"] == name]
        return found

    def states(self, kind="accounts"):
        return {each["name"]: each["state"] for each in self.all[kind]}

    def troubles(self):
        return [trouble["code"] for trouble in self.daemon["troubles"]]

    def _named(self, kind, name):
        found, = [each for each in self.all[kind] if each["name"] == name]
        return found


def ask(daemon, *arguments, **environment):
    done = daemon.run("--status", *arguments, "--json", **environment)
    assert done.stdout, done.stderr
    return Status(done.stdout, done.returncode)


def wait(daemon, condition, timeout=10):
    """Asks until the condition holds of what is told; returns that."""
    end = time.monotonic() + timeout
    while True:
        told = ask(daemon)
        if condition(told):
            return told
        assert time.monotonic() < end, json.dumps(told.all, indent=1)
        time.sleep(0.1)


def wait_state(daemon, name, state, kind="accounts", timeout=10):
    return wait(daemon, lambda told: told.states(kind).get(name) == state,
                timeout)


def moment(text):
    """Seconds since 1970."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()


def is_near(text, seconds, tolerance=5):
    return abs(moment(text) - seconds) <= tolerance
