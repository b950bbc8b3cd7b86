"""The records of one eval at many commits, read from git objects while they are near."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice

from msgspec import Struct

from promptci.errors import SpecError
from promptci.git.filechanges import FileChange
from promptci.records.chunkreader import OpenFile, nowhere
from promptci.records.record import Record, Records
from promptci.records.recordfile import read_records
from promptci.records.restored import filled_in

KEPT = 16
"""Files held at a time: a commit's two sides are nearly always neighbours."""

ReadBlobs = Callable[[Sequence[str]], Iterator[bytes]]
"""The bytes of objects by their ids, in the same order."""

OpenAt = Callable[[str], OpenFile]
"""Reads the files of a commit, by its id."""


class Place(Struct, frozen=True):
    """The line of history that a commit is on: its branch, and the merge that brought it in.

    `depth` is 0 on the main line, which no merge brought in.
    """

    branch: str = ""
    merge: str = ""
    depth: int = 0


MAIN = Place()
"""The main line."""


class RecordedCommit(Struct, frozen=True):
    """A commit at which records are known; `is_later` where they were computed afterwards.

    `damage` says what the commit did to files beside the record, as which it is no other one.
    """

    step: FileChange
    records: Records
    is_later: bool = False
    place: Place = MAIN
    damage: str = ""


@lru_cache
def damage_of(error: SpecError) -> str:
    """What is wrong with a score file, in a few words and without the cure."""
    fault = error.faults[0]
    return f"line {fault.line}: {fault.message.rpartition(': ')[0] or fault.message}"


class History:
    """The records at each point and before it, each file read once while it is near."""

    def __init__(
        self,
        points: Sequence[RecordedCommit],
        read: ReadBlobs,
        eval_name: str,
        earlier: Mapping[int, int] | None = None,
        open_at: OpenAt = lambda _: nowhere,
    ) -> None:
        """`earlier` is the place of the next older point of each; by default the next one's.

        `open_at` reads the files of a commit, by its id.
        """
        self.points = points
        self._earlier = earlier
        self.has_later = any(point.is_later for point in points)
        blobs = _Blobs(points, read)
        places = _places(points)

        def read_blob(blob: str) -> tuple[Records, str]:
            commit, path = places.get(blob, ("", ""))
            return _read(blobs.take(blob), path, eval_name, open_at(commit))

        self.read = lru_cache(KEPT)(read_blob)

    def damage(self, point: RecordedCommit) -> str:
        """What is wrong with a committed record; empty if it can be read."""
        is_read = point.step.blob and not point.is_later
        return point.damage or (self.read(point.step.blob)[1] if is_read else "")

    def after(self, point: RecordedCommit) -> Records:
        """The records at a point."""
        if point.is_later:
            return point.records
        return self.read(point.step.blob)[0] if point.step.blob else {}

    def parent(self, index: int) -> Records | None:
        """The records in a point's first parent; of an older commit if those are damaged.

        None if they are not known, and nothing for a point that was computed later.
        """
        point = self.points[index]
        blob = "" if point.is_later else point.step.before
        for older in islice(self.points, index + 1, None):
            if not blob or not self.read(blob)[1]:
                break
            if older.step.blob == blob:
                blob = older.step.before
        if not blob:
            return {}
        records, damage = self.read(blob)
        return None if damage else records

    def before(self, index: int, parent: Records) -> Records:
        """The records that a point is compared with.

        They are those of its parent, unless those of a commit between were computed later; for one
        computed later they are those of the next older point.
        """
        parent = {model: self._filled(index, each) for model, each in parent.items()}
        if not self.has_later:
            return parent
        point, found = self.points[index], dict(parent)
        for model in self.after(point):
            older = self._older(index, model)
            if older is not None and (point.is_later or older.is_later):
                found[model] = self.after(older)[model]
        return found

    def commit_before(self, index: int) -> str:
        """The commit whose records a point is compared with, by its id; empty if there is none."""
        at = self._next(index)
        if at is not None:
            return self.points[at].step.revision.id
        return next(iter(self.points[index].step.parents), "")

    def _filled(self, index: int, record: Record) -> Record:
        """A record before a point, with what a merge left unmeasured as it was before that."""
        at = self._next(index)
        while at is not None and record.unmeasured:
            older = self.after(self.points[at]).get(record.model)
            record = filled_in(record, older) if older else record
            at = self._next(at)
        return record

    def _older(self, index: int, model: str) -> RecordedCommit | None:
        """The next older point that has a record of this model."""
        found = self._next(index)
        while found is not None and model not in self.after(self.points[found]):
            found = self._next(found)
        return None if found is None else self.points[found]

    def _next(self, index: int) -> int | None:
        """The place of the next older point."""
        if self._earlier is not None:
            return self._earlier.get(index)
        return index + 1 if index + 1 < len(self.points) else None


class _Blobs:
    """The objects of the points, read ahead in the order in which they will be wanted."""

    def __init__(self, points: Sequence[RecordedCommit], read: ReadBlobs) -> None:
        sides = ((point.step.blob, point.step.before) for point in points if not point.is_later)
        ids = [id_ for id_ in dict.fromkeys(chain.from_iterable(sides)) if id_]
        self._ahead = zip(ids, read(ids), strict=True)
        self._unused: dict[str, bytes] = {}
        self._used: set[str] = set()
        self._read = read

    def take(self, blob: str) -> bytes:
        """The bytes of an object, which are then forgotten."""
        if blob in self._used:
            return next(self._read((blob,)))
        self._used.add(blob)
        while blob not in self._unused:
            id_, data = next(self._ahead)
            self._unused[id_] = data
        return self._unused.pop(blob)


def _places(points: Sequence[RecordedCommit]) -> dict[str, tuple[str, str]]:
    """A commit that has each object, and the object's path there."""
    steps = [point.step for point in points if not point.is_later]
    above = {s.before: (s.parents[0], s.source or s.path) for s in steps if s.parents}
    return above | {step.blob: (step.revision.id, step.path) for step in steps}


def _read(data: bytes, path: str, eval_name: str, open_: OpenFile) -> tuple[Records, str]:
    """The records in a file, or what is wrong with it."""
    try:
        return read_records(data, path, eval_name, open_), ""
    except SpecError as error:
        return {}, damage_of(error)
