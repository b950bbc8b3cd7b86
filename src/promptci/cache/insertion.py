"""Statements that write answers into the cache, many with each."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from promptci.cache.cacherow import COUNT, FIELDS, CacheRow

_ROW = f"({', '.join('?' * COUNT)})"
PUT = f"INSERT INTO completion ({FIELDS}) VALUES %s ON CONFLICT (key) DO NOTHING"
REPLACE = f"INSERT OR REPLACE INTO completion ({FIELDS}) VALUES %s"
_TOGETHER = (30, 5, 1)
"""Rows in one statement: SQLite before 3.32 takes 999 values.

For each statement Python's lock is given up, and whoever has it meanwhile may keep it for
milliseconds. Few numbers, since every statement that was compiled stays in memory.
"""


def insertions(statement: str, rows: Sequence[CacheRow]) -> Iterator[tuple[str, list[Any]]]:
    """Statements that write rows, many with each, and their values."""
    start = 0
    for size in _TOGETHER:
        text = statement % ", ".join([_ROW] * size)
        while len(rows) - start >= size:
            yield text, [*chain.from_iterable(rows[start : start + size])]
            start += size
