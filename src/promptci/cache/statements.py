"""Statements that write answers into the cache, and that look them up, many with each."""

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from operator import itemgetter
from typing import Any

from promptci.cache.cacherow import COLUMNS, COUNT, FIELDS, CacheRow

_ROW = f"({', '.join('?' * COUNT)})"
PUT = f"INSERT INTO completion ({FIELDS}) VALUES %s ON CONFLICT (key) DO NOTHING"
REPLACE = f"INSERT OR REPLACE INTO completion ({FIELDS}) VALUES %s"
_TOGETHER = (30, 5, 1)
"""Rows in one statement: SQLite before 3.32 takes 999 values.

For each statement Python's lock is given up, and whoever has it meanwhile may keep it for
milliseconds. Few numbers, since every statement that was compiled stays in memory.
"""

_ASKED = (10, 100)
MOST_KEYS = _ASKED[-1]
"""Keys in one query, for the same reasons."""


def insertions(statement: str, rows: Sequence[CacheRow]) -> Iterator[tuple[str, list[Any]]]:
    """Statements that write rows, many with each, and their values.

    In the order of their keys, as the index has them: of those alike the order stays.
    """
    rows, start = sorted(rows, key=itemgetter(0)), 0
    for size in _TOGETHER:
        text = statement % ", ".join([_ROW] * size)
        while len(rows) - start >= size:
            yield text, [*chain.from_iterable(rows[start : start + size])]
            start += size


def selection(keys: Sequence[bytes]) -> tuple[str, list[bytes]]:
    """The query for the rows of at most `MOST_KEYS` keys, each behind its number, and its values.

    Some keys are there twice, so that there are few different queries.
    """
    size = next(each for each in _ASKED if len(keys) <= each)
    marks = ",".join("?" * size)
    query = f"SELECT rowid, {COLUMNS} FROM completion WHERE key IN ({marks})"
    return query, [*keys, *repeat(keys[0], size - len(keys))]
