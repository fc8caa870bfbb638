"""Where the unpacked servers are, how to run a program out of them, and how to end it.

packaging/deps.sh unpacks Debian's packages into build/servers/NAME without installing
them. Three things make a program run from there although it was built for /usr:

  - its own configuration file names every path that can be configured;
  - LD_LIBRARY_PATH names the folders of its libraries (see tree_environment);
  - what is compiled in is moved by a small library of ours (relocate.c), which needs no
    privileges: mount namespaces are not to be had in many a container.
"""

import atexit
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
SCRATCH = "imappushd-rig-%d-"


class ServerError(Exception):
    """A server that could not be started; says why, with the end of its log."""


# --- the trees ---------------------------------------------------------------

def tree(name):
    """The folder that deps.sh unpacked server NAME into."""
    folder = BUILD / "servers" / name
    if not (folder / ".stamp").exists():
        raise ServerError("%s is not there: run 'make deps' first" % folder)
    return folder


def tree_environment(name, prefix=None, target=None, log=None):
    """The whole environment for a program out of a tree.

    It starts empty: what the caller has set for the daemon under test (sanitizers, XDG
    folders, a shifted clock) must not reach the servers. Compiled-in paths that begin with
    `prefix` (or one of several, with ":" between them; default: /usr/lib/NAME/) are looked
    for below `target` (default: the tree). What it says to syslog goes to the file `log`.
    """
    folder = tree(name)
    environment = {
        "PATH": "%s/usr/sbin:%s/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin" % (folder, folder),
        "LD_LIBRARY_PATH": library_path(name),
        "LD_PRELOAD": str(_relocate_library()),
        "RELOCATE_PREFIX": prefix or "/usr/lib/%s/" % name,
        "RELOCATE_TREE": str(target or folder),
        "RELOCATE_USER": PSEUDO_USER,
    }
    if log:
        environment["RELOCATE_LOG"] = str(log)
    return environment


def library_path(name):
    """Every folder in a tree that holds a shared library a program may be linked to."""
    found = set()
    for place in ("lib", "usr/lib"):
        found.update(str(path.parent) for path in (tree(name) / place).rglob("lib*.so*"))
    return ":".join(sorted(found))


# --- what is compiled in -----------------------------------------------------

PSEUDO_USER = "imappushd-rig"

RELOCATE = Path(__file__).with_name("relocate.c")


def _relocate_library():
    """Compiles RELOCATE, once for each version of it; safe when several do it at once."""
    version = hashlib.sha256(RELOCATE.read_bytes()).hexdigest()[:12]
    library = BUILD / "servers" / ("relocate-%s.so" % version)
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=str(library.parent)) as folder:
            made = Path(folder) / "relocate.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(RELOCATE)],
                           check=True, stdin=subprocess.DEVNULL)
            made.rename(library)
    return library


# --- folders that a server can live in ---------------------------------------

def scratch_folder(name):
    """A new folder in /tmp that is gone when this process is.

    Not the caller's own folder, for two reasons: the path of a Unix socket holds 108
    bytes, and a test's folder may be deep; and a server that root started runs as nobody,
    who may not enter a folder below one of root's. What a killed run left is removed by
    the next run.
    """
    _remove_orphans()
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH % os.getpid() + name + "-", dir="/tmp"))
    if os.getuid() == 0:
        folder.chmod(0o711)
    atexit.register(_remove_own, folder, os.getpid())
    return folder


def _remove_own(folder, pid):
    if os.getpid() == pid:              # not in a fork of the process that made it
        shutil.rmtree(str(folder), ignore_errors=True)


def _remove_orphans():
    for folder in Path("/tmp").glob("imappushd-rig-*"):
        pid = re.match(r"imappushd-rig-(\d+)-", folder.name)
        if pid and not Path("/proc", pid.group(1)).exists() and _is_ours(folder):
            shutil.rmtree(str(folder), ignore_errors=True)


def _is_ours(folder):
    try:
        return folder.lstat().st_uid == os.getuid()
    except FileNotFoundError:           # another run was quicker
        return False


# --- processes ---------------------------------------------------------------

class Process:
    """A program in a process group of its own, which dies with the one who started it.

    The kernel ends it (death_signal) when the *thread* that started it ends: start
    servers from a thread that lives as long as they should, such as the main one.
    """

    def __init__(self, arguments, death_signal="KILL", **popen):
        command = ["setpriv", "--pdeathsig", death_signal, "--"]
        self.arguments = [str(argument) for argument in arguments]
        self._popen = subprocess.Popen(command + self.arguments, start_new_session=True,
                                       stdin=subprocess.DEVNULL, **popen)
        self.pid = self._popen.pid

    def is_running(self):
        return self._popen.poll() is None

    def exit_status(self):
        """The exit status, minus the signal that ended it, or None while it runs."""
        return self._popen.poll()

    def signal(self, number):
        """Sends a signal to the program itself, not to its children."""
        if self.is_running():
            self._popen.send_signal(number)

    def stop(self, timeout=5.0):
        """Asks it and its children to end, as systemd does; insists after timeout.

        It asks again and again, for a child may be forked just after the first time.
        """
        deadline = time.monotonic() + timeout
        while self.group_lives() and time.monotonic() < deadline:
            self._signal_group(signal.SIGTERM)
            self._wait_for_group(0.1)
        self.kill()
        return self._popen.returncode

    def _wait_for_group(self, seconds):
        deadline = time.monotonic() + seconds
        while self.group_lives() and time.monotonic() < deadline:
            time.sleep(0.005)

    def kill(self):
        """Ends it and its children at once, as a power cut would."""
        while self.group_lives():
            self._signal_group(signal.SIGKILL)
            time.sleep(0.001)
        self._popen.wait()

    def _signal_group(self, number):
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            pass

    def group_lives(self):
        """Is a process of its group alive? (It itself is reaped on the way.)"""
        self._popen.poll()
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        return any(_lives_in(self.pid, process / "stat")
                   for process in Path("/proc").glob("[0-9]*"))


def _lives_in(group, stat):
    """Does /proc/PID/stat tell of a process in the group that is not just a zombie?

    In some containers nobody collects the zombies that lost their parent.
    """
    try:
        state, _, process_group = stat.read_text().rpartition(")")[2].split()[:3]
    except (OSError, ValueError):       # it has just ended
        return False
    return int(process_group) == group and state not in "ZX"


class Server:
    """What the private servers have in common: a folder for what a test may look at, a
    home that is thrown away, a log, and a life. start() of a subclass adds its processes
    and returns self."""

    def __init__(self, kind, folder, log_file=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._home = scratch_folder(kind)
        self.log_file = log_file or self.folder / (kind + ".log")
        self._processes = []

    def stop(self):
        """Stops it in good order; on return all its processes are gone."""
        while self._processes:
            self._processes.pop().stop()

    def kill(self):
        """Ends all its processes at once, without a goodbye to any client."""
        while self._processes:
            self._processes.pop().kill()

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        """Stops it and throws its home away, mail and all."""
        self.stop()
        shutil.rmtree(str(self._home), ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def log(self):
        """What it has logged so far."""
        if not self.log_file.exists():
            return ""
        return self.log_file.read_text(encoding="utf-8", errors="replace")


def wait_for_port(port, process=None, timeout=10.0, log=lambda: ""):
    """Waits until something accepts connections on 127.0.0.1:port.

    Gives up with a ServerError, which ends with log(), when the process has ended or the
    time is over.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            pass
        if process and not process.is_running():
            raise ServerError("%s ended with status %s\n%s" % (
                process.arguments[0], process.exit_status(), log()))
        if time.monotonic() > deadline:
            raise ServerError("nothing listens on port %d after %d s\n%s" % (
                port, timeout, log()))
        time.sleep(0.005)
