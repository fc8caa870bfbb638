"""A session bus of its own, and on it GNOME's keyring out of the unpacked package, or a
provider that does not answer.

    with Keyring(folder) as keyring:
        keyring.unlock()                        # made with that password, the first time
        run(..., env=keyring.environment())     # who may ask it
        keyring.lock()
        keyring.unlock()

The keyring's files lie in a home that is thrown away. What is on the bus outlives no test.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from . import servers

PASSWORD = "the keyring's own"
NAME = "org.freedesktop.secrets"

BUS_CONF = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Bus(servers.Server):
    """A session bus that starts no programs. start() does not wait for anybody on it."""

    def __init__(self, folder):
        super().__init__("keyring", folder)
        self.socket = self._home / "bus"

    def start(self):
        config = self._home / "bus.conf"
        config.write_text(BUS_CONF.format(socket=self.socket), encoding="utf-8")
        self.spawn(servers.tree("keyring") / "usr/bin/dbus-daemon",
                   "--config-file=%s" % config, "--nofork", "--nopidfile")
        _wait_for(self.socket.exists, "the bus", self.log)
        return self

    def environment(self):
        """What makes a program speak to this bus."""
        return {"DBUS_SESSION_BUS_ADDRESS": "unix:path=%s" % self.socket}

    def spawn(self, *words, **popen):
        with open(str(self.log_file), "a", encoding="utf-8") as log:
            process = servers.Process(words, env=self._inside(), cwd=str(self._home),
                                      stdout=log, stderr=log, **popen)
        self._processes.append(process)
        return process

    def has(self, name):
        """Is there somebody of this name on the bus?"""
        answer = self._gdbus("org.freedesktop.DBus", "/org/freedesktop/DBus",
                             "org.freedesktop.DBus.NameHasOwner", name)
        return "true" in answer

    def _inside(self):
        """The environment of who belongs to the bus."""
        environment = servers.tree_environment("keyring")
        del environment["LD_PRELOAD"]           # nothing of theirs has to be moved
        for name, folder in (("HOME", "home"), ("XDG_RUNTIME_DIR", "run")):
            (self._home / folder).mkdir(mode=0o700, exist_ok=True)
            environment[name] = str(self._home / folder)
        return {**environment, **self.environment()}

    def _gdbus(self, destination, path, method, *arguments):
        return subprocess.run(
            ["gdbus", "call", "--session", "--timeout=5", "--dest", destination,
             "--object-path", path, "--method", method, *arguments],
            env={**os.environ, **self.environment()}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            universal_newlines=True).stdout


class Keyring(Bus):
    """The bus, and gnome-keyring from the first unlock() or lock() on."""

    def __init__(self, folder):
        super().__init__(folder)
        self.daemon = None

    def unlock(self, password=PASSWORD):
        """As a login does it: an open keyring comes, in the place of one that is locked."""
        self._run_daemon(password)

    def lock(self):
        """As another boot does it: one comes that nobody has opened."""
        self._run_daemon(None)

    def leave(self):
        """Nobody provides the service any more."""
        if self.daemon:
            self._processes.remove(self.daemon)
            self.daemon.kill()
            self.daemon = None

    def turn_the_key(self, password=PASSWORD):
        """Unlocks the one that is there, as its own dialogue does."""
        script = Path(__file__).with_name("unlock_keyring.py")
        subprocess.run([sys.executable, str(script)], input=password, check=True,
                       universal_newlines=True, env={**os.environ, **self.environment()})

    def _run_daemon(self, password):
        self.leave()
        words = [servers.tree("keyring") / "usr/bin/gnome-keyring-daemon", "--foreground",
                 "--components=secrets"]
        if password is not None:                # read from standard input
            (self._home / "password").write_text(password, encoding="utf-8")
            words = ["sh", "-c", 'file=$1; shift; exec "$@" --unlock <"$file"', "sh",
                     self._home / "password"] + words
        self.daemon = self.spawn(*words)
        _wait_for(lambda: self.has(NAME), "the keyring", self.log)


class Silent(Bus):
    """The bus with a provider on it that behaves as told: see silent_provider.py."""

    def __init__(self, folder, how):
        super().__init__(folder)
        self.how = how

    def start(self):
        super().start()
        self.spawn(sys.executable, Path(__file__).with_name("silent_provider.py"), self.how)
        _wait_for(lambda: self.has(NAME), "the provider", self.log)
        return self

    def open(self):
        """Unlocks what "prompting" has."""
        (self._home / "opened").touch()


def _wait_for(condition, what, log, timeout=10.0):
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise servers.ServerError("%s did not come within %d s\n%s" % (what, timeout, log()))
        time.sleep(0.01)
