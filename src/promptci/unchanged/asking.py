"""Git asked again, without what Python needs for children: that takes longer than git does."""

import hashlib
import os
from collections.abc import Sequence
from typing import TypeAlias

from promptci.gitcommand import COMMAND, git_environment

Asked: TypeAlias = tuple[str, Sequence[str], str]
"""A folder, a command line that begins with `git`, and the digest of what was answered there."""


def answer_digest(status: int, said: bytes) -> str:
    """The digest of an exit code and of what was printed."""
    return hashlib.sha256(b"%d " % status + said).hexdigest()


def is_answered_alike(asked: Asked) -> bool:
    """Whether git says the same now. Raises `OSError` where it cannot start."""
    folder, command, before = asked
    return answer_digest(*_ask(folder, command)) == before


def ask(folder: str, *arguments: str) -> bytes:
    """What git prints in a folder.

    Raises `OSError` where it cannot start, and `ValueError` where it fails.
    """
    status, said = _ask(folder, (*COMMAND, *arguments))
    if status:
        raise ValueError(arguments)
    return said


def _ask(folder: str, command: Sequence[str]) -> tuple[int, bytes]:
    ours, theirs = os.pipe()
    quiet = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, theirs, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    )
    whole = (command[0], "-C", folder, *command[1:])
    try:
        child = os.posix_spawnp(command[0], whole, git_environment(), file_actions=quiet)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    with open(ours, "rb") as file:
        said = file.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said
