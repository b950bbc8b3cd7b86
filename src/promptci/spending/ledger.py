"""What runs with a ceiling have spent that did not come to their end, in `.promptci/spending`.

A run that is stopped and started again is one piece of work, and its ceiling holds for both parts.
One file per command, appended at every call, so that nothing of it is lost by a kill -9; it goes
when the command comes to its end. Before a call what it may take at most is written down, and after
it the difference to what it took: one that nobody saw the end of counts in full.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from promptci.errors import StorageError
from promptci.spending.budget import Spending

_OLDEST = timedelta(days=30)
"""Ledgers of other work that are left for so long go when a command comes to its end."""

_MOST_READ = 1 << 26
"""Bytes of a ledger; what is longer was not written by promptci."""


class _Line(msgspec.Struct, omit_defaults=True):
    """Work that a command has begun, by its digests, or what one step of it took.

    `ended` is work that a later command has brought to its end.
    """

    works: list[str] = []
    ended: list[str] = []
    requests: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


class Ledger:
    """The spending of one command, beside that of earlier ones that did not end.

    A command holds its file locked for as long as it lives, so that nobody counts it as cut short.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is read or written before it is needed."""
        self._folder = folder
        self._works: set[str] = set()
        self._claimed: dict[Path, set[str]] = {}
        self._file: int | None = None
        self._path: Path | None = None

    def begin(self, works: Iterable[str]) -> Spending:
        """Begin work; gives what earlier commands spent on any of it, each counted once.

        Raises `StorageError` for a ledger that cannot be read.
        """
        new = set(works) - self._works
        self._works |= new
        if new and self._file is not None:
            self._write(_Line(sorted(new)))
        total = Spending()
        for path in sorted(self._folder.glob("*.jsonl")):
            if path == self._path or path in self._claimed or _is_in_use(path):
                continue
            theirs, spent = _read(path)
            if theirs & new:
                self._claimed[path] = theirs
                total += spent
        return total

    def add(self, spent: Spending) -> None:
        """Write down what was spent. Raises `StorageError` where that cannot be done."""
        if self._file is None:
            self._open()
            self._write(_Line(sorted(self._works)))
        self._write(_Line([], [], spent.requests, spent.tokens, spent.cost))

    def end(self) -> None:
        """The command has come to its end: its work, and what earlier ones left of it, is over."""
        self.close()
        if self._path is not None:
            with _as_storage_error(self._path):
                self._path.unlink(missing_ok=True)
        for path, works in self._claimed.items():
            with _as_storage_error(path):
                if works <= self._works or _age(path) > _OLDEST:
                    path.unlink(missing_ok=True)
                else:
                    with path.open("ab") as file:
                        file.write(_encode(_Line(ended=sorted(works & self._works))) + b"\n")

    def close(self) -> None:
        """Let go of the file; what is in it counts against the next command."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        now = datetime.now(UTC)
        self._path = self._folder / f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}.jsonl"
        with _as_storage_error(self._path):
            self._folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            self._file = os.open(self._path, flags, 0o600)
            with suppress(OSError):  # without locks it counts as cut short from the beginning
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _write(self, line: _Line) -> None:
        assert self._file is not None
        assert self._path is not None
        with _as_storage_error(self._path):
            os.write(self._file, _encode(line) + b"\n")


def _is_in_use(path: Path) -> bool:
    """Whether the command that writes a ledger is alive."""
    with suppress(OSError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _age(path: Path) -> timedelta:
    return datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _read(path: Path) -> tuple[set[str], Spending]:
    """The work that a ledger has left, and the sum of it; a damaged line is passed over."""
    works: set[str] = set()
    total = Spending()
    with _as_storage_error(path), path.open("rb") as file:
        for raw in file.read(_MOST_READ).split(b"\n"):
            try:
                line = _decode(raw)
            except ValueError:
                continue
            works |= set(line.works)
            works -= set(line.ended)
            if line.requests >= 0 and line.cost.is_finite():
                total += Spending(line.requests, line.tokens, line.cost)
    return works, Spending(
        max(0, total.requests), max(0, total.tokens), max(Decimal(0), total.cost)
    )


@contextmanager
def _as_storage_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: the ledger cannot be used: {error.strerror}") from error
