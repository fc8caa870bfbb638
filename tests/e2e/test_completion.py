"""Completion of the command line in bash, zsh and fish: by the shells themselves, and held
against what the program takes."""

import os
import pathlib
import re
import shlex
import subprocess

import pytest

from rig import command_line, servers
from rig.daemon import binary

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "completions"
BASH, ZSH, FISH = (FOLDER / name for name in (
    "imappushd.bash", "_imappushd", "imappushd.fish"))


@pytest.fixture
def box(daemon):
    """Two accounts and an endpoint."""
    for name in ("work", "me@home"):
        daemon.write(f"accounts.d/{name}.conf", host="imap.test", user="u")
    daemon.endpoint("phone", "https://push.test/x")
    daemon.endpoint("old", "https://push.test/y")
    (daemon.config / "other").mkdir()
    daemon.write("other/imappushd.conf", 'accounts = ( { name = "elsewhere"; '
                 'host = "imap.test"; user = "u"; } );')
    return daemon


class Bash:
    def __init__(self, daemon, tree):
        self.daemon = daemon

    def offers(self, line):
        """What bash would offer for the last word of the line."""
        script = r"""
            source "$1"; shift
            COMP_LINE=$1; shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_POINT=${#COMP_LINE}
            compopt() { :; }
            _imappushd
            printf '%s\n' "${COMPREPLY[@]}"
        """
        words = re.findall(r"=|[^\s=]+", line)
        if not line or line[-1] in " =":
            words.append("")
        done = subprocess.run(
            ["bash", "-c", script, "bash", BASH, line, self.daemon.binary, *words[1:]],
            capture_output=True, text=True, env=self.daemon.environment(), timeout=20)
        assert done.returncode == 0 and not done.stderr, done
        return set(done.stdout.split())


class Fish:
    def __init__(self, daemon, tree):
        self.daemon, self.fish = daemon, tree / "usr/bin/fish"

    def offers(self, line):
        directory = self.daemon.binary.parent
        (self.daemon.folder / "bin").mkdir(exist_ok=True)
        link = self.daemon.folder / "bin" / "imappushd"
        if not link.exists():
            link.symlink_to(self.daemon.binary)
        environment = self.daemon.environment(
            PATH=f"{link.parent}:{directory}:{os.environ['PATH']}")
        done = subprocess.run(
            [self.fish, "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]',
             str(FISH), line], capture_output=True, text=True, env=environment, timeout=20)
        assert done.returncode == 0 and not done.stderr, done
        words = {each.split("\t")[0] for each in done.stdout.splitlines()}
        # "--store=file" as a whole
        return {word.split("=", 1)[1] if "=" in word and "=" in line.split()[-1]
                else word for word in words}


class Zsh:
    """The function that completes, and in the place of zsh's own functions some that say
    what it asks of them: _arguments with its specifications."""

    SCRIPT = r"""
        function _arguments {
            local spec
            for spec; do
                [[ $spec == *:*\{*\} ]] && eval ${${spec##*\{}%\}}
                [[ $spec == *:_imappushd_any_name ]] && _imappushd_any_name
                print -r -- $spec
            done
        }
        function _describe { print -r -- "$2: ${(@P)4}" }
        function _call_program { shift; "$@" }
        file=$1; shift
        words=("$@") CURRENT=$#
        source $file
    """

    def __init__(self, daemon, tree):
        self.daemon = daemon
        self.zsh, = [path for path in (tree / "usr/bin/zsh", tree / "bin/zsh")
                     if path.exists()][:1]

    def _asks(self, words):
        done = subprocess.run([self.zsh, "-f", "-c", self.SCRIPT, "zsh", ZSH,
                               self.daemon.binary, *words[1:]], capture_output=True,
                              text=True, env=self.daemon.environment(), timeout=20)
        assert done.returncode == 0 and not done.stderr, done
        return done.stdout.splitlines()

    def offers(self, line):
        words = line.split() + ([""] if line.endswith(" ") else [])
        asks, word, value_of = self._asks(words), words[-1], words[-2]
        if "=" in word:
            value_of, word = word.split("=")
        specs = {match[1]: match[0] for match in (
            re.match(r"(?:\*|\([^)]*\))?(-[\w-]+)=?\[.*", ask) for ask in asks) if match}
        if word.startswith("-"):
            return set(specs)
        takes_value = re.search(r"\]:.*?:(?:\((.*)\)|\{_imappushd_names (\w+)\})$",
                                specs.get(value_of, ""))
        if takes_value and takes_value[1]:
            offered = takes_value[1].split()
        else:
            kinds = [takes_value[2]] if takes_value else re.findall(
                r"^1:.*_names (\w+)\}$|^1:.*:(_imappushd_any_name)$", "\n".join(asks), re.M)
            kinds = {kind for each in kinds for kind in
                     ([each] if isinstance(each, str) else each)}
            offered = [name for ask in asks if re.match("accounts: |endpoints: ", ask)
                       and ("_imappushd_any_name" in kinds or ask.split(":")[0] in kinds)
                       for name in ask.split()[1:]]
        return {name for name in offered if name.startswith(word)}


@pytest.fixture(params=[Bash, Zsh, Fish], ids=["bash", "zsh", "fish"])
def shell(request, box):
    return request.param(box, servers.tree("shells"))


def without_equals(words):
    return {word.rstrip("=") for word in words}


# ---- what the shells offer ----

def test_actions(shell):
    offered = without_equals(shell.offers("imappushd --"))
    wanted = {"--" + name for name in [*command_line.actions(), "help", "version"]}
    assert wanted <= offered
    assert not offered & {"--yes", "--store", "--url-stdin"}


@pytest.mark.parametrize("action", command_line.actions())
def test_options_of_an_action(shell, action):
    """Those that it takes, and no other."""
    wanted = command_line.taken(binary())[action] | command_line.COMMON
    offered = without_equals(shell.offers(f"imappushd --{action} --"))
    known = {"--" + name for name in command_line.options()}
    assert offered & known == {"--" + name for name in wanted}
    assert not offered & {"--" + name for name in command_line.actions()}


@pytest.mark.parametrize("line, wanted", [
    ("--test-account ", {"work", "me@home"}),
    ("--test-account w", {"work"}),
    ("--status ", {"work", "me@home", "phone", "old"}),
    ("--test-push ", {"phone", "old"}),
    ("--rotate-endpoint --dry-run p", {"phone"}),
    ("--follow ", set()),
])
def test_names_of_the_configuration(shell, line, wanted):
    names = {"work", "me@home", "phone", "old", "elsewhere"}
    offered = shell.offers("imappushd " + line)
    assert offered & names == wanted


def test_names_of_another_configuration(shell, box):
    path = box.config / "other" / "imappushd.conf"
    offered = shell.offers(f"imappushd -c {path} --set-password --store=file ")
    assert offered & {"work", "elsewhere"} == {"elsewhere"}


@pytest.mark.parametrize("line, wanted", [
    ("--set-password work --store=", {"keyring", "file"}),
    ("--add-endpoint x --kind=", {"put", "ntfy", "webpush"}),
    ("--add-endpoint x --kind ", {"put", "ntfy", "webpush"}),
    ("--add-endpoint x --method ", {"PUT", "POST"}),
    ("--add-endpoint x --account ", {"work", "me@home"}),
    ("--status --color ", {"auto", "always", "never"}),
])
def test_values_of_an_option(shell, line, wanted):
    assert wanted <= shell.offers("imappushd " + line)


def test_shell_reads_it(box):
    """Each without a word of complaint."""
    tree = servers.tree("shells")
    zsh = [path for path in (tree / "usr/bin/zsh", tree / "bin/zsh") if path.exists()][0]
    for words in (["bash", "-n", BASH], [zsh, "-f", "-n", ZSH],
                  [tree / "usr/bin/fish", "--no-config", "--no-execute", FISH]):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              env=box.environment())
        assert done.returncode == 0 and not done.stdout + done.stderr, shlex.join(
            map(str, words)) + done.stderr
