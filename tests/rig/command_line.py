"""What imappushd's command line has, by its own tables and by itself.

    actions()["status"]             "[NAME]"; "" where it takes no word
    options()["json"]               False: it has no value
    taken(program)["status"]        {"json"}: what it takes besides the common ones
"""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMON = {"quiet", "verbose", "color"}


@functools.lru_cache(1)
def actions():
    text = (ROOT / "src/cli/action.c").read_text()
    found = re.findall(r'^    \{"([a-z-]+)",\s+(?:NULL|"([^"]*)"),', text, re.M)
    assert len(found) > 10
    return dict(found)


@functools.lru_cache(1)
def options():
    text = (ROOT / "src/cli/command.c").read_text()
    found = re.findall(r'\[OPTION_\w+\] = \{"([a-z-]+)", (no|required)_argument\}', text)
    assert len(found) > 10
    return {name: argument == "required" for name, argument in found}


@functools.lru_cache(1)
def taken(program):
    """Asked of the program itself, which judges options before it does a thing: --color
    is wrong, so that it never comes to that."""
    return {action: {option for option in set(options()) - COMMON
                     if _takes(program, action, option)} for action in actions()}


def _takes(program, action, option):
    given = "--" + option + ("=x" if options()[option] else "")
    done = subprocess.run([program, "--" + action, given, "--color=x"], text=True,
                          capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 64, done
    if "has no use with" in done.stderr:
        return False
    assert "--color is" in done.stderr, done
    return True
