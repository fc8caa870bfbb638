"""The model: mailboxes and their messages, and how IMAP writes them down."""

import datetime
import re

from .handlers import Bad

AS_IT_IS = object()  # a mailbox's answer: tell the truth
UTC = datetime.timezone.utc


class Missing(Exception):
    """There is no such mailbox."""


def date_time(moment):
    """IMAP's date-time, quotes included."""
    return f'"{moment.day:2d}' + moment.strftime('-%b-%Y %H:%M:%S +0000"')


class Message:
    def __init__(self, uid, flags, internaldate, header, savedate, emailid,
                 gmail, body=b"Hello.\r\n"):
        self.uid = uid
        self.gmail = gmail  # searches in Gmail's words that find it
        self.emailid = emailid
        self.flags = set(flags)
        self.internaldate = internaldate
        self.savedate = savedate
        self.header = header  # whole, bytes, without the empty line
        self.body = body

    def header_fields(self, names):
        """Those fields of the header that have one of the names."""
        wanted = {n.upper() for n in names}
        fields = re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*",
                            self.header)
        return b"".join(f for f in fields
                        if f.split(b":")[0].decode().upper() in wanted)


def delivered_header(number, moment):
    """The header of a mail that came by LMTP."""
    date = moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (f"Received: from mx.example.org by imap.example.org with LMTP;"
            f" {date}\r\n"
            f"From: Bob <bob@example.org>\r\nTo: alice@example.org\r\n"
            f"Subject: message {number}\r\nDate: {date}\r\n"
            f"Message-ID: <{number}@example.org>\r\n").encode()


class Mailbox:
    """append() and the like change it silently; deliver() tells everyone."""

    def __init__(self, server, name, uidvalidity):
        self.server = server
        self.name = name  # as it stands on the wire (modified UTF-7)
        self.uidvalidity = uidvalidity
        self.uidnext = 1
        self.messages = []
        self.attributes = "\\HasNoChildren"
        self.use = None  # a special one, such as "\\Junk"
        # What NOTIFY calls it: raw, in a literal. Such a mailbox is told of
        # only where all are asked for, not where it is named (Dovecot 2.3).
        self.raw_name = None
        # What EXAMINE and STATUS say instead of the truth; None: nothing.
        self.told_uidvalidity = AS_IT_IS
        self.told_uidnext = AS_IT_IS
        self.status_is_true = False  # STATUS knows better than EXAMINE

    def append(self, count=1, flags=(), internaldate=None, header=None,
               savedate=None, emailid=None, gmail=(), body=b"Hello.\r\n"):
        """Puts messages in without telling anybody; returns the last one."""
        with self.server.lock:
            for _ in range(count):
                now = datetime.datetime.now(UTC)
                moment = internaldate or now
                text = header or delivered_header(self.uidnext, moment)
                self.messages.append(Message(
                    self.uidnext, flags, moment, text, savedate or now,
                    emailid or f"M{self.uidvalidity}-{self.uidnext}", gmail,
                    body))
                self.uidnext += 1
            return self.messages[-1]

    def deliver(self, *args, **kwargs):
        """append(), and those who watch are told."""
        with self.server.lock:
            message = self.append(*args, **kwargs)
            self.announce()
            return message

    def copy(self, message):
        """Puts a copy of a message in, as COPY and MOVE make it, without
        telling anybody."""
        return self.append(
            flags=message.flags, internaldate=message.internaldate,
            header=message.header, emailid=message.emailid)

    def expunge(self, sequence_number):
        with self.server.lock:
            del self.messages[sequence_number - 1]
            self.announce()

    def set_flags(self, uid, *flags):
        with self.server.lock:
            for message in self.messages:
                if message.uid == uid:
                    message.flags = set(flags)
            self.announce()

    def rebuild(self, uidvalidity, count, first_uid=1):
        """A new life under another UIDVALIDITY, as after a restore."""
        with self.server.lock:
            self.uidvalidity = uidvalidity
            self.messages = []
            self.uidnext = first_uid
            if count:
                self.append(count)

    def announce(self):
        """Tells every connection that may be told now."""
        with self.server.lock:
            for connection in list(self.server.connections):
                connection.notice(self)

    def tells(self, what):
        """The value of UIDVALIDITY or UIDNEXT as told, or None."""
        told = getattr(self, "told_" + what.lower())
        return getattr(self, what.lower()) if told is AS_IT_IS else told

    def status(self, items):
        """The inside of a STATUS response."""
        values = {
            "MESSAGES": len(self.messages), "RECENT": 0,
            "UIDNEXT": self.uidnext if self.status_is_true
            else self.tells("UIDNEXT"),
            "UIDVALIDITY": self.uidvalidity if self.status_is_true
            else self.tells("UIDVALIDITY"),
            "UNSEEN": sum("\\Seen" not in m.flags for m in self.messages)}
        for item in items:
            if item not in values:
                raise Bad(f"unknown STATUS item {item}")
        return " ".join(f"{i} {values[i]}" for i in items
                        if values[i] is not None)


def fold_inbox(name):
    return "INBOX" if name.upper() == "INBOX" else name


def wire_name(name):
    """A quoted string."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fetch_item(message, item, capabilities):
    """One item of a FETCH response, as bytes."""
    upper = item.upper()
    simple = {
        "UID": str(message.uid),
        "FLAGS": "(" + " ".join(sorted(message.flags)) + ")",
        "INTERNALDATE": date_time(message.internaldate),
        "RFC822.SIZE": str(len(message.header) + 2 + len(message.body))}
    if "SAVEDATE" in capabilities:
        simple["SAVEDATE"] = date_time(message.savedate)
    if "OBJECTID" in capabilities:
        simple["EMAILID"] = f"({message.emailid})"
    if upper in simple:
        return f"{upper} {simple[upper]}".encode()
    section = re.fullmatch(r"BODY(?:\.PEEK)?\[(.*)\](?:<0\.(\d+)>)?", item,
                           re.IGNORECASE)
    if not section:
        raise Bad(f"unknown FETCH item {item}")
    fields = re.fullmatch(r"HEADER\.FIELDS \((.*)\)", section.group(1),
                          re.IGNORECASE)
    if fields:
        text = message.header_fields(
            fields.group(1).replace('"', "").split()) + b"\r\n"
    elif section.group(1).upper() == "HEADER":
        text = message.header + b"\r\n"
    elif not section.group(1):
        text = message.header + b"\r\n" + message.body
    elif section.group(1).upper() == "TEXT":
        text = message.body
    else:
        raise Bad(f"unknown section {section.group(1)}")
    origin = ""
    if section.group(2):
        origin, text = "<0>", text[:int(section.group(2))]
    return (f"BODY[{section.group(1)}]{origin} {{{len(text)}}}\r\n".encode()
            + text)
