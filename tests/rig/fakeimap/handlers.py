"""What a test puts in front of a step: the usual handlers."""

import time

from ..listener import reset as reset_socket

DEFAULT = object()  # a handler's answer: go on as usual


class Gone(Exception):
    """The connection is over."""


class Bad(Exception):
    """The command is answered with BAD."""


def hang(connection, command=None):
    """Says nothing any more, until the client goes."""
    connection.hang()


def drop(connection, command=None):
    """Ends the connection."""
    raise Gone


def reset(connection, command=None):
    """Ends the connection with a reset."""
    reset_socket(connection.sock)
    raise Gone


def say(*lines):
    """These lines instead of the usual; {tag} is the command's tag."""
    def handler(connection, command=None):
        connection.say(*lines, command=command)
    return handler


def before(*lines):
    """These lines, and then the usual."""
    def handler(connection, command=None):
        connection.say(*lines, command=command)
        return DEFAULT
    return handler


def reply(text):
    """This tagged response instead of the usual: reply("NO not now")."""
    return say("{tag} " + text)


def wait(seconds):
    """Waits, and then the usual."""
    def handler(connection, command=None):
        time.sleep(seconds)
        return DEFAULT
    return handler


def chain(*handlers):
    """One after the other; the last one's word counts."""
    def handler(connection, command=None):
        result = None
        for each in handlers:
            result = each(connection, command)
        return result
    return handler
