"""The standard streams of a command: as they are found, and how it leaves them."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from promptci.errors import PromptCIError


def open_standard_streams() -> None:
    """What is written to a closed one is lost, but no file that is opened may take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r+" if number else "r", closefd=False))  # noqa: SIM115


def leave_at_once(code: int) -> NoReturn:
    """Leave without taking the interpreter down: all is closed, and only time would be lost.

    That is a quarter of a second after a large run, and longer where a thread of the embedded
    model is deep in a prompt.
    """
    try:
        sys.stdout.flush()
    except OSError:  # the reader is gone, or the disk is full: the verdict was not seen
        code = code or PromptCIError.exit_code
    with suppress(OSError):  # whoever closed stderr does not want what is said there
        sys.stderr.flush()
    os._exit(code)


def hang_up() -> int:
    """The reader of our output is gone: nothing more to say, and no verdict was seen."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PromptCIError.exit_code
