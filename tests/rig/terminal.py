"""A program on a terminal, which some do more for than for a pipe."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios


def on_terminal(daemon, *arguments, columns=80):
    """Runs the daemon's program with such a standard output: its exit status, what it
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
