"""Where the unpacked servers are, how to run a program out of them, and how to end it.

packaging/deps.sh unpacks Debian's packages into build/servers/NAME without installing
them. Three things make a program run from there although it was built for /usr:

  - its own configuration file names every path that can be configured;
  - LD_LIBRARY_PATH names the folders of its libraries (see tree_environment);
  - what is compiled in is moved by a small library of ours (see RELOCATE), which needs
    no privileges: mount namespaces are not to be had in many a container.
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


def tree_environment(name, prefix=None, target=None):
    """The whole environment for a program out of a tree.

    It starts empty: what the caller has set for the daemon under test (sanitizers, XDG
    folders, a shifted clock) must not reach the servers. Compiled-in paths that begin with
    `prefix` (default: /usr/lib/NAME/) are looked for below `target` (default: the tree).
    """
    folder = tree(name)
    return {
        "PATH": "%s/usr/sbin:%s/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin" % (folder, folder),
        "LD_LIBRARY_PATH": ":".join(_library_folders(folder)),
        "LD_PRELOAD": str(_relocate_library()),
        "RELOCATE_PREFIX": prefix or "/usr/lib/%s/" % name,
        "RELOCATE_TREE": str(target or folder),
        "RELOCATE_USER": PSEUDO_USER,
    }


def _library_folders(folder):
    """Every folder in the tree that holds a shared library a program may be linked to."""
    found = set()
    for place in ("lib", "usr/lib"):
        found.update(str(path.parent) for path in (folder / place).rglob("lib*.so*"))
    return sorted(found)


# --- what is compiled in -----------------------------------------------------

PSEUDO_USER = "imappushd-rig"

RELOCATE = r"""
/* Preloaded into a server that runs from an unpacked package. A path that begins with
 * RELOCATE_PREFIX is looked for below RELOCATE_TREE, by the few functions that meet
 * compiled-in paths. The user and group of the name RELOCATE_USER are whoever runs it: a
 * server that wants the name of its user gets one even where the uid has none. And with
 * RELOCATE_NOT_ROOT a server that root runs takes itself for an ordinary user's. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static char *prefix, *tree, *user;
static int not_root;

/* Copied, because servers clear their environment and write their titles over it. */
__attribute__((constructor)) static void remember(void)
{
	const char *value;

	prefix = (value = getenv("RELOCATE_PREFIX")) ? strdup(value) : NULL;
	tree = (value = getenv("RELOCATE_TREE")) ? strdup(value) : NULL;
	user = (value = getenv("RELOCATE_USER")) ? strdup(value) : NULL;
	not_root = getenv("RELOCATE_NOT_ROOT") != NULL;
}

static const char *moved(const char *path, char *room)
{
	if (!path || !tree || !prefix || strncmp(path, prefix, strlen(prefix)) != 0)
		return path;
	snprintf(room, PATH_MAX, "%s%s", tree, path);
	return room;
}

DIR *opendir(const char *path)
{
	char room[PATH_MAX];

	return NEXT(opendir)(moved(path, room));
}

void *dlopen(const char *path, int flags)
{
	char room[PATH_MAX];

	return NEXT(dlopen)(moved(path, room), flags);
}

int mkdir(const char *path, mode_t mode)
{
	char room[PATH_MAX];

	return NEXT(mkdir)(moved(path, room), mode);
}

uid_t geteuid(void)
{
	return not_root ? 65534 : NEXT(geteuid)();
}

static int is_caller(const char *name)
{
	return user && strcmp(name, user) == 0;
}

int getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size,
	       struct passwd **result)
{
	if (!is_caller(name))
		return NEXT(getpwnam_r)(name, pw, buf, size, result);
	*pw = (struct passwd){ .pw_name = user, .pw_passwd = "x",
			       .pw_uid = getuid(), .pw_gid = getgid(), .pw_gecos = "",
			       .pw_dir = "/", .pw_shell = "/bin/false" };
	*result = pw;
	return 0;
}

int getgrnam_r(const char *name, struct group *gr, char *buf, size_t size,
	       struct group **result)
{
	static char *no_members[] = { NULL };

	if (!is_caller(name))
		return NEXT(getgrnam_r)(name, gr, buf, size, result);
	*gr = (struct group){ .gr_name = user, .gr_passwd = "x",
			      .gr_gid = getgid(), .gr_mem = no_members };
	*result = gr;
	return 0;
}
"""


def _relocate_library():
    """Compiles RELOCATE, once for each version of it; safe when several do it at once."""
    version = hashlib.sha256(RELOCATE.encode()).hexdigest()[:12]
    library = BUILD / "servers" / ("relocate-%s.so" % version)
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=str(library.parent)) as folder:
            source = Path(folder) / "relocate.c"
            source.write_text(RELOCATE, encoding="ascii")
            made = Path(folder) / "relocate.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source)],
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
        return any(_lives_in(self.pid, stat) for stat in Path("/proc").glob("[0-9]*/stat"))


def _lives_in(group, stat):
    """Does /proc/PID/stat tell of a process in the group that is not just a zombie?

    In some containers nobody collects the zombies that lost their parent.
    """
    try:
        state, _, process_group = stat.read_text().rpartition(")")[2].split()[:3]
    except (OSError, ValueError):       # it has just ended
        return False
    return int(process_group) == group and state not in "ZX"


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
