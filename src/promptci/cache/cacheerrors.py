"""What an error of SQLite or the system says of the cache's file, and what to do about it."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from promptci.errors import StorageError

_WRITABLE = "make {folder} writable, or work in a copy of the project that may be written"
_ASIDE = "make {folder} writable, so that it can be moved aside and a new one begun"
_ROOM = "free some room on the disk of {folder}"
_CURES = {
    sqlite3.SQLITE_READONLY: _WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _WRITABLE,
    sqlite3.SQLITE_PERM: _WRITABLE,
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_CORRUPT: _ASIDE,
    sqlite3.SQLITE_NOTADB: _ASIDE,
}
_CURES_OF_SYSTEM = {
    errno.EROFS: _WRITABLE,
    errno.EACCES: _WRITABLE,
    errno.EPERM: _WRITABLE,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
}

SIGNS_OF_DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a damaged file may raise: also messages of SQLite that quote from it and are no text."""


def means_lock(error: sqlite3.Error) -> bool:
    """Whether somebody else has the file locked, or it cannot be locked at all."""
    return primary_code(error) == sqlite3.SQLITE_BUSY


def means_damage(error: Exception) -> bool:
    """Whether the file itself is at fault, and not a lock, the disk or a permission.

    Our statements being what they are, an error in one means that the tables are not ours.
    """
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
    return not isinstance(error, sqlite3.Error) or primary_code(error) in codes


def cure(error: sqlite3.Error | OSError, path: Path) -> str:
    """What to do about an error of SQLite or the system; empty where that is not known."""
    if isinstance(error, sqlite3.Error):
        told = _CURES.get(primary_code(error), "")
    else:
        told = _CURES_OF_SYSTEM.get(error.errno or 0, "")
    return told.format(folder=_first_there(path))


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code (https://sqlite.org/rescode.html); 0 for Python's own errors."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF


def _first_there(path: Path) -> Path:
    """The folder of a file, or the first above it that is there."""
    return next((each for each in path.parents if each.exists()), path.parent)


@contextmanager
def as_cache_error(path: Path) -> Iterator[None]:
    """SQLite's and the system's refusals as a sentence that names the file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        why = str(error.strerror or error) if isinstance(error, OSError) else str(error)
        if isinstance(error, sqlite3.Error) and means_lock(error):
            why = "another process keeps it locked, or its file system knows no locks"
        said = ": ".join(filter(None, (why, cure(error, path))))
        raise StorageError(f"{path}: the completions cache cannot be used: {said}") from error
