"""Completions by request key, in SQLite: deleting it costs money, never correctness."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from promptci.cachefile import files, means_damage, move_aside, moved_aside, open_database
from promptci.completion import Completion, Outcome, Sampling, Usage
from promptci.errors import StorageError

_FIELDS = (
    "key, text, outcome, finish_reason, input_tokens, output_tokens, latency, served_model, "
    "system_fingerprint, tool_calls, sampling, cost"
)
_VALUES = f"INTO completion ({_FIELDS}) VALUES ({', '.join('?' * 12)})"
_PUT = f"INSERT {_VALUES} ON CONFLICT (key) DO NOTHING"
_REPLACE = f"INSERT OR REPLACE {_VALUES}"
_MOST_KEYS = 500
"""Keys in one query; SQLite before 3.32 takes 999."""

T = TypeVar("T")
_Row: TypeAlias = tuple[
    bytes, str, Outcome, str, int, int, float, str, str, str, Sampling, str | None
]


@dataclass(frozen=True, slots=True)
class CacheSize:
    """How much the cache holds: answers, and bytes on disk."""

    answers: int
    bytes: int


class Cache:
    """Completions by request key; one object per process, used by one thread at a time.

    `moved_aside` names the file that a damaged cache was renamed to, or is None.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the cache. Raises `StorageError` where that is not possible."""
        self.path = path
        self._is_marked = False
        with _as_storage_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db, self.moved_aside = open_database(path)

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The known answers among these keys; a missing one is just not there."""
        found: dict[str, Completion] = {}
        for start in range(0, len(keys), _MOST_KEYS):
            found |= self._guarded(partial(self._look_up, keys[start : start + _MOST_KEYS]))
        return found

    def put(self, answers: Iterable[tuple[str, Completion]]) -> None:
        """Keep answers durably, all in one transaction; the first answer of a key stays.

        They are on disk when this returns. Raises `StorageError` when they are not.
        """
        self._guarded(partial(self._write, _PUT, _rows(answers)))

    def replace(self, answers: Iterable[tuple[str, Completion]]) -> None:
        """The same, but a new answer takes the place of one that is there."""
        self._guarded(partial(self._write, _REPLACE, _rows(answers)))

    def prune(self, days: int) -> int:
        """Drop answers older than so many days and give the room back; says how many."""
        return self._guarded(partial(self._drop, days))

    def size(self) -> CacheSize:
        """How much is kept."""
        answers = self._guarded(self._count)
        with _as_storage_error(self.path):
            return CacheSize(answers, sum(file.stat().st_size for file in files(self.path)))

    def clear(self) -> None:
        """Forget everything, also what was moved aside."""
        self._guarded(self._empty)
        with _as_storage_error(self.path):
            for file in moved_aside(self.path):
                file.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave cleanly, so that the next to open it need not check the whole file."""
        with suppress(sqlite3.Error):
            if self._is_marked:
                with self._db:
                    self._db.execute("DELETE FROM unclean WHERE pid = ?", [os.getpid()])
            self._db.close()

    def _look_up(self, keys: Sequence[str]) -> dict[str, Completion]:
        marks = ",".join("?" * len(keys))
        query = f"SELECT {_FIELDS} FROM completion WHERE key IN ({marks})"
        rows: list[_Row] = self._db.execute(query, list(map(bytes.fromhex, keys))).fetchall()
        return {row[0].hex(): _completion(row) for row in rows}

    def _count(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM completion").fetchone()
        return int(count)

    def _write(self, statement: str, rows: list[_Row]) -> None:
        """One transaction; before it ends well, it says in the file that it has begun."""
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO unclean VALUES (?)", [os.getpid()])
            self._db.executemany(statement, rows)
        self._is_marked = True

    def _drop(self, days: int) -> int:
        oldest = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?)"
        with self._db:
            gone = self._db.execute(
                f"DELETE FROM completion WHERE added < {oldest}", [f"-{days} days"]
            ).rowcount
        if gone:
            self._db.execute("VACUUM")
        return gone

    def _empty(self) -> None:
        with self._db:
            self._db.execute("DELETE FROM completion")
        self._db.execute("VACUUM")

    def _guarded(self, work: Callable[[], T]) -> T:
        """Do something; where that shows damage, move the file aside and do it on a new one."""
        with _as_storage_error(self.path):
            try:
                return work()
            except sqlite3.DatabaseError as error:
                if not means_damage(error):
                    raise
            self._db.close()
            self.moved_aside = move_aside(self.path)
            self._db, _ = open_database(self.path)
            return work()


def _rows(answers: Iterable[tuple[str, Completion]]) -> list[_Row]:
    return [_row(key, completion) for key, completion in answers]


def _row(key: str, completion: Completion) -> _Row:
    return (
        bytes.fromhex(key),
        completion.text,
        completion.outcome,
        completion.finish_reason,
        completion.usage.input_tokens,
        completion.usage.output_tokens,
        completion.latency,
        completion.served_model,
        completion.system_fingerprint,
        completion.tool_calls,
        completion.sampling,
        None if completion.cost is None else str(completion.cost),
    )


def _completion(row: _Row) -> Completion:
    _, text, outcome, finish, asked, said, latency, model, fingerprint, calls, sampling, cost = row
    return Completion(
        text=text,
        outcome=outcome,
        finish_reason=finish,
        usage=Usage(asked, said),
        latency=latency,
        served_model=model,
        system_fingerprint=fingerprint,
        tool_calls=calls,
        sampling=sampling,
        cost=None if cost is None else Decimal(cost),
    )


@contextmanager
def _as_storage_error(path: Path) -> Iterator[None]:
    """SQLite's and the system's refusals as a sentence that names the file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"{path}: the completions cache cannot be used: {error}") from error
