"""What a child of the daemon holds, knows and may do, seen from outside.

All of it is read from /proc, which only root may do for processes that are not
dumpable. What cannot be read is a failure here, not a pass.
"""

import base64
import errno
import os
import pathlib
import shutil
import subprocess
import time

import pytest
from conftest import Rig

from rig import real, webpush
from rig.credential import Helper
from rig.daemon import command_line, processes, role, with_argument
from rig.inside import (NUMBERS, Taken, descriptors, find_in_memory,
                        has_landlock, same_file, status_of)
from rig.receiver import SECRET

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may look into these processes")


class Family:
    """A daemon with all its kinds of children, after some pushes."""

    def __init__(self, rig, push, daemon, certs):
        self.push, self.daemon = push, daemon
        self.imap = real.server(rig, certs, "alice", "bob", "carol")
        self.imap.deliver("alice", mailbox="Lists")
        real.box(daemon, push, self.imap, "alice", watch="idle",
                 mailboxes=["INBOX", "Lists"])
        secret = daemon.password_file("command", self.imap.users["bob"])
        real.box(daemon, push, self.imap, "bob", watch="notify",
                 password_command="cat %s" % secret)
        Helper(daemon).store("carol", self.imap.users["carol"], "file")
        real.box(daemon, push, self.imap, "carol", password_file=None)
        webpush.subscribe(daemon, push, "web")
        daemon.start()
        self.wait_watching(1)
        self.push_one(1)
        # Those of the second life were forked after URLs had been used.
        for pid in daemon.with_role("session"):
            daemon.signal_child(pid)
        self.wait_watching(2)
        self.push_one(2)
        self.core = daemon.process.pid
        self.courier, = daemon.with_role("courier")
        assert len(self.sessions) == 4

    @property
    def sessions(self):
        return self.daemon.with_role("session")

    @property
    def everybody(self):
        return [self.core, *self.daemon.children()]

    def wait_watching(self, life):
        self.daemon.wait_about("alice", "watching INBOX", count=life)
        self.daemon.wait_about("alice", "watching Lists", count=life)
        self.daemon.wait_about("bob", "watching INBOX", count=life)
        self.daemon.wait_about("carol", "watching INBOX", count=life)

    def push_one(self, count):
        for user in self.imap.users:
            self.imap.deliver(user)
        for user in self.imap.users:
            puts = self.push.wait_accepted(user, count)
            assert puts[-1].version >= self.imap.appeared(user)


@pytest.fixture(scope="module")
def family(certs):
    """One for all who only look, and for the last, who ends it."""
    parts = Rig()
    yield Family(parts, parts.push(), parts.daemon(), certs)
    parts.stop()
    assert not parts.complaints(), parts.complaints()


# ---- descriptors ----

@pytest.mark.skipif(not NUMBERS, reason="no numbers for this machine")
def test_descriptor_is_inherited(family):
    """Nothing that the core or a sister holds is held by a child as well, but
    for the standard streams: no ledger, lock, timer or other link."""
    for tries in range(5):
        try:
            look_at_descriptors(family)
            return
        except OSError as error:  # the courier closed one meanwhile
            assert error.errno in (errno.EBADF, errno.ENOENT) and tries < 4


def look_at_descriptors(family):
    everybody = family.everybody
    held = {pid: descriptors(pid) for pid in everybody}
    assert same_file(family.core, 2, family.courier, 2)  # as a control
    assert [path for path in held[family.core].values()
            if str(family.daemon.ledger) in path]
    for child in everybody[1:]:
        own = [fd for fd in held[child] if fd > 2]
        shared = [(fd, held[child][fd], other)
                  for fd in own for other in everybody
                  if other != child for other_fd in held[other]
                  if same_file(child, fd, other, other_fd)]
        assert not shared, "%s shares %s" % (child, shared)
        assert len(own) <= 8, held[child]
        assert not [path for path in held[child].values()
                    if str(family.daemon.folder) in path], held[child]
    for session in everybody[1:]:
        if session == family.courier:
            continue
        sockets = [path for path in held[session].values()
                   if path.startswith("socket:")]
        assert len(sockets) == 2, held[session]  # the core and the server


# ---- secrets ----

def forms(user, password):
    """A password as it is, and as AUTHENTICATE PLAIN sends it."""
    plain = b"\0" + user.encode() + b"\0" + password.encode()
    return [password.encode(), base64.b64encode(plain)]


@pytest.fixture
def whole_memory(family):
    """The family, if its memory can be looked through."""
    if b"__asan_init" in family.daemon.binary.read_bytes():
        pytest.skip("a sanitizer's build has terabytes of memory")
    return family


def test_push_url_is_in_a_session(whole_memory):
    family = whole_memory
    secrets = {text.encode() for text in
               (SECRET, webpush.P256DH, webpush.AUTH)}
    assert find_in_memory(family.core, *secrets) == secrets  # as a control
    for session in family.sessions:
        assert not find_in_memory(session, *secrets)


def test_key_for_web_push_is_in_a_session_or_in_the_core(whole_memory):
    """The courier alone reads it."""
    family = whole_memory
    line = (family.daemon.state / "vapid.key").read_bytes().strip()
    key = base64.urlsafe_b64decode(line + b"=")
    assert find_in_memory(family.courier, key)  # as a control
    for process in (family.core, *family.sessions):
        assert not find_in_memory(process, key, line)


def test_password_is_in_another_process(whole_memory):
    """A session wipes it after the login, no one else ever had it."""
    family = whole_memory
    needles = sum((forms(*user) for user in family.imap.users.items()), [])
    with subprocess.Popen(["sleep", "60"], env={"NEEDLES": b" ".join(needles)}
                          ) as control:
        try:
            assert find_in_memory(control.pid, *needles) == set(needles)
        finally:
            control.kill()
    for pid in family.everybody:
        found = find_in_memory(pid, *needles)
        assert not found, (role(pid, family.core), pid, found)


def test_secret_is_on_a_command_line_or_in_an_environment(family):
    secrets = [SECRET.encode()] + sum(
        (forms(*user) for user in family.imap.users.items()), [])
    for pid in family.everybody:
        for name in ("cmdline", "environ"):
            text = pathlib.Path("/proc/%d/%s" % (pid, name)).read_bytes()
            assert text
            assert not [s for s in secrets if s in text], (pid, name)


# ---- what they may do ----

def test_stranger_takes_over_a_process_that_talks_to_him(family):
    """A filter of system calls, no new privileges, no core file."""
    for pid in family.everybody[1:]:
        status = status_of(pid)
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"  # a filter
    for pid in family.everybody:
        limits = pathlib.Path("/proc/%d/limits" % pid).read_text()
        line, = [x for x in limits.splitlines() if "core file" in x]
        assert line.split()[4:6] == ["0", "0"]


def refused(*results):
    return all(r in (-errno.EPERM, -errno.EACCES) for r in results)


needs_calls = pytest.mark.skipif(
    "openat" not in NUMBERS, reason="knows the registers of x86_64 only")


@needs_calls
def test_stranger_wants_a_program_a_socket_or_a_victim(family):
    """By seccomp: no exec, no unix socket, no signal to others."""
    with Taken(family.sessions[0]) as session:
        assert session.call("socket", 2, 1, 0) >= 0  # IPv4, as a control
        assert refused(session.call("socket", 1, 1, 0),
                       session.call("socket", 17, 3, 0),
                       session.call("execve", "/bin/true", 0, 0),
                       session.call("kill", family.core, 15))


@needs_calls
def test_stranger_wants_a_file(family):
    """By Landlock: nothing can be written, removed or made; of the owner's
    files none can be read, least of all the one with the push URL."""
    if not has_landlock():
        pytest.skip("this kernel has no Landlock")
    here, create = -100, os.O_WRONLY | os.O_CREAT
    ledger, made = family.daemon.ledger, family.daemon.folder / "made"
    with Taken(family.sessions[0]) as session:
        assert session.call("openat", here, "/etc/hosts", 0) >= 0
        assert refused(
            session.call("openat", here, made, create, 0o600),
            session.call("openat", here, ledger, os.O_RDONLY),
            session.call("openat", here, ledger, os.O_WRONLY),
            session.call("openat", here, family.daemon.config
                         / "endpoints.d/alice.conf", os.O_RDONLY),
            session.call("openat", here, family.daemon.secrets / "alice",
                         os.O_RDONLY),
            session.call("unlink", ledger),
            session.call("mkdir", family.daemon.state / "new", 0o700))
    assert ledger.exists()
    assert not made.exists()


AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
             "--"]
ATTACH = ("import ctypes,sys;p=ctypes.CDLL(None).ptrace;"
          "sys.exit(p(16,int(sys.argv[1]),None,None)<0)")


def run_as_nobody(*command):
    return subprocess.run(AS_NOBODY + list(command), cwd="/", check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def give_to_nobody(folder):
    for path in [folder, *folder.rglob("*")]:
        shutil.chown(path, 65534, 65534)


def ordinary_users_daemon(rig, push, imap, name):
    """One that nobody runs, with its program where nobody can read it."""
    rig.folder.chmod(0o711)
    daemon = rig.daemon("nobody")
    for part in ("bin", "libexec"):
        shutil.copytree(daemon.binary.parents[1] / part,
                        rig.folder / "prefix" / part)
    program = rig.folder / "prefix/bin" / daemon.binary.name
    daemon.binary = rig.folder / "as-nobody"
    daemon.binary.write_text("#!/bin/sh\nexec %s %s \"$@\"\n" % (
        " ".join(AS_NOBODY), program))
    daemon.binary.chmod(0o755)
    real.box(daemon, push, imap, name, tls="none")
    give_to_nobody(daemon.folder)
    give_to_nobody(daemon.runtime)
    return daemon


def test_another_program_of_the_user_looks_in(rig, push):
    """Not dumpable: its files in /proc are root's, and who is not root cannot
    read them nor attach to it. (The owner of the daemon runs much else.)"""
    imap = real.server(rig, None, "alice", tls="plain")
    daemon = ordinary_users_daemon(rig, push, imap, "alice")
    daemon.start()
    daemon.wait_watching("alice")
    imap.deliver("alice")
    put, = push.wait_accepted("alice")
    assert put.version >= imap.appeared("alice")
    children = daemon.children()
    assert sorted(children.values()) == ["courier", "session"]
    with subprocess.Popen(AS_NOBODY + ["sleep", "60"]) as control:
        while command_line(control.pid) != ["sleep", "60"]:
            time.sleep(0.01)
        try:
            assert run_as_nobody("cat", "/proc/%d/environ" % control.pid)
            may_attach = run_as_nobody("python3", "-c", ATTACH,
                                       str(control.pid))
        finally:
            control.kill()
    for pid in [daemon.process.pid, *children]:
        assert status_of(pid)["Uid"].split() == ["65534"] * 4
        for name in ("environ", "mem", "maps", "fd"):
            path = pathlib.Path("/proc/%d/%s" % (pid, name))
            assert path.stat().st_uid == 0, (children.get(pid), path)
            tool = "ls" if name == "fd" else "cat"
            assert not run_as_nobody(tool, str(path)), (children.get(pid),
                                                        path)
        if may_attach:  # where the kernel lets any program do that
            assert not run_as_nobody("python3", "-c", ATTACH, str(pid))
    assert daemon.stop() < 5


# ---- what they leave behind ----

@pytest.fixture
def hanging(rig, push, daemon, certs):
    """A daemon whose session waits for a password command that hangs, and the
    processes of that."""
    imap = real.server(rig, certs, "alice", "bob")
    length = "1000.%d" % os.getpid()
    real.box(daemon, push, imap, "alice",
             password_command="sleep %s | cat" % length)
    real.box(daemon, push, imap, "bob")
    daemon.start()
    daemon.wait_watching("bob")
    end = time.monotonic() + 5
    while True:
        sleeping = with_argument(length)
        group = {processes().get(pid, {}).get("group") for pid in sleeping}
        family = [pid for pid, fields in processes().items()
                  if fields["group"] in group]
        names = [command_line(pid)[:1] for pid in family]
        if ["cat"] in names and ["sleep"] in names:
            break
        assert time.monotonic() < end, names
        time.sleep(0.01)
    daemon.hanging = family
    daemon.imap = imap
    return daemon


def assert_all_end(pids, within=2):
    end = time.monotonic() + within
    while True:
        alive = processes()
        left = {pid: command_line(pid) for pid in pids
                if alive.get(pid, {"state": "Z"})["state"] != "Z"}
        if not left:
            return
        assert time.monotonic() < end, left
        time.sleep(0.01)


def session_of(daemon, pid):
    """The session that started this, by way of its ancestors."""
    sessions, known = daemon.with_role("session"), processes()
    while pid not in sessions:
        pid = int(known[pid]["parent"])
    return pid


def test_session_is_killed_in_a_password_command(hanging, push):
    """Nothing of sh -c "sleep | cat" is left, and bob notices nothing."""
    hanging.signal_child(session_of(hanging, hanging.hanging[0]))
    assert_all_end(hanging.hanging)
    hanging.imap.deliver("bob")
    put, = push.wait_accepted("bob")
    assert put.version >= hanging.imap.appeared("bob")


def test_daemon_is_killed_in_a_password_command(hanging):
    everybody = hanging.hanging + list(hanging.children())
    hanging.kill()
    assert_all_end(everybody)


def test_daemon_is_stopped_in_a_password_command(hanging):
    everybody = hanging.hanging + list(hanging.children())
    assert hanging.stop() < 5
    assert_all_end(everybody, within=0)


@pytest.mark.parametrize("change", ["other-command", "removed"])
def test_reload_in_a_password_command(hanging, push, change):
    if change == "removed":
        hanging.remove("accounts.d/alice.conf")
        hanging.remove("endpoints.d/alice.conf")
    else:
        real.account(hanging, hanging.imap, "alice")
    hanging.reload()
    assert_all_end(hanging.hanging)
    for name in ("bob",) if change == "removed" else ("alice", "bob"):
        hanging.wait_watching(name)
        hanging.imap.deliver(name)
        put, = push.wait_accepted(name)
        assert put.version >= hanging.imap.appeared(name)


def test_password_command_is_too_slow(rig, push, daemon, certs):
    imap = real.server(rig, certs, "alice")
    length = "1000.%d" % os.getpid()
    real.box(daemon, push, imap, "alice",
             password_command="sleep %s | cat" % length)
    daemon.start(command_seconds=1)
    daemon.wait_about("alice", "did not end within 1 s.*retrying in")
    assert not with_argument(length)


def test_sigterm_leaves_a_process(family):
    """Of the whole tree, whatever its process groups."""
    known = processes()
    tree = {family.core}
    for _ in range(5):
        tree |= {pid for pid, fields in known.items()
                 if int(fields["parent"]) in tree}
    assert tree >= set(family.everybody)
    assert family.daemon.stop() < 5
    assert_all_end(tree, within=0)
