"""Somebody's own program, started under limits: the arguments are the seconds and its own."""

import os
import signal
import sys

from promptci.sandbox.child.call import FILE_SIZE, MEMORY
from promptci.sandbox.child.limits import limit

NOT_STARTED = 127
"""How this ends where there is no such program, as in a shell."""


def main() -> None:
    """Set limits, undo what Python does to signals, and become the program."""
    seconds, *argv = sys.argv[1:]
    limit(seconds=float(seconds), memory=MEMORY, file_size=FILE_SIZE)
    for name in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        os._exit(NOT_STARTED)
