"""Stored answers that a shared store does not have yet, with the place where each belongs.

They are noted before they are stored, so that what a killed process has stored is sent by the next.
"""

import sqlite3
from collections.abc import Iterable, Mapping

from promptci.cache.cache import Cache

_MAKE = "CREATE TABLE IF NOT EXISTS unsent (key BLOB PRIMARY KEY, place TEXT NOT NULL)"
_ADD = "INSERT OR IGNORE INTO unsent VALUES (?, ?)"
_COUNT = "SELECT count(*) FROM unsent JOIN completion USING (key)"
_NEXT = """
SELECT place, key, length(text) + length(tool_calls) + ifnull(length(thoughts), 0)
FROM unsent JOIN completion USING (key)
ORDER BY place, key LIMIT ?
"""


def note_unsent(cache: Cache, places: Mapping[str, str]) -> None:
    """Note the places of answers by their keys."""
    rows = [(bytes.fromhex(key), place) for key, place in places.items()]

    def add(db: sqlite3.Connection) -> None:
        with db:
            db.execute(_MAKE)
            db.executemany(_ADD, rows)

    cache.work(add)


def note_sent(cache: Cache, keys: Iterable[str]) -> None:
    """These are in the shared store now."""
    rows = [(bytes.fromhex(key),) for key in keys]

    def drop(db: sqlite3.Connection) -> None:
        with db:
            db.executemany("DELETE FROM unsent WHERE key = ?", rows)

    cache.work(drop)


def count_unsent(cache: Cache) -> int:
    """How many answers are to be sent."""

    def count(db: sqlite3.Connection) -> int:
        db.execute(_MAKE)
        (found,) = db.execute(_COUNT).fetchone()
        return int(found)

    return cache.work(count)


def next_unsent(cache: Cache, *, most: int, letters: int) -> tuple[str, list[str]] | None:
    """The first place that has something to send, and the keys of that.

    At most so many keys, and about so many letters in their answers, but one in any case.
    """

    def look(db: sqlite3.Connection) -> list[tuple[str, bytes, int]]:
        db.execute(_MAKE)
        return db.execute(_NEXT, (most,)).fetchall()

    rows = cache.work(look)
    if not rows:
        return None
    keys: list[str] = []
    for place, key, size in rows:
        letters -= size
        if place != rows[0][0] or (keys and letters < 0):
            break
        keys.append(bytes(key).hex())
    return rows[0][0], keys
