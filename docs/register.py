#!/usr/bin/env python3
"""A mail app that has itself woken by imappushd, as imappushd-register(7) says.

    register.py HOST USER NAME add 'https://push.example/wpush/abc'   (or JSON)
    register.py HOST USER NAME renew VALUE
    register.py HOST USER NAME remove

The password comes from standard input.
"""

import imaplib
import ssl
import sys
import time

ENTRY = "/private/vendor/vendor.imappushd/endpoint/"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def by_metadata(imap, name, step, value):
    imaplib.Commands["SETMETADATA"] = ("AUTH", "SELECTED")
    wanted = {"add": f"{ENTRY}{name} {quoted(value)}",
              "renew": f"{ENTRY}{name}/renewed {quoted(str(time.time()))}",
              "remove": f"{ENTRY}{name} NIL {ENTRY}{name}/renewed NIL"}[step]
    return imap._simple_command("SETMETADATA", '""', f"({wanted})")


def by_mailbox(imap, name, step, value):
    mailbox = "imappushd"
    if imap.create(mailbox)[0] != "OK" and imap.select(mailbox)[0] != "OK":
        mailbox = "INBOX.imappushd"
        imap.create(mailbox)
    if step != "remove":
        imap.append(mailbox, r"(\Seen)", None, (
            f"Subject: {name}\r\nContent-Type: application/json\r\n"
            f"\r\n{value}\r\n").encode())
    imap.select(mailbox)
    found = imap.search(None, "SUBJECT", quoted(name))[1][0].split()
    for number in found if step == "remove" else found[:-1]:
        imap.store(number, "+FLAGS", r"(\Deleted)")
    return imap.expunge()


def main(host, user, name, step, value=""):
    name_only, _, port = host.partition(":")
    imap = imaplib.IMAP4_SSL(name_only, int(port or 993),
                             ssl_context=ssl.create_default_context())
    imap.login(user, sys.stdin.readline().rstrip("\n"))
    offers = imap.capability()[1][-1].split()  # what it has after the login
    way = by_metadata if b"METADATA" in offers else by_mailbox
    print(*way(imap, name, step, value))
    imap.logout()


if __name__ == "__main__":
    main(*sys.argv[1:])
