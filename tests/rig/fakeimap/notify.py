"""What a client asked for with NOTIFY (RFC 5465), as far as mail goes."""

from .handlers import Bad
from .model import fold_inbox


class Notify:
    """What NOTIFY SET asked for (RFC 5465), as far as mail goes."""

    def __init__(self, groups, separator):
        self.selected = None  # None: not asked for; else the fetch items
        self.names = False  # told when mailboxes come and go
        self._separator = separator or "\0"
        self._everything = False
        self._names = set()
        self._trees = []
        for group in groups:
            self._take(group)

    def _take(self, group):
        which = group[0].upper()
        events = group[-1] if isinstance(group[-1], list) else []
        names = [e.upper() for e in events if isinstance(e, str)]
        self.names = self.names or "MAILBOXNAME" in names
        if ("MESSAGENEW" in names) != ("MESSAGEEXPUNGE" in names):
            raise Bad("MessageNew and MessageExpunge must be together")
        if "MESSAGENEW" not in names:
            return
        if which in ("SELECTED", "SELECTED-DELAYED"):
            items = [e for e in events if isinstance(e, list)]
            self.selected = items[0] if items else []
        elif which in ("PERSONAL", "INBOXES", "SUBSCRIBED"):
            self._everything = True
        elif which in ("MAILBOXES", "SUBTREE"):
            told = group[1] if isinstance(group[1], list) else [group[1]]
            self._names.update(fold_inbox(n) for n in told)
            if which == "SUBTREE":
                self._trees += told
        else:
            raise Bad(f"unknown filter {which}")

    def covers(self, mailbox):
        if self._everything or mailbox.raw_name:
            return self._everything
        return mailbox.name in self._names or any(
            mailbox.name.startswith(t + self._separator) for t in self._trees)
