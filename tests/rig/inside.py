"""A look into other processes, and a hand in them: for root on Linux.

Nothing here gives up quietly: what cannot be read is an error.
"""

import ctypes
import os
import pathlib
import platform
import signal

# Numbers of system calls, on the machines that tests run on.
SYSTEM_CALLS = {
    "x86_64": {"kcmp": 312, "landlock_create_ruleset": 444, "openat": 257,
               "socket": 41, "execve": 59, "kill": 62, "unlink": 87,
               "mkdir": 83},
    "aarch64": {"kcmp": 272, "landlock_create_ruleset": 444},
}
NUMBERS = SYSTEM_CALLS.get(platform.machine(), {})
libc = ctypes.CDLL(None, use_errno=True)


def status_of(pid):
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines()
                if ":\t" in line)


def same_file(pid, fd, other, other_fd):
    """Are these the same open file, not just the same path?"""
    result = libc.syscall(NUMBERS["kcmp"], pid, other, 0, fd, other_fd)
    if result < 0:
        raise OSError(ctypes.get_errno(), "kcmp")
    return result == 0


def descriptors(pid):
    return {int(path.name): os.readlink(path)
            for path in pathlib.Path("/proc/%d/fd" % pid).iterdir()}


def has_landlock():
    """Does this kernel know how to close files to a process?"""
    return libc.syscall(NUMBERS["landlock_create_ruleset"], None, 0, 1) >= 0


def readable(pid):
    """(begin, end) of what the process can read of its own memory. The kernel
    does not show the pages that it shares with everybody."""
    for line in pathlib.Path("/proc/%d/maps" % pid).read_text().splitlines():
        fields = line.split(None, 5)
        name = fields[5] if len(fields) > 5 else ""
        if fields[1].startswith("r") and not name.startswith(("[vvar",
                                                              "[vsyscall")):
            begin, end = (int(part, 16) for part in fields[0].split("-"))
            yield begin, end


def find_in_memory(pid, *needles):
    """Which of them are in the memory of the process."""
    found = set()
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for begin, end in readable(pid):
            before = b""
            while begin < end:
                memory.seek(begin)
                data = memory.read(min(end - begin, 1 << 20))
                assert data, "unreadable at %x" % begin
                found |= {n for n in needles if n in before + data}
                before = data[-200:]
                begin += len(data)
    return found


class Taken:
    """A process that makes the system calls that we want: one that was taken
    over by a stranger. It does not survive that."""

    ATTACH, GETREGS, SETREGS, STEP = 16, 12, 13, 9
    WORDS = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi "
             "orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs")

    class Registers(ctypes.Structure):
        """user_regs_struct of <sys/user.h>."""

    def __init__(self, pid):
        self.pid = pid
        self._ptrace(self.ATTACH, None)
        self._wait()
        self.registers = self.Registers()
        self._ptrace(self.GETREGS, ctypes.byref(self.registers))
        # It waits in a system call, and has just come out of that.
        begin = self.registers.rip - 2
        with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
            memory.seek(begin)
            assert memory.read(2) == b"\x0f\x05"  # the instruction
        self.registers.rip = begin
        self.registers.orig_rax = 2 ** 64 - 1  # nothing to restart

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        self._wait()

    def call(self, name, *arguments):
        """The result, or minus the errno."""
        now = self.Registers.from_buffer_copy(self.registers)
        now.rax = NUMBERS[name]
        room = now.rsp - 8192
        for register, value in zip(("rdi", "rsi", "rdx", "r10"), arguments):
            if isinstance(value, (str, pathlib.Path)):
                value, room = self._put(room, str(value).encode() + b"\0")
            setattr(now, register, value)
        self._ptrace(self.SETREGS, ctypes.byref(now))
        self._ptrace(self.STEP, None)
        self._wait()
        self._ptrace(self.GETREGS, ctypes.byref(now))
        return ctypes.c_int64(now.rax).value

    def _put(self, room, text):
        with open("/proc/%d/mem" % self.pid, "r+b", buffering=0) as memory:
            memory.seek(room)
            memory.write(text)
        return room, room + len(text)

    def _wait(self):
        os.waitpid(self.pid, 0x40000000)  # __WALL

    def _ptrace(self, request, data):
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int,
                                ctypes.c_void_p, ctypes.c_void_p]
        if libc.ptrace(request, self.pid, None, data) < 0:
            raise OSError(ctypes.get_errno(), "ptrace %d" % request)


Taken.Registers._fields_ = [(word, ctypes.c_uint64)
                            for word in Taken.WORDS.split()]
