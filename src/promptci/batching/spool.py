"""Requests written as lines to disk, parted into as many batches as the services' limits ask for.

Nothing of a request stays in memory but its key.
"""

import os
from collections.abc import Iterable
from functools import partial
from io import BufferedWriter
from typing import Literal

from msgspec import Struct, field

from promptci.batching.receipt import BatchEntry, BatchFolder, ReceiptShape
from promptci.errors import as_storage_error
from promptci.models.batchapis.kinds import BatchKind
from promptci.models.batchapis.service import Parcel
from promptci.models.hosted.effective import effective_sampling, stops_to_cut_at
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Request
from promptci.spending.spent import NOTHING_SPENT, Spending


class Draft(Struct):
    """Lines that are to become one batch; `bound` is the most that their answers may take."""

    uid: str
    model: ModelSpec
    task: Literal["chat", "embeddings"]
    entries: list[BatchEntry] = field(default_factory=list)
    shapes: list[ReceiptShape] = field(default_factory=list)
    bound: Spending = NOTHING_SPENT
    size: int = 0

    def parcel(self, folder: BatchFolder) -> Parcel:
        """The same as it goes to a service."""
        path, count = folder.lines(self.uid), len(self.entries)
        keys = partial(keys_of, self.entries)
        return Parcel(self.uid, path, self.model.model_id, self.task, count, self.size, keys)


def keys_of(entries: Iterable[BatchEntry]) -> frozenset[str]:
    """The keys of lines."""
    return frozenset(entry.key for entry in entries)


class Spool:
    """The drafts of one round; they are on disk once it is closed."""

    def __init__(self, folder: BatchFolder) -> None:
        self.folder = folder
        self.keys: set[str] = set()
        self.drafts: list[Draft] = []
        self._open: dict[tuple[str, str, str, str], tuple[Draft, BufferedWriter]] = {}

    def add(
        self,
        request: Request,
        line: bytes,
        kind: BatchKind,
        *,
        refused: frozenset[str],
        replaces: bool,
        bound: Spending,
    ) -> bool:
        """Write a line down. False where it is too large for any batch.

        Raises `StorageError` where that cannot be done.
        """
        if len(line) >= kind.most_bytes:
            return False
        draft, file = self._place(request, len(line) + 1, kind)
        settings = request.settings
        stops = stops_to_cut_at(settings, refused)
        shape = ReceiptShape(effective_sampling(settings, refused), stops)
        if shape not in draft.shapes:
            draft.shapes.append(shape)
        with as_storage_error(self.folder.lines(draft.uid)):
            file.write(line)
            file.write(b"\n")
        draft.size += len(line) + 1
        draft.bound += bound
        draft.entries.append(BatchEntry(request.key, draft.shapes.index(shape), replaces))
        self.keys.add(request.key)
        return True

    def _place(self, request: Request, size: int, kind: BatchKind) -> tuple[Draft, BufferedWriter]:
        """The draft that has room for a line: the last of its model, or a new one."""
        model, task = request.settings.model, request.settings.task
        group = (model.endpoint.name, model.endpoint.address, model.model_id, task)
        found = self._open.get(group)
        if found is not None:
            draft, file = found
            if len(draft.entries) < kind.most_requests and draft.size + size <= kind.most_bytes:
                return found
            self._end(draft, file)
        draft = Draft(os.urandom(16).hex(), model, task)
        path = self.folder.lines(draft.uid)
        with as_storage_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[group] = draft, path.open("xb")
        self.drafts.append(draft)
        return self._open[group]

    def _end(self, draft: Draft, file: BufferedWriter) -> None:
        with as_storage_error(self.folder.lines(draft.uid)):
            file.close()

    def close(self) -> None:
        """Write out what is in memory. Raises `StorageError`."""
        for draft, file in self._open.values():
            self._end(draft, file)
        self._open.clear()

    def discard(self) -> None:
        """Remove all lines that were not sent, and forget the rest."""
        self.close()
        for draft in self.drafts:
            self.folder.lines(draft.uid).unlink(missing_ok=True)
        self.drafts.clear()
        self.keys.clear()


def halves(draft: Draft, folder: BatchFolder) -> tuple[Draft, Draft]:
    """A draft of at least two lines in two parts. Raises `StorageError`."""
    middle, bound = len(draft.entries) // 2, draft.bound
    first = Spending(middle, bound.tokens // 2, bound.cost / 2)
    parts = [
        Draft(os.urandom(16).hex(), draft.model, draft.task, entries, draft.shapes, part)
        for entries, part in (
            (draft.entries[:middle], first),
            (draft.entries[middle:], bound + -first),
        )
    ]
    whole = folder.lines(draft.uid)
    with as_storage_error(whole), whole.open("rb") as file:
        for part in parts:
            with folder.lines(part.uid).open("xb") as out:
                for _ in part.entries:
                    part.size += out.write(file.readline())
    whole.unlink(missing_ok=True)
    return parts[0], parts[1]
