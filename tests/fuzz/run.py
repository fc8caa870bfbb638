#!/usr/bin/python3
"""Runs the fuzz targets one after the other, each for its share of the time.

    tests/fuzz/run.py [--build DIR] [--seconds N] [TARGET]...

Without names all targets run. The time is $FUZZ_SECONDS, or 60, for all of
them together. What a target finds on its way stays in DIR/corpus (DIR is
build/fuzz), so that the next run begins where this one ended; an input that
breaks something is kept in DIR/crashes, and the exit status is 1 then. The
seeds are in corpus/ beside this file, or in the tables below.
"""

import argparse
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DICTIONARIES = {"reply": "imap.dict", "session": "imap.dict",
                "config": "config.dict", "autoconfig": "autoconfig.dict"}
# libetpan forgets what it has of a line when it gives up in the middle of it.
LEAKING = ("reply", "session")
LONGEST = {"record": 4096, "utf7": 2048}
LONGEST_USUAL = 8192
INPUT_SECONDS = 10  # for one input; more is a hang


# --- seeds that no editor can write ---

# base/record.h has the format of records

def record(kind, *fields):
    """A packet as processes send it."""
    data = bytes([kind])
    for field in fields:
        if isinstance(field, str):
            text = field.encode() + b"\0"
            data += struct.pack("=I", len(text)) + text
        else:
            data += struct.pack("=q", field)
    return data


RECORDS = {
    # reports (base/report.h): the kind, "next report by", the rest
    "alive": record(1, 90000),
    "mailbox": record(3, 90000, "Lists/imappushd"),
    "offer": record(4, 90000, 1),
    "watching": record(6, 90000, 2),
    "cursor": record(7, 90000, "INBOX", 7, 100, 0, 0, 0, 0),
    "news": record(8, 90000, "Entw\xfcrfe", 7, 4294967295, 1, 1, 1, 1795000000, 0),
    "heads": record(8, 90000, "INBOX", 7, 100, 0, 1, 1, 1795000000,
                    1, 0, 99, "Bob", "Hello"),
    "endpoint": record(9, 90000, "pixel", "https://push.example/x", "2026"),
    "endpoints": record(10, 90000, 1),
    "end": record(15, 90000, 1, "closed", "the server closed the connection"),
    # orders
    "check": record(1),
    "watch": record(2, 2, 1, 1, "INBOX", 7, 100, 0, "Archive", 0, 0, 1),
    # core and courier (base/request.h)
    "request": record(1, 5, "PUT", "https://push.example/x",
                      "Priority: high\n", "version=1795000000000000", "", 0),
    "outcome": record(2, 5, 0, 201, 120, 1795000000, ""),
    "unreachable": record(2, 5, 1, 0, 0, 0, "no such host"),
    # nonsense
    "evil-count": record(2, 51, 1, 0, "INBOX", 7, 100, 0),
    "evil-number": record(7, 90000, "INBOX", -1, 4294967296, 9, 2, -1, 0),
    "evil-size": record(15, 90000, 1) + struct.pack("=I", 0xffffffff) + b"x\0",
    "evil-no-end": record(15, 90000, 1) + struct.pack("=I", 2) + b"xx",
    "evil-nul": record(15, 90000, 1, "a\0b", ""),
    "evil-more": record(1, 90000) + b"more",
}


def answer(kind, *records):
    """What a name server says about example.test (RFC 1035 section 4)."""
    question = b"\7example\4test\0" + struct.pack(">HH", kind, 1)
    head = struct.pack(">6H", 1, 0x8180, 1, len(records), 0, 0)
    return head + question + b"".join(
        b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
        for data in records)


ANSWERS = {
    "exchangers": answer(15, b"\0\12\2mx\xc0\x0c", b"\0\24\3alt\xc0\x0c"),
    "service": answer(33, b"\0\0\0\1\3\xe1\4imap\xc0\x0c"),
    "services": answer(33, b"\0\0\0\1\3\xe1\1a\xc0\x0c",
                       b"\0\0\0\2\3\xe1\1b\xc0\x0c"),
    "no-service": answer(33, b"\0\0\0\0\0\0\0"),
    "evil-pointer": answer(33, b"\0\0\0\1\3\xe1\xc0\xff"),
    "evil-short": answer(33, b"\0\0\0\1\3\xe1"),
    "address": "j\xf6rg.m+x@b\xfccher.test".encode(),
    "evil-address": b"a b@192.0.2.1",
}
SEEDS = {"record": RECORDS, "nameserver": ANSWERS}


def write_seeds(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds.items():
        (folder / name).write_bytes(data)


# --- a target ---

class Target:
    def __init__(self, program):
        self.program = program
        self.name = program.name[len("fuzz_"):]
        self.folder = program.parent
        self.log = self.folder / (self.name + ".log")
        self.crashes = self.folder / "crashes"
        self.corpus = self.folder / "corpus" / self.name
        self.seeds = HERE / "corpus" / self.name

    def command(self, seconds):
        leaks = int(self.name not in LEAKING)
        options = {"max_total_time": seconds, "timeout": INPUT_SECONDS,
                   "max_len": LONGEST.get(self.name, LONGEST_USUAL),
                   "detect_leaks": leaks, "print_final_stats": 1,
                   "artifact_prefix": f"{self.crashes}/{self.name}-"}
        if self.name in DICTIONARIES:
            options["dict"] = HERE / DICTIONARIES[self.name]
        return [self.program, self.corpus, self.seeds] + [
            f"-{name}={value}" for name, value in options.items()]

    def environment(self, scratch):
        """With the caller's own wishes for sanitizers in front."""
        wishes = os.environ.get("ASAN_OPTIONS", "")
        leaks = int(self.name not in LEAKING)
        return {**os.environ, "TMPDIR": scratch,
                "ASAN_OPTIONS": f"detect_leaks={leaks}:{wishes}"}

    def run(self, seconds):
        """True if nothing broke."""
        for folder in (self.crashes, self.corpus):
            folder.mkdir(parents=True, exist_ok=True)
        if self.name in SEEDS:
            self.seeds = self.folder / "seeds" / self.name
            write_seeds(self.seeds, SEEDS[self.name])
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        with open(self.log, "wb") as log, \
                tempfile.TemporaryDirectory(dir=memory) as scratch:
            status = subprocess.call(
                self.command(seconds), cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=self.environment(scratch))
        text = self.log.read_text(errors="replace")
        print(f"{self.name:8} {self.figures(text)}"
              f"{'' if status == 0 else '  BROKEN'}", flush=True)
        if status != 0:
            self.explain(text)
        return status == 0

    @staticmethod
    def figures(text):
        def last(pattern):
            found = re.findall(pattern, text)
            return int(found[-1]) if found else 0
        return (f"{last(r'number_of_executed_units: *([0-9]+)'):10} runs, "
                f"{last(r'average_exec_per_sec: *([0-9]+)'):7} a second, "
                f"{last(r' cov: ([0-9]+)'):5} edges, "
                f"{last(r' corp: ([0-9]+)'):5} inputs kept")

    def explain(self, text):
        """What broke, and how to see it again."""
        telling = (r"must hold:|runtime error:|ERROR:|SUMMARY:|"
                   r"#\d+ .* in .*/src/")
        lines = [line for line in text.splitlines()
                 if re.search(telling, line)]
        for line in lines[:20]:
            print("    " + line.strip())
        for path in re.findall(r"Test unit written to (\S+)", text):
            print(f"    again: {self.program} {path}")
        print(f"    all of it: {self.log}")


def main(arguments):
    parser = argparse.ArgumentParser(description="see the top of this file")
    build = ROOT / os.environ.get("BUILD", "build") / "fuzz"
    parser.add_argument("--build", type=pathlib.Path, default=build)
    parser.add_argument("--seconds", type=int,
                        default=int(os.environ.get("FUZZ_SECONDS") or 60))
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args(arguments)
    targets = [Target(program.resolve())
               for program in sorted(options.build.glob("fuzz_*"))]
    if options.targets:
        targets = [t for t in targets if t.name in options.targets]
    if not targets:
        print(f"no such target in {options.build}: run 'make fuzz'")
        return 1
    seconds = max(1, options.seconds // len(targets))
    broken = [t.name for t in targets if not t.run(seconds)]
    if broken:
        print(f"fuzz: broken: {', '.join(broken)}; the inputs are in "
              f"{targets[0].crashes}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
