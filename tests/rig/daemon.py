"""imappushd under test: its files, its process, its log.

    daemon = Daemon(folder)
    daemon.account("work", imap)                  # accounts.d/work.conf
    daemon.endpoint("phone", push.url("phone"))   # endpoints.d/phone.conf
    daemon.start()
    daemon.wait_watching("work")
    daemon.stop()                                 # exit 0 within 5 s

Everything lies below one folder, so that a second start meets the state of the
first. Environment of the harness itself:

    IMAPPUSHD_BINARY           the program, default build/bin/imappushd
    IMAPPUSHD_TESTCLOCK_BINARY default: imappushd-testclock beside it

The second program takes the clock's offset and trust from a file (see Clock)
and can wait less long (see start()).
"""

import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# The priority of the journal, or a time and a level, stand before the name.
BEFORE_NAME = (r"^(?:<\d>)?(?:[\d-]+[ T])?(?:[\d:.+Z]+ )?"
               r"(?:(?:error|warning|notice|info|debug): )?")


def binary():
    """The program under test."""
    default = ROOT / "build" / "bin" / "imappushd"
    return pathlib.Path(os.environ.get("IMAPPUSHD_BINARY", default))


def testclock_binary():
    """The program under test with its clock in a file."""
    default = binary().with_name("imappushd-testclock")
    return pathlib.Path(os.environ.get("IMAPPUSHD_TESTCLOCK_BINARY", default))


def setting(value):
    """A value in the syntax of libconfig."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{ " + settings(value).replace("\n", " ") + "}"
    if isinstance(value, (list, tuple)):
        if any(isinstance(v, dict) for v in value):
            return "( " + ", ".join(setting(v) for v in value) + " )"
        return "[ " + ", ".join(setting(v) for v in value) + " ]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"') \
        .replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'


def settings(values):
    return "".join(f"{k} = {setting(v)};\n" for k, v in values.items())


class Clock:
    """The clock of the test program: seconds off the truth, trusted or not."""

    def __init__(self, path):
        self.path = path
        self.set()

    def set(self, offset=0, trusted=True):
        new = self.path.with_suffix(".new")
        new.write_text(f"{offset} {int(trusted)}\n")
        new.rename(self.path)


class Daemon:
    """One set of files, and the process that runs on them, if any."""

    def __init__(self, folder, testclock=True):
        self.folder = pathlib.Path(folder)
        self.binary = testclock_binary() if testclock else binary()
        self.config = self.folder / "config" / "imappushd"
        self.state = self.folder / "state" / "imappushd"
        self.secrets = self.folder / "secrets"
        # The path of a socket must be short, that of a test's folder is not.
        self.runtime = pathlib.Path(tempfile.mkdtemp(prefix="imappushd-"))
        for part in ("config", "state", "home", "secrets",
                     "config/imappushd/accounts.d",
                     "config/imappushd/endpoints.d"):
            (self.folder / part).mkdir(mode=0o700, parents=True,
                                       exist_ok=True)
        self.clock = Clock(self.folder / "clock")
        self.process = None
        self.log = []  # (time, line)
        self.errors = []  # what a sanitizer said, and the like
        self._started = 0  # where in the log the last start lies
        self._sessions = set()  # process ids of all starts
        self._changed = threading.Condition()
        self.write("imappushd.conf", log_level="debug")

    # Files.

    def write(self, name, text=None, mode=0o600, **values):
        """Writes a file below the configuration folder; returns its path."""
        return self._replace(
            self.config / name, settings(values) if text is None else text,
            mode)

    def password_file(self, name, password, mode=0o600):
        """A file with a secret; returns its path."""
        return str(self._replace(self.secrets / name, password, mode))

    def _replace(self, path, data, mode):
        """In one step, so that a running daemon never reads half of it."""
        new = self.folder / "new"
        new.write_bytes(data if isinstance(data, bytes) else data.encode())
        new.chmod(mode)
        return new.rename(path)

    def account(self, name, imap, **values):
        """accounts.d/NAME.conf for the first user of a fake server. With
        password_file=None its password is in no file. Nothing is registered
        there unless asked: tests count what a session says."""
        user, password = next(iter(imap.users.items()))
        known = {"host": "127.0.0.1", "port": imap.port, "user": user,
                 "tls": "none", "register": False}
        if not {"password_file", "password_command", "auth"} & set(values):
            known["password_file"] = self.password_file(name, password + "\n")
        known.update(values)
        known = {k: v for k, v in known.items() if v is not None}
        return self.write(f"accounts.d/{name}.conf", **known)

    def endpoint(self, name, url, **values):
        """endpoints.d/NAME.conf. Pushes are not held back unless asked."""
        known = {"url": url, "min_interval": 0}
        known.update(values)
        return self.write(f"endpoints.d/{name}.conf", **known)

    def box(self, name, imap, push, **values):
        """An account, and an endpoint of the same name for it alone."""
        self.account(name, imap, **values)
        self.endpoint(name, push.url(name), accounts=[name])

    def remove(self, name):
        (self.config / name).unlink()

    @property
    def ledger(self):
        return self.state / "ledger.db"

    # The process.

    def environment(self, **extra):
        kept = {k: v for k, v in os.environ.items()
                if k in ("PATH", "LANG", "LC_ALL", "TMPDIR")
                or k.endswith("SAN_OPTIONS")}
        return {**kept, "HOME": str(self.folder / "home"),
                "XDG_CONFIG_HOME": str(self.folder / "config"),
                "XDG_STATE_HOME": str(self.folder / "state"),
                "XDG_RUNTIME_DIR": str(self.runtime), "TZ": "UTC",
                "IMAPPUSHD_TEST_CLOCK": str(self.clock.path), **extra}

    def start(self, *arguments, answer_seconds=None, command_seconds=None,
              **environment):
        """Starts the program. The two limits need the test program: how long
        a server may take to answer, how long a password command."""
        assert not self.running(), "it runs already"
        for name, seconds in (("ANSWER", answer_seconds),
                              ("COMMAND", command_seconds)):
            if seconds:
                environment[f"IMAPPUSHD_TEST_{name}_SECONDS"] = str(seconds)
        self._started = len(self.log)
        self.process = subprocess.Popen(
            [self.binary, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=self.environment(**environment), cwd=self.folder,
            start_new_session=True, preexec_fn=_die_with_parent)
        self._sessions.add(self.process.pid)
        threading.Thread(target=self._read_log, daemon=True,
                         args=(self.process.stderr,)).start()
        return self

    def run(self, *arguments, timeout=10, stdin=None, **environment):
        """Runs the program to its end beside the daemon; stdin is text."""
        given = {"stdin": subprocess.DEVNULL} if stdin is None \
            else {"input": stdin}
        return subprocess.run(
            [self.binary, *arguments], **given,
            capture_output=True, text=True, errors="replace", cwd=self.folder,
            timeout=timeout, env=self.environment(**environment))

    def popen(self, *arguments, **environment):
        """Starts the program beside the daemon, with pipes of bytes."""
        return subprocess.Popen(
            [self.binary, *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
            env=self.environment(**environment), preexec_fn=_die_with_parent)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def reload(self):
        """SIGHUP; returns when the daemon says what became of it."""
        mark = self.mark()
        self.process.send_signal(signal.SIGHUP)
        self.wait_log("configuration", after=mark)

    def stop(self, within=5):
        """SIGTERM; it must end well and soon. Returns the seconds it took."""
        begin = time.monotonic()
        self.process.terminate()
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"still there {within} s after SIGTERM") from None
        took = time.monotonic() - begin
        assert status == 0, f"exit status {status} after SIGTERM"
        assert not self.survivors(), f"survivors: {self.survivors()}"
        return took

    def kill(self):
        """SIGKILL: what a power cut leaves."""
        self.process.kill()
        self.process.wait()

    def wait_exit(self, timeout=10):
        """Waits for an end of its own accord; returns the exit status."""
        return self.process.wait(timeout)

    def close(self):
        """The end of the test, whatever the state of things."""
        if self.running():
            self.kill()
        for pid in self.survivors(grace=1):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.runtime, ignore_errors=True)

    def survivors(self, grace=2):
        """What is left of all starts that have ended, after a moment."""
        end = time.monotonic() + grace
        while True:
            left = [p for p, fields in processes().items()
                    if int(fields["session"]) in self._sessions
                    and not (self.running() and fields["session"]
                             == str(self.process.pid))
                    and fields["state"] != "Z"]
            if not left or time.monotonic() > end:
                return left
            time.sleep(0.02)

    def children(self):
        """{pid: role} of the daemon's own children: session, courier, or the
        name of whatever else it is."""
        return {pid: role(pid, self.process.pid)
                for pid, fields in processes().items()
                if fields["parent"] == str(self.process.pid)
                and fields["state"] != "Z"}

    def with_role(self, wanted):
        return [p for p, r in self.children().items() if r == wanted]

    def signal_child(self, pid, number=signal.SIGKILL):
        """Signals a child, after a look whether it is one."""
        assert pid in self.children(), f"{pid} is no child of the daemon"
        os.kill(pid, number)

    # The log.

    def mark(self):
        """Where the log ends now, for wait_log(after=...)."""
        with self._changed:
            return len(self.log)

    def lines(self, pattern=None, after=None):
        """Lines of the log (of the last start, or after a mark); a pattern
        does not mind the case of letters."""
        first = self._started if after is None else after
        with self._changed:
            return [line for _, line in self.log[first:]
                    if pattern is None
                    or re.search(pattern, line, re.IGNORECASE)]

    def wait_log(self, pattern, timeout=10, after=None, count=1):
        """Waits for a line that matches; returns it (the count-th one)."""
        with self._changed:
            if not self._changed.wait_for(
                    lambda: len(self.lines(pattern, after)) >= count,
                    timeout):
                raise AssertionError(
                    f"no {pattern!r} in the log within {timeout} s:\n"
                    + self.report(40))
            return self.lines(pattern, after)[count - 1]

    def wait_about(self, name, pattern, timeout=10, after=None, count=1):
        """wait_log() for a line about an account or endpoint."""
        return self.wait_log(about(name, pattern), timeout, after, count)

    def wait_watching(self, *names, timeout=10, after=None):
        """Waits until each account says that it watches."""
        for name in names:
            self.wait_about(name, "watching", timeout, after)

    def report(self, last=300):
        with self._changed:
            return "\n".join(f"{t:.3f} {line}" for t, line in
                             self.log[-last:])

    def text(self):
        """The whole log, of all starts."""
        with self._changed:
            return "\n".join(line for _, line in self.log)

    def _read_log(self, stream):
        for raw in stream:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            with self._changed:
                self.log.append((time.monotonic(), line))
                if re.search(r"Sanitizer|runtime error:|^==\d+==", line):
                    self.errors.append(line)
                self._changed.notify_all()
        stream.close()


def about(name, pattern):
    """A regular expression for a line about an account or endpoint."""
    return BEFORE_NAME + re.escape(name) + r": .*" + f"(?:{pattern})"


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


# /proc, readable for all whatever the process says about dumping.

def processes():
    """{pid: {state, parent, group, session}} of all processes."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            text = (path / "stat").read_text(errors="replace")
        except OSError:
            continue
        fields = text[text.rindex(")") + 2:].split()
        found[int(path.name)] = dict(zip(
            ("state", "parent", "group", "session"), fields))
    return found


def command_line(pid):
    try:
        data = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return data.decode(errors="replace").rstrip("\0").split("\0")


def with_argument(argument):
    """The pids of all processes that have this word on their command line."""
    return [pid for pid in processes() if argument in command_line(pid)]


def memory_kib(pid, field="VmHWM"):
    """What /proc says of a process's memory; 0 where it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(field + r":\s+(\d+) kB", text)
    return int(found.group(1)) if found else 0


def role(pid, core):
    words = command_line(pid)
    if not words:
        return "?"
    if any(os.path.basename(w).startswith("courier") for w in words[:1]):
        return "courier"
    program = command_line(core)[:1]
    return "session" if words[:1] == program or "session" in words[0] \
        else os.path.basename(words[0])
