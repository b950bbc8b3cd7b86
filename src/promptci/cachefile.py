"""The file of the completions cache: opened, checked after a crash, moved aside when damaged.

SQLite before 3.51.3 can corrupt a database in WAL mode when two connections checkpoint and commit
at once (fixed there, in 3.50.7 and in 3.44.6: https://sqlite.org/changes.html), so with it, and on
file systems that have no shared memory, a rollback journal is used.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Literal

from promptci.errors import StorageError

FORMAT = 1
_BESIDE = ("", "-journal", "-wal", "-shm")
"""The endings of the files that make up one database."""

_SCHEMA = f"""
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
    added TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);
CREATE TABLE IF NOT EXISTS unclean (pid INTEGER PRIMARY KEY);
PRAGMA user_version={FORMAT};
COMMIT;
"""


def open_database(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """An open, checked database, and the name that a damaged one was moved to, if there was one.

    Only its owner may read the file. Raises `StorageError` for a newer format, and what SQLite or
    the system raise where the file cannot be used.
    """
    try:
        return _connect(path), None
    except sqlite3.DatabaseError as error:
        if not (means_damage(error) or _code(error) == sqlite3.SQLITE_ERROR):  # not our tables
            raise
    aside = move_aside(path)
    return _connect(path), aside


def means_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault, and not a lock, the disk or a permission."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


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
    db = sqlite3.connect(path, timeout=60, check_same_thread=False)
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
        db.executescript(_SCHEMA)
    _check_after_crash(db)


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
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        damage = sqlite3.DatabaseError(verdict)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage
    with db:
        db.executemany("DELETE FROM unclean WHERE pid = ?", dead)


def _code(error: sqlite3.DatabaseError) -> int:
    """SQLite's primary result code (https://sqlite.org/rescode.html); 0 for Python's own errors."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
