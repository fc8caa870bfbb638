"""A private Courier IMAP server out of the unpacked package.

    with Courier(folder, {"alice": "secret"}) as server:
        when = server.deliver("alice", subject="Lunch?")
        imap = server.client("alice")               # a logged-in imaplib connection

It is three servers: authdaemond, which knows the passwords; gam_server, which tells of
changed files (without it every login takes a second more); and couriertcpd, which starts an
imaplogin for each connection, which becomes imapd. Where the first one's files are is
compiled in, so they are moved (servers.tree_environment).

An own mailbox beside INBOX is below it: what the user calls Lists is INBOX.Lists. There is
no TLS. The ports stay the same over restarts. As an ordinary user, everything runs as that
user; as root, imapd runs as nobody.
"""

import base64
import email.utils
import hashlib
import imaplib
import itertools
import os
import shutil
import subprocess
import time

from . import ports, servers

HOST = "127.0.0.1"
PROGRAMS = "usr/lib/courier/"
COMPILED_IN = "/etc/courier/:/run/courier/"


class Courier(servers.Server):
    """See the module. Attributes a test may read: imap_port (in the clear), log_file.

    users       name -> password
    idle_poll   in IDLE, it looks every so many seconds whether there is news (Courier's
                default: 60)
    settings    more of what Debian has in /etc/courier/imapd
    """

    def __init__(self, folder, users, idle_poll=1, settings=None):
        super().__init__("courier", folder)
        self.users = dict(users)
        self.idle_poll = idle_poll
        self.settings = dict(settings or {})
        self.imap_port = ports.free_port()
        self._numbers = itertools.count(1)

    # --- its life ---

    def start(self):
        """Starts it and returns when it accepts connections."""
        self._prepare_files()
        tree = servers.tree("courier")
        authdaemond = self._run([tree / PROGRAMS / "courier-authlib/authdaemond"])
        self._run(_as_owner([tree / "usr/libexec/gam_server", "--notimeout",
                             self._home.name]))
        couriertcpd = self._run(
            [tree / "usr/sbin/couriertcpd", "-address=" + HOST, "-maxprocs=1000",
             "-maxperip=1000", "-nodnslookup", "-noidentlookup", self.imap_port,
             tree / PROGRAMS / "courier/imaplogin", tree / "usr/bin/imapd", "Maildir"])
        self._wait_for_authdaemond(authdaemond)
        servers.wait_for_port(self.imap_port, couriertcpd, log=self.log)
        return self

    # --- its mail ---

    def mailbox(self, name):
        """What IMAP calls the mailbox that its user calls so."""
        return name if name.upper() == "INBOX" else "INBOX." + name

    def maildir(self, user):
        """The folder of the user's INBOX; other mailboxes are .NAME in it."""
        return self._home / "mail" / user / "Maildir"

    def folder_of(self, user, mailbox=None):
        home = self.maildir(user)
        return home / ("." + mailbox) if mailbox else home

    def client(self, user):
        """An imaplib connection that is logged in, for APPEND, COPY, STORE and EXPUNGE."""
        imap = imaplib.IMAP4(HOST, self.imap_port)
        imap.login(user, self.users[user])
        return imap

    def make_mailbox(self, user, name):
        client = self.client(user)
        client.create(self.mailbox(name))
        client.logout()

    def deliver(self, user, subject="Hello", headers=None, body="Hello.\n", size=None,
                count=1, mailbox=None):
        """Does as Courier's own delivery agent does: writes the file into tmp, renames it
        into new, with a Received field. The mailbox must be there.

        Returns time.time() when the last one is there.
        """
        folder = self.folder_of(user, mailbox)
        if size is not None:
            body = ("x" * 70 + "\n") * (size // 71) + "x" * (size % 71)
        for _ in range(count):
            name = "%d.M%dP%d_%d.mx.test" % (
                time.time(), time.time() % 1 * 1e6, os.getpid(), next(self._numbers))
            held = folder / "tmp" / name
            held.write_text(_mail(user, subject, headers, body), encoding="utf-8")
            self._give_away(held)
            held.rename(folder / "new" / name)
        return time.time()

    # --- how it is started ---

    def _run(self, command):
        with open(str(self.log_file), "a", encoding="utf-8") as log:
            process = servers.Process(command, death_signal="TERM", stdout=log, stderr=log,
                                      env=self._environment(), cwd=str(self._home))
        self._processes.append(process)
        return process

    def _wait_for_authdaemond(self, authdaemond, timeout=10.0):
        deadline = time.monotonic() + timeout
        while not (self._home / "run/courier/authdaemon/socket").exists():
            if time.monotonic() > deadline or not authdaemond.is_running():
                raise servers.ServerError("authdaemond does not start\n" + self.log())
            time.sleep(0.005)

    def _environment(self):
        environment = servers.tree_environment("courier", COMPILED_IN, self._home)
        environment.update(AUTHDAEMON, **IMAPD)
        environment["GAM_CLIENT_ID"] = self._home.name
        environment["IMAP_IDLE_TIMEOUT"] = str(self.idle_poll)
        environment.update(self.settings)
        return environment

    def _prepare_files(self):
        shutil.rmtree(str(self._home / "run"), ignore_errors=True)      # after a kill()
        for name in ("etc/courier", "run/courier/authdaemon", "mail"):
            (self._home / name).mkdir(parents=True, exist_ok=True)
        self.log_file.touch()
        etc = self._home / "etc/courier"
        (etc / "authdaemonrc").write_text(
            "".join('%s="%s"\n' % pair for pair in AUTHDAEMON.items()), encoding="ascii")
        _make_database(etc / "userdb.dat", {
            user: "home=%s|uid=%d|gid=%d" % ((self._home / "mail" / user,) + _owner())
            for user in self.users})
        _make_database(etc / "userdbshadow.dat", {
            user: "imappw=" + _hashed(password) for user, password in self.users.items()})
        for user in self.users:
            self._make_maildir(self.maildir(user))

    def _make_maildir(self, folder):
        for path in (folder, folder / "cur", folder / "new", folder / "tmp"):
            path.mkdir(parents=True, exist_ok=True)
            self._give_away(path)

    @staticmethod
    def _give_away(path):
        if os.getuid() == 0:
            os.chown(str(path), *_owner())


def _owner():
    """(uid, gid) of whoever owns the mail."""
    return (65534, 65534) if os.getuid() == 0 else (os.getuid(), os.getgid())


def _as_owner(command):
    """The command, to be run as the owner of the mail."""
    if os.getuid() != 0:
        return command
    uid, gid = _owner()
    return ["setpriv", "--reuid=%d" % uid, "--regid=%d" % gid, "--clear-groups",
            "--pdeathsig", "TERM", "--"] + command


def _hashed(password):
    digest = hashlib.sha256(password.encode()).digest()
    return "{SHA256}" + base64.b64encode(digest).decode()


def _make_database(path, entries):
    """A GDBM file, made by Courier's own program out of lines and a dot."""
    program = servers.tree("courier") / PROGRAMS / "courier-authlib/makedatprog"
    lines = ["%s\t%s\n" % entry for entry in entries.items()] + [".\n"]
    subprocess.run([str(program), "-", "%s.tmp" % path, str(path)], input="".join(lines),
                   universal_newlines=True, check=True,
                   env=servers.tree_environment("courier"))
    path.chmod(0o600)


def _mail(user, subject, headers, body):
    now = email.utils.formatdate()
    fields = {"Delivered-To": user, "Return-Path": "<sender@mx.test>",
              "Received": "from mx.test ([127.0.0.1]) by imap.test with ESMTP; " + now,
              "From": "Sender <sender@mx.test>", "To": user, "Subject": subject,
              "Date": now, "Message-ID": email.utils.make_msgid(domain="mx.test")}
    fields.update(headers or {})
    return "".join("%s: %s\n" % field for field in fields.items()) + "\n" + body


# --- its configuration -------------------------------------------------------

AUTHDAEMON = {"authmodulelist": "authuserdb", "authmodulelistorig": "authuserdb",
              "daemons": "3", "DEBUG_LOGIN": "0", "DEFAULTOPTIONS": ""}

IMAPD = {
    "IMAP_CAPABILITY": "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT "
                       "THREAD=REFERENCES SORT QUOTA IDLE",
    "IMAP_KEYWORDS": "1", "IMAP_ACL": "1", "IMAP_USELOCKS": "1",
    "IMAP_MAILBOX_SANITY_CHECK": "1", "IMAP_CHECK_ALL_FOLDERS": "0",
    "IMAP_OBSOLETE_CLIENT": "0", "IMAP_DISABLETHREADSORT": "0", "IMAP_UMASK": "022",
    "IMAP_ENHANCEDIDLE": "0", "IMAP_STARTTLS": "NO", "IMAP_TLS_REQUIRED": "0",
    "IMAP_TRASHFOLDERNAME": "Trash", "IMAP_EMPTYTRASH": "Trash:7",
    "IMAP_MOVE_EXPUNGE_TO_TRASH": "0", "MAILDIRPATH": "Maildir",
}
