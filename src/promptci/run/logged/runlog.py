"""Run logs: one JSONL file per run in `.promptci/runs`, appended as results arrive.

A line names the answer by its key in the cache rather than repeating it, and what an earlier log
says already is only counted. Logs are for looking back (`promptci show`); nothing else depends on
them.
"""

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from promptci.errors import as_storage_error
from promptci.latepattern import late
from promptci.run.logged.logformat import (
    FORMAT,
    End,
    Head,
    Line,
    Same,
    count_results,
    encode_line,
    is_end,
    read_head,
    read_line,
)
from promptci.run.logged.loggedlines import MOST, LoggedLines
from promptci.secrets.known import redact

KEPT, MOST_BYTES, MOST_AGE = 100, 64 * 2**20, timedelta(days=90)
"""Logs are kept up to so many, so large together, and so old; others go when a run begins.

The results of a run of very many examples are in a log that is larger than all others may be
together. It counts for half of that, so that one such log is kept.
"""

_AT_ONCE = 100
"""Results that are as before, counted before that is written."""

_NAME = late(r"\d{8}T\d{9}Z-\d+\.jsonl", re.ASCII)
"""Only files of this name are read and removed: the folder may turn out to be a link."""


_STAMP = "%Y%m%dT%H%M%S%fZ"


class Unfinished(Struct, frozen=True):
    """The newest run of an eval, if it was cut short: how far it came."""

    began: str
    done: int
    total: int


class RunLog:
    """One log being written; only its owner may read it."""

    def __init__(
        self, folder: Path, *, now: datetime, evals: Iterable[str] = (), total: int = 0
    ) -> None:
        """Begin a log. `now` is in UTC. Raises `StorageError` where none can be written."""
        self._done = self._same = 0
        self._total = total
        self._logs: dict[tuple[str, str], set[str]] = {}
        self._name = f"{_moment(folder, now)}-{os.getpid()}.jsonl"
        self.path = folder / self._name
        with as_storage_error(self.path, "the run log cannot be written"):
            folder.mkdir(parents=True, exist_ok=True)
            _prune(folder, now)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(handle, "wb", buffering=1 << 16)
        self._write(
            encode_line(Head(FORMAT, now.isoformat(timespec="seconds"), tuple(evals), total))
        )

    def add(self, line: Line) -> None:
        """Append one result. Its reasons are for people: secrets are taken out of them."""
        self._done += 1
        if line.why or any(score[3] for score in line.scores):
            scores = tuple((*score[:3], redact(score[3])) for score in line.scores)
            line = msgspec.structs.replace(line, scores=scores, why=redact(line.why))
        encoded = encode_line(line)
        known = self._before.log_of(encoded)
        self._logs.setdefault((line.eval, line.model), set()).add(known or self._name)
        if known:
            self._count_same(1)
        else:
            self._write(encoded)

    def repeat(self, count: int) -> None:
        """Say that so many results are as earlier logs have them."""
        self._done += count
        self._count_same(count)

    def logs_of(self, eval_name: str, model: str) -> tuple[str, ...]:
        """The names of the logs with the results of an eval that were added here."""
        return tuple(sorted(self._logs.get((eval_name, model), ())))

    @cached_property
    def _before(self) -> LoggedLines:
        if self._total > MOST:
            return LoggedLines()
        with as_storage_error(self.path, "the earlier run logs cannot be read"):
            return _logged(self.path.parent, self.path.name)

    def end(self) -> None:
        """Say that the run ended."""
        self._write_same()
        self._write(encode_line(End(self._done)))

    def discard(self) -> None:
        """Nothing was begun after all."""
        with as_storage_error(self.path, "the run log cannot be removed"):
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Write out what is left."""
        if not self._file.closed:
            self._write_same()
        with as_storage_error(self.path, "the run log cannot be written"):
            self._file.close()

    def _count_same(self, count: int) -> None:
        self._same += count
        if self._same >= _AT_ONCE:
            self._write_same()

    def _write_same(self) -> None:
        if self._same:
            self._write(encode_line(Same(self._same)))
            self._same = 0

    def _write(self, encoded: bytes) -> None:
        try:
            self._file.write(encoded + b"\n")
        except OSError as error:
            with as_storage_error(self.path, "the run log cannot be written"):
                raise error


def _prune(folder: Path, now: datetime) -> None:
    """Remove the logs that are too many, too old or too large together; the newest stays."""
    kept = surviving(folder, now)
    for path in _logs(folder):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def surviving(folder: Path, now: datetime) -> frozenset[str]:
    """The names of the logs that are left once another run has begun."""
    size, oldest, left = 0, _stamp(now - MOST_AGE), set[str]()
    for place, path in enumerate(_logs(folder)):
        try:
            size += min(path.stat().st_size, MOST_BYTES // 2 + 1)
        except FileNotFoundError:  # another run has begun and removed it
            continue
        if place < KEPT - 1 and not (place and (size > MOST_BYTES or path.name < oldest)):
            left.add(path.name)
    return frozenset(left)


def _logged(folder: Path, own: str) -> LoggedLines:
    """What the logs but our `own` say of each example last."""
    known = LoggedLines()
    for path in _logs(folder):
        if path.name == own:
            continue
        with suppress(OSError), path.open("rb") as file:
            if known.is_full or read_head(file.readline()) is None:
                continue
            for raw in file:
                if line := read_line(raw):
                    place = (line.eval, line.model, line.example, line.attempt)
                    known.add(place, raw, path.name)
    known.complete()
    return known


def _moment(folder: Path, now: datetime) -> str:
    """What a log's name begins with: later than all there are, also after a clock was set back."""
    moment = _stamp(now)
    for newest in _logs(folder)[:1]:
        before = newest.name.partition("-")[0]
        if before >= moment:
            with suppress(ValueError, OverflowError):
                return _stamp(datetime.strptime(before, _STAMP) + timedelta(milliseconds=1))
    return moment


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03}Z"


def log_lines(folder: Path) -> Iterator[Line]:
    """The results in all logs, the newest run first; what cannot be decoded is passed over.

    Raises `StorageError` for a log that may not be read.
    """
    for path in _logs(folder):
        with as_storage_error(path, "the run log cannot be read"), path.open("rb") as file:
            if read_head(file.readline()) is not None:
                yield from filter(None, map(read_line, file))


def unfinished(folder: Path, eval_name: str) -> Unfinished | None:
    """The newest run of an eval, if it was cut short; None if it ended well or there is none.

    Raises `StorageError` for a log that may not be read.
    """
    for path in _logs(folder):
        with as_storage_error(path, "the run log cannot be read"), path.open("rb") as file:
            head = read_head(file.readline())
            if head is None or eval_name not in head.evals:
                continue
            *_, last = [b"", *deque(file, 1)]
            if is_end(last):
                return None
            file.seek(0)
            return Unfinished(head.began, sum(map(count_results, file)), head.total)
    return None


def _logs(folder: Path) -> list[Path]:
    """The logs in a folder, the newest first."""
    found = (path for path in folder.glob("*.jsonl") if _NAME.fullmatch(path.name))
    return sorted(found, reverse=True)
