"""Who asks what: of several processes on one cache, one sends a request and the others wait.

A claim is a lock on one byte of an empty file, at a place that the request's key names. The system
drops the locks of a process that ends, whatever ended it: no claim outlives its owner, and neither
process ids nor clocks are trusted. A claim takes about a microsecond and no room on disk. For each
Linux goes through all locks of a file, so there are sixteen files.
"""

import errno
import fcntl
import os
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock

_PLACES = 2**61 - 1
"""Bytes that can be locked, a prime number of them; a file has no more than 2 ** 63."""

_TAKEN = (errno.EAGAIN, errno.EACCES)

_LOCK = struct.Struct("hhqqi4x").pack

_IS_OURS = sys.platform == "linux" and sys.maxsize > 2**32
"""Whether a lock is tied to the open file, and to no process."""


class RequestLocks:
    """The claims of one process on one cache; each key is claimed by one object at a time.

    On a file system that knows no locks everybody may ask everything: that costs money at worst.
    """

    def __init__(self, path: Path) -> None:
        """`path` is that of the files' folder; it is made when the first claim is."""
        self._path = path
        self._folder: int | None = None
        self._files: dict[str, int] = {}
        self._opening = Lock()
        self._has_locks = True
        self.obstacle = ""
        self._held: set[str] = set()

    def take(self, keys: Iterable[str]) -> set[str]:
        """Claim keys; gives those that are ours now, or were before. In any thread."""
        return {key for key in keys if key in self._held or self._take(key)}

    def release(self, keys: Iterable[str]) -> None:
        """Let others ask for keys, or find their answers; may be called from any thread."""
        for key in keys:
            if key in self._held:
                self._held.discard(key)
                self._lock(key, fcntl.F_UNLCK)

    def close(self) -> None:
        """Release everything."""
        self._held.clear()
        for file in self._files.values():
            os.close(file)
        self._files.clear()
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None

    def _take(self, key: str) -> bool:
        try:
            is_mine = not self._has_locks or self._lock(key, fcntl.F_WRLCK)
        except OSError as error:
            self._has_locks, is_mine = False, True
            self.obstacle = f"{self._path}: {error.strerror or error}"
        if is_mine:
            self._held.add(key)
        return is_mine

    def _lock(self, key: str, kind: int) -> bool:
        """Whether the byte of a key could be locked or freed. Raises `OSError` without locks."""
        if not self._has_locks:
            return True
        file = self._files.get(key[0]) or self._open(key[0])
        try:
            _set_lock(file, kind, int(key, 16) % _PLACES)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        return True

    def _open(self, name: str) -> int:
        """The file of keys that begin so, opened once: a second time it would block itself."""
        with self._opening:
            if self._folder is None:
                with suppress(FileExistsError):
                    self._path.mkdir(mode=0o700)
                self._folder = os.open(self._path, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            if name not in self._files:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                self._files[name] = os.open(name, flags, 0o600, dir_fd=self._folder)
            return self._files[name]


def _set_lock(file: int, kind: int, place: int) -> None:
    """Lock or free one byte without waiting.

    Linux ties such a lock to the open file. Elsewhere it belongs to the process, which loses all
    of them when it closes the file a second time: hence one object per process.
    """
    if _IS_OURS:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, _LOCK(kind, os.SEEK_SET, place, 1, 0))
    else:
        mode = fcntl.LOCK_UN if kind == fcntl.F_UNLCK else fcntl.LOCK_EX | fcntl.LOCK_NB
        fcntl.lockf(file, mode, 1, place)
