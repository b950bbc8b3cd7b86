"""Run logs: one JSONL file per run in `.promptci/runs`, appended as results arrive.

A line names the answer by its key in the cache rather than repeating it. Logs are for looking
back (`promptci show`); nothing else depends on them.
"""

import json
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from promptci.errors import StorageError
from promptci.secrets.known import redact

FORMAT = 1
KEPT = 20
"""Logs kept; older ones go when a run begins."""

_NAME = re.compile(r"\d{8}T\d{9}Z-\d+\.jsonl", re.ASCII)
"""Only files of this name are read and removed: the folder may turn out to be a link."""


_STAMP = "%Y%m%dT%H%M%S%fZ"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One example of one run. `scores` holds label, value, passed and why of each scorer."""

    eval: str
    model: str
    example: str
    attempt: int
    fate: str
    score: float
    key: str = ""
    scores: tuple[tuple[str, float, bool, str], ...] = ()
    why: str = ""


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line of a log: its format and when the run began (RFC 3339, UTC).

    `evals` are those that the run was to evaluate, `total` their examples on all models; earlier
    versions wrote neither.
    """

    format: int
    began: str
    evals: tuple[str, ...] = ()
    total: int = 0


class End(msgspec.Struct, frozen=True):
    """The last line of the log of a run that came to its end; others were cut short."""

    done: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The newest run of an eval, if it was cut short: how far it came."""

    began: str
    done: int
    total: int


_encode = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(Head).decode
_decode_end = msgspec.json.Decoder(End).decode
_decode = msgspec.json.Decoder(Line).decode


class RunLog:
    """One log being written; only its owner may read it."""

    def __init__(
        self, folder: Path, *, now: datetime, evals: Iterable[str] = (), total: int = 0
    ) -> None:
        """Begin a log. `now` is in UTC. Raises `StorageError` where none can be written."""
        self._done = 0
        self.path = folder / f"{_moment(folder, now)}-{os.getpid()}.jsonl"
        with _as_storage_error(self.path, "written"):
            folder.mkdir(parents=True, exist_ok=True)
            for old in _logs(folder)[KEPT - 1 :]:
                old.unlink(missing_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(handle, "wb", buffering=1 << 16)
        self._write(Head(FORMAT, now.isoformat(timespec="seconds"), tuple(evals), total))

    def add(self, line: Line) -> None:
        """Append one result. Its reasons are for people: secrets are taken out of them."""
        self._done += 1
        scores = tuple((*score[:3], redact(score[3])) for score in line.scores)
        self._write(msgspec.structs.replace(line, scores=scores, why=redact(line.why)))

    def end(self) -> None:
        """Say that the run came to its end."""
        self._write(End(self._done))

    def discard(self) -> None:
        """Nothing was begun after all."""
        with _as_storage_error(self.path, "removed"):
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Write out what is left."""
        with _as_storage_error(self.path, "written"):
            self._file.close()

    def _write(self, value: Line | Head | End) -> None:
        with _as_storage_error(self.path, "written"):
            self._file.write(_encoded(value) + b"\n")


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
        with _as_storage_error(path, "read"), path.open("rb") as file:
            if _head(file.readline()) is not None:
                yield from filter(None, map(_decoded, file))


def unfinished(folder: Path, eval_name: str) -> Unfinished | None:
    """The newest run of an eval, if it was cut short; None if it ended well or there is none.

    Raises `StorageError` for a log that may not be read.
    """
    for path in _logs(folder):
        with _as_storage_error(path, "read"), path.open("rb") as file:
            head = _head(file.readline())
            if head is None or eval_name not in head.evals:
                continue
            *_, last = [b"", *deque(file, 1)]
            if _ended(last):
                return None
            file.seek(0)
            return Unfinished(head.began, sum(1 for _ in filter(_decoded, file)), head.total)
    return None


def _logs(folder: Path) -> list[Path]:
    """The logs in a folder, the newest first."""
    found = (path for path in folder.glob("*.jsonl") if _NAME.fullmatch(path.name))
    return sorted(found, reverse=True)


def _head(raw: bytes) -> Head | None:
    """The head of a log of our format."""
    try:
        head = _decode_head(raw)
    except ValueError:
        return None
    return head if head.format == FORMAT else None


def _ended(raw: bytes) -> bool:
    try:
        _decode_end(raw)
    except ValueError:
        return False
    return True


def _decoded(raw: bytes) -> Line | None:
    try:
        return _decode(raw)
    except ValueError:
        return None


def _encoded(value: Line | Head | End) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:  # half a character, in a reason that quotes an answer
        return json.dumps(msgspec.to_builtins(value), ensure_ascii=False).encode("utf-8", "replace")


@contextmanager
def _as_storage_error(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"{path}: the run log cannot be {done}: {why}") from error
