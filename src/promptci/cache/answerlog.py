"""Answers between their arrival and their transaction: a file that outlives a killed process.

An answer is appended as soon as it arrives, in one write, which the system keeps whatever
becomes of the process. Once its transaction is on disk the file is emptied; what a dead process
left is taken into the cache by the next to open it.
"""

import errno
import fcntl
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from stat import S_ISREG
from typing import Any, BinaryIO

import msgspec

from promptci.cache.cacherow import COUNT, CacheRow

_HEAD = struct.Struct("<II")
_LARGE = 2**20
"""Bytes from which on a file is emptied as soon as may be."""

_LARGEST = 2**30
"""Bytes of a file that are read; a run empties it long before that."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[bool, list[Any]]).decode


class AnswerLog:
    """The file of one process; it is made with the first answer and locked while we live.

    It is a help and no duty: where it is not `is_usable`, the transaction says what is wrong.
    """

    def __init__(self, cache: Path) -> None:
        """`cache` is the path of the cache that its answers are for."""
        self._cache = cache
        self._path: Path | None = None
        self._file: int | None = None
        self.is_usable = True
        self._size = 0

    @property
    def is_large(self) -> bool:
        """Whether it is time to empty it."""
        return self._size > _LARGE

    def add(self, rows: Iterable[tuple[CacheRow, bool]]) -> None:
        """Append answers in one write, each with whether it replaces one that is there."""
        data = b"".join(map(_packed, rows)) if self.is_usable else b""
        if not data:
            return
        try:
            written = os.write(self._open(), data)
        except OSError:
            written = 0
        self._size += written
        self.is_usable = written == len(data)

    def clear(self) -> None:
        """Everything that was appended is safe elsewhere."""
        if self._file is not None and self._size:
            with suppress(OSError):
                os.ftruncate(self._file, 0)
                self._size = 0

    def close(self) -> None:
        """Remove the file; what is in it is safe elsewhere, else it stays for the next to find."""
        if self._file is not None and self._path is not None:
            if not self._size:
                self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = self._path = None

    def _open(self) -> int:
        if self._file is None:
            name = f"{self._cache.name}.answers-{os.urandom(8).hex()}"
            self._path = self._cache.with_name(name)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.fstat(self._file).st_nlink:  # taken for one left behind, before it was locked
                os.close(self._file)
                self._file = None
                return self._open()
        return self._file


def _packed(noted: tuple[CacheRow, bool]) -> bytes:
    """An answer with its length and checksum; nothing for half a character, which is not kept."""
    row, replaces = noted
    try:
        body = _encode((replaces, row))
    except UnicodeEncodeError:
        return b""
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def take_in(cache: Path, keep: Callable[[list[CacheRow], bool], object]) -> None:
    """Hand what dead processes have left beside a cache to `keep`, with whether it replaces."""
    for path in sorted(cache.parent.glob(f"{cache.name}.answers-*")):
        with suppress(OSError), _locked(path) as file:
            for replaces, rows in groupby(_rows(file), key=itemgetter(0)):
                keep([row for _, row in rows], replaces)
            path.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file of a process that is dead. Raises `OSError` for one that lives, and for a link."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no file")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file


def _rows(file: BinaryIO) -> Iterator[tuple[bool, CacheRow]]:
    """Each answer as it was appended, and whether it replaces; ends where one is not whole."""
    data = file.read(_LARGEST)
    start = 0
    while start + _HEAD.size <= len(data):
        size, seal = _HEAD.unpack_from(data, start)
        start += _HEAD.size
        body = data[start : start + size]
        if len(body) < size or zlib.crc32(body) != seal:
            return
        try:
            replaces, values = _decode(body)
        except msgspec.DecodeError:
            return
        if len(values) == COUNT:  # else another version's
            yield replaces, tuple(values)
        start += size
