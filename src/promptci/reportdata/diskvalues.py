"""Values put aside in a temporary file until they are written, so that memory stays small."""

import os
import tempfile
from pathlib import Path
from typing import IO, Any, Generic, TypeVar
from weakref import finalize

import msgspec

from promptci.errors import as_storage_error

T = TypeVar("T")

ROOM = 4_000_000
"""Bytes that are kept in memory before they go to the file."""

_SIZE_BITS = 32


class DiskValues(Generic[T]):
    """Holds values of one type outside of memory; `add` gives the number to `read` each by.

    The file has no name and is gone with the process. What MessagePack cannot hold, such as half a
    surrogate pair or a number over 64 bits, stays in memory. Raises `StorageError` where the disk
    is full.
    """

    def __init__(self, type: type[T]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decoder = msgspec.msgpack.Decoder(type)
        self._file: IO[bytes] | None = None
        self._pending = bytearray()
        self._written = 0
        self._whole: list[T] = []

    def add(self, value: T) -> int:
        """Put a value aside."""
        try:
            data = self._encode(value)
        except (UnicodeEncodeError, OverflowError):
            self._whole.append(value)
            return -len(self._whole)
        place = self._written + len(self._pending)
        self._pending += data
        if len(self._pending) > ROOM:
            self._flush()
        return place << _SIZE_BITS | len(data)

    def read(self, number: int) -> T:
        """The value with a number."""
        return self._whole[~number] if number < 0 else self._decoder.decode(self._data(number))

    def read_part(self, number: int, decoder: "msgspec.msgpack.Decoder[Any]") -> Any:
        """The same value as another type, which has some of its fields."""
        if number < 0:
            return self._whole[~number]
        return decoder.decode(self._data(number))

    def _data(self, number: int) -> bytes:
        place, size = number >> _SIZE_BITS, number & ((1 << _SIZE_BITS) - 1)
        if place >= self._written:
            start = place - self._written
            return bytes(self._pending[start : start + size])
        assert self._file is not None
        return os.pread(self._file.fileno(), size, place)

    def _flush(self) -> None:
        with as_storage_error(Path(tempfile.gettempdir())):
            if self._file is None:
                made = tempfile.TemporaryFile(prefix="promptci-", buffering=0)  # noqa: SIM115 - kept
                self._file = made
                finalize(self, made.close)
            view = memoryview(bytes(self._pending))
            while view:
                view = view[self._file.write(view) :]
        self._written += len(self._pending)
        self._pending.clear()
