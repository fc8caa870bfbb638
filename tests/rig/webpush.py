"""Subscriptions of the Push API, as a phone would give them."""

import json

# The subscription of RFC 8291 section 5.
P256DH = ("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7V"
          "d8pZGH6SRpkNtoIAiw4")
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


def subscription(url, p256dh=P256DH, auth=AUTH):
    return json.dumps({"endpoint": url, "expirationTime": None,
                       "keys": {"p256dh": p256dh, "auth": auth}})


def subscribe(daemon, push, name="phone", **settings):
    """An endpoint, and its subscription beside it."""
    daemon.write("imappushd.conf", vapid_subject="mailto:me@example.org")
    known = {"kind": "webpush", "min_interval": 0}
    known.update(settings)
    path = daemon.write(f"endpoints.d/{name}.conf", **known)
    beside = path.with_suffix(".json")
    beside.write_text(subscription(push.url(name)))
    beside.chmod(0o600)
    return beside
