"""Each exit status of the manual has a test that sees it: this table says which, and is
held against the manual and against those tests."""

import ast
import pathlib
import re
import subprocess

import pytest

from rig.fakeimap import say

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The file, and the test in it that has the number in its text.
TESTS = {
    0: ("test_process", "test_signal_ends_it"),
    1: ("test_status", "test_trouble_is_over"),
    64: ("test_set_password", "test_script_has_to_bring_the_password"),
    65: ("test_exit_status", "test_server_sends_what_no_server_may_send"),
    66: ("test_set_password", "test_account_is_misspelt"),
    68: ("test_probe", "test_what_fails"),
    69: ("test_control", "test_no_daemon_runs"),
    70: ("test_exit_status", "test_installation_is_not_complete"),
    71: ("test_exit_status", "test_system_gives_no_descriptors"),
    73: ("test_endpoints", "test_disk_is_full"),
    75: ("test_process", "test_second_instance"),
    76: ("test_probe", "test_what_fails"),
    77: ("test_probe", "test_for_people"),
    78: ("test_config", "test_all_mistakes_are_reported"),
}


def described():
    """The statuses that the manual has."""
    text = (ROOT / "man" / "imappushd.1").read_text()
    section, = re.findall(r"^\.Sh EXIT STATUS\n(.*?)^\.Sh ", text, re.S | re.M)
    return [int(number) for number in re.findall(r"^\.It (\d+)$", section, re.M)]


def source(file, test):
    """The text of a test, with its decorators; None where there is no such test."""
    text = (ROOT / "tests" / "e2e" / (file + ".py")).read_text()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == test:
            first = min([node.lineno] + [d.lineno for d in node.decorator_list])
            return "\n".join(text.split("\n")[first - 1:node.end_lineno])
    return None


def test_every_status_of_the_manual_has_a_test():
    assert described() == sorted(TESTS)
    for status, (file, test) in TESTS.items():
        text = source(file, test)
        assert text is not None, "there is no test %s in %s" % (test, file)
        assert re.search(r"\b%d\b" % status, text), (status, file, test)


@pytest.mark.parametrize("status", [2, 3, 70, 255])
def test_status_of_nobody(status):
    """As a control: a number that is not in a test's text is not found there."""
    file, test = TESTS[66]
    assert not re.search(r"\b%d\b" % status, source(file, test))
    assert source(file, "test_that_nobody_wrote") is None


def test_server_sends_what_no_server_may_send(rig, daemon, certs):
    """Something in the clear behind the end of STARTTLS, which is not to be believed
    (CVE-2011-0411)."""
    imap = rig.imap(tls=(certs.cert("good"), certs.key("good")), starttls=True)
    imap.on("starttls", say("{tag} OK begin", "* CAPABILITY IMAP4rev1 AUTH=PLAIN"))
    daemon.account("work", imap, tls="starttls", ca_file=str(certs.ca_file))
    done = daemon.run("--test-account", "work")
    assert done.returncode == 65, done.stdout + done.stderr


def test_installation_is_not_complete(rig, daemon):
    """bin/ alone was copied."""
    alone = rig.folder / "alone" / "bin"
    alone.mkdir(parents=True)
    program = alone / "imappushd"
    program.write_bytes(daemon.binary.read_bytes())
    program.chmod(0o755)
    done = subprocess.run([program, "--discover", "alice@gmail.com"], text=True,
                          capture_output=True, env=daemon.environment(), timeout=30)
    assert done.returncode == 70, done
    assert "discover" in done.stderr


def test_system_gives_no_descriptors(daemon):
    """No more than the three that it has."""
    done = subprocess.run(["prlimit", "--nofile=5", daemon.binary], text=True,
                          capture_output=True, env=daemon.environment(), timeout=30)
    assert done.returncode == 71, done
    assert done.stderr
