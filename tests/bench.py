#!/usr/bin/python3
"""make bench: what the daemon costs, against a real Dovecot over TLS.

    tests/bench.py [PART]... [--compare PROGRAM] [options, see --help]

    latency   single mails: from the server's bytes to the PUT
    memory    PSS and private memory, and how long until all is watched
    burst     many mails at once into one mailbox: how many PUTs, how late
    idle      a quiet minute: context switches, CPU, bytes

Without names all parts run, in some five minutes. The result is Markdown on
standard output, with the load of the machine beside it; it judges nothing.
--compare measures a second build side by side with build/bin/imappushd (or
$IMAPPUSHD_BINARY): both at once, or one after the other in turns, with ratios.

How latency is measured. The daemon's connections go through a relay of ours,
which notes the time just before it passes on what Dovecot said; the kernel
notes when the PUT came (SO_TIMESTAMPNS). The difference is what the daemon
alone adds: its TLS, its look, its ledger, its courier, and the loopback. No
privileges are needed, and neither Dovecot's half second of delay nor that of
another client's connection is part of it. Memory, start-up and bursts are
measured without the relay.
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import re
import selectors
import shutil
import socket
import statistics
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from rig import daemon as rig_daemon                          # noqa: E402
from rig import dovecot, ports, real, servers                 # noqa: E402
from rig.certs import Certs                                   # noqa: E402

WAYS = ("notify", "idle")
PER_WAY = 4         # accounts that share the single mails
QUIET = 4           # seconds without a PUT that end a burst
SETTLE = 3          # seconds after "watching" before something is measured
NEVER = 1740        # seconds between two "* OK Still here" where they disturb
SO_TIMESTAMPNS = 35
PARTS = ("latency", "memory", "burst", "idle")
PROGRAM = os.environ.get("IMAPPUSHD_BINARY",
                         servers.BUILD / "bin" / "imappushd")


# --- the wires: relays to Dovecot and the push service, in a process apart ---

Bytes = collections.namedtuple("Bytes", "time account to_daemon count")
Put = collections.namedtuple("Put", "time name")


class Wires:
    """The handle on that process. Times are nanoseconds since 1970."""

    def __init__(self, imaps_port, accounts):
        self.relays = {name: ports.free_port() for name in accounts}
        self.push_port = ports.free_port()
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=_Loop(imaps_port, self.relays, self.push_port, theirs).run,
            daemon=True)
        self._process.start()
        self._pipe.recv()

    def events(self):
        """All that happened so far, in order."""
        self._pipe.send("events")
        return self._pipe.recv()

    def puts(self, name):
        return [e for e in self.events()
                if isinstance(e, Put) and e.name == name]

    def wait_put(self, name, after=0, timeout=20):
        """The first PUT to name after that time."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for put in self.puts(name):
                if put.time > after:
                    return put
            time.sleep(0.02)
        raise RuntimeError(f"no PUT to {name} within {timeout} s")

    def wait_quiet(self, name, seconds):
        """Until nothing has come for so long; all the PUTs to name."""
        while True:
            puts = self.puts(name)
            last = puts[-1].time / 1e9 if puts else 0
            if time.time() - last > seconds:
                return puts
            time.sleep(0.1)

    def url(self, name):
        return f"http://127.0.0.1:{self.push_port}/{name}"

    def close(self):
        self._process.terminate()
        self._process.join()


class _Loop:
    """One thread, so that nothing waits for a lock."""

    def __init__(self, imaps_port, relays, push_port, pipe):
        self.imaps_port = imaps_port
        self.relays = relays
        self.push_port = push_port
        self.pipe = pipe
        self.events = []
        self.selector = selectors.DefaultSelector()

    def run(self):
        for name, port in self.relays.items():
            self._listen(port, lambda sock, name=name:
                         self._accept_relay(sock, name))
        self._listen(self.push_port, self._accept_push)
        self._watch(self.pipe, self._answer)
        self.pipe.send("ready")
        while True:
            for key, _ in self.selector.select():
                if key.fileobj.fileno() >= 0:       # not closed by another
                    key.data()

    def _watch(self, what, do):
        self.selector.register(what, selectors.EVENT_READ, do)

    def _listen(self, port, accept):
        listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self._watch(listener, lambda: accept(listener.accept()[0]))

    def _answer(self):
        self.pipe.recv()
        self.pipe.send(self.events)

    def _close(self, *socks):
        for sock in socks:
            self.selector.unregister(sock)
            sock.close()

    # A relay.

    def _accept_relay(self, client, name):
        server = socket.create_connection(("127.0.0.1", self.imaps_port))
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch(server, lambda: self._pass_on(server, client, name, True))
        self._watch(client, lambda: self._pass_on(client, server, name, False))

    def _pass_on(self, source, sink, name, to_daemon):
        try:
            data = source.recv(65536)
            self.events.append(
                Bytes(time.time_ns(), name, to_daemon, len(data)))
            sink.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._close(source, sink)

    # The push service.

    def _accept_push(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        state = {"bytes": b"", "time": 0}
        self._watch(sock, lambda: self._take(sock, state))

    def _take(self, sock, state):
        data, ancillary, _, _ = sock.recvmsg(65536, 64)
        if not data:
            return self._close(sock)
        if not state["bytes"]:
            state["time"] = _stamp(ancillary)
        state["bytes"] += data
        head, found, rest = state["bytes"].partition(b"\r\n\r\n")
        size = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        if found and len(rest) >= (int(size.group(1)) if size else 0):
            name = head.split(b" ", 2)[1].decode().lstrip("/")
            self.events.append(Put(state["time"], name))
            state["bytes"] = b""
            sock.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


def _stamp(ancillary):
    """The kernel's time, or ours where it has none."""
    for _, kind, data in ancillary:
        if kind == SO_TIMESTAMPNS and len(data) >= 16:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return seconds * 10 ** 9 + nanoseconds
    return time.time_ns()


# --- what /proc says ---

class Usage:
    """Of all processes of a daemon at one moment."""

    def __init__(self, box):
        self.pids = {p: rig_daemon.role(p, box.process.pid)
                     for p, fields in rig_daemon.processes().items()
                     if fields["session"] == str(box.process.pid)
                     and fields["state"] != "Z"}
        self.pids[box.process.pid] = "core"
        self.switches = self._sum("status", r"ctxt_switches:\s+(\d+)")
        self.cpu_ms = self._sum("schedstat", r"^(\d+)") / 1e6

    def _sum(self, name, pattern):
        return sum(sum(map(int, re.findall(pattern, read(pid, name))))
                   for pid in self.pids)

    def memory(self, field, role=None):
        """KiB; None where the kernel does not let us look: the processes are
        not dumpable, and only root may."""
        texts = [read(pid, "smaps_rollup") for pid, r in self.pids.items()
                 if role in (None, r)]
        if not all(texts):
            return None
        return sum(sum(map(int, re.findall(rf"^{field}:\s+(\d+)", text, re.M)))
                   for text in texts)

    @property
    def pss(self):
        return self.memory("Pss")

    @property
    def private(self):
        return self.memory("Private_(?:Clean|Dirty)")

    @property
    def session_dirty(self):
        """Of one session on the average."""
        count = list(self.pids.values()).count("session")
        kib = self.memory("Private_Dirty", "session")
        return None if kib is None else kib / count


def read(pid, name):
    try:
        return pathlib.Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


# --- a build under measurement ---

class Build:
    """A program, and the boxes that it runs in."""

    def __init__(self, bench, program, letter):
        self.bench = bench
        self.program = pathlib.Path(program).resolve()
        self.letter = letter
        self._boxes = 0

    def box(self, accounts, relayed=False, way=None, **endpoint):
        """A daemon that watches these users, not started; each has an
        endpoint of its own. way: a watch for all, or {user: watch}."""
        self._boxes += 1
        folder = self.bench.folder / f"{self.letter}{self._boxes}"
        folder.mkdir()
        box = rig_daemon.Daemon(folder, testclock=False)
        self.bench.boxes.append(box)
        box.binary = self.program
        box.write("imappushd.conf", log_level="info")
        for user in accounts:
            values = {"watch": way[user] if isinstance(way, dict) else
                      way or "idle"}
            if relayed:
                values["port"] = self.bench.wires.relays[user]
            real.account(box, self.bench.server, user, **values)
            box.endpoint(user, self.bench.wires.url(user), accounts=[user],
                         **endpoint)
        return box


def start(box, accounts):
    """Seconds until all are watched."""
    begin = time.monotonic()        # the clock of box.log
    box.start()
    box.wait_log(r": watching ", timeout=120, count=len(accounts))
    watched = [when for when, line in box.log if ": watching " in line]
    return watched[len(accounts) - 1] - begin


def stop(box):
    if box.running():
        box.stop(within=20)
    box.close()


# --- the parts ---

class Bench:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="imappushd-bench-"))
        self.builds = [Build(self, program, letter) for program, letter in
                       zip((PROGRAM, options.compare), "ab") if program]
        self.boxes = []
        self.server = self.wires = None

    def begin(self, still_here=NEVER):
        """A new Dovecot with empty mailboxes."""
        self.end()
        users = self.users()
        self.server = real.Server(
            tempfile.mkdtemp(prefix="dovecot-", dir=self.folder),
            {user: "secret" for user in users},
            Certs(self.folder / "certificates"), tls="imaps",
            idle_notify_interval=still_here).start()
        self.wires = Wires(self.server.imaps_port,
                           [u for u in users if not u.startswith("many")])

    def end(self):
        for box in self.boxes:
            box.close()
        self.boxes = []
        if self.wires:
            self.wires.close()
        if self.server:
            self.server.close()
        self.wires = self.server = None

    def users(self):
        """One user belongs to one box, but those of the memory part."""
        found = [f"many{n}" for n in range(max(self.options.accounts))]
        for build in "ab":
            found += [f"{build}-{way}{n}" for way in WAYS
                      for n in range(PER_WAY)]
            found += [f"{build}-burst-{way}" for way in WAYS]
            found += [f"{build}-quiet{n}" for n in range(10)]
        return found

    # Single mails.

    def latency(self):
        self.begin()
        boxes, users = {}, {}
        for build in self.builds:
            way = {f"{build.letter}-{w}{n}": w for n in range(PER_WAY)
                   for w in WAYS}
            users[build] = list(way)
            boxes[build] = build.box(way, relayed=True, way=way,
                                     min_interval=0)
            start(boxes[build], way)
        for build in self.builds:       # wakes the courier, fills caches
            for user in users[build]:
                self.server.deliver(user)
                self.wires.wait_put(user)
        time.sleep(SETTLE)
        before = [Usage(boxes[b]) for b in self.builds]
        sent = self._single_mails(users)
        after = [Usage(boxes[b]) for b in self.builds]
        rows = self._delay_rows(sent)
        count = self.options.mails * len(WAYS)
        for words, field in (("CPU per mail, ms", "cpu_ms"),
                             ("context switches per mail", "switches")):
            rows.append((words, [
                (getattr(b, field) - getattr(a, field)) / count
                for a, b in zip(before, after)]))
        return ("Single mails: from the server's bytes to the PUT", rows,
                f"{self.options.mails} mails for each way, "
                f"{self.options.gap} s apart, over {PER_WAY} accounts each.")

    def _delay_rows(self, sent):
        events = self.wires.events()
        rows = []
        for way in WAYS:
            found = [_delays([s for s in sent if s[0].startswith(
                f"{b.letter}-{way}")], events) for b in self.builds]
            for words, pick in (
                    ("median", statistics.median),
                    ("95 of 100", lambda v: _quantile(v, 0.95)),
                    ("longest", max)):
                rows.append((f"{way}, {words}, ms",
                             [pick(f) if f else None for f in found]))
            rows.append((f"{way}, mails without a PUT",
                         [self.options.mails - len(f) for f in found]))
        return rows

    def _single_mails(self, users):
        """[(user, time before)]; the ways and builds take turns."""
        sent = []
        order = [user for group in zip(*users.values()) for user in group]
        for n in range(self.options.mails * len(WAYS) * len(self.builds)):
            user = order[n % len(order)]
            begin = time.monotonic()
            sent.append((user, time.time_ns()))
            self.server.deliver(user)
            time.sleep(max(0, self.options.gap - time.monotonic() + begin))
        time.sleep(SETTLE)
        return sent

    # Memory and start-up.

    def memory(self):
        self.begin()
        rows, private = [], {}
        self._start_once(max(self.options.accounts))
        for count in self.options.accounts:
            users = [f"many{n}" for n in range(count)]
            took = {b: [] for b in self.builds}
            for turn in range(self.options.turns):
                for build in self.builds:
                    box = build.box(users)
                    took[build].append(start(box, users))
                    if turn == 0:
                        private[build, count] = self._memory(box, users[0])
                    stop(box)
            word = "account" if count == 1 else "accounts"
            rows += self._memory_rows(f"{count} {word}", [
                private[b, count] for b in self.builds])
            rows.append((f"{count} {word}: start to all watched, s", [
                statistics.median(took[b]) for b in self.builds]))
        counts = self.options.accounts
        if len(counts) > 1:
            few, many = counts[-2:]
            rows.append(("one more session: private, MB", [
                _slope(private[b, few], private[b, many], many - few)
                for b in self.builds]))
        rows.append(("one session: private and dirty, MB", [
            private[b, counts[-1]][-1] for b in self.builds]))
        return ("Memory and start-up, IDLE over TLS", rows,
                f"All processes together; \"quiet\" is before the first mail, "
                f"without a courier. What is private but clean depends on who "
                f"else maps the same libraries; only root may look (\"-\"). "
                f"Start-up: median of {self.options.turns}.")

    def _start_once(self, count):
        """The very first login creates the user's mailboxes."""
        users = [f"many{n}" for n in range(count)]
        box = self.builds[0].box(users)
        start(box, users)
        stop(box)

    def _memory(self, box, user):
        """MB: PSS and private, quiet and with the courier running; and the
        private and dirty part of a session."""
        time.sleep(SETTLE)
        quiet = Usage(box)
        now = time.time_ns()
        self.server.deliver(user)
        self.wires.wait_put(user, after=now)
        time.sleep(1)
        busy = Usage(box)
        return [None if kib is None else kib / 1024 for kib in
                (quiet.pss, quiet.private, busy.pss, busy.private,
                 quiet.session_dirty)]

    @staticmethod
    def _memory_rows(title, found):
        words = ("PSS, quiet", "private, quiet", "PSS, with courier",
                 "private, with courier")
        return [(f"{title}: {word}, MB", [f[n] for f in found])
                for n, word in enumerate(words)]

    # Many mails at once.

    def burst(self):
        self.begin()
        rows = []
        for way in WAYS:
            found = [self._burst(build, way) for build in self.builds]
            for n, words in enumerate(("delivered in, s", "PUTs",
                                       "last PUT after the last mail, s",
                                       "CPU, ms")):
                rows.append((f"{way}: {words}", [f[n] for f in found]))
        return (f"{self.options.burst} mails at once", rows,
                "Into one mailbox, over one LMTP connection; min_interval "
                "is 1 s, as by default.")

    def _burst(self, build, way):
        user = f"{build.letter}-burst-{way}"
        box = build.box([user], way=way, min_interval=1)
        start(box, [user])
        time.sleep(SETTLE)
        before = Usage(box)
        begin = time.time()
        stored = self.server.deliver(user, count=self.options.burst)
        self.wires.wait_put(user)
        puts = self.wires.wait_quiet(user, QUIET)
        after = Usage(box)
        stop(box)
        return (stored - begin, len(puts), puts[-1].time / 1e9 - stored,
                after.cpu_ms - before.cpu_ms)

    # Nothing.

    def idle(self):
        self.begin(still_here=None)
        boxes, users = {}, {}
        for build in self.builds:
            users[build] = [f"{build.letter}-quiet{n}" for n in range(10)]
            way = {user: WAYS[n % 2] for n, user in enumerate(users[build])}
            boxes[build] = build.box(way, relayed=True, way=way)
            start(boxes[build], way)
        time.sleep(2 * SETTLE)
        before = {b: Usage(boxes[b]) for b in self.builds}
        since = time.time_ns()
        time.sleep(self.options.idle)
        after = {b: Usage(boxes[b]) for b in self.builds}
        events = [e for e in self.wires.events()
                  if isinstance(e, Bytes) and e.time > since]
        rows = [("context switches", [after[b].switches - before[b].switches
                                      for b in self.builds]),
                ("CPU, ms", [after[b].cpu_ms - before[b].cpu_ms
                             for b in self.builds])]
        for words, way in (("bytes to the server", False),
                           ("bytes from the server", True)):
            rows.append((words, [sum(
                e.count for e in events if e.to_daemon == way
                and e.account in users[b]) for b in self.builds]))
        rows.append(("processes that came or went", [
            len(set(after[b].pids) ^ set(before[b].pids))
            for b in self.builds]))
        return (f"{self.options.idle} quiet seconds, 10 accounts", rows,
                "Half of them NOTIFY, half IDLE. Dovecot says \"Still here\" "
                "every two minutes.")


def _delays(sent, events):
    """Milliseconds, for each mail that led to a PUT: from the first bytes of
    the server after it was handed in."""
    found = []
    for n, (user, begin) in enumerate(sent):
        end = next((t for u, t in sent[n + 1:] if u == user), float("inf"))
        mine = [e for e in events if begin < e.time < end]
        told = next((e.time for e in mine if isinstance(e, Bytes)
                     and e.account == user and e.to_daemon), None)
        put = next((e.time for e in mine if isinstance(e, Put)
                    and e.name == user), None)
        if told and put:
            found.append((put - told) / 1e6)
    return found


def _quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _slope(few, many, accounts):
    return None if few[1] is None else (many[1] - few[1]) / accounts


# --- the report ---

def show(title, rows, note, load, compared):
    print(f"\n## {title}\n")
    print("| | A | B | B / A |" if compared else "| | |")
    print("|---|---|---|---|" if compared else "|---|---|")
    for words, values in rows:
        cells = [_figure(v) for v in values]
        if compared:
            cells.append(_ratio(*values))
        print(f"| {words} | {' | '.join(cells)} |")
    print(f"\n{note} Load {load} before, {_load()} after.", flush=True)


def _figure(value):
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def _ratio(a, b):
    return f"{b / a:.2f}" if a and b is not None else "-"


def _load():
    return f"{os.getloadavg()[0]:.2f}"


def _numbers(text):
    return sorted(int(word) for word in text.split(","))


def parse(arguments):
    parser = argparse.ArgumentParser(
        description="see the top of this file",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help="of " + ", ".join(PARTS))
    parser.add_argument("--compare", metavar="PROGRAM",
                        help="a second build; its courier is found beside it")
    parser.add_argument("--mails", type=int, default=100,
                        help="single mails for each way")
    parser.add_argument("--gap", type=float, default=0.3,
                        help="seconds between two of them")
    parser.add_argument("--accounts", type=_numbers, default="1,10,100",
                        help="for memory and start-up; at most 100 or so: "
                        "the kernel's inotify limits Dovecot")
    parser.add_argument("--turns", type=int, default=3,
                        help="of start-up")
    parser.add_argument("--burst", type=int, default=1000, help="mails")
    parser.add_argument("--idle", type=int, default=60, help="seconds")
    options = parser.parse_args(arguments)
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


def main(arguments):
    options = parse(arguments)
    for program in filter(None, (PROGRAM, options.compare)):
        if not os.access(program, os.X_OK):
            print(f"{program} is not there: run 'make' first")
            return 1
    bench = Bench(options)
    print(f"# imappushd bench, {time.strftime('%Y-%m-%d %H:%M')}\n")
    for build in bench.builds:
        print(f"- {build.letter.upper()}: {build.program}")
    print(f"- Dovecot {dovecot.version_text()}, {os.cpu_count()} processors, "
          f"Linux {os.uname().release}", flush=True)
    try:
        for part in options.parts or PARTS:
            load = _load()
            show(*getattr(bench, part)(), load, options.compare)
    finally:
        bench.end()
        shutil.rmtree(bench.folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
