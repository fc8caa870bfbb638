"""A certificate authority for tests, and a server certificate for each kind of trouble.

All are made by certtool (GnuTLS) in a folder, with one elliptic-curve key, in less than
half a second. They are valid from ten days ago, so that a test may set the daemon's clock
back, to a year from now.
"""

import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

NAME = "imap.test"          # resolves nowhere: for tls_name
KINDS = ("good", "wrong_name", "expired", "not_yet_valid", "weak", "unknown_ca",
         "self_signed")


class Certs:
    """The certificates in a folder; makes what is missing.

    ca_file     the authority that a client of the good servers trusts
    cert(kind)  the file of the server certificate of that kind (see KINDS)
    key(kind)   the file of its private key
    issue(name) both, for a host of that name
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.ca_file = self.folder / "ca.pem"
        if not (self.folder / "complete").exists():
            self._make()

    def cert(self, kind="good"):
        """The certificate alone, which is also the leaf to trust in place of the CA."""
        return self.folder / (kind + ".pem")

    def key(self, kind="good"):
        return self.folder / ("weak.key" if kind == "weak" else "server.key")

    def issue(self, name):
        """(file of a certificate, file of its key) for a host of that name."""
        if not self.cert("host-" + name).exists():
            self._server("host-" + name, [name], address=None)
        return self.cert("host-" + name), self.key()

    def _make(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("ca.key", "other-ca.key", "server.key"):
            self._new_key(name, "--key-type=ecdsa", "--curve=secp256r1")
        self._new_key("weak.key", "--key-type=rsa", "--bits=512")
        self._authority("ca", "imappushd test CA")
        self._authority("other-ca", "imappushd other test CA")
        names = [NAME, "localhost"]
        self._server("good", names)
        self._server("wrong_name", ["elsewhere.test"], address=None)
        self._server("expired", names, days=(-10, -1))
        self._server("not_yet_valid", names, days=(30, 365))
        self._server("weak", names, key="weak.key")
        self._server("unknown_ca", names, authority="other-ca")
        self._self_signed("self_signed", names)
        (self.folder / "complete").touch()

    def _new_key(self, name, *how):
        self._certtool("--generate-privkey", *how, "--outfile", name)

    def _authority(self, name, common_name):
        self._template(name, ["cn = \"%s\"" % common_name, "ca", "cert_signing_key"])
        self._certtool("--generate-self-signed", "--load-privkey", name + ".key",
                       "--template", name + ".template", "--outfile", name + ".pem")

    def _describe(self, kind, names, address="127.0.0.1", days=(-10, 365)):
        lines = ["cn = \"%s\"" % names[0], "signing_key", "tls_www_server"]
        lines += ["dns_name = \"%s\"" % name for name in names]
        lines += ["ip_address = \"%s\"" % address] if address else []
        self._template(kind, lines, days)

    def _self_signed(self, kind, names):
        self._describe(kind, names)
        self._certtool("--generate-self-signed", "--load-privkey", "server.key",
                       "--template", kind + ".template", "--outfile", kind + ".pem")

    def _server(self, kind, names, key="server.key", authority="ca", **how):
        self._describe(kind, names, **how)
        self._certtool("--generate-certificate", "--load-privkey", key,
                       "--load-ca-certificate", authority + ".pem",
                       "--load-ca-privkey", authority + ".key",
                       "--template", kind + ".template", "--outfile", kind + ".pem")

    def _template(self, name, lines, days=(-10, 365)):
        begin, end = (_day(offset) for offset in days)
        lines = lines + ["activation_date = \"%s\"" % begin,
                         "expiration_date = \"%s\"" % end]
        path = self.folder / (name + ".template")
        path.write_text("\n".join(lines) + "\n", encoding="ascii")

    def _certtool(self, *arguments):
        done = subprocess.run(("certtool", "--no-text") + arguments, cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, universal_newlines=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("certtool %s: %s" % (" ".join(arguments), done.stderr))


def _day(offset):
    moment = datetime.now(timezone.utc) + timedelta(days=offset)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
