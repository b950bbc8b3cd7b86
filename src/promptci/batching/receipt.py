"""What is known of a batch on this machine: written before it is sent, whole at every moment.

A folder holds two files of each batch: `UID.json`, which says what it is and how far, and
`UID.keys`, the request keys of its lines. Both may be copied to another machine, which can then
collect the batch; they hold no prompt, no key to an endpoint and no address that anything is sent
to: the configuration says where an endpoint is.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from promptci.atomic import write_bytes
from promptci.errors import StorageError, as_storage_error
from promptci.latepattern import late
from promptci.specs.completion import SamplingMode
from promptci.spending.spent import Spending

BatchStage: TypeAlias = Literal["planned", "sent", "collected", "failed"]

OPEN: tuple[BatchStage, ...] = ("planned", "sent")
"""The stages of batches whose lines are not to be sent again."""

CANCELLING = "cancelling"
"""The state of a batch that was cancelled here and has not been collected since."""

ASSUMED = "assumed"
"""The state of a batch found by its time and size alone, until results tell whose it is."""

KEPT = 30 * 86400.0
"""Seconds for which it is remembered what became of a batch."""

_LARGEST = 1 << 20
_LARGEST_KEYS = 1 << 25
_LINE = late(rb"([0-9a-f]{64}) (\d{1,6})( replace)?", re.ASCII)
_NAME = late(r"[0-9a-f]{32}", re.ASCII)


class ReceiptShape(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How answers are to be read; see `AnswerShape`."""

    sampling: SamplingMode
    stops: tuple[str, ...] = ()


class Receipt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One batch. `uid` is ours, `batch` the service's id, empty before that was seen.

    `endpoint` and `model` are names of the configuration, `address` and `model_id` what they meant
    for. `created` is in seconds since 1970. `held` is set aside under a ceiling, in the ledger of
    that name; `state` is the service's own word. Of a batch that was collected `answered` lines had
    an answer.
    """

    format: Literal[1] = 1
    uid: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    endpoint: str
    address: str
    model: str
    model_id: str
    task: Literal["chat", "embeddings"]
    count: Annotated[int, Meta(ge=1, le=10_000_000)]
    size: Annotated[int, Meta(ge=0)]
    created: float
    stage: BatchStage
    shapes: tuple[ReceiptShape, ...]
    batch: Annotated[str, Meta(max_length=200)] = ""
    state: Annotated[str, Meta(max_length=100)] = ""
    held: Spending = Spending()
    ledger: Annotated[str, Meta(pattern=r"^[\w.-]{0,80}$")] = ""
    answered: int = 0

    @property
    def held_back(self) -> Spending:
        """What is set aside beside the calls."""
        return Spending(0, self.held.tokens, self.held.cost)

    @property
    def name(self) -> str:
        """What to call it: the service's id, or ours where that is not known."""
        return self.batch or self.uid[:12]


class BatchEntry(Struct, frozen=True):
    """One line: its key, the number of its shape, and whether its answer replaces a stored one."""

    key: str
    shape: int = 0
    replaces: bool = False


_decode = msgspec.json.Decoder(Receipt).decode


class BatchFolder:
    """The receipts of a project's batches."""

    def __init__(self, path: Path) -> None:
        """Nothing is made before something is written."""
        self.path = path

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Keep other processes from making batches for as long as the block takes."""
        with self._locked(self.path / "lock"):
            yield

    @contextmanager
    def collecting(self, uid: str) -> Iterator[Receipt | None]:
        """Keep others from collecting a batch; gives it as it is now, None if it is gone."""
        if not self._keys(uid).exists():
            yield None
            return
        with self._locked(self._keys(uid)):
            yield self.read(uid)

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        with as_storage_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with suppress(OSError):  # without locks a batch may be collected twice, to no harm
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def plan(self, receipt: Receipt, entries: Iterable[BatchEntry]) -> None:
        """Write down that a batch is about to be sent. Raises `StorageError`."""
        write_bytes(self._keys(receipt.uid), map(_written, entries))
        self.write(receipt)

    def write(self, receipt: Receipt) -> None:
        """Write down how far a batch is. Raises `StorageError`."""
        write_bytes(self._receipt(receipt.uid), (msgspec.json.encode(receipt), b"\n"))

    def read(self, uid: str) -> Receipt | None:
        """One receipt, None if there is none. Raises `StorageError` for a damaged one."""
        path = self._receipt(uid)
        with as_storage_error(path, "cannot be read", passes=(FileNotFoundError,)):
            try:
                data = _read(path, _LARGEST)
            except FileNotFoundError:
                return None
        try:
            found = _decode(data)
        except ValueError as error:
            cure = "delete it, and its batch is not collected"
            raise StorageError(f"{path}: is no receipt of a batch ({error}): {cure}") from None
        return found if found.uid == uid else None

    def entries(self, uid: str) -> list[BatchEntry]:
        """The lines of a batch. Raises `StorageError` where they cannot be read."""
        path = self._keys(uid)
        with as_storage_error(path, "cannot be read"):
            lines = _read(path, _LARGEST_KEYS).splitlines()
        found = [_LINE.fullmatch(line) for line in lines]
        if not all(found):
            raise StorageError(f"{path}: holds something that is no request key: delete it")
        return [BatchEntry(m[1].decode(), int(m[2]), bool(m[3])) for m in found if m]

    def receipts(self) -> list[Receipt]:
        """All receipts, the oldest first. Raises `StorageError` for a damaged one."""
        names = sorted(p.stem for p in self.path.glob("*.json")) if self.path.is_dir() else []
        read = (self.read(name) for name in names if _NAME.fullmatch(name))
        return sorted((each for each in read if each), key=lambda each: (each.created, each.uid))

    def open(self) -> list[Receipt]:
        """Those whose batches are under way, or may be."""
        return [each for each in self.receipts() if each.stage in OPEN]

    def forget(self, uid: str) -> None:
        """Remove what is known of a batch."""
        with as_storage_error(self.path, "cannot be removed"):
            for path in (self._receipt(uid), self._keys(uid)):
                path.unlink(missing_ok=True)

    def tidy(self, now: float) -> None:
        """Forget what became of batches long ago, and lines of whoever was killed before sending.

        Only while no other process is sending.
        """
        for each in self.receipts():
            if each.stage not in OPEN and now - each.created > KEPT:
                self.forget(each.uid)
        with as_storage_error(self.path, "cannot be removed"):
            for path in self.path.glob("*.jsonl"):
                path.unlink(missing_ok=True)

    def lines(self, uid: str) -> Path:
        """Where the lines of a batch are while it is being sent."""
        return self.path / f"{uid}.jsonl"

    def _receipt(self, uid: str) -> Path:
        return self.path / f"{uid}.json"

    def _keys(self, uid: str) -> Path:
        return self.path / f"{uid}.keys"


def _written(entry: BatchEntry) -> bytes:
    return f"{entry.key} {entry.shape}{' replace' if entry.replaces else ''}\n".encode()


def _read(path: Path, most: int) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise StorageError(f"{path}: is larger than promptci writes it: delete it")
    return data


def names_of(receipts: Sequence[Receipt]) -> str:
    """The ids of batches, in a sentence."""
    shown = ", ".join(each.name for each in receipts[:5])
    return f"{shown} and {len(receipts) - 5} more" if len(receipts) > 5 else shown
