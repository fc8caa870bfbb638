#!/usr/bin/python3
"""Runs the tests: the unit tests' programs, then the end-to-end tests.

    tests/run.py [--build DIR] [--only WORD]... [--file NAME]... [--unit] [--e2e]

The end-to-end tests are whole files at a time, as many at once as there are
processors: they wait more than they work, and each has ports and folders of
its own. What a file says is shown when it fails. The last line counts.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What one file may take before something must be wrong.
FILE_SECONDS = 600
# Files that run only if they are named: what they need, make check does not bring.
NAMED_ONLY = {"test_phone", "test_phone_page", "test_phone_chromium", "test_phone_pair",
              "test_webpush_npm", "test_oauth_npm"}


class Count:
    """How many tests did what."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed=0, failed=0, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def __str__(self):
        return (f"{self.passed} passed, {self.failed} failed, "
                f"{self.skipped} skipped")


def run(command, environment):
    """Exit status and output; a hang is a failure."""
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, text=True,
                              stdin=subprocess.DEVNULL, errors="replace",
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=FILE_SECONDS)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        text = late.stdout or b""
        return -1, text.decode(errors="replace") + "\n(did not end in time)\n"


def number(pattern, text):
    """The sum of what the pattern's group finds."""
    return sum(int(found) for found in re.findall(pattern, text))


def judge_unit(status, text):
    """cmocka's "[  PASSED  ] 3 test(s)."."""
    passed = number(r"\[  PASSED  \] (\d+) test", text)
    failed = number(r"\[  FAILED  \] (\d+) test", text)
    skipped = number(r"\[  SKIPPED \] (\d+) test", text)
    if status != 0 and not failed:
        failed = 1  # it crashed, or a sanitizer ended it
    if passed + failed + skipped == 0:
        failed = 1  # a file of tests that tests nothing
    return dict(passed=passed, failed=failed, skipped=skipped)


def judge_pytest(status, text):
    """pytest's "3 passed, 1 failed, 2 skipped in 1.20s"."""
    last = text.rstrip().rsplit("\n", 1)[-1]
    counts = dict(passed=number(r"(\d+) passed", last),
                  failed=number(r"(\d+) (?:failed|error)", last),
                  skipped=number(r"(\d+) skipped", last))
    if status not in (0, 5) and not counts["failed"]:
        counts["failed"] = 1
    return counts


def unit_tests(build, words, environment, count):
    for program in sorted((build / "tests").glob("test_*")):
        if words and not any(word in program.name for word in words):
            continue
        status, text = run([str(program)], environment)
        counts = judge_unit(status, text)
        count.add(**counts)
        if counts["failed"]:
            print(text)
            print(f"--- {program.name} failed ---", flush=True)


def one_file(path, environment, words):
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p",
               "no:cacheprovider", str(path)]
    if words:
        command += ["-k", " or ".join(words)]
    begun = time.monotonic()
    status, text = run(command, environment)
    return path, time.monotonic() - begun, text, judge_pytest(status, text)


def end_to_end_tests(names, words, environment, count):
    # Those that took longest go first, so that no one waits for the last.
    slow = ["test_real_servers", "test_network", "test_kill", "test_valgrind",
            "test_real_mailboxes", "test_real_moments", "test_real_dovecot"]
    files = sorted((path for path in
                    (ROOT / "tests" / "e2e").glob("test_*.py")
                    if (path.stem in names if names
                        else path.stem not in NAMED_ONLY)),
                   key=lambda path: (slow.index(path.stem)
                                     if path.stem in slow else len(slow),
                                     path.name))
    jobs = int(os.environ.get("JOBS", os.cpu_count() or 1))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(one_file, path, environment, words)
                for path in files]
        for done in concurrent.futures.as_completed(runs):
            path, seconds, text, counts = done.result()
            count.add(**counts)
            print(f"{path.name}: {counts['passed']} passed, "
                  f"{counts['failed']} failed, {seconds:.0f} s", flush=True)
            if counts["failed"]:
                print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=os.environ.get("BUILD", "build"))
    parser.add_argument("--only", action="append", default=[],
                        help="tests with this word in their names")
    parser.add_argument("--file", action="append", default=[],
                        help="end-to-end tests of this file only")
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("--e2e", action="store_true")
    options = parser.parse_args()
    build = ROOT / options.build
    environment = dict(os.environ,
                       IMAPPUSHD_BINARY=str(build / "bin" / "imappushd"))
    both = options.unit == options.e2e
    count = Count()
    if options.unit or both:
        unit_tests(build, options.only, environment, count)
    if options.e2e or both:
        end_to_end_tests(options.file, options.only, environment, count)
    print(f"check: {count}")
    return 1 if count.failed or count.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
