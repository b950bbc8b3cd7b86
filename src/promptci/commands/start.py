"""The `promptci` script: an interrupt ends it in good order from its first line on."""

import os
import signal
import sys

from promptci.version import __version__


def start() -> None:
    """Leave at once on an interrupt that comes before the command line listens, then run that."""
    if sys.argv[1:] == ["--version"]:
        _say_version()
    from promptci.interrupt import EXIT_CODE

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(EXIT_CODE))
    from promptci.commands.main import run as run_command_line

    run_command_line()


def _say_version() -> None:
    """What the command line says, without it; where that cannot be written, it says so."""
    said = f"promptci, version {__version__}\n".encode()
    try:
        if os.write(1, said) == len(said):
            os._exit(0)
    except OSError:
        return
