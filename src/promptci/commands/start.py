"""The `promptci` script: an interrupt ends it in good order from its first line on."""

import os
import signal

from promptci.interrupt import EXIT_CODE


def start() -> None:
    """Leave at once on an interrupt that comes before the command line listens, then run that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(EXIT_CODE))
    from promptci.commands.main import run as run_command_line

    run_command_line()
