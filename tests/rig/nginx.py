"""A push service on loopback: nginx with the nchan module, out of the unpacked package.

    with Nginx(folder) as push:
        PUT push.url("phone1")                      # 202 stored, or 201 a phone was there
        phone = Phone(push, "phone1")
        phone.wait()                                # "version=1795568943000001"

It keeps the newest message of each token and hands it to whoever subscribes, at once or
later: by EventSource, WebSocket or long polling at /sub/TOKEN. It forgets at a restart.
"""

import functools
import json
import re
import select
import socket
import subprocess
import time

from . import ports, servers

HOST = "127.0.0.1"


class Nginx(servers.Server):
    """See the module. Attributes: port, tls_port (with certs; HTTP/2 as well), folder.

    certs, cert     a certs.Certs, and which certificate it shows
    page            HTML to serve at / ; page_policy is its Content-Security-Policy
    """

    def __init__(self, folder, certs=None, cert="good", page=None, page_policy=None):
        super().__init__("nginx", folder)
        self.certs = certs
        self.cert = cert
        self.page = page
        self.page_policy = page_policy or "default-src 'none'"
        self.port = ports.free_port()
        self.tls_port = ports.free_port() if certs else None
        self.log_file = self.folder / "error.log"
        self._pushes = self.folder / "pushes.log"

    # --- its life ---

    def start(self):
        """Starts it and returns when it accepts connections."""
        for name in ("body", "other", "var/lib/nginx"):
            (self._home / name).mkdir(parents=True, exist_ok=True)
        (self._home / "index.html").write_text(self.page or "", encoding="utf-8")
        config = self.folder / "nginx.conf"
        config.write_text(self._configuration(), encoding="utf-8")
        program = servers.tree("nginx") / "usr/sbin/nginx"
        process = servers.Process(
            [program, "-p", self._home, "-e", self.log_file, "-c", config],
            death_signal="TERM", env=self._environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._processes.append(process)
        servers.wait_for_port(self.port, process, log=self.log)
        return self

    def _environment(self):
        """Whatever the configuration says, with nchan the compiled-in /var/lib/nginx/body
        is made, too; and given to another user, if root runs it."""
        environment = servers.tree_environment("nginx", "/var/lib/nginx/", self._home)
        environment["RELOCATE_NOT_ROOT"] = "yes"
        return environment

    # --- what it offers ---

    def url(self, token, tls=False):
        """The push URL of a token."""
        scheme, port = ("https", self.tls_port) if tls else ("http", self.port)
        return "%s://%s:%d/push/%s" % (scheme, HOST, port, token)

    def pushes(self):
        """The requests to push URLs so far: dicts of time (a float), connection (a number),
        request, status, host, user_agent, content_type, content_length and body."""
        if not self._pushes.exists():
            return []
        lines = self._pushes.read_text(encoding="utf-8").splitlines()
        return [dict(push, time=float(push["time"])) for push in map(json.loads, lines)]

    # --- its configuration ---

    def _configuration(self):
        tree = servers.tree("nginx")
        return CONFIGURATION.format(
            module=tree / "usr/lib/nginx/modules/ngx_nchan_module.so",
            home=self._home, pushes=self._pushes, host=HOST, port=self.port,
            tls=self._tls(), policy=self.page_policy)

    def _tls(self):
        if not self.certs:
            return ""
        old = _version() < (1, 25)          # since then HTTP/2 has a line of its own
        return TLS.format(
            host=HOST, port=self.tls_port, how="ssl http2" if old else "ssl",
            http2="" if old else "http2 on;", certificate=self.certs.cert(self.cert),
            key=self.certs.key(self.cert))


@functools.lru_cache()
def _version():
    """(1, 22) on Debian 12, (1, 26) on Debian 13."""
    done = subprocess.run([str(servers.tree("nginx") / "usr/sbin/nginx"), "-v"],
                          env=servers.tree_environment("nginx"), check=True,
                          stderr=subprocess.PIPE, universal_newlines=True)
    found = re.search(r"nginx/(\d+)\.(\d+)", done.stderr)
    return tuple(int(number) for number in found.groups())


CONFIGURATION = r"""
load_module {module};
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/other;
  fastcgi_temp_path {home}/other;
  uwsgi_temp_path {home}/other;
  scgi_temp_path {home}/other;
  client_max_body_size 8k;

  log_format push escape=json '{{"time":"$msec","connection":"$connection","request":"$request",'
    '"status":"$status","host":"$http_host","user_agent":"$http_user_agent","body":"$request_body",'
    '"content_type":"$http_content_type","content_length":"$http_content_length"}}';
  access_log off;

  nchan_shared_memory_size 8m;
  nchan_message_buffer_length 1;
  nchan_message_timeout 24h;

  server {{
    listen {host}:{port};
    {tls}
    location ~ "^/push/([A-Za-z0-9_-]+)$" {{
      access_log {pushes} push;
      nchan_publisher http;
      nchan_channel_id $1;
    }}
    location ~ "^/sub/([A-Za-z0-9_-]+)$" {{
      nchan_subscriber eventsource websocket longpoll;
      nchan_subscriber_first_message oldest;
      nchan_channel_id $1;
    }}
    location = / {{
      root {home};
      index index.html;
    }}
    location = /index.html {{
      root {home};
      charset utf-8;
      default_type text/html;
      add_header Content-Security-Policy "{policy}";
      add_header X-Content-Type-Options nosniff;
      add_header Referrer-Policy no-referrer;
      add_header Cache-Control no-store;
    }}
    location / {{ return 404; }}
  }}
}}
"""

TLS = """
    listen {host}:{port} {how};
    {http2}
    ssl_certificate {certificate};
    ssl_certificate_key {key};
"""


class Phone:
    """The phone's end: subscribes by EventSource, as a page in its browser would."""

    def __init__(self, nginx, token):
        self._address = (HOST, nginx.port)
        self._token = token
        self._last_id = None
        self._socket = None
        self._buffer = b""
        self.connect()

    def connect(self):
        """Subscribes; after a disconnect() it tells what it saw last, as browsers do."""
        self._buffer = b""
        self._socket = socket.create_connection(self._address, timeout=10)
        request = ["GET /sub/%s HTTP/1.0" % self._token, "Host: %s:%d" % self._address,
                   "Accept: text/event-stream"]
        if self._last_id:
            request.append("Last-Event-ID: " + self._last_id)
        self._socket.sendall("\r\n".join(request + ["", ""]).encode())
        self._skip_headers()

    def disconnect(self):
        if self._socket:
            self._socket.close()
            self._socket = None

    def wait(self, timeout=10.0):
        """The next message, or None when none came in time."""
        deadline = time.monotonic() + timeout
        while True:
            line = self._line(deadline)
            if line is None:
                return None
            if line.startswith("id: "):
                self._last_id = line[4:]
            if line.startswith("data: "):
                return line[6:]

    def _skip_headers(self):
        deadline = time.monotonic() + 10
        status = self._line(deadline)
        if not status or " 200 " not in status:
            raise RuntimeError("the push service answers the phone: %s" % status)
        while self._line(deadline):
            pass

    def _line(self, deadline):
        """One line without its end, or None when it does not come in time."""
        while b"\n" not in self._buffer:
            rest = max(0, deadline - time.monotonic())
            if not select.select([self._socket], [], [], rest)[0]:
                return None
            received = self._socket.recv(4096)
            if not received:
                raise RuntimeError("the push service closed the phone's connection")
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r").decode()
