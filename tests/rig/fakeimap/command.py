"""What a client sends: a command, taken apart."""

import re
import time

from .handlers import Bad

STEPS = {"LOGIN": "login", "AUTHENTICATE": "login", "SELECT": "examine",
         "EXAMINE": "examine", "FETCH": "fetch", "UID FETCH": "fetch",
         "SEARCH": "search", "UID SEARCH": "search"}
ASTRING = (rb'(?:"(?:[^"\\\r\n]|\\["\\])*"|\{\d+\+?\}\r\n.*'
           rb'|[^][(){ %*"\\\x00-\x1f\x7f]+)')
CHANGING = {"SELECT", "APPEND", "CREATE", "DELETE", "RENAME", "SUBSCRIBE",
            "UNSUBSCRIBE", "STORE", "UID STORE", "COPY", "UID COPY", "MOVE",
            "UID MOVE", "EXPUNGE", "UID EXPUNGE"}


def parse(raw):
    """Arguments as strings; parentheses become lists. Literals, too."""
    stack, position = [[]], 0
    while position < len(raw):
        byte = raw[position:position + 1]
        if byte in b" \r\n":
            position += 1
        elif byte == b"(":
            stack.append([])
            position += 1
        elif byte == b")":
            if len(stack) == 1:
                raise Bad("unbalanced parentheses")
            done = stack.pop()
            stack[-1].append(done)
            position += 1
        else:
            token, position = _token(raw, position)
            stack[-1].append(token.decode("utf-8", "surrogateescape"))
    if len(stack) != 1:
        raise Bad("unbalanced parentheses")
    return stack[0]


def _token(raw, position):
    quoted = re.compile(rb'"((?:[^"\\]|\\.)*)"').match(raw, position)
    if quoted:
        return re.sub(rb"\\(.)", rb"\1", quoted.group(1)), quoted.end()
    literal = re.compile(rb"\{(\d+)\+?\}\r\n").match(raw, position)
    if literal:
        end = literal.end() + int(literal.group(1))
        return raw[literal.end():end], end
    atom = re.compile(rb"(?:\[[^]]*\](?:<[^>]*>)?|[^ ()\r\n])+").match(
        raw, position)
    if not atom:
        raise Bad("syntax")
    return atom.group(0), atom.end()


class Command:
    def __init__(self, raw):
        self.time = time.monotonic()
        self.raw = raw  # without the last CRLF, with literals in place
        words = raw.split(b" ", 2)
        self.tag = words[0].decode("latin-1")
        self.name = words[1].decode("latin-1").upper() if words[1:] else ""
        rest = words[2] if words[2:] else b""
        if self.name == "UID":
            words = rest.split(b" ", 1)
            self.name += " " + words[0].decode("latin-1").upper()
            rest = words[1] if words[1:] else b""
        self.rest = rest
        self.step = STEPS.get(self.name, self.name.lower())

    @property
    def arguments(self):
        return parse(self.rest)
