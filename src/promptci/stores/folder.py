"""A shared folder as a store: files that are written whole, each under a name of its content."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from promptci.atomic import write_bytes
from promptci.errors import StorageError
from promptci.stores.objects import Stored, StoreError


class Folder:
    """Objects as files. The folder itself must be there: a share that is not mounted is none."""

    def __init__(self, path: Path) -> None:
        self.url = str(path)
        self._path = path

    def has(self, folder: str) -> bool:
        """See `Objects.has`."""
        with (
            self._told(),
            suppress(FileNotFoundError),
            os.scandir(self._path / folder) as entries,
        ):
            return any(entries)
        return False

    def listed(self, folder: str) -> list[Stored]:
        """See `Objects.listed`; the order is that of the times of change, then of names."""
        found = []
        with self._told(), suppress(FileNotFoundError):
            self._need()
            for entry in os.scandir(self._path / folder):
                with suppress(FileNotFoundError):  # what is being written gets its name only now
                    state = entry.stat(follow_symlinks=False)
                    if entry.is_file(follow_symlinks=False):
                        found.append((state.st_mtime_ns, entry.name, state.st_size))
        return [Stored(name, size) for _, name, size in sorted(found)]

    def read(self, folder: str, name: str, most: int) -> bytes:
        """See `Objects.read`."""
        with (
            self._told(),
            suppress(FileNotFoundError),
            (self._path / folder / name).open("rb") as file,
        ):
            return file.read(most + 1)
        return b""

    def write(self, folder: str, name: str, data: bytes) -> None:
        """See `Objects.write`."""
        path = self._path / folder / name
        with self._told():
            self._need()
            if not path.exists() or path.read_bytes() != data:
                write_bytes(path, (data,))

    def _need(self) -> None:
        if not self._path.is_dir():
            raise StoreError("there is no such folder")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(error.strerror or str(error)) from error
        except StorageError as error:
            raise StoreError(str(error)) from error
