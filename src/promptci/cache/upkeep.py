"""What is done with all stored answers: thin them out, look them through, carry them elsewhere."""

import os
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from promptci.cache.cache import Cache
from promptci.cache.cachefile import look_through, open_to_read
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


def unwritable(path: Path) -> Cache | None:
    """The cache of a project that may not be written, to be read; None where it may be."""
    may = partial(os.access, effective_ids=True)
    is_there = path.exists() and may(path, os.R_OK)
    if not is_there or all(may(each, os.W_OK) for each in (path, path.parent)):
        return None
    return Cache(path, open_to_read)


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
    before = cache.size().answers
    good = sum(1 for _ in every_answer(cache))
    return good, before - good


def _keys_after(cache: Cache, last: str) -> list[str]:
    query = "SELECT key FROM completion WHERE key > ? ORDER BY key LIMIT ?"
    values = [bytes.fromhex(last), _AT_ONCE]
    rows = cache.work(lambda db: db.execute(query, values).fetchall())
    return [bytes(key).hex() for (key,) in rows]
