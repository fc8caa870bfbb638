"""A box, and all the Internet that it needs to find out about a mail address: name
servers at port 53, web servers at 443 with certificates that the box trusts, IMAP
servers at 993 and 143.
"""

import json

from .netns import Network
from .publishers import Counter, Records, Web, settings

ADDRESS = "alice@example.test"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


class World:
    """Everybody who may be asked, and the box that asks."""

    def __init__(self, network, daemon, certs):
        self.network = network
        self.daemon = daemon
        self.certs = certs
        network.near.cover(BUNDLE, certs.ca_file)
        self.names = Records(network)
        # mail comes to the domain, and that is all there is
        self.names.add("example.test", "MX", 10, "mx.example.test")
        self.names.host("mx.example.test")
        self.web = Web(network, certs)
        self.plain = Counter(network, 80, b"HTTP/1.1 200 OK\r\n\r\n"
                             + settings())

    def stop(self):
        self.daemon.close()
        self.names.stop()
        self.network.stop()
        assert self.plain.accepted == 0

    def run(self, *arguments, address=ADDRESS, timeout=20):
        return self.network.near.run(self.daemon.run, "--discover", address,
                                     *arguments, timeout=timeout)

    def find(self, address=ADDRESS):
        """What is found, as an object of JSON."""
        result = self.run("--json", address=address)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def fail(self, status, *arguments, address=ADDRESS, **named):
        """What is said when nothing is found."""
        result = self.run("-v", *arguments, address=address, **named)
        assert result.returncode == status, result.stderr + result.stdout
        assert not result.stdout
        return result.stderr

    def publish(self, place, body, **named):
        self.names.host(place[0])
        self.web.publish(*place, body, **named)

    def service(self, name, port, target, priority=0, weight=1):
        self.names.add(f"{name}.example.test", "SRV", priority, weight, port,
                       target)

    def imap(self, rig, host, port=993, starttls=False, cert=None, **options):
        imap = rig.imap(tls=cert or self.certs.issue(host),
                        starttls=starttls, listening=False, **options)
        imap.port = port
        self.names.host(host)
        self.network.door(imap)
        return imap
