"""make demo: a new mail at a real IMAP server becomes one PUT, and a phone gets it.

Everything is on this box: Dovecot as the mail server, nginx with nchan as the push
service, and imappushd between them. All of it listens on 127.0.0.1 only, lives in a
temporary folder, and is stopped and removed at the end.

    tests/demo.py                   the demo; with KEEP=1 it stays up until Ctrl-C
    tests/demo.py --deliver PORT    one more mail for a demo that stays up
"""

import base64
import hashlib
import html
import os
import secrets
import shutil
import signal
import sys
import tempfile
import textwrap
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rig import dovecot, servers                                      # noqa: E402
from rig.certs import Certs                                           # noqa: E402
from rig.nginx import Nginx, Phone                                    # noqa: E402

TIME_LIMIT = 60
DAEMON = servers.BUILD / "bin" / "imappushd"
USER, PASSWORD = "alice", "correct horse battery staple"


# For those who stay: registrations are looked for often, and may be of the push
# service here, which is neither https nor public.
PLAYGROUND = """register_private = true;
            refresh_interval = 10;
            """


class DemoError(Exception):
    """The demo cannot go on; says why."""


def main(arguments):
    if arguments[:1] == ["--deliver"] and len(arguments) == 2:
        return deliver_one_more(int(arguments[1]))
    if arguments:
        print(__doc__)
        return 64
    return run_demo(keep=os.environ.get("KEEP", "") not in ("", "0"))


def run_demo(keep):
    if not DAEMON.exists():
        say("%s is not there: run 'make' first." % DAEMON)
        return 1
    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, interrupted)
    signal.alarm(TIME_LIMIT)
    demo = Demo(keep)
    try:
        demo.run()
        signal.alarm(0)
        if keep:
            demo.stay_up()
        demo.end()
        return 0
    except KeyboardInterrupt:
        demo.end("Interrupted")
        return 130
    except (DemoError, servers.ServerError) as error:
        demo.fail(error)
        return 1
    except Exception as error:          # whatever it is: stop everything, say where to look
        demo.fail("%s: %s" % (type(error).__name__, error))
        return 1


def out_of_time(*_):
    raise DemoError("it was not done after %d seconds" % TIME_LIMIT)


def interrupted(*_):
    raise KeyboardInterrupt


def deliver_one_more(port):
    subject = time.strftime("One more mail, at %H:%M:%S")
    dovecot.deliver(port, USER, subject=subject)
    say("delivered to %s: %s" % (USER, subject))
    return 0


class Demo:
    """The steps, in the order in which they are shown."""

    def __init__(self, keep):
        self.keep = keep
        self.began = time.monotonic()
        self.folder = Path(tempfile.mkdtemp(prefix="imappushd-demo-"))
        self.token = secrets.token_urlsafe(12)
        self.mail_server = self.push_service = self.daemon = self.phone = None
        self.seen_pushes = 0
        self.steps = 0

    def run(self):
        say("A new mail becomes one PUT, on this box alone: all servers listen on")
        say("127.0.0.1 only, and whatever is made here is removed at the end.")
        self.start_mail_server()
        self.start_push_service()
        self.write_configuration()
        self.start_daemon()
        self.subscribe()
        first = self.mail_while_the_phone_listens()
        second = self.mail_while_the_phone_is_away()
        newest = self.phone_comes_back(second)
        self.judge(first, newest)

    # --- the steps ---

    def start_mail_server(self):
        certs = Certs(self.folder / "certificates")
        self.mail_server = dovecot.Dovecot(
            self.folder / "mail-server", {USER: PASSWORD}, certs, metadata=self.keep)
        self.mail_server.start()
        self.step("A mail server starts: Dovecot %s, IMAP over TLS on port %d." % (
            dovecot.version_text(), self.mail_server.imaps_port))
        say("Its certificate is signed by an authority of its own. Its user is %s." % USER)

    def start_push_service(self):
        page = PAGE.format(style=STYLE, script=SCRIPT, token=self.token,
                           command=html.escape(self.deliver_command()))
        self.push_service = Nginx(self.folder / "push-service", page=page,
                                  page_policy=policy(STYLE, SCRIPT))
        self.push_service.start()
        self.step("A push service starts: nginx with nchan on port %d."
                  % self.push_service.port)
        say("It hands a phone the newest message, at once or when the phone comes back.")

    def write_configuration(self):
        self.step("A person writes two files (and the password into a third):")
        password = self.write("config/imappushd/password", PASSWORD + "\n")
        self.show(self.write("config/imappushd/accounts.d/demo.conf", """\
            host = "127.0.0.1";
            port = %d;
            user = "%s";
            password_file = "%s";
            ca_file = "%s";
            %s""" % (self.mail_server.imaps_port, USER, password, self.mail_server.ca_file,
                     PLAYGROUND if self.keep else "")))
        self.show(self.write("config/imappushd/endpoints.d/phone.conf", """\
            url = "%s";
            """ % self.push_service.url(self.token)))

    def start_daemon(self):
        self.step("imappushd starts, logs in and watches the mailbox. It says:")
        environment = dict(os.environ)
        environment.pop("NOTIFY_SOCKET", None)      # no business of our caller's systemd
        for kind in ("config", "state", "runtime"):
            folder = self.folder / kind
            folder.mkdir(mode=0o700, exist_ok=True)
            name = "XDG_RUNTIME_DIR" if kind == "runtime" else "XDG_%s_HOME" % kind.upper()
            environment[name] = str(folder)
        with open(str(self.daemon_log()), "wb") as log:
            self.daemon = servers.Process([DAEMON], death_signal="TERM", env=environment,
                                          stdout=log, stderr=log)
        self.wait_for(self.is_watching, "imappushd did not say that it is watching")
        show_lines(self.daemon_log().read_text(errors="replace").splitlines())

    def subscribe(self):
        self.phone = Phone(self.push_service, self.token)
        self.step("The phone subscribes at the push service. It holds no password and no")
        say("IMAP connection: it only knows its push URL.")

    def mail_while_the_phone_listens(self):
        self.step("A mail comes in, by LMTP, as any mail server delivers it.")
        stored = self.mail_server.deliver(USER, subject="Lunch?")
        version = self.phone_gets()
        milliseconds = (time.time() - stored) * 1000
        push = self.next_push()
        say("imappushd sent the push service:")
        show_request(push)
        if version != push["body"]:
            raise DemoError("the phone got %r, but %r was sent" % (version, push["body"]))
        say("The phone got %s, %d ms after the mail was stored." % (version, milliseconds))
        say("(Dovecot itself waits half a second before it tells anyone.)")
        say("Now the phone looks at its mailbox. The push says nothing but \"look\".")
        return version

    def mail_while_the_phone_is_away(self):
        self.phone.disconnect()
        self.step("The phone is away: no network, or asleep. Another mail comes in.")
        self.mail_server.deliver(USER, subject="Dinner, then?")
        push = self.next_push()
        say("imappushd sent, and the push service answered %s:" % answer(push))
        show_lines([push["body"]])
        return push["body"]

    def phone_comes_back(self, expected):
        began = time.monotonic()
        self.phone.connect()
        version = self.phone_gets()
        milliseconds = (time.monotonic() - began) * 1000
        if version != expected:
            raise DemoError("the phone came back and got %r, not the newest version, %r"
                            % (version, expected))
        self.step("The phone comes back, and has the newest version after %.1f ms:"
                  % milliseconds)
        show_lines([version])
        return version

    def judge(self, first, newest):
        older, newer = (int(version.partition("=")[2]) for version in (first, newest))
        if not older < newer:
            raise DemoError("versions must grow, but %d came after %d" % (newer, older))
        say("It is greater than the one before. Versions only ever grow, so a phone")
        say("can ignore what comes twice or late.")

    # --- staying up, and the end ---

    def stay_up(self):
        self.phone.disconnect()
        self.step("It all stays up, until you press Ctrl-C.")
        say("See versions arrive:  http://127.0.0.1:%d/" % self.push_service.port)
        say("Deliver a mail:       %s" % self.deliver_command())
        say("Or use a mail client: IMAP over TLS on 127.0.0.1, port %d, user %s,"
            % (self.mail_server.imaps_port, USER))
        say("                      password: %s" % PASSWORD)
        say("Register, as a mail app of yours would do it (imappushd-register(7)):")
        say("    echo %s | SSL_CERT_FILE=%s \\" % (PASSWORD, self.mail_server.ca_file))
        say("    python3 docs/register.py 127.0.0.1:%d %s pixel add %s"
            % (self.mail_server.imaps_port, USER, self.push_service.url("a-topic")))
        say("Files and logs:       %s" % self.folder)
        try:
            while self.daemon.is_running():
                time.sleep(0.5)
        except KeyboardInterrupt:
            print(flush=True)
            return
        raise DemoError("imappushd ended with status %s" % self.daemon.exit_status())

    def deliver_command(self):
        return "python3 %s --deliver %d" % (
            os.path.relpath(__file__), self.mail_server.lmtp_port)

    def end(self, how="Done"):
        self.stop_all()
        shutil.rmtree(str(self.folder), ignore_errors=True)
        print(flush=True)
        say("%s, after %.1f seconds. Everything is stopped and removed."
            % (how, time.monotonic() - self.began))

    def fail(self, error):
        self.stop_all()
        print(flush=True)
        say("The demo failed: %s." % str(error).rstrip(".\n"))
        say("What was written and logged is kept in %s:" % self.folder)
        show_lines(sorted(str(path.relative_to(str(self.folder)))
                          for path in self.folder.rglob("*.log")))
        if self.daemon_log().exists():
            say("The end of imappushd's own log:")
            show_lines(self.daemon_log().read_text(errors="replace").splitlines()[-10:])

    def stop_all(self):
        signal.alarm(0)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self.phone:
            self.phone.disconnect()
        for process in (self.daemon, self.mail_server, self.push_service):
            if process:
                process.stop()

    # --- helpers ---

    def step(self, text):
        self.steps += 1
        print(flush=True)
        print(bold("%2d  %s" % (self.steps, text)), flush=True)

    def write(self, name, text):
        """Writes a file as a person would who keeps it to himself; returns its path."""
        path = self.folder / name
        for folder in reversed(path.relative_to(str(self.folder)).parents):
            (self.folder / folder).mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def show(self, path):
        say(str(path))
        show_lines(path.read_text(encoding="utf-8").splitlines())

    def daemon_log(self):
        return self.folder / "imappushd.log"

    def is_watching(self):
        if not self.daemon.is_running():
            raise DemoError("imappushd ended with status %s" % self.daemon.exit_status())
        return "watching" in self.daemon_log().read_text(errors="replace")

    def phone_gets(self, timeout=20):
        """The next message that the phone gets."""
        message = self.phone.wait(timeout)
        if message is None:
            raise DemoError("the phone got nothing within %d seconds" % timeout)
        return message

    def next_push(self):
        """The next request that came to the push URL, when it has come."""
        self.wait_for(lambda: len(self.push_service.pushes()) > self.seen_pushes,
                      "no push came")
        push = self.push_service.pushes()[self.seen_pushes]
        self.seen_pushes += 1
        return push

    def wait_for(self, condition, complaint, timeout=20):
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise DemoError("%s within %d seconds" % (complaint, timeout))
            time.sleep(0.01)


# --- how it is shown -----------------------------------------------------------

def say(text):
    print("    " + text, flush=True)


def show_lines(lines):
    for line in lines:
        print("        " + line, flush=True)


def show_request(push):
    show_lines([push["request"], "Host: " + push["host"],
                "User-Agent: " + push["user_agent"],
                "Content-Type: " + push["content_type"],
                "Content-Length: " + push["content_length"], "", push["body"]])


def answer(push):
    return {"201": "201, a phone has it", "202": "202, stored for later"}.get(
        push["status"], push["status"])


def bold(text):
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    return text if plain else "\033[1m%s\033[0m" % text


# --- the page of KEEP=1 ----------------------------------------------------------

def policy(*inline):
    """A Content-Security-Policy that allows these inline parts and nothing else."""
    style, script = ("'sha256-%s'" % base64.b64encode(
        hashlib.sha256(part.encode()).digest()).decode() for part in inline)
    return ("default-src 'none'; connect-src 'self'; style-src %s; script-src %s; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'" % (style, script))


STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667085; --paper: #f4f5f7;
        --card: #fff; --line: #dfe3e8; --on: #12805c; --off: #98a2b3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #98a2b3; --paper: #14171c; --card: #1d2128;
          --line: #323843; --on: #3ecf8e; --off: #667085; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
       grid-template-columns: minmax(0, 1fr);
       background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: min(34rem, 100%); background: var(--card); border: 1px solid var(--line);
       border-radius: 1rem; padding: 1.75rem; }
header { display: flex; align-items: center; gap: .6rem; }
h1 { font-size: 1.1rem; margin: 0; flex: 1; }
#dot { width: .7rem; height: .7rem; border-radius: 50%; background: var(--off); }
.listening #dot { background: var(--on); }
button { font: inherit; font-size: .9rem; color: inherit; background: none; cursor: pointer;
         border: 1px solid var(--line); border-radius: .5rem; padding: .3rem .8rem; }
button:hover { border-color: var(--soft); }
#version { font: 600 clamp(1.4rem, 6.5vw, 2.3rem)/1.2 ui-monospace, monospace;
           margin: 1.6rem 0 .2rem; font-variant-numeric: tabular-nums; }
#when, footer, li { color: var(--soft); font-size: .9rem; }
#when { margin: 0 0 1.2rem; }
ol { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
li { display: flex; justify-content: space-between; padding: .35rem 0;
     border-bottom: 1px solid var(--line); font-family: ui-monospace, monospace; }
footer { margin-top: 1.4rem; }
code { display: block; margin-top: .4rem; padding: .6rem .8rem; border-radius: .5rem;
       background: var(--paper); color: var(--ink); overflow-x: auto; white-space: nowrap; }
.fresh { animation: fresh 1.2s ease-out; }
@keyframes fresh { from { color: var(--on); } }
@media (prefers-reduced-motion: reduce) { .fresh { animation: none; } }
"""

SCRIPT = """
const $ = id => document.getElementById(id);
const address = "/sub/" + document.querySelector("main").dataset.token;
let source = null, newest = 0;

// A phone's whole duty: is this version greater than all before? Then look for mail.
function receive(event) {
  const version = Number(event.data.split("=")[1]);
  if (!(version > newest)) return;
  if (newest) remember(newest);
  newest = version;
  $("version").textContent = version;
  $("when").textContent = "Assigned at " + clock(version) + ": look for new mail.";
  $("version").classList.remove("fresh");
  void $("version").offsetWidth;
  $("version").classList.add("fresh");
}

function remember(version) {
  const line = document.createElement("li");
  for (const text of [version, clock(version)])
    line.append(Object.assign(document.createElement("span"), { textContent: text }));
  $("earlier").prepend(line);
  while ($("earlier").children.length > 8) $("earlier").lastChild.remove();
}

function clock(version) {          // versions are microseconds since 1970
  return new Date(version / 1000).toLocaleTimeString();
}

function show(listening, text) {
  document.querySelector("main").classList.toggle("listening", listening);
  $("state").textContent = text;
}

function turnOn() {
  source = new EventSource(address);
  source.onopen = () => show(true, "The phone is listening");
  source.onerror = () => show(false, "The push service is not there");
  source.onmessage = receive;
  $("power").textContent = "Turn it off";
}

function turnOff() {
  source.close();
  source = null;
  show(false, "The phone is off");
  $("power").textContent = "Turn it on";
}

$("power").onclick = () => source ? turnOff() : turnOn();
turnOn();
"""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>imappushd demo: the phone</title>
<style>{style}</style>
<main data-token="{token}">
  <header><span id="dot"></span><h1 id="state" role="status">The phone connects</h1>
    <button id="power" type="button">Turn it off</button></header>
  <p id="version" aria-live="polite">no version yet</p>
  <p id="when">Deliver a mail, and a version arrives here.</p>
  <ol id="earlier" aria-label="Earlier versions"></ol>
  <footer>Deliver one more mail, from the top of the source tree:
    <code>{command}</code></footer>
</main>
<script>{script}</script>
</html>
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
