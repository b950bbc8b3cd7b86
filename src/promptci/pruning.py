"""A folder kept within bounds: its oldest files are removed first."""

import os
from collections.abc import Iterator
from math import inf
from time import time


def make_room(folder: str | os.PathLike[str], *, files: int, age: float, size: float = inf) -> None:
    """Remove the oldest files, so that one more keeps a folder within all three bounds.

    `files` is how many there may be, `age` how many seconds old each, and `size` how many bytes
    they may have together. What another process removes at the same time is gone, and no error.
    Raises `OSError` where that is refused.
    """
    there = sorted(_files(folder))
    left, together, now = len(there), sum(size for _, size, _ in there), time()
    for written, mine, path in there:
        if left < files and together < size and now - written <= age:
            return
        _remove(path)
        left, together = left - 1, together - mine


def _files(folder: str | os.PathLike[str]) -> Iterator[tuple[float, int, str]]:
    """When each was written, how many bytes it has, and where it is."""
    with os.scandir(folder) as found:
        for entry in found:
            try:
                stat = entry.stat()
            except FileNotFoundError:
                continue
            yield stat.st_mtime, stat.st_size, entry.path


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
