"""The server: its users and mailboxes, its hooks, its memory."""

import ssl
import threading
import time
import traceback

from ..listener import Listener
from .connection import Connection
from .handlers import Gone
from .model import AS_IT_IS, Mailbox, wire_name

CAPABILITIES = ("IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE UIDPLUS"
                " AUTH=PLAIN").split()
EXAMINED = ("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
            "* OK [PERMANENTFLAGS ()] read-only",
            "* {exists} EXISTS", "* 0 RECENT",
            "* OK [UIDVALIDITY {uidvalidity}] told",
            "* OK [UIDNEXT {uidnext}] told")


class Hook:
    def __init__(self, handler, times, skip, when):
        self.handler = handler
        self.times = times
        self.skip = skip
        self.when = when


class Login:
    """One try to log in."""

    def __init__(self, connection, way, user, password, good):
        self.time = time.monotonic()
        self.connection = connection.number
        self.way = way  # LOGIN, AUTHENTICATE (PLAIN), XOAUTH2, OAUTHBEARER
        self.user = user
        self.password = password
        self.good = good


class FakeImap:
    """The server. Stop it, or use it in a with statement."""

    def __init__(self, users=None, mailboxes=("INBOX",), capabilities=None,
                 without=(), extra=(), tls=None, starttls=False,
                 listening=True, separator="/"):
        """tls: (certificate chain file, key file). without and extra change
        the list of capabilities."""
        self.users = dict(users or {"alice": "open sesame"})
        self.capabilities = [c for c in (capabilities or CAPABILITIES)
                             if c not in without] + list(extra)
        self.login_capabilities = None  # None: the same before the login
        self.capability_at_login = AS_IT_IS  # None: not told; or a text
        self.says_recent = True
        self.takes_8bit = True
        self.examined = EXAMINED  # the untagged answers to EXAMINE
        self.texts = {}  # step -> what stands behind its tagged OK
        self.separator = separator  # of the levels of names; None: no levels
        self.list_tells_uses = True  # or only where it is asked to
        # Dovecot 2.3, and longer: NOTIFY tells of the selected mailbox only
        # while the client idles.
        self.blind_outside_idle = False
        self.idle_continuation = "+ idling"
        self.starttls = starttls
        self.tls = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.set_ciphers("DEFAULT:@SECLEVEL=0")  # weak keys, too
            self.tls.load_cert_chain(*tls)
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.connections = []  # those alive
        self.accepted = 0  # connections ever
        self.hung = 0  # those on which it fell silent
        self.logins = []
        self.log = []  # (time, connection number, "C" or "S", text)
        self._log_lock = threading.Lock()  # taken last, inside any other
        self.violations = []
        self._hooks = {}
        self._passed = {}  # step -> [(time, connection, command)]
        self._births = 0  # of mailboxes
        self.mailboxes = {}
        for name in mailboxes:
            self.create(name)
        self.inbox = self.mailboxes.get("INBOX")
        self._listener = Listener(self._serve, listening)
        self.port = self._listener.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._listener.stop()
        self.drop()

    # What a test arranges.

    def on(self, step, handler, times=None, skip=0, when=None):
        """Puts handler in front of a step, for the next `times` passes after
        the first `skip`; when(connection, command) may choose."""
        with self.lock:
            self._hooks.setdefault(step, []).insert(
                0, Hook(handler, times, skip, when))

    def off(self, step):
        with self.lock:
            self._hooks.pop(step, None)

    def refuse(self):
        """New connections are refused from now on."""
        self._listener.refuse()

    def listen(self):
        """Connections are taken (again) from now on."""
        self._listener.listen()

    def drop(self):
        """Ends all connections."""
        with self.lock:
            for connection in list(self.connections):
                connection.end()

    def create(self, name, count=0):
        """Makes a mailbox with count messages in it; those who watch for such
        things are told."""
        with self.lock:
            self._births += 1
            mailbox = Mailbox(self, name, 1700000000 + self._births)
            if count:
                mailbox.append(count)
            self.mailboxes[name] = mailbox
            self._announce_name(self.list_line(mailbox))
            return mailbox

    def delete(self, name):
        """Removes a mailbox; those who watch for such things are told."""
        with self.lock:
            mailbox = self.mailboxes.pop(name)
            mailbox.attributes = "\\NonExistent"
            self._announce_name(self.list_line(mailbox))

    def rename(self, old, new):
        """Renames a mailbox; those who watch for such things are told."""
        with self.lock:
            mailbox = self.mailboxes[new] = self.mailboxes.pop(old)
            mailbox.name = new
            self._announce_name(self.list_line(mailbox)
                                + f' ("OLDNAME" ({wire_name(old)}))')

    def _announce_name(self, line):
        for connection in list(self.connections):
            connection.notice_name(line)

    def list_line(self, mailbox, uses=True):
        """How LIST says that there is this mailbox."""
        attributes = mailbox.attributes
        if uses and mailbox.use:
            attributes += " " + mailbox.use
        separator = wire_name(self.separator) if self.separator else "NIL"
        return f"* LIST ({attributes}) {separator} {wire_name(mailbox.name)}"

    def say(self, *lines):
        """Says lines on all connections, whatever they are doing."""
        for connection in list(self.connections):
            connection.say(*lines)

    def send(self, data):
        """Sends bytes on all connections, whatever they are doing."""
        for connection in list(self.connections):
            connection.send(data)

    # What a test asks.

    def count(self, step):
        """How often a step was reached so far."""
        with self.lock:
            return len(self._passed.get(step, []))

    def passes(self, step):
        """[(time, connection, command)] of a step."""
        with self.lock:
            return list(self._passed.get(step, []))

    def sent_since(self, moment, connection=None):
        """The lines that clients sent since then."""
        with self._log_lock:
            return [text for when, number, direction, text in self.log
                    if direction == "C" and when >= moment
                    and connection in (None, number)]

    def asked_about(self, since=0):
        """The names in EXAMINE and STATUS, as they stood on the wire, in
        order, each once."""
        commands = sorted(self.passes("examine") + self.passes("status"),
                          key=lambda passed: passed[0])
        return list(dict.fromkeys(
            c.arguments[0] for when, _, c in commands if when >= since))

    def idlers(self):
        """The names of the mailboxes that somebody idles on, in order."""
        with self.lock:
            return [c.mailbox.name for c in self.connections
                    if c.idling and c.mailbox]

    def good_logins(self, user=None):
        with self.lock:
            return [l for l in self.logins
                    if l.good and user in (None, l.user)]

    def wait(self, condition, timeout=10, what="it"):
        """Waits until condition() holds; returns what it returned."""
        with self.changed:
            if not self.changed.wait_for(condition, timeout):
                raise AssertionError(
                    f"IMAP server: no {what} within {timeout} s\n"
                    + self.report(40))
            return condition()

    def wait_step(self, step, count=1, timeout=10):
        """Waits until a step was reached count times in all."""
        self.wait(lambda: self.count(step) >= count, timeout,
                  f"{count} x {step}")

    def wait_idle(self, mailbox="INBOX", timeout=10):
        """Waits for somebody in IDLE on mailbox; returns the connection."""
        def idlers():
            return [c for c in self.connections if c.idling and c.mailbox
                    and c.mailbox.name == mailbox]
        return self.wait(idlers, timeout, f"IDLE on {mailbox}")[-1]

    def wait_hung(self, timeout=10):
        """Waits for a connection on which the server hangs; returns it."""
        return self.wait(lambda: [c for c in self.connections if c.hung],
                         timeout, "hung connection")[-1]

    def wait_gone(self, connection, timeout=10):
        """Waits until the client has ended this connection."""
        self.wait(lambda: connection not in self.connections, timeout,
                  f"end of connection {connection.number}")

    def report(self, last=200):
        with self._log_lock:
            lines = [f"{t:.3f} c{n} {d}: {text}"
                     for t, n, d, text in self.log[-last:]]
        return "\n".join(
            lines + [f"VIOLATION {v}" for v in list(self.violations)])

    # What connections use.

    def take(self, step, connection, command):
        """Notes that a step is reached; the hook for it, or None."""
        with self.changed:
            self._passed.setdefault(step, []).append(
                (time.monotonic(), connection, command))
            self.changed.notify_all()
            for hook in self._hooks.get(step, []):
                if hook.when and not hook.when(connection, command):
                    continue
                if hook.skip:
                    hook.skip -= 1
                    continue
                if hook.times is not None:
                    if not hook.times:
                        continue
                    hook.times -= 1
                return hook.handler
            return None

    def note_line(self, connection, direction, data):
        text = data.decode("utf-8", "replace")
        if len(text) > 300:
            text = text[:300] + f"... ({len(data)} bytes)"
        with self._log_lock:
            for line in text.splitlines():
                self.log.append((time.monotonic(), connection.number,
                                 direction, line))

    def note_login(self, *facts):
        with self.changed:
            self.logins.append(Login(*facts))
            self.changed.notify_all()

    def violation(self, connection, text):
        with self.lock:
            self.violations.append(f"c{connection.number}: {text}")

    def _serve(self, sock):
        with self.changed:
            self.accepted += 1
            connection = Connection(self, sock, self.accepted)
            self.connections.append(connection)
        try:
            connection.serve()
        except (Gone, OSError):
            pass
        except Exception:  # a fault of a handler, or of this server
            self.violation(connection, traceback.format_exc())
        finally:
            with self.changed:
                self.connections.remove(connection)
                self.changed.notify_all()
            connection.sock.close()
