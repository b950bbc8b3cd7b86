"""What runs with a ceiling have spent that were cut short, in `.promptci/spending`.

A run that is stopped and started again is one piece of work, and its ceiling holds for both parts.
Runs of the same work at the same time share it, too: before a call each one reads what the others
have written. One file per command, appended at every call, so that nothing of it is lost by a
kill -9; it goes when the command ends. Before a call what it may take at most is
written down, and after it the difference to what it took: one whose end was not seen counts in
full.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct, field

from promptci.errors import as_storage_error
from promptci.spending.spent import Spending

_OLDEST = timedelta(days=30)
"""Ledgers of other work that are left for so long go when a command ends."""

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


class _Other(Struct):
    """What another command has written so far, up to a byte of its file."""

    works: set[str] = field(default_factory=set)
    spent: Spending = field(default_factory=Spending)
    offset: int = 0


class Ledger:
    """The spending of one command, beside that of others on the same work that did not end.

    A command holds its file locked for as long as it lives, so that it is not taken for one that
    was cut short. Without `counts_unfinished` those that were cut short before do not count.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is read or written before it is needed."""
        self._folder = folder
        self.counts_unfinished = True
        self._passed: set[Path] = set()
        self._works: set[str] = set()
        self._others: dict[Path, _Other] = {}
        self._file: int | None = None
        self._path: Path | None = None

    def begin(self, works: Iterable[str]) -> Spending:
        """Begin work; gives what other commands have spent on any of it.

        Raises `StorageError` for a ledger that cannot be read.
        """
        new = set(works) - self._works
        self._works |= new
        if new and self._file is not None:
            self._write(_Line(sorted(new)))
        return self.others()

    def others(self) -> Spending:
        """What other commands have spent on this one's work, living ones and those cut short.

        What one has spent still counts when it has ended while this one was at work.
        Raises `StorageError`.
        """
        with suppress(FileNotFoundError), _storage_error(self._folder):
            for entry in os.scandir(self._folder):
                path = self._folder / entry.name
                if entry.name.endswith(".jsonl") and path != self._path and self._counts(path):
                    _read_on(path, self._others.setdefault(path, _Other()))
        mine = [other.spent for other in self._others.values() if other.works & self._works]
        return sum(mine, Spending()).at_least_nothing

    def _counts(self, path: Path) -> bool:
        """Whether what another command has spent counts: it lives, or its work is gone on with."""
        if path in self._others or self.counts_unfinished:
            return True
        if path not in self._passed and not _is_in_use(path):
            self._passed.add(path)
        return path not in self._passed

    @contextmanager
    def alone(self) -> Iterator[Spending]:
        """Keep other commands from spending for as long as the block takes.

        Gives what they have spent on the same work. Raises `StorageError`.
        """
        with _storage_error(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self._folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            with suppress(OSError):  # without locks each has its own ceiling
                fcntl.flock(file, fcntl.LOCK_EX)
            yield self.others()
        finally:
            os.close(file)

    def add(self, spent: Spending) -> None:
        """Write down what was spent. Raises `StorageError` where that cannot be done."""
        if self._file is None:
            self._open()
            self._write(_Line(sorted(self._works)))
        self._write(_Line([], [], spent.requests, spent.tokens, spent.cost))

    @property
    def name(self) -> str:
        """What the file of this command is called; empty before anything was spent."""
        return "" if self._path is None else self._path.name

    def correct(self, name: str, change: Spending) -> bool:
        """Add what is known by now to what another command has written; False if that is gone.

        So the answers to a batch that one command has sent and another collects count once, at
        what they took. Raises `StorageError`.
        """
        path = self._folder / name
        if not name or "/" in name or path == self._path:
            return False
        line = _encode(_Line([], [], 0, change.tokens, change.cost)) + b"\n"
        with suppress(FileNotFoundError), _storage_error(path):
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
            try:
                os.write(file, line)
            finally:
                os.close(file)
            return True
        return False

    def end(self) -> None:
        """The command has ended: its work, and what earlier ones left of it, is over."""
        self.close()
        if self._path is not None:
            with _storage_error(self._path):
                self._path.unlink(missing_ok=True)
        for path, other in self._others.items():
            works = other.works
            with suppress(FileNotFoundError), _storage_error(path):
                if not works & self._works or _is_in_use(path):
                    continue
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
        with _storage_error(self._path):
            self._folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            self._file = os.open(self._path, flags, 0o600)
            with suppress(OSError):  # without locks it counts as cut short from the beginning
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _write(self, line: _Line) -> None:
        assert self._file is not None
        assert self._path is not None
        with _storage_error(self._path):
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


def _read_on(path: Path, other: _Other) -> None:
    """Read what a command has written since the last time; a damaged line is passed over.

    A line that is only half there is left for the next time.
    """
    with suppress(FileNotFoundError), _storage_error(path), path.open("rb") as file:
        file.seek(other.offset)
        *whole, rest = file.read(_MOST_READ).split(b"\n")
        other.offset = file.tell() - len(rest)
        for raw in whole:
            try:
                line = _decode(raw)
            except ValueError:
                continue
            other.works |= set(line.works)
            other.works -= set(line.ended)
            if line.requests >= 0 and line.cost.is_finite():
                other.spent += Spending(line.requests, line.tokens, line.cost)


def _storage_error(path: Path) -> AbstractContextManager[None]:
    return as_storage_error(path, "the ledger cannot be used", passes=(FileNotFoundError,))
