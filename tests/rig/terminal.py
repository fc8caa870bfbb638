"""A person at a terminal: a program on a pseudo-terminal that is its controlling one.

    with Terminal(["imappushd", "--set-password"], env=...) as terminal:
        terminal.wait("Password for")
        assert not terminal.echoes()
        terminal.type("secret\n")
        terminal.wait_exit()
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

INTERRUPT, SUSPEND = "\x03", "\x1a"


class Terminal:
    """text: all that was shown, with line feeds as line ends."""

    def __init__(self, words, env, cwd=None):
        self.own, end = pty.openpty()
        self.text = ""

        def take_terminal():
            for number in (signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)   # ignored in the background
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=end, stdout=end, stderr=end, env=env,
            cwd=cwd, start_new_session=True, preexec_fn=take_terminal)
        os.close(end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.own)

    def type(self, text):
        os.write(self.own, text.encode())

    def _read(self, seconds):
        if not select.select([self.own], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.own, 4096)
        except OSError:                         # nobody has it open any more
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def wait(self, words, timeout=10, count=1):
        """Waits until the words have been shown so many times."""
        end = time.monotonic() + timeout
        while self.text.count(words) < count:
            if time.monotonic() > end or (not self._read(0.1)
                                          and self.process.poll() is not None):
                raise AssertionError("no %r in:\n%s" % (words, self.text))

    def wait_exit(self, timeout=20):
        """The exit status, minus a signal; reads on meanwhile."""
        end = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode

    def echoes(self):
        """Does what is typed show?"""
        return bool(termios.tcgetattr(self.own)[3] & termios.ECHO)

    def wait_echo(self, wanted, timeout=5):
        end = time.monotonic() + timeout
        while self.echoes() != wanted:
            assert time.monotonic() < end, self.text
            time.sleep(0.005)


def on_terminal(daemon, *arguments, columns=80):
    """Runs the daemon's program with a terminal as standard output: its exit status, what it
    printed there, and on standard error."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    process = subprocess.Popen(
        [daemon.binary, *arguments], stdin=subprocess.DEVNULL, stdout=theirs,
        stderr=subprocess.PIPE, env=daemon.environment())
    os.close(theirs)
    out = b""
    try:
        while part := os.read(ours, 4096):
            out += part
    except OSError:  # all who had the terminal open are gone
        pass
    os.close(ours)
    errors = process.communicate(timeout=10)[1]
    return process.returncode, out.decode(), errors.decode()


def drawn(text):
    """The lines of the QR code in what was printed."""
    return re.findall("\x1b\\[38;5;16;48;5;231m([ \u2580\u2584\u2588]+)\x1b\\[0m", text)
