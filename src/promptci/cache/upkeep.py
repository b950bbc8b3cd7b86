"""What is done with all stored answers: thin them out, look them through, carry them elsewhere."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from promptci.cache.cache import Cache
from promptci.cache.cacheerrors import cure
from promptci.cache.cachefile import SCHEMA, look_through, open_to_read
from promptci.cache.cacherow import COLUMNS, CacheRow, answer
from promptci.cache.writable import is_closed, may
from promptci.errors import StorageError
from promptci.specs.completion import Completion

_AT_ONCE = 500
_OLDEST = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?)"
_NEWEST = "SELECT rowid FROM completion ORDER BY added DESC, rowid DESC LIMIT ?"


def drop_older(cache: Cache, days: int) -> int:
    """Drop answers older than so many days and give the room back; says how many."""
    query = f"DELETE FROM completion WHERE added < {_OLDEST}"
    return cache.work(partial(_drop, query=query, value=f"-{days} days"))


def drop_all_but(cache: Cache, count: int) -> int:
    """Drop all answers but the newest so many and give the room back; says how many."""
    query = f"DELETE FROM completion WHERE rowid NOT IN ({_NEWEST})"
    return cache.work(partial(_drop, query=query, value=count))


def _drop(db: sqlite3.Connection, query: str, value: str | int) -> int:
    with db:
        gone = db.execute(query, [value]).rowcount
    if gone:
        db.execute("VACUUM")
    return gone


def open_cache(path: Path) -> Cache:
    """The cache of a project, which may perhaps only be read. Raises `StorageError` as it does."""
    return unwritable(path) or Cache(path)


def unwritable(path: Path) -> Cache | None:
    """The cache of a project that may not be written, to be read; None where it may be.

    Where there is none, it is one without answers.
    """
    if not may(path, os.F_OK):  # `Path.exists` raises where a folder above is closed
        return Cache(path, _open_nothing) if is_closed(path.parent) else None
    is_fixed = may(path, os.R_OK) and (is_closed(path) or is_closed(path.parent))
    return Cache(path, open_to_read) if is_fixed else None


def need_to_write(cache: Cache) -> None:
    """To be called before a model is asked. Raises `StorageError` if no answer could be kept."""
    if not cache.may_write:
        error = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        said = f"{error.strerror}: {cure(error, cache.path)}"
        raise StorageError(f"{cache.path}: no answer can be kept: {said}")


def _open_nothing(_: Path) -> tuple[sqlite3.Connection, None]:
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.executescript(SCHEMA)
    return db, None


def every_answer(cache: Cache) -> Iterator[tuple[str, Completion]]:
    """All answers in order of their keys, some hundred in memory at a time.

    Damaged ones are deleted on the way, as wherever answers are read, if the file may be written.
    """
    last = ""
    while keys := _keys_after(cache, last):
        last = keys[-1]
        yield from sorted(cache.get(keys).items())


def damaged(cache: Cache) -> tuple[int, int]:
    """How many answers are as they were written, and how many were not; those are deleted.

    A file that is damaged as a whole is moved aside, as wherever that shows; see `Cache`. Of one
    that may not be written nothing is.
    """
    cache.work(partial(look_through, check="integrity_check"))
    good = bad = 0
    last = b""
    while rows := cache.work(partial(_rows_after, last=last)):
        last = bytes(rows[-1][0])
        wrong = [bytes(raw[0]).hex() for raw in rows if answer(raw) is None]
        cache.get(wrong)  # which deletes them
        good, bad = good + len(rows) - len(wrong), bad + len(wrong)
    return good, bad


def _rows_after(db: sqlite3.Connection, last: bytes) -> list[CacheRow]:
    query = f"SELECT {COLUMNS} FROM completion WHERE key > ? ORDER BY key LIMIT ?"
    return db.execute(query, [last, _AT_ONCE]).fetchall()


def _keys_after(cache: Cache, last: str) -> list[str]:
    query = "SELECT key FROM completion WHERE key > ? ORDER BY key LIMIT ?"
    values = [bytes.fromhex(last), _AT_ONCE]
    rows = cache.work(lambda db: db.execute(query, values).fetchall())
    return [bytes(key).hex() for (key,) in rows]
