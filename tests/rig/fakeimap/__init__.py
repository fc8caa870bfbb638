r"""A scripted IMAP server: right by default, wrong wherever a test says so.

    imap = FakeImap(users={"alice": "secret"})
    imap.inbox.append(3)                       # three old messages
    imap.on("examine", reply("NO not now"), times=1)
    imap.on("idle", before("* 4 EXISTS"))
    ... the daemon is pointed at imap.port ...
    imap.wait_idle()                           # somebody waits for news
    imap.inbox.deliver()                       # told at once: * 5 EXISTS
    imap.drop()                                # all connections end

A mailbox is a model (UIDs, flags, dates, headers); each connection keeps its
own view of it and is told of changes when IMAP lets a server speak: in IDLE,
between commands after NOTIFY, else with the next command.

What a client passes through has names, the steps:

    accept greeting capability starttls login id enable list examine status
    fetch search idle done notify noop close logout

`login` is LOGIN and AUTHENTICATE, `examine` also SELECT, `fetch` and `search`
also with UID; any other command is a step by its own name in lower case.
on(step, handler) puts handler(connection, command) in front of a step; it may
talk, wait, end the connection, and returns DEFAULT where the server is to go on
as if nothing had been said. The functions below make the usual handlers.

Mailboxes come and go with create(), delete() and rename(); LIST knows special
uses, by RETURN (SPECIAL-USE), too; NOTIFY tells of what was asked for. What
the server says around EXAMINE and behind a tagged OK can be that of another
one (examined, texts).

What no watcher may ever do (SELECT, STORE, a command inside IDLE, a password
in the clear where STARTTLS is on offer, ...) lands in `violations`.
"""

from .handlers import (DEFAULT, Bad, Gone, before, chain, drop, hang, reply,
                       reset, say, wait)
from .model import AS_IT_IS, Mailbox, Message
from .server import FakeImap

__all__ = ["AS_IT_IS", "Bad", "DEFAULT", "FakeImap", "Gone", "Mailbox", "Message",
           "before", "chain", "drop", "hang", "reply", "reset", "say", "wait"]
