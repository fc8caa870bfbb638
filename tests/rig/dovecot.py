"""A private Dovecot, 2.3 or 2.4, out of the unpacked package.

    with Dovecot(folder, {"alice": "secret"}, Certs(certs_folder)) as server:
        when = server.deliver("alice", subject="Lunch?")
        imap = server.client("alice")               # a logged-in imaplib connection

Its configuration and its log are in `folder`; its sockets and the mail are in a short-
lived folder in /tmp (servers.scratch_folder says why). Its ports stay the same over
restarts. Attributes may be changed between stop() and start(): the configuration is
written anew at each start.

As an ordinary user, everything runs as that user and nothing is chrooted. As root, the
login processes and all that touches mail run as nobody, because Dovecot insists on that.
"""

import email.utils
import functools
import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import time
import uuid

from . import ports, servers

HOST = "127.0.0.1"


class Dovecot(servers.Server):
    """See the module. Attributes a test may read: imap_port (STARTTLS and in the clear),
    imaps_port, lmtp_port, ca_file, cert_file, folder, log_file.

    users       name -> password
    certs       a certs.Certs; not needed without TLS
    cert        which certificate it shows (certs.KINDS)
    tls         "imaps" gives it an imaps_port, "starttls" or "plain" an imap_port. STARTTLS is
                not offered with "plain" alone. (A password in the clear is always taken:
                Dovecot insists on nothing where the client is on its own machine.)
    metadata    offer METADATA (RFC 5464)
    without     capabilities that it shall not have: "NOTIFY", "IDLE"
    idle_notify_interval
                seconds between two "* OK Still here" in IDLE (Dovecot's default: 120)
    extra_config
                lines for the end of its configuration
    """

    def __init__(self, folder, users, certs=None, tls=("imaps", "starttls", "plain"),
                 cert="good", metadata=False, without=(), idle_notify_interval=None,
                 extra_config=""):
        super().__init__("dovecot", folder)
        self.users = dict(users)
        self.certs = certs
        self.cert = cert
        self.tls = (tls,) if isinstance(tls, str) else tuple(tls)
        self.metadata = metadata
        self.without = tuple(without)
        self.idle_notify_interval = idle_notify_interval
        self.extra_config = extra_config
        self.lmtp_port = ports.free_port()
        self.imaps_port = ports.free_port() if "imaps" in self.tls else None
        self.imap_port = ports.free_port() if self.tls != ("imaps",) else None
        self.log_file.touch()

    # --- its life ---

    def start(self):
        """Starts it and returns when it accepts connections."""
        self._prepare_folders()
        config = self.folder / "dovecot.conf"
        config.write_text(_Configuration(self).text(), encoding="utf-8")
        with open(str(self.log_file), "a", encoding="utf-8") as log:
            process = servers.Process(
                self._command(config), death_signal="TERM", env=self._environment(),
                cwd=str(self.folder), stdout=log, stderr=log)
        self._processes.append(process)
        for port in (self.imap_port or self.imaps_port, self.lmtp_port):
            servers.wait_for_port(port, process, log=self.log)
        return self

    # --- its mail ---

    @property
    def ca_file(self):
        return self.certs.ca_file

    @property
    def cert_file(self):
        return self.certs.cert(self.cert)

    def maildir(self, user):
        """The folder of the user's INBOX; other mailboxes are .NAME in it."""
        return self._home / "mail" / user / "Maildir"

    def client(self, user):
        """An imaplib connection that is logged in, for APPEND, COPY, STORE and EXPUNGE."""
        if self.imap_port:
            imap = imaplib.IMAP4(HOST, self.imap_port)
        else:
            unchecked = ssl._create_unverified_context()
            imap = imaplib.IMAP4_SSL(HOST, self.imaps_port, ssl_context=unchecked)
        imap.login(user, self.users[user])
        return imap

    def deliver(self, user, subject="Hello", headers=None, body="Hello.\n", size=None,
                count=1, mailbox=None):
        """Delivers by LMTP, as a mail server does: INTERNALDATE is now, Received is added.

        headers     more header fields, name -> text
        size        bytes of body, in place of `body`
        count       so many mails over one connection, about a thousand a second
        mailbox     another mailbox than INBOX; it is created where it is not there

        Returns time.time() at the answer that says that the last one is stored.
        """
        return deliver(self.lmtp_port, user, subject, headers, body, size, count, mailbox)

    # --- how it is started ---

    def _command(self, config):
        """The start of a Dovecot whose paths are not the compiled-in ones.

        The master process reads its settings from a program that it looks for in
        /usr/bin. It can be had the other way round, too: that program, told to read the
        configuration and then to become the master process.
        """
        tree = servers.tree("dovecot")
        become = ["-e"] if _version() < (2, 4) else ["-C", "-F"]
        return ([tree / "usr/bin/doveconf", "-c", config] + become +
                [tree / "usr/sbin/dovecot", "-F", "-c", config])

    def _environment(self):
        environment = servers.tree_environment("dovecot")
        environment["OPENSSL_CONF"] = str(self._home / "openssl.cnf")
        return environment

    def _prepare_folders(self):
        shutil.rmtree(str(self._home / "run"), ignore_errors=True)      # after a kill()
        for name in ("run", "state", "mail"):
            (self._home / name).mkdir(exist_ok=True)
        users = self._home / "users"
        users.touch(mode=0o600)
        users.write_text("".join("%s:{PLAIN}%s::::::\n" % user
                                 for user in self.users.items()), encoding="utf-8")
        weak = WEAK_OPENSSL if self.cert == "weak" else ""
        (self._home / "openssl.cnf").write_text(weak, encoding="ascii")
        if os.getuid() == 0:
            shutil.chown(str(self._home / "mail"), "nobody", "nogroup")
            shutil.chown(str(users), "nobody")


@functools.lru_cache()
def version_text():
    """Which Dovecot this is, such as 2.3.19.1."""
    program = servers.tree("dovecot") / "usr/sbin/dovecot"
    text = subprocess.check_output([str(program), "--version"], universal_newlines=True,
                                   env=servers.tree_environment("dovecot"))
    return text.split()[0]


def _version():
    """(2, 3) or (2, 4): their configurations differ."""
    return tuple(int(number) for number in version_text().split(".")[:2])


# --- its configuration -------------------------------------------------------

# OpenSSL refuses to show a certificate with a weak key, unless it is told so. With such a
# key TLS 1.3 cannot sign at all.
WEAK_OPENSSL = """openssl_conf = start
[start]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
CipherString = DEFAULT:@SECLEVEL=0
MaxProtocol = TLSv1.2
"""

COMMON = """
base_dir = {home}/run
state_dir = {home}/state
libexec_dir = {tree}/usr/lib/dovecot
mail_plugin_dir = {tree}/usr/lib/dovecot/modules
log_path = {log}
listen = 127.0.0.1
protocols = imap lmtp
hostname = imap.test
postmaster_address = postmaster@imap.test

default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
default_client_limit = 1000
default_process_limit = 100
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 1000
auth_failure_delay = 0

mail_uid = {user}
mail_gid = {group}
mail_home = {home}/mail/%{{user}}
mail_fsync = never
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
lda_mailbox_autocreate = yes
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
}}

service imap-login {{
  {chroot}
  {many_logins}
  process_min_avail = 1
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 1000
}}
service lmtp {{
  process_min_avail = 1
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
service anvil {{
  {chroot}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
}}
"""

ONLY_2_3 = """
import_environment = $import_environment {imported}
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
"""

ONLY_2_4 = """
import_environment {{
  {imported}
}}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
passdb passwd-file {{
  passwd_file_path = {home}/users
  default_password_scheme = PLAIN
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
    home = {home}/mail/%{{user}}
  }}
}}
"""

HEAD_2_4 = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"


class _Configuration:
    """The text of dovecot.conf for a Dovecot object."""

    def __init__(self, dovecot):
        self.dovecot = dovecot
        self.is_2_3 = _version() < (2, 4)

    def text(self):
        head, own = ("", ONLY_2_3) if self.is_2_3 else (HEAD_2_4, ONLY_2_4)
        parts = [head, COMMON.format(**self._values()), own.format(**self._values())]
        parts += self._tls() + self._options() + [self.dovecot.extra_config]
        return "\n".join(parts) + "\n"

    def _values(self):
        dovecot = self.dovecot
        root = os.getuid() == 0
        return {
            "home": dovecot._home,
            "tree": servers.tree("dovecot"),
            "log": dovecot.log_file,
            "user": "nobody" if root else servers.PSEUDO_USER,
            "group": "nogroup" if root else servers.PSEUDO_USER,
            "chroot": "" if root else "chroot =",
            "imap_port": dovecot.imap_port or 0,
            "imaps_port": dovecot.imaps_port or 0,
            "lmtp_port": dovecot.lmtp_port,
            "many_logins": ("service_count = 0" if self.is_2_3 else
                            "service_restart_request_count = unlimited"),
            "imported": self._imported(),
        }

    def _imported(self):
        """Dovecot hands its children only those variables that it is told to."""
        names = sorted(set(self.dovecot._environment()) - {"PATH"})
        if self.is_2_3:
            return " ".join(names)
        return "\n  ".join("%s = %%{env:%s}" % (name, name) for name in names)

    def _tls(self):
        if self.dovecot.tls == ("plain",):
            return ["ssl = no"]
        certificate, key = self.dovecot.cert_file, self.dovecot.certs.key(self.dovecot.cert)
        if self.is_2_3:
            files = ["ssl_cert = <%s" % certificate, "ssl_key = <%s" % key]
        else:
            files = ["ssl_server_cert_file = %s" % certificate,
                     "ssl_server_key_file = %s" % key]
        return ["ssl = yes"] + files

    def _options(self):
        lines = []
        if self.dovecot.idle_notify_interval:
            lines.append("imap_idle_notify_interval = %d s"
                         % self.dovecot.idle_notify_interval)
        if self.dovecot.metadata:
            lines += ["imap_metadata = yes", self._attributes()]
        if "NOTIFY" in self.dovecot.without:
            lines.append("mailbox_list_index = no")
        if "IDLE" in self.dovecot.without:
            lines.append(self._without_idle())
        return lines

    def _attributes(self):
        path = "file:%h/dovecot-attributes"
        if self.is_2_3:
            return "mail_attribute_dict = " + path
        return ("mail_attribute {\n  dict file {\n    path = %{home}/dovecot-attributes\n"
                "  }\n}")

    def _without_idle(self):
        """Dovecot understands IDLE all the same; it only says nothing of it."""
        if not self.is_2_3:
            return "imap_capability {\n  IDLE = no\n}"
        notify = "" if "NOTIFY" in self.dovecot.without else " NOTIFY"
        return ("imap_capability = IMAP4rev1 SASL-IR ID ENABLE CHILDREN NAMESPACE UIDPLUS "
                "LIST-EXTENDED CONDSTORE QRESYNC ESEARCH LIST-STATUS MOVE SAVEDATE "
                "LITERAL+ SPECIAL-USE" + notify)


# --- its LMTP ----------------------------------------------------------------

def deliver(lmtp_port, user, subject="Hello", headers=None, body="Hello.\n", size=None,
            count=1, mailbox=None):
    """Dovecot.deliver() for whoever has only the port."""
    if size is not None:
        body = _lines(size)
    recipient = _address(user, mailbox)
    with _Lmtp(lmtp_port) as lmtp:
        mails = (_mail(recipient, subject, headers, body) for _ in range(count))
        return lmtp.deliver(recipient, mails)


class _Lmtp:
    """A connection to its LMTP port (RFC 2033), pipelined as RFC 2920 allows."""

    def __init__(self, port):
        self._socket = socket.create_connection((HOST, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._replies = self._socket.makefile("rb")

    def __enter__(self):
        self._expect(b"220")
        self._socket.sendall(b"LHLO mx.test\r\n")
        self._expect(b"250")
        return self

    def __exit__(self, *_):
        self._replies.close()
        self._socket.close()

    def deliver(self, recipient, mails):
        """One transaction for each mail; returns the time of the last answer."""
        envelope = ("MAIL FROM:<sender@mx.test>\r\nRCPT TO:<%s>\r\nDATA\r\n"
                    % recipient).encode()
        stored = None
        before = b""
        for mail in mails:
            self._socket.sendall(before + envelope)
            if before:
                stored = self._stored()
            for code in (b"250", b"250", b"354"):
                self._expect(code)
            before = mail + b".\r\n"
        self._socket.sendall(before + b"QUIT\r\n")
        stored = self._stored()
        self._expect(b"221")
        return stored

    def _stored(self):
        self._expect(b"250")
        return time.time()

    def _expect(self, code):
        line = self._replies.readline()
        while line[3:4] == b"-":
            line = self._replies.readline()
        if not line.startswith(code):
            raise RuntimeError("LMTP: expected %s, got %r" % (code.decode(), line))


def _address(user, mailbox):
    """user+Mailbox, quoted: a mailbox's name may hold anything."""
    if mailbox is None:
        return user
    name, at, domain = user.partition("@")
    return '"%s+%s"%s%s' % (name, mailbox, at, domain)


def _mail(recipient, subject, headers, body):
    fields = {"From": "Sender <sender@mx.test>", "To": recipient, "Subject": subject,
              "Date": email.utils.formatdate(), "Message-ID": "<%s@mx.test>" % uuid.uuid4()}
    fields.update(headers or {})
    lines = ["%s: %s" % field for field in fields.items()] + [""] + body.splitlines()
    stuffed = ["." + line if line.startswith(".") else line for line in lines]
    return ("\r\n".join(stuffed) + "\r\n").encode()


def _lines(size):
    """A body of so many bytes, in lines of 72."""
    whole, rest = divmod(size, 72)
    return ("x" * 70 + "\r\n") * whole + "x" * rest
