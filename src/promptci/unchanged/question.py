"""What a command was asked, where, on which screen, and of which program: a key for its answer."""

import hashlib
import os
import sys
import time
from collections.abc import Iterator, Sequence

from promptci.program import SOURCE, program_digest
from promptci.version import __version__

COMMANDS = frozenset(("diff", "lint", "log", "run", "why"))
"""Commands whose answers follow from files, stored answers and git alone, once nothing is asked.

`check` and `compare` would be, too; what a change is let in by is found out each time.
"""

_PASSING = frozenset((b"_", b"OLDPWD", b"PWD", b"SHLVL"))
"""Variables that differ from one shell to the next and make no difference."""

_BY_TIME = ("@{", "--since")
"""What means other commits a minute later: `main@{an hour ago}`, `--since 2026-01-31`.

Of a day without its time git takes the time that it is now.
"""

_OWN = b"GIT_"
_HARMLESS = tuple(
    b"GIT_" + name
    for name in b"ASKPASS AUTHOR_ COMMITTER_ EDITOR HTTP_ PAGER PROXY_ SSH SSL_ TERMINAL_".split()
)
"""Variables of git that make none; with others it may look at another repository or index."""


def asked_in(arguments: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The folder that a command line works in, and the command with its own arguments."""
    if _is_elsewhere(arguments):
        return os.path.join(os.getcwd(), arguments[1]), arguments[2:]
    return os.getcwd(), arguments


def _is_elsewhere(arguments: Sequence[str]) -> bool:
    return len(arguments) > 1 and arguments[0] == "-C"


def may_be_kept(arguments: Sequence[str]) -> bool:
    """Whether what a command says may be said again."""
    command = arguments[2:] if _is_elsewhere(arguments) else arguments
    return bool(command) and command[0] in COMMANDS


def question(arguments: Sequence[str]) -> str:
    """The key of what a command line asks, 64 hex digits; empty where it cannot be answered again.

    Hours are part of it, since some prices and all retirements go by them. Raises `OSError` where
    a standard stream is closed, or this folder is gone.
    """
    folder, command = asked_in(arguments)
    environ = {name: value for name, value in os.environb.items() if name not in _PASSING}
    git = (name for name in environ if name.startswith(_OWN))
    is_lasting = not any(part in each for each in command for part in _BY_TIME)
    if not is_lasting or not may_be_kept(arguments):
        return ""
    if not all(name.startswith(_HARMLESS) for name in git):
        return ""
    sha = hashlib.sha256()
    where = os.path.realpath(folder)  # a link may lead elsewhere by now
    for part in (*_surroundings(), where, *arguments, "", *map(repr, sorted(environ.items()))):
        sha.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return sha.hexdigest()


def _surroundings() -> Iterator[str]:
    yield from (__version__, program_digest(SOURCE), sys.version, os.getcwd())
    yield from (str(os.geteuid()), _hour())
    yield from map(_screen, range(3))
    yield from map(_library, sys.path)


def _hour() -> str:
    """What was kept in one hour is not said in the next: some of it may be dated."""
    return time.strftime("%Y-%m-%dT%H", time.gmtime())


def _screen(number: int) -> str:
    """What a standard stream is: a terminal of a size, or none. Raises `OSError` if closed."""
    os.fstat(number)
    return str(os.get_terminal_size(number)) if os.isatty(number) else "none"


def _library(folder: str) -> str:
    """A folder of modules; installing one into it or taking one out changes its time."""
    try:
        found = os.stat(folder)
    except OSError:
        return folder
    return f"{folder} {found.st_ino} {found.st_mtime_ns}"
