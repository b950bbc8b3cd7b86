"""Completions by request key, in SQLite: deleting it costs money, never correctness."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeAlias, TypeVar

from msgspec import Struct

from promptci.cache.answerlog import AnswerLog, take_in
from promptci.cache.cacheerrors import SIGNS_OF_DAMAGE, as_cache_error, means_damage
from promptci.cache.cachefile import (
    PATIENCE,
    files,
    is_there,
    move_aside,
    moved_aside,
    open_database,
    patiently,
)
from promptci.cache.cacherow import CacheRow, answer, row
from promptci.cache.damagedrows import drop_damaged
from promptci.cache.requestlocks import RequestLocks
from promptci.cache.statements import MOST_KEYS, PUT, REPLACE, insertions, selection
from promptci.errors import StorageError
from promptci.specs.completion import Completion

HURRY = 1.0
"""Seconds to wait for a locked file when somebody wants the program to end."""

T = TypeVar("T")
_OpenFile: TypeAlias = Callable[[Path], tuple[sqlite3.Connection, Path | None]]


class CacheSize(Struct, frozen=True):
    """How much the cache holds: answers, and bytes on disk."""

    answers: int
    bytes: int


class Cache:
    """Completions by request key; one object per process, used by one thread at a time.

    `moved_aside` is what a damaged file was renamed to. Unless it `may_write`, damage is left.
    """

    claims_first = True  # claims are had at once
    gathers = 0  # answers that may do so for a moment before they are kept, whoever waits for them

    def __init__(self, path: Path, opens: _OpenFile = open_database) -> None:
        """Open or create the cache. Raises `StorageError` where that is not possible."""
        self.path, self._opens, self.may_write = path, opens, opens is open_database
        self._is_marked = False
        self._patience = PATIENCE
        self._claims = RequestLocks(path.with_suffix(".claimed"))
        with as_cache_error(path):
            if self.may_write:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db, self.moved_aside = opens(path)
            self._opened = path.stat() if self.may_write else None
        self._log = AnswerLog(path)
        self.take_in()

    def take_in(self) -> None:
        """Keep the answers that had reached a process when it was killed, or leave them there."""
        with suppress(StorageError):
            take_in(self.path, self._keep_rows)

    def note(self, rows: Iterable[tuple[CacheRow, bool]]) -> None:
        """Note answers, and whether each replaces, for whatever becomes of this process.

        Only one thread may note, and say that all is kept.
        """
        self._log.add(rows)

    @property
    def is_noting(self) -> bool:
        """Whether what is noted can be written."""
        return self._log.is_usable

    def all_kept(self, but: Sequence[tuple[CacheRow, bool]] = ()) -> None:
        """Everything noted so far is kept, `but` these; a large file is emptied even then."""
        if but and not self._log.is_large:
            return
        self._log.clear()
        self._log.add(but)

    def keep(self, rows: list[CacheRow], *, replaces: bool) -> None:
        """Keep noted answers as `put` and `replace` do; claims on them last until `answered`."""
        self._write_rows(rows, replaces)

    def claim(self, keys: Iterable[str]) -> set[str]:
        """Claim keys, in any thread, whether or not they are answered; gives those that are ours.

        Whoever looks for their answers from then on finds all that others have kept.
        """
        return self._claims.take(keys)

    def get_or_claim(self, keys: Sequence[str]) -> tuple[dict[str, Completion], set[str]]:
        """The known answers among these keys, and those of the others that are ours to ask.

        What is left another process is asking. A claim ends when its answer is kept.
        """
        version = self.version()
        known = self.get(keys)
        missing = [key for key in keys if key not in known]
        mine = self._claims.take(missing)
        if missing and self.version() != version:  # perhaps answered between look and claim
            known |= self.get(missing)
            self._claims.release(mine.intersection(known))
        return known, mine.difference(known)

    def release(self, keys: Iterable[str]) -> None:
        """Give up claims, since there will be no answer; may be called from any thread."""
        self._claims.release(keys)

    def answered(self, keys: Iterable[str]) -> None:
        """Give up claims, since the answers are kept; may be called from any thread."""
        self._claims.release(keys)

    @property
    def remarks(self) -> list[str]:
        """What was odd about the file: a sentence each."""
        found = []
        if self.may_write and (why := self._claims.obstacle):
            said = "other runs at the same time may send the same requests once more"
            found.append(f"no claims ({why}): {said}")
        if aside := self.moved_aside:
            said = f"the completions cache was damaged and moved to {aside}; a new one was begun"
            found.append(said)
        return found

    def version(self) -> int:
        """A number that changes whenever another process has written."""
        return self._guarded(lambda: int(self._db.execute("PRAGMA data_version").fetchone()[0]))

    def hurry(self) -> None:
        """From now on wait for other processes no longer than a moment; from any thread."""
        self._patience = HURRY

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The known answers among these keys; a missing one is just not there."""
        parts = (keys[start : start + MOST_KEYS] for start in range(0, len(keys), MOST_KEYS))
        found = (self._guarded(partial(self._look_up, part)) for part in parts)
        return dict(chain.from_iterable(each.items() for each in found))

    def put(self, answers: Iterable[tuple[str, Completion]]) -> int:
        """Keep answers durably, all in one transaction; the first answer of a key stays.

        They are on disk when this returns, which says how many were new. Raises `StorageError` when
        they are not.
        """
        return self._keep_rows([row(*each) for each in answers], False)

    def replace(self, answers: Iterable[tuple[str, Completion]]) -> None:
        """The same, but a new answer takes the place of one that is there."""
        self._keep_rows([row(*each) for each in answers], True)

    def work(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the whole file; see `upkeep`."""
        return self._guarded(lambda: do(self._db))

    def size(self) -> CacheSize:
        """How much is kept."""
        answers = self._guarded(self._count)
        with as_cache_error(self.path):
            return CacheSize(answers, sum(file.stat().st_size for file in files(self.path)))

    def clear(self) -> None:
        """Forget everything, also what was moved aside."""
        self._guarded(self._empty)
        with as_cache_error(self.path):
            for file in moved_aside(self.path):
                file.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave cleanly, so that the next to open it need not check the whole file."""
        with suppress(sqlite3.Error):
            if self._is_marked:
                with self._db:
                    self._db.execute("DELETE FROM unclean WHERE pid = ?", [os.getpid()])
            self._db.close()
        self._log.close()
        self._claims.close()

    def _keep_rows(self, rows: list[CacheRow], replaces: bool) -> int:
        new = self._write_rows(rows, replaces)
        self._claims.release([values[0].hex() for values in rows])
        return new

    def _write_rows(self, rows: list[CacheRow], replaces: bool) -> int:
        return self._guarded(partial(self._write, REPLACE if replaces else PUT, rows))

    def _look_up(self, keys: Sequence[str]) -> dict[str, Completion]:
        wanted = {bytes.fromhex(key): key for key in keys}
        rows: list[CacheRow] = self._db.execute(*selection([*wanted])).fetchall()
        read = [(place, wanted.get(raw[0]), answer(raw)) for place, *raw in rows]
        bad = {place for place, key, done in read if key is None or done is None}
        if bad and self.may_write:  # damaged or altered: no answers, so they are asked for again
            drop_damaged(self._db, {place: tuple(raw) for place, *raw in rows if place in bad})
        return {key: done for _, key, done in read if key is not None and done is not None}

    def _count(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM completion").fetchone()
        return int(count)

    def _write(self, statement: str, rows: list[CacheRow]) -> int:
        """One transaction; before it ends well, it says in the file that it has begun."""
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO unclean VALUES (?)", [os.getpid()])
            new = sum(self._db.execute(*each).rowcount for each in insertions(statement, rows))
            self._refuse_if_moved()
        self._is_marked = True
        return max(new, 0)  # -1 where there was no row

    def _refuse_if_moved(self) -> None:
        """An answer in a file that was deleted or replaced is not kept."""
        if self._opened is not None and not is_there(self.path, self._opened):
            wrong = "was deleted or replaced while it was in use, so answers cannot be kept"
            raise StorageError(f"{self.path}: {wrong}: run again")

    def _empty(self) -> None:
        with self._db:
            self._db.execute("DELETE FROM completion")
        self._db.execute("VACUUM")

    def _guarded(self, work: Callable[[], T]) -> T:
        """Do something; where that shows damage, move the file aside and do it on a new one."""
        with as_cache_error(self.path):
            try:
                return patiently(work, lambda: self._patience)
            except SIGNS_OF_DAMAGE as error:
                self._refuse_if_moved()
                if not self.may_write or not means_damage(error):
                    raise
            self._db.close()
            self.moved_aside = move_aside(self.path)
            self._db, _ = self._opens(self.path)
            self._opened = self.path.stat()
            return work()
