"""Which program this is, to the byte."""

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from operator import attrgetter

SOURCE = os.path.dirname(__file__)
"""The folder of this program."""


@cache
def program_digest(source: str | os.PathLike[str]) -> str:
    """A digest of the size and time of each source file below a folder, taken once.

    The version alone does not say which program it is: two commits may have the same.
    """
    return hashlib.sha256(repr(list(_stamps(os.fspath(source)))).encode()).hexdigest()


def _stamps(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=attrgetter("name")):
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.name, found.st_size, found.st_mtime_ns
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                yield from _stamps(entry.path)
