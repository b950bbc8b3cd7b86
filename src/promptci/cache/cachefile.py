"""The file of the completions cache: opened, checked after a crash, moved aside when damaged.

SQLite before 3.51.3 can corrupt a database in WAL mode when two connections checkpoint and commit
at once (fixed there, in 3.50.7 and in 3.44.6: https://sqlite.org/changes.html), so with it, and on
file systems that have no shared memory, a rollback journal is used.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Literal, TypeVar

from promptci import interrupt
from promptci.cache.cacheerrors import SIGNS_OF_DAMAGE, means_damage, primary_code
from promptci.errors import StorageError

FORMAT = 1
PATIENCE = 60.0
"""Seconds to wait for another process that has locked the file."""

_LOOK = 0.2
"""Seconds that SQLite waits by itself; between two looks an interrupt is noticed."""

_BESIDE = ("", "-journal", "-wal", "-shm")
"""The endings of the files that make up one database."""

SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS completion (
    key BLOB PRIMARY KEY,
    text TEXT NOT NULL,
    outcome TEXT NOT NULL,
    finish_reason TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    latency REAL NOT NULL,
    served_model TEXT NOT NULL,
    system_fingerprint TEXT NOT NULL,
    tool_calls TEXT NOT NULL,
    sampling TEXT NOT NULL,
    cost TEXT,
    added TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    seal INTEGER,
    is_verbatim INTEGER,
    thoughts TEXT,
    thought_tokens INTEGER
);
CREATE TABLE IF NOT EXISTS unclean (pid INTEGER PRIMARY KEY);
PRAGMA user_version={FORMAT};
COMMIT;
"""

_LATER = {"seal": "INTEGER", "is_verbatim": "INTEGER", "thoughts": "TEXT"}
_LATER |= {"thought_tokens": "INTEGER"}
"""Columns that the first caches did not have: a checksum, whether the answer is as it came, and
what the model thought and how many tokens that took."""

T = TypeVar("T")


def open_database(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """An open, checked database, and the name that a damaged one was moved to, if there was one.

    Only its owner may read the file. Raises `StorageError` for a newer format, and what SQLite or
    the system raise where the file cannot be used.
    """
    connect = partial(patiently, partial(_connect, path), lambda: PATIENCE)
    try:
        return connect(), None
    except SIGNS_OF_DAMAGE as error:
        if not means_damage(error):
            raise
    aside = move_aside(path)
    return connect(), aside


def open_to_read(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """One that may not be written, as it is; of WAL mode without files beside it, if need be."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    connect = partial(sqlite3.connect, uri=True, timeout=_LOOK, check_same_thread=False)
    db: sqlite3.Connection = connect(address)
    try:
        db.execute("SELECT 1 FROM completion LIMIT 1")
    except sqlite3.OperationalError as error:
        db.close()
        barred = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if primary_code(error) not in barred or any(f.stat().st_size for f in files(path)[1:]):
            raise
        db = connect(f"{address}&immutable=1")
    return db, None


def patiently(work: Callable[[], T], patience: Callable[[], float]) -> T:
    """Do something again while another process has the file locked, for so many seconds.

    `patience` is asked again and again, since it may come to an end. Raises `KeyboardInterrupt`
    where a signal came that nothing else ends, also one that the interpreter had to ignore.
    """
    begun = monotonic()
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or monotonic() - begun > patience():
                raise
        interrupt.raise_pending()


def is_there(path: Path, opened: os.stat_result) -> bool:
    """Whether a path still leads to the file that was opened."""
    try:
        return os.path.samestat(path.stat(), opened)
    except OSError:
        return False


def move_aside(path: Path) -> Path:
    """Rename a database with all that belongs to it; nothing is deleted."""
    number = 1
    while (name := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{name}{ending}")
    return name


def files(path: Path) -> list[Path]:
    """What a database consists of on disk."""
    return [file for ending in _BESIDE if (file := Path(f"{path}{ending}")).exists()]


def look_through(db: sqlite3.Connection, check: str) -> None:
    """Have SQLite check its file: `quick_check`, or `integrity_check`, which looks at indexes, too.

    Raises `sqlite3.DatabaseError` where that finds damage.
    """
    (verdict,) = _interruptible(db, f"PRAGMA {check}(1)")
    if verdict != "ok":
        damage = sqlite3.DatabaseError(verdict)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def moved_aside(path: Path) -> list[Path]:
    """All that was ever moved aside."""
    return sorted(path.parent.glob(f"{path.name}.corrupt-*"))


def journal_mode(version: tuple[int, int, int]) -> Literal["WAL", "TRUNCATE"]:
    """WAL where a version of SQLite has the repair; 3.52.0 was withdrawn."""
    fixed = version >= (3, 53, 0) or version[:2] in ((3, 51), (3, 50), (3, 44))
    least = {(3, 51): 3, (3, 50): 7, (3, 44): 6}.get(version[:2], 0)
    return "WAL" if fixed and version[2] >= least else "TRUNCATE"


def _connect(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, timeout=_LOOK, check_same_thread=False)
    try:
        _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    (number,) = db.execute("PRAGMA user_version").fetchone()
    if number > FORMAT:
        known = f"format {number}, known is {FORMAT}"
        cure = "upgrade promptci, or delete the file"
        raise StorageError(f"{path}: made by a newer promptci ({known}): {cure}")
    _choose_journal(db)
    db.execute("PRAGMA synchronous=FULL")
    if number < FORMAT:
        db.executescript(SCHEMA)
    _check_after_crash(db)
    _add_columns(db)


def _add_columns(db: sqlite3.Connection) -> None:
    """Caches of earlier versions get the columns that came later.

    That is no new format: a promptci that knows nothing of them reads and writes beside it.
    """
    if not _missing_columns(db):
        return
    db.execute("BEGIN IMMEDIATE")
    with db:
        for name in _missing_columns(db):
            db.execute(f"ALTER TABLE completion ADD COLUMN {name} {_LATER[name]}")


def _missing_columns(db: sqlite3.Connection) -> list[str]:
    query = "SELECT count(*) FROM pragma_table_info('completion') WHERE name = ?"
    return [name for name in _LATER if db.execute(query, [name]).fetchone() == (0,)]


def _choose_journal(db: sqlite3.Connection) -> None:
    if journal_mode(sqlite3.sqlite_version_info) == "WAL":
        with suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript("BEGIN IMMEDIATE; COMMIT;")  # some file systems refuse only now
            return
    db.execute("PRAGMA journal_mode=TRUNCATE")


def _check_after_crash(db: sqlite3.Connection) -> None:
    """Where a process died while it wrote, look at the whole file once."""
    pids = [pid for (pid,) in db.execute("SELECT pid FROM unclean").fetchall()]
    dead = [(pid,) for pid in pids if pid == os.getpid() or not _is_alive(pid)]
    if not dead:
        return
    look_through(db, "quick_check")
    with db:
        db.executemany("DELETE FROM unclean WHERE pid = ?", dead)


def _interruptible(db: sqlite3.Connection, statement: str) -> tuple[str]:
    """The first row of a statement that may take long: now and then it looks for Ctrl-C.

    Python's binding turns the exception into an end of the statement.
    """
    db.set_progress_handler(lambda: 0, 100_000)
    try:
        row: tuple[str] = db.execute(statement).fetchone()
    except sqlite3.OperationalError as error:
        if primary_code(error) == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        raise
    finally:
        db.set_progress_handler(None, 0)
    return row


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
