"""The `promptci` script: an interrupt ends it in good order from its first line on."""

import gc
import os
import signal
import sys

from promptci.commands.width import columns
from promptci.version import __version__


def start() -> None:
    """Leave at once on an interrupt that comes before the command line listens, then run that."""
    if sys.argv[1:] == ["--version"]:
        _say(f"promptci, version {__version__}\n")
    if sys.argv[1:] in (["--help"], ["-h"]) and columns(otherwise=80) >= 80:
        from promptci.commands.helptext import HELP

        _say(HELP)
    from promptci.interrupt import EXIT_CODE

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(EXIT_CODE))
    # Nearly all objects are modules and results that live to the end: looking for cycles among
    # them would take a tenth of the time of a large run, and of a start.
    gc.set_threshold(100_000, 50, 50)
    from promptci.unchanged.question import asked_in, may_be_kept

    key = ""
    if may_be_kept(sys.argv[1:]):
        from promptci.unchanged.sayagain import say_again

        key = say_again(sys.argv[1:])
    from promptci.compiled import import_together

    modules = import_together("".join(asked_in(sys.argv[1:])[1][:1]))
    from promptci.commands.main import run as run_command_line

    run_command_line(key, modules)


def _say(text: str) -> None:
    """What the command line says, without it; where that cannot be written, it says so."""
    said = text.encode()
    try:
        if os.write(1, said) == len(said):
            os._exit(0)
    except OSError:
        return
