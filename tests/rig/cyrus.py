"""A private Cyrus IMAP server out of the unpacked package.

    with Cyrus(folder, {"alice": "secret"}) as server:
        when = server.deliver("alice", subject="Lunch?")
        imap = server.client("alice")               # a logged-in imaplib connection

Names are as in Debian's configuration: the separator is "." and an own mailbox beside INBOX
is below it, so that what the user calls Lists is INBOX.Lists (see mailbox()). There is no
TLS. Its ports stay the same over restarts; its configuration is written anew at each start.

As an ordinary user, everything runs as that user; as root, as nobody, because imapd refuses
to be root.
"""

import imaplib
import os
import shutil
import subprocess

from . import dovecot, ports, servers

HOST = "127.0.0.1"
REALM = "imap.test"


class Cyrus(servers.Server):
    """See the module. Attributes a test may read: imap_port (in the clear), lmtp_port,
    log_file.

    users       name -> password
    idled       run idled, which tells imapd what comes; without it imapd looks for itself
    idle_poll   every so many seconds (Cyrus's default: 60); with idled, too
    extra_config
                lines for the end of its imapd.conf
    """

    def __init__(self, folder, users, idled=True, idle_poll=1, extra_config=""):
        super().__init__("cyrus", folder)
        self.users = dict(users)
        self.idled = idled
        self.idle_poll = idle_poll
        self.extra_config = extra_config
        self.imap_port = ports.free_port()
        self.lmtp_port = ports.free_port()
        self.log_file = self._home / "cyrus.log"

    # --- its life ---

    def start(self):
        """Starts it and returns when it accepts connections and every user has an INBOX."""
        self._prepare_files()
        tree = servers.tree("cyrus")
        with open(str(self.log_file), "a", encoding="utf-8") as log:
            process = servers.Process(
                [tree / "usr/lib/cyrus/bin/master", "-D", "-C", self._home / "imapd.conf",
                 "-M", self._home / "cyrus.conf", "-p", self._home / "master.pid"],
                death_signal="TERM", env=self._environment(), cwd=str(self._home),
                stdout=log, stderr=log)
        self._processes.append(process)
        for port in (self.lmtp_port, self.imap_port):
            servers.wait_for_port(port, process, log=self.log)
        for user in self.users:
            self.client(user).logout()          # makes the INBOX
        return self

    # --- its mail ---

    def mailbox(self, name):
        """What IMAP calls the mailbox that its user calls so."""
        return name if name.upper() == "INBOX" else "INBOX." + name

    def client(self, user):
        """An imaplib connection that is logged in, for APPEND, COPY, STORE and EXPUNGE."""
        imap = imaplib.IMAP4(HOST, self.imap_port)
        imap.login(user, self.users[user])
        return imap

    def make_mailbox(self, user, name):
        """Makes a mailbox that mail can be delivered into."""
        client = self.client(user)
        client.create(self.mailbox(name))
        client.setacl(self.mailbox(name), "anyone", "p")
        client.logout()

    def deliver(self, user, subject="Hello", headers=None, body="Hello.\n", size=None,
                count=1, mailbox=None):
        """Delivers by LMTP, as Dovecot.deliver() does. The mailbox must be there."""
        recipient = user + "+" + mailbox if mailbox else user       # it knows no quotes
        return dovecot.deliver(self.lmtp_port, recipient, subject, headers, body, size,
                               count)

    # --- how it is started ---

    def _environment(self):
        environment = servers.tree_environment("cyrus", log=self.log_file)
        plugins = servers.tree("cyrus").glob("usr/lib/*/sasl2")
        environment["SASL_PATH"] = ":".join(str(path) for path in plugins)
        return environment

    def _prepare_files(self):
        for name in ("conf", "conf/socket", "conf/db", "spool"):
            (self._home / name).mkdir(exist_ok=True)
        for name in (self._home / "conf/socket").iterdir():
            name.unlink()                       # after a kill()
        self.log_file.touch()
        config = "-C %s/imapd.conf" % self._home
        programs = servers.tree("cyrus") / "usr/lib/cyrus/bin"
        idled = 'idled cmd="%s/idled %s"' % (programs, config) if self.idled else ""
        values = {"home": self._home, "bin": programs, "config": config, "host": HOST,
                  "user": "nobody" if os.getuid() == 0 else servers.PSEUDO_USER,
                  "group": "nogroup" if os.getuid() == 0 else servers.PSEUDO_USER,
                  "realm": REALM, "idle_poll": self.idle_poll,
                  "imap_port": self.imap_port, "lmtp_port": self.lmtp_port,
                  "idled": idled}
        imapd_conf = IMAPD_CONF.format(**values) + self.extra_config + "\n"
        (self._home / "imapd.conf").write_text(imapd_conf, encoding="utf-8")
        (self._home / "cyrus.conf").write_text(CYRUS_CONF.format(**values), encoding="utf-8")
        self._write_passwords()
        if os.getuid() == 0:
            for path in [self._home] + list(self._home.rglob("*")):
                shutil.chown(str(path), "nobody", "nogroup")

    def _write_passwords(self):
        database = self._home / "sasldb2"
        if database.exists():
            return
        program = servers.tree("cyrus") / "usr/sbin/saslpasswd2"
        for user, password in self.users.items():
            subprocess.run([str(program), "-c", "-p", "-f", str(database), "-u", REALM, user],
                           input=password, universal_newlines=True, check=True,
                           env=servers.tree_environment("cyrus"), stdout=subprocess.DEVNULL)


# --- its configuration -------------------------------------------------------

IMAPD_CONF = """
configdirectory: {home}/conf
defaultpartition: default
partition-default: {home}/spool
proc_path: {home}/conf/proc
mboxname_lockpath: {home}/conf/lock
temp_path: {home}
cyrus_user: {user}
cyrus_group: {group}
servername: {realm}
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {home}/sasldb2
sasl_mech_list: PLAIN
autocreate_quota: 0
altnamespace: no
unixhierarchysep: no
duplicatesuppression: no
skiplist_unsafe: yes
imapidlepoll: {idle_poll}s
syslog_prefix: cyrus
"""

CYRUS_CONF = """
START {{
  recover cmd="{bin}/ctl_cyrusdb {config} -r"
}}
SERVICES {{
  imap cmd="{bin}/imapd {config} -U 30" listen="{host}:{imap_port}" prefork=2 maxchild=1000
  lmtp cmd="{bin}/lmtpd {config} -a" listen="{host}:{lmtp_port}" prefork=1 maxchild=50
}}
EVENTS {{
  checkpoint cmd="{bin}/ctl_cyrusdb {config} -c" period=30
}}
DAEMON {{
  {idled}
}}
"""
