"""Whether answers are still stored as they were: by their bytes, or by the times of the files."""

import hashlib
import marshal
import sqlite3
from pathlib import Path
from time import time_ns
from typing import TypeAlias

from promptci.cache.cache import Cache
from promptci.cache.cacherow import COLUMNS

KEY_BYTES = 32
"""Bytes of a request's key."""

_AT_ONCE = 500
"""Keys in one query; SQLite before 3.32 takes 999."""

_SETTLED = 2 * 10**9
"""Nanoseconds after which a file's time tells whether it was written since: clocks are coarse."""

_PARTS = ("", "-journal", "-wal")

FileStamp: TypeAlias = tuple[tuple[int, ...], ...]
"""Inode, size and times of change of the files of a cache."""


def stored_content(cache: Cache, keys: bytes) -> str:
    """The SHA-256 of all that is stored under sorted keys, one behind the other.

    Empty where one is not there.
    """

    def read(db: sqlite3.Connection) -> str:
        sha = hashlib.sha256()
        for start in range(0, len(keys), KEY_BYTES * _AT_ONCE):
            end = min(len(keys), start + KEY_BYTES * _AT_ONCE)
            some = [keys[at : at + KEY_BYTES] for at in range(start, end, KEY_BYTES)]
            marks = ",".join("?" * len(some))
            query = f"SELECT {COLUMNS} FROM completion WHERE key IN ({marks}) ORDER BY key"
            rows = db.execute(query, some).fetchall()
            if len(rows) < len(some):
                return ""
            sha.update(marshal.dumps(rows, 2))
        return sha.hexdigest()

    return cache.work(read)


def newest_row(cache: Cache) -> int:
    """The place of the row that was written last, which only later ones come after; 0 without."""
    return cache.work(
        lambda db: int(db.execute("SELECT max(rowid) FROM completion").fetchone()[0] or 0)
    )


def content_up_to(cache: Cache, newest: int) -> str:
    """The SHA-256 of all rows up to one; their keys need not be known."""

    def read(db: sqlite3.Connection) -> str:
        sha = hashlib.sha256()
        query = f"SELECT rowid, {COLUMNS} FROM completion WHERE rowid <= ? ORDER BY rowid"
        found = db.execute(query, [newest])
        while rows := found.fetchmany(_AT_ONCE):
            sha.update(marshal.dumps(rows, 2))
        return sha.hexdigest()

    return cache.work(read)


def file_stamp(path: Path) -> FileStamp:
    """What changes when somebody writes to a cache; empty where that cannot be said yet."""
    found = []
    for ending in _PARTS:
        try:
            stat = Path(f"{path}{ending}").stat()
        except FileNotFoundError:
            continue
        if time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) < _SETTLED:
            return ()
        found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return tuple(found)
