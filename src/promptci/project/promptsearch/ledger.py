"""Every text that searches of an eval have tried, and every look at its gate: `.promptci/search`.

One file per eval, JSON lines, appended as things are known. A search that goes on after it was cut
short writes the same rows, which are there already.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec.structs import asdict, replace

from promptci.digest import short_digest
from promptci.errors import RequestError, as_storage_error
from promptci.promptsearch.searchresult import GateLook
from promptci.promptsearch.trials import Trial
from promptci.stats.families import look_level


class SearchRow(msgspec.Struct, frozen=True, omit_defaults=True, tag="search", tag_field="row"):
    """One search: its address, how it was made, and of what."""

    search: str
    by: str
    model: str
    writer: str
    seed: int
    candidates: int
    train: int
    select: int
    format: int = 1
    step: str = ""


class TrialRow(msgspec.Struct, frozen=True, omit_defaults=True, tag="trial", tag_field="row"):
    """What is known of one text; a later row of the same number replaces it."""

    search: str
    number: int
    text: str
    round: int = 0
    parents: tuple[int, ...] = ()
    fault: str = ""
    train: float | None = None
    select: float | None = None
    errors: int = 0


class LookRow(msgspec.Struct, frozen=True, omit_defaults=True, tag="look", tag_field="row"):
    """One look at a gate: which one by its digest, for which text, and what came of it.

    It is written when it begins, without a `verdict`, and again when it ended.
    """

    search: str
    trial: int
    look: int
    gate: str
    text: str
    level: float
    p: float | None = None
    verdict: str = ""
    why: str = ""
    branch: str = ""


LedgerRow: TypeAlias = SearchRow | TrialRow | LookRow
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(LedgerRow).decode


class SearchLedger:
    """The ledger of an eval's searches."""

    def __init__(self, folder: Path, name: str) -> None:
        """`folder` is the project's state; nothing is written before the first row."""
        self.path = folder / "search" / f"{name.replace('/', '.')}.jsonl"
        self._rows = dict.fromkeys(_read(self.path))
        self._file: int | None = None

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """All rows, in the order of writing."""
        return tuple(self._rows)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other searches of the eval away. Raises `RequestError` while one is under way."""
        with as_storage_error(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _lock(self._file)
            self._end_line()
            self._rows = dict.fromkeys(_read(self.path))
            yield
        finally:
            os.close(self._file)
            self._file = None

    def _end_line(self) -> None:
        """End a line that was cut short, so that the next one starts over."""
        assert self._file is not None
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")

    def add(self, row: LedgerRow) -> None:
        """Write a row, unless it is there already. Raises `StorageError`."""
        if row in self._rows:
            return
        assert self._file is not None
        with as_storage_error(self.path):
            os.write(self._file, _encode(row) + b"\n")
            os.fsync(self._file)
        self._rows[row] = None

    def add_trial(self, search: str, trial: Trial) -> None:
        """Write what is known of a trial."""
        self.add(TrialRow(search, **asdict(trial)))

    def next_look(self, search: str, gate: str, noted: Mapping[str, int]) -> int:
        """The number that the next look at a gate has; of a search that goes on its first one's.

        `noted` are looks that others have had as well, by the digest of their text.
        """
        mine = [row.look for row in self._looks(gate) if row.search == search]
        return min(mine) if mine else self._next(gate, noted)

    def _looks(self, gate: str) -> list[LookRow]:
        return [row for row in self._rows if isinstance(row, LookRow) and row.gate == gate]

    def _next(self, gate: str, noted: Mapping[str, int]) -> int:
        texts = {short_digest(row.text) for row in self._looks(gate)} | noted.keys()
        numbers = [row.look for row in self._looks(gate)]
        return 1 + max(len(texts), *numbers, *noted.values(), 0)

    def begin_look(
        self, search: str, trial: int, text: str, gate: str, noted: Mapping[str, int]
    ) -> LookRow:
        """A look at a gate, with its number and level; one begun before keeps them."""
        same = next((row.look for row in self._looks(gate) if row.text == text), None)
        number = same or noted.get(short_digest(text)) or self._next(gate, noted)
        row = LookRow(search, trial, number, gate, text, look_level(number))
        self.add(row)
        return row

    def end_look(self, row: LookRow, look: GateLook, *, branch: str = "") -> None:
        """Write what came of a look."""
        found = replace(row, p=look.p, verdict=look.verdict, why=look.why, branch=branch)
        self.add(found)


def _lock(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RequestError("another search of this eval is under way: wait for it") from None
    except OSError:  # no locks here
        pass


def _read(path: Path) -> Iterator[LedgerRow]:
    """The rows of a ledger; what cannot be read, as a line cut short, is passed over."""
    with suppress(FileNotFoundError), as_storage_error(path, passes=(FileNotFoundError,)):
        for line in path.read_bytes().split(b"\n"):
            with suppress(msgspec.DecodeError, msgspec.ValidationError):
                if line:
                    yield _decode(line)
