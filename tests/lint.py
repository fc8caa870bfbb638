#!/usr/bin/python3
"""What the compiler does not say about the code.

Layering: a folder of src/ is a process, and processes do not know one
another's code; a foreign library has one home. Size: a function fits a screen,
a file can be read in one sitting. Each complaint names file and line.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FUNCTION_LINES = 60
FILE_LINES = 420

# Which folders of src/ a folder may include, besides itself.
MAY_INCLUDE = {
    "base": set(),
    "config": {"base"},
    "session": {"base", "config"},
    "core": {"base", "config"},
    "courier": {"base", "config"},
    "credential": {"base", "config"},
    "discover": {"base", "config"},
    "qr": {"base"},
    "cli": {"base", "config", "core"},
    ".": {"base", "config", "cli", "core", "session"},
}

# Where a library may be included.
HOMES = {
    "gnutls/": {"session/tls.c", "session/anchors.h", "session/anchors.c",
                "session/sasl.c", "base/digest.c",
                "credential/random.c"},
    "libetpan/": {"session/response.c", "session/fetch.c"},
    "sqlite3.h": {"core/ledger.c", "core/database.h", "core/database.c"},
    "libconfig.h": {"config/"},
    "curl/": {"courier/", "discover/", "credential/web.c"},
    "expat.h": {"discover/autoconfig.c"},
    "idn2.h": {"discover/mailaddress.c"},
    "resolv.h": {"discover/nameserver.c"},
    "arpa/nameser.h": {"discover/nameserver.c", "discover/stage.c"},
    "libsecret/": {"credential/service.c"},
    "gio/": {"credential/"},
    "glib": {"credential/"},
    "seccomp.h": {"base/sandbox.c"},
    "nettle/": {"courier/base64url.c", "courier/curve.h", "courier/curve.c",
                "courier/pairing.c", "courier/seal.c", "courier/vapid.c",
                "courier/webpush.c"},
    "gmp.h": {"courier/curve.c"},
    "qrencode.h": {"qr/main.c"},
    "cjson/": {"courier/payload.c", "courier/subscription.c",
               "courier/probe.c", "courier/vapid.c", "cli/answer.c",
               "credential/document.c"},
}

# What is no text.
PICTURES = {".png"}

# What Debian takes to be there wherever a package is built.
BUILD_ESSENTIAL = {"gcc", "make", "libc6-dev"}

# What editors and merges leave lying.
LEFTOVERS = {".orig", ".rej", ".bak", ".swp"}


class Lint:
    def __init__(self):
        self.complaints = 0

    def complain(self, path, line, words):
        self.complaints += 1
        print(f"{path.relative_to(ROOT)}:{line}: {words}")

    def include(self, path, line, name):
        """One #include of a file in src/."""
        source = path.relative_to(ROOT / "src")
        folder = str(source.parent)
        target = name.split("/")[0]
        if "/" in name and target in MAY_INCLUDE and target != folder \
                and target not in MAY_INCLUDE[folder]:
            self.complain(path, line, f"{folder}/ must not know {target}/")
        for library, homes in HOMES.items():
            if name.startswith(library) and not any(
                    str(source).startswith(home) for home in homes):
                self.complain(path, line, f"<{name}> has its home elsewhere: "
                              + ", ".join(sorted(homes)))

    def functions(self, path, lines):
        """Lengths, by the braces in the first column that the format keeps."""
        start = None
        for number, line in enumerate(lines, 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start - 1 > FUNCTION_LINES:
                    self.complain(path, start, "this function has "
                                  f"{number - start - 1} lines, more than "
                                  f"{FUNCTION_LINES}")
                start = None

    def code(self, path, in_source):
        lines = path.read_text().split("\n")
        if in_source and len(lines) - 1 > FILE_LINES:
            self.complain(path, 1, f"{len(lines) - 1} lines, more than "
                          f"{FILE_LINES}")
        self.functions(path, lines)
        for number, line in enumerate(lines, 1):
            found = re.match(r'#include ["<]([^">]+)[">]', line)
            if found and in_source:
                self.include(path, number, found.group(1))

    def text(self, path):
        """Every file that people edit."""
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            self.complain(path, data.count(b"\n") + 1, "no newline at the end")
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.endswith((b" ", b"\t")) and path.suffix != ".md":
                self.complain(path, number, "blanks at the end of the line")


    def named_tests(self, path):
        """The tests that a table in docs/ names."""
        for number, line in enumerate(path.read_text().split("\n"), 1):
            for file, test in re.findall(
                    r"`(test_\w+\.\w+)(?:::(\w+))?`", line):
                folder = "unit" if file.endswith(".c") else "e2e"
                found = ROOT / "tests" / folder / file
                if not found.exists() or test and \
                        f"def {test}(" not in found.read_text():
                    self.complain(path, number, f"no test {file} {test}")

    def package(self):
        """What the Debian package says and another file says as well."""
        folder = ROOT / "packaging" / "debian"
        control = folder / "control"
        field = re.search(r"^Build-Depends:(.*(?:\n[ \t].*)*)",
                          control.read_text(), re.MULTILINE).group(1)
        named = {words.split()[0] for words in field.split(",")
                 if "nocheck" not in words and "debhelper" not in words}
        deps = (ROOT / "packaging" / "deps.sh").read_text()
        needed = set(re.search(r'^build_packages="([^"]*)"', deps,
                               re.MULTILINE).group(1).split())
        for name in sorted(named ^ (needed - BUILD_ESSENTIAL)):
            self.complain(control, 1, f"{name} is in one of Build-Depends and "
                          "build_packages of packaging/deps.sh only")
        changelog = folder / "changelog"
        packaged = re.match(r"imappushd \((.*)-[^-]*\)",
                            changelog.read_text()).group(1)
        version = re.search(r"^VERSION = (.*)$", (ROOT / "Makefile")
                            .read_text(), re.MULTILINE).group(1)
        if packaged != version:
            self.complain(changelog, 1, f"version {packaged}, and {version} "
                          "in the Makefile")


def main():
    lint = Lint()
    for path in sorted((ROOT / "src").rglob("*.[ch]")):
        lint.code(path, True)
    for path in sorted((ROOT / "tests" / "unit").glob("*.[ch]")):
        lint.code(path, False)
    lint.named_tests(ROOT / "docs" / "troubles.md")
    lint.package()
    for folder in ("src", "tests", "man", "config", "packaging", "docs"):
        for path in sorted((ROOT / folder).rglob("*")):
            hidden = any(part.startswith((".", "__")) for part in
                         path.relative_to(ROOT).parts)
            if path.suffix in LEFTOVERS or path.name.endswith("~"):
                lint.complain(path, 1, "a leftover that nothing needs")
            if path.is_file() and not hidden and path.suffix not in PICTURES:
                lint.text(path)
    print(f"lint: {lint.complaints} complaints" if lint.complaints
          else "lint: nothing to complain of")
    return 1 if lint.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
