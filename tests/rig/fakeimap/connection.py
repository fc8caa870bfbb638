"""The server's side of IMAP on one connection: each command as it should be."""

import re

from .command import ASTRING, CHANGING
from .handlers import DEFAULT, Bad, Gone
from .model import AS_IT_IS, Missing, fold_inbox, wire_name
from .notify import Notify
from .sasl import MECHANISMS
from .view import View


class Connection(View):
    """What the server knows of one client."""

    def __init__(self, server, sock, number):
        super().__init__(server, sock, number)
        self.user = None

    # The conversation.

    def serve(self):
        self._step("accept", None, self._accept)
        self._step("greeting", None, self._greet)
        while True:
            self._ready()
            command = self._read_command()
            self._busy = True
            default = getattr(
                self, "_do_" + command.name.lower().replace(" ", "_"),
                self._unknown)
            self._step(command.step, command, default)

    def _step(self, step, command, default):
        handler = self.server.take(step, self, command)
        try:
            if handler and handler(self, command) is not DEFAULT:
                return
            default(command)
        except Bad as error:
            self.say(f"{{tag}} BAD {error}", command=command)

    def _accept(self, _):
        if self.server.tls and not self.server.starttls:
            self.secure_now()

    def _greet(self, _):
        self.say(f"* OK [CAPABILITY {self.capabilities()}] ready")

    def _unknown(self, command):
        if command.name in CHANGING:
            self.server.violation(self, f"{command.name} was sent")
        raise Bad("unknown command")

    def capabilities(self):
        """What is on offer now, as text."""
        if self.user:
            return " ".join(c for c in self.server.capabilities
                            if not c.startswith("AUTH="))
        words = self.server.login_capabilities or self.server.capabilities
        if self.server.starttls and not self.secure:
            words = [w for w in words if not w.startswith("AUTH=")]
            return " ".join(words + ["STARTTLS", "LOGINDISABLED"])
        return " ".join(words)

    def _has(self, capability):
        return capability in self.server.capabilities

    def _ok(self, command, text):
        text = self.server.texts.get(command.step, text)
        self.say("{tag} OK " + text, command=command)

    # Before and around the login.

    def _do_capability(self, command):
        self.say(f"* CAPABILITY {self.capabilities()}")
        self._ok(command, "done")

    def _do_noop(self, command):
        self.sync()
        self._ok(command, "done")

    _do_check = _do_noop

    def _do_logout(self, command):
        self.say("* BYE see you")
        self._ok(command, "done")
        raise Gone

    def _do_id(self, command):
        self.say('* ID ("name" "fake")')
        self._ok(command, "done")

    def _do_enable(self, command):
        self.say("* ENABLED")
        self._ok(command, "done")

    def _do_starttls(self, command):
        if not self.server.starttls or self.secure:
            raise Bad("no STARTTLS now")
        self._ok(command, "begin")
        if self._buffer:
            self.server.violation(self, "something was sent after STARTTLS")
        self.secure_now()

    def _do_login(self, command):
        self._must_be_safe(command)
        if not self.server.takes_8bit and re.search(rb"[\x80-\xff]",
                                                    command.rest):
            raise Bad("8-bit data")
        if not re.fullmatch(ASTRING + b" " + ASTRING, command.rest, re.S):
            raise Bad("LOGIN takes a name and a password")
        self._judge(command, *command.arguments)

    def _do_authenticate(self, command):
        self._must_be_safe(command)
        words = command.arguments
        name = words[0].upper() if words else ""
        if name not in MECHANISMS or f"AUTH={name}" not in \
                self.capabilities().split():
            raise Bad("unknown mechanism")
        if len(words) > 1:
            if "SASL-IR" not in self.capabilities().split():
                raise Bad("no initial response, please")
            data = words[1]
        else:
            self.say("+ ")
            data = self.read_line().decode("latin-1")
        if data == "*":
            raise Bad("cancelled")
        self.judge_message(command, name, data)

    def judge_message(self, command, name, data):
        """The end of AUTHENTICATE by this mechanism, with this data."""
        mechanism = MECHANISMS[name]
        user, secret = mechanism.take(data)
        if mechanism.error and self.server.users.get(user) != secret:
            self.say("+ " + mechanism.error)
            answer = self.read_line()
            if answer != mechanism.answer:
                self.server.violation(
                    self, f"{answer!r} in answer to an error of {name}")
        way = command.name if name == "PLAIN" else name
        self._judge(command, user, secret, way)

    def _must_be_safe(self, command):
        if self.server.starttls and not self.secure:
            self.server.violation(self, f"{command.name} before STARTTLS")

    def _judge(self, command, user, password, way=None):
        good = self.server.users.get(user) == password
        self.server.note_login(self, way or command.name, user, password, good)
        if not good:
            self.say("{tag} NO [AUTHENTICATIONFAILED] wrong", command=command)
            return
        self.user = user
        told = self.server.capability_at_login
        if told is AS_IT_IS:
            told = self.capabilities()
        code = f"[CAPABILITY {told}] " if told else ""
        self._ok(command, code + "logged in")

    # Mailboxes.

    def _find(self, name):
        mailbox = self.server.mailboxes.get(fold_inbox(name))
        if not mailbox or re.search(r"\\(Noselect|NonExistent)",
                                    mailbox.attributes):
            raise Missing
        return mailbox

    def _do_select(self, command):
        self.server.violation(self, "SELECT was sent (not EXAMINE)")
        self._do_examine(command)

    def _do_examine(self, command):
        self._must_be_in(command)
        with self.server.lock:
            self.mailbox = None
            try:
                self.mailbox = self._find(command.arguments[0])
            except Missing:
                self.say("{tag} NO [NONEXISTENT] no such mailbox",
                         command=command)
                return
            self._look_afresh()
            self.say_mailbox()
            self._ok(command, "[READ-ONLY] done")

    def say_mailbox(self):
        """The untagged part of the answer to EXAMINE."""
        known = {"exists": len(self._view),
                 "uidvalidity": self.mailbox.tells("UIDVALIDITY"),
                 "uidnext": self.mailbox.tells("UIDNEXT")}
        hidden = ["{%s}" % what for what in known if known[what] is None]
        self.say(*(line.format_map(known) for line in self.server.examined
                   if not any(what in line for what in hidden)))

    def _must_be_in(self, command):
        if not self.user:
            self.server.violation(self, f"{command.name} before login")
            raise Bad("log in first")

    def _do_close(self, command):
        self.mailbox = None
        self._ok(command, "done")

    _do_unselect = _do_close

    def _do_status(self, command):
        self._must_be_in(command)
        name, items = command.arguments[:2]
        try:
            mailbox = self._find(name)
        except Missing:
            self.say("{tag} NO [NONEXISTENT] no such mailbox",
                     command=command)
            return
        with self.server.lock:
            text = mailbox.status([i.upper() for i in items])
            self.say(f"* STATUS {wire_name(mailbox.name)} ({text})")
            self._ok(command, "done")

    def _do_list(self, command):
        self._must_be_in(command)
        words = command.arguments
        if len(words) < 2 or not isinstance(words[1], str):
            raise Bad("LIST takes a reference and a pattern")
        asked = self._asks_for_uses(words[2:])
        uses = asked or self.server.list_tells_uses
        expression = re.escape(words[1]).replace(r"\*", ".*").replace(
            "%", f"[^{re.escape(self.server.separator or chr(0))}]*")
        with self.server.lock:
            for mailbox in self.server.mailboxes.values():
                if re.fullmatch(expression, mailbox.name, re.IGNORECASE):
                    self.say(self.server.list_line(mailbox, uses))
            self._ok(command, "done")

    def _asks_for_uses(self, options):
        """LIST ... RETURN (SPECIAL-USE): RFC 5258, RFC 6154."""
        if not options:
            return False
        known = [c for c in ("SPECIAL-USE", "CHILDREN") if self._has(c)]
        if not self._has("LIST-EXTENDED") or len(options) != 2 \
                or str(options[0]).upper() != "RETURN" \
                or any(o.upper() not in known for o in options[1]):
            raise Bad("options that are not on offer")
        return "SPECIAL-USE" in [o.upper() for o in options[1]]

    # Messages.

    def _selected(self, command):
        if not self.mailbox:
            self.server.violation(self, f"{command.name}, nothing selected")
            raise Bad("no mailbox selected")

    def _do_uid_fetch(self, command, by_uid=True):
        self._selected(command)
        words = command.arguments
        if len(words) < 2:
            raise Bad("FETCH takes a set and items")
        items = words[1] if isinstance(words[1], list) else [words[1]]
        with self.server.lock:
            self.sync()
            for number, message in self._in_set(words[0], by_uid):
                self._say_fetch(message, items, number, by_uid)
            self._ok(command, "done")

    def _do_fetch(self, command):
        self._do_uid_fetch(command, by_uid=False)

    def _in_set(self, text, by_uid):
        """The messages of a set. n:* has the last one always in it."""
        numbered = self._numbered()
        keys = [m.uid if by_uid else n for n, m in numbered]
        last = keys[-1] if keys else 0
        wanted = set()
        for part in text.split(","):
            ends = [last if e == "*" else int(e) for e in part.split(":")]
            low, high = min(ends), max(ends)
            wanted.update(k for k in keys if low <= k <= high)
        return [pair for key, pair in zip(keys, numbered) if key in wanted]

    def _do_uid_search(self, command, by_uid=True):
        self._selected(command)
        with self.server.lock:
            self.sync()
            found = [(n, m) for n, m in self._numbered()
                     if self._matches(command.arguments, n, m)]
            keys = [str(m.uid if by_uid else n) for n, m in found]
            self.say(" ".join(["* SEARCH"] + keys))
            self._ok(command, "done")

    def _do_search(self, command):
        self._do_uid_search(command, by_uid=False)

    def _matches(self, words, number, message):
        words = list(words)
        while words:
            word = words.pop(0).upper()
            if word in ("ALL", "CHARSET", "UTF-8", "US-ASCII"):
                continue
            if word == "UID":
                keys = self._in_set(words.pop(0), True)
                good = any(m is message for _, m in keys)
            elif re.fullmatch(r"[\d:,*]+", word):
                good = any(m is message for _, m in self._in_set(word, False))
            elif word.capitalize() in ("Seen", "Deleted", "Draft"):
                good = "\\" + word.capitalize() in message.flags
            elif word[2:].capitalize() in ("Seen", "Deleted", "Draft"):
                good = "\\" + word[2:].capitalize() not in message.flags
            elif word == "X-GM-RAW" and self._has("X-GM-EXT-1"):
                good = words.pop(0) in message.gmail
            else:
                raise Bad(f"unknown search key {word}")
            if not good:
                return False
        return True

    # Waiting.

    def _do_idle(self, command):
        if not self._has("IDLE"):
            raise Bad("no IDLE here")
        if not self.mailbox and not self._notify:
            self.server.violation(self, "IDLE, nothing selected")
        self.idle(command)

    def idle(self, command, continuation=None):
        """IDLE until DONE; tells what comes."""
        self.say(continuation or self.server.idle_continuation)
        with self.server.changed:
            self.idling = True
            self.sync()
            self._say_status()
            self.server.changed.notify_all()
        line = self.read_line()
        self.idling = False
        if line.upper() != b"DONE":
            self.server.violation(self, f"{line!r} inside IDLE")
            raise Bad("DONE is the only command allowed in IDLE")
        self._step("done", command, self._done)

    def _done(self, command):
        self.sync()
        self._ok(command, "idle is over")

    def _do_notify(self, command):
        self._must_be_in(command)
        if not self._has("NOTIFY"):
            raise Bad("no NOTIFY here")
        words = command.arguments
        if not words or words[0].upper() == "NONE":
            self._notify = None
        else:
            self._notify = Notify([w for w in words[1:]
                                   if isinstance(w, list)],
                                  self.server.separator)
        self._ok(command, "done")
