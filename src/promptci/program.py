"""Which program this is, to the byte."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from operator import attrgetter

SOURCE = os.path.dirname(__file__)
"""The folder of this program."""


@cache
def program_digest(source: str | os.PathLike[str]) -> str:
    """A digest of the size and time of each source file below a folder, taken once.

    The version alone does not say which program it is: two commits may have the same. Where an
    installer wrote a list of the program's files, with their digests, that stands for them.
    """
    folder = os.fspath(source)
    listed = _listed(folder) or repr(list(_stamps(folder))).encode()
    return hashlib.sha256(listed).hexdigest()


def _listed(folder: str) -> bytes:
    """What an installer wrote beside a program about its files; empty where there is nothing."""
    beside, name = os.path.split(folder)
    with suppress(OSError):
        for each in os.listdir(beside):
            if each.startswith(f"{name}-") and each.endswith(".dist-info"):
                with open(os.path.join(beside, each, "RECORD"), "rb") as file:
                    return file.read()
    return b""


def _stamps(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=attrgetter("name")):
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.name, found.st_size, found.st_mtime_ns
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                yield from _stamps(entry.path)
