"""What one client has been told of its mailbox, and when it may be told more."""

from .model import fetch_item, wire_name
from .wire import Wire


class View(Wire):
    def __init__(self, server, sock, number):
        super().__init__(server, sock, number)
        self.mailbox = None
        self.idling = False
        self._busy = True  # a command is being answered
        self._view = []  # the UIDs the client knows of, in its order
        self._flags = {}  # the flags it was told
        self._notify = None
        self._unsaid = []  # mailboxes with a STATUS not told yet
        self._unsaid_names = []  # LIST lines not told yet

    def notice(self, mailbox):
        """mailbox has changed; says so if this is a moment to speak."""
        if mailbox is self.mailbox:
            if self.idling or (self._notify_fetch() is not None
                               and not self._busy
                               and not self.server.blind_outside_idle):
                self.sync()
        elif self._notify and self._notify.covers(mailbox):
            if mailbox not in self._unsaid:
                self._unsaid.append(mailbox)
            if self.idling or not self._busy:
                self._say_status()

    def notice_name(self, line):
        """A mailbox has come or gone; line is how LIST says it."""
        if self._notify and self._notify.names:
            self._unsaid_names.append(line)
            if self.idling or not self._busy:
                self._say_status()

    def _notify_fetch(self):
        return self._notify.selected if self._notify else None

    def _say_status(self):
        if self._unsaid_names:
            self.say(*self._unsaid_names)
        for mailbox in self._unsaid:
            items = "MESSAGES UIDNEXT UIDVALIDITY UNSEEN".split()
            raw = (mailbox.raw_name or "").encode()
            name = b"{%d}\r\n" % len(raw) + raw if raw \
                else wire_name(mailbox.name).encode()
            self.send(b"* STATUS %s (%s)\r\n" % (
                name, mailbox.status(items).encode()))
        self._unsaid = []
        self._unsaid_names = []

    def _ready(self):
        """Between commands: what NOTIFY allows is said now."""
        with self.server.lock:
            self._busy = False
            if self._notify:
                if self._notify_fetch() is not None \
                        and not self.server.blind_outside_idle:
                    self.sync()
                self._say_status()

    def sync(self):
        """Tells the client all that is new in the selected mailbox."""
        with self.server.lock:
            if not self.mailbox:
                return
            self._sync_expunged()
            self._sync_flags()
            self._sync_new()

    def _sync_expunged(self):
        alive = {m.uid for m in self.mailbox.messages}
        for index in reversed(range(len(self._view))):
            if self._view[index] not in alive:
                self.say(f"* {index + 1} EXPUNGE")
                del self._view[index]

    def _sync_flags(self):
        for number, message in self._numbered():
            if self._flags.get(message.uid) != message.flags:
                self._flags[message.uid] = set(message.flags)
                flags = " ".join(sorted(message.flags))
                self.say(f"* {number} FETCH (UID {message.uid}"
                         f" FLAGS ({flags}))")

    def _sync_new(self):
        known = set(self._view)
        new = [m for m in self.mailbox.messages if m.uid not in known]
        if not new:
            return
        for message in new:
            self._view.append(message.uid)
            self._flags[message.uid] = set(message.flags)
        self.say(f"* {len(self._view)} EXISTS")
        if self.server.says_recent:
            self.say(f"* {len(new)} RECENT")
        if self._notify_fetch():
            for message in new:
                self._say_fetch(message, self._notify_fetch())

    def forget_news(self):
        """The client counts as told of all there is: the server is blind."""
        with self.server.lock:
            self._look_afresh()

    def forget_notify(self):
        """From now on it is as if NOTIFY had never been set."""
        self._notify = None

    def _look_afresh(self):
        messages = self.mailbox.messages if self.mailbox else []
        self._view = [m.uid for m in messages]
        self._flags = {m.uid: set(m.flags) for m in messages}

    def _numbered(self):
        """(sequence number, message) as this client counts."""
        by_uid = {m.uid: m for m in self.mailbox.messages}
        return [(n, by_uid[uid]) for n, uid in enumerate(self._view, 1)
                if uid in by_uid]

    def _say_fetch(self, message, items, number=None, by_uid=True):
        if number is None:
            number = self._view.index(message.uid) + 1
        pairs = [fetch_item(message, item, self.server.capabilities)
                 for item in items]
        if by_uid and not any(i.upper() == "UID" for i in items):
            pairs.insert(0, f"UID {message.uid}".encode())
        self.send(f"* {number} FETCH (".encode() + b" ".join(pairs) + b")\r\n")
