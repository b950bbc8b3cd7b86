"""Rows of the cache that are no answers: dropped, unless another process has written there."""

import sqlite3
from collections.abc import Mapping

from promptci.cache.cacherow import COLUMNS, CacheRow


def drop_damaged(db: sqlite3.Connection, damaged: Mapping[int, CacheRow]) -> None:
    """Drop damaged rows by their places, those that are as they were read.

    A place is given to a new answer once its row is gone and was the last, so what was found there
    is looked at again in the transaction that deletes it. There are as many as one query takes.
    """
    with db:
        db.execute("BEGIN IMMEDIATE")
        marks = ",".join("?" * len(damaged))
        query = f"SELECT rowid, {COLUMNS} FROM completion WHERE rowid IN ({marks})"
        now = db.execute(query, list(damaged)).fetchall()
        same = [(place,) for place, *raw in now if tuple(raw) == damaged[place]]
        db.executemany("DELETE FROM completion WHERE rowid = ?", same)
