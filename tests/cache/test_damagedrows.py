"""Damaged rows are dropped, and nothing that was written in their places meanwhile."""

import sqlite3
from contextlib import closing

import pytest

from promptci.cache.cache import Cache
from promptci.cache.cacherow import COLUMNS
from promptci.cache.damagedrows import drop_damaged
from promptci.specs.completion import Completion

KEYS = [f"{n:02x}" * 32 for n in range(3)]


@pytest.fixture
def path(tmp_path):
    """A cache with three answers, of which the last one is damaged."""
    with closing(Cache(tmp_path / "cache.sqlite")) as cache:
        cache.put([(key, Completion(f"answer {key[:2]}")) for key in KEYS])
    with closing(sqlite3.connect(tmp_path / "cache.sqlite")) as db, db:
        db.execute("UPDATE completion SET text = 'changed' WHERE key = ?", [bytes.fromhex(KEYS[2])])
    return tmp_path / "cache.sqlite"


def rows(db):
    found = db.execute(f"SELECT rowid, {COLUMNS} FROM completion").fetchall()
    return {place: tuple(raw) for place, *raw in found}


def test_a_row_that_is_as_it_was_read_goes(path):
    with closing(sqlite3.connect(path)) as db:
        before = rows(db)
        last = max(before)
        drop_damaged(db, {last: before[last]})
        assert rows(db) == {place: row for place, row in before.items() if place != last}


def test_an_answer_that_another_process_wrote_in_the_place_stays(path):
    """SQLite gives the place of the last row to the next one once that is gone."""
    with closing(sqlite3.connect(path)) as db:
        last, damaged = max(rows(db).items())
        with closing(Cache(path)) as other:
            assert other.get([KEYS[2]]) == {}
            other.put([(KEYS[2], Completion("asked again"))])
        assert max(rows(db)) == last
        drop_damaged(db, {last: damaged})
    with closing(Cache(path)) as cache:
        assert cache.get(KEYS)[KEYS[2]] == Completion("asked again")
        assert len(cache.get(KEYS)) == 3
