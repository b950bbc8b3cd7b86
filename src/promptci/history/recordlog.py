"""How the scores of one eval came about, commit by commit, read from its records in git."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.comparison import Comparison, ExampleEdits, compare_differing
from promptci.compare.outcomes.splits import ResultSplit, SplitBy, whole
from promptci.errors import SpecError
from promptci.git.commits import FileChange
from promptci.history.joinedevals import Join
from promptci.history.modelpairs import pair_models
from promptci.history.movedexamples import compare_moved
from promptci.history.oldformat import is_mixed
from promptci.history.recordhistory import (
    MAIN,
    History,
    OpenAt,
    Place,
    ReadBlobs,
    RecordedCommit,
    damage_of,
)
from promptci.judges.changedjudge import ChangedJudge
from promptci.records.chunkreader import nowhere
from promptci.records.record import Accepted, Record, Records
from promptci.suite.filenames import path_eval_name

SplitAt: TypeAlias = Callable[[str, str], SplitBy]
"""Splits the records of two commits, the older first, by what the examples were there."""

Update: TypeAlias = Callable[[FileChange, Records], Records]
"""Old records from the first parent of a change as they would be written today."""


class Entry(Struct, frozen=True):
    """What became of one model's record at one commit.

    `record` comes without its results and is None where the record went away or is damaged; then
    `damage` says how. `score` is None also where no example has an answer. `base` is the record
    before it, None for a first one. `what` names the parts of the fingerprint that differ.
    `delta`, `lost` and `won` are those of a comparison, which `obstacle` rules out. `accepted` are
    losses accepted here. `is_cut` says that the record before is not known: a shallow clone lacks
    it, or it is damaged. `judges` are those that changed, where that was looked for. `fallen` are
    expected values and tags that fell beyond the tolerance. `split` names the evals among which
    this one was split here, `joined` those that were joined into it. `unmeasured` examples were not
    asked since two branches were merged, and `measured` are those of the record before that were.
    `edits` are the examples that are others than before. `stale` names the parts of the fingerprint
    in which the record is not of its commit's files, None where that was not looked for.
    """

    step: FileChange
    model: str
    record: Record | None
    score: float | None = None
    base: Record | None = None
    what: tuple[str, ...] = ()
    delta: float | None = None
    lost: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    obstacle: str = ""
    damage: str = ""
    is_later: bool = False
    is_cut: bool = False
    judges: tuple[ChangedJudge, ...] = ()
    fallen: tuple[ResultSplit, ...] = ()
    place: Place = MAIN
    split: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    unmeasured: int = 0
    measured: int = 0
    edits: ExampleEdits = ExampleEdits()
    stale: tuple[str, ...] | None = ()

    @property
    def eval(self) -> str:
        """What the eval is called at this commit."""
        return path_eval_name(self.step.path)

    @property
    def was(self) -> str:
        """What the eval was called in the record before, if otherwise."""
        return path_eval_name(self.step.source.rpartition("evals/")[2]) if self.base else ""


class RecordLog(Struct, frozen=True):
    """The history of an eval's records, the newest first, with what to know of it.

    `older` says of the record in the working tree that it is older than the files there.
    """

    eval: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()
    older: tuple[str, ...] = ()

    @property
    def begins_stale(self) -> bool:
        """Whether any record of the newest commit is not of its files, or was not compared."""
        newest = self.entries[0].step.revision
        return any(entry.stale != () for entry in self.entries if entry.step.revision == newest)

    @property
    def exit_code(self) -> int:
        """0: a history is neither good nor bad."""
        return 0


def entries(
    points: Sequence[RecordedCommit],
    read: ReadBlobs,
    eval_name: str,
    *,
    earlier: Mapping[int, int] | None = None,
    cut: frozenset[str] = frozenset(),
    update: Update = lambda _, records: records,
    join: Join = lambda _, before, __: (before, ()),
    split_at: SplitAt = lambda _, __: whole,
    known: Callable[[int], list[Entry] | None] = lambda _: None,
    note: Callable[[int, list[Entry]], object] = lambda _, __: None,
    open_at: OpenAt = lambda _: nowhere,
) -> Iterator[Entry]:
    """What became of an eval's records at each point, these going from newest to oldest.

    `cut` are ids of commits whose parents are missing, `earlier` the place of the point before
    each. A damaged record is an entry of its own and is passed over: the next one is compared with
    the last that could be read. `update` gives old records, which are those in the first parent of
    a change, the digests that new ones have, `join` those of evals that it took in. `split_at` is
    only called for records of which something fell. What is `known` of a point is not worked out;
    `note` receives what was. `open_at` reads the chunks of large records.
    """
    history = History(points, read, eval_name, earlier, open_at)
    for index, point in enumerate(points):
        rows = known(index)
        if rows is None:
            rows = _rows(history, index, cut, update, join, split_at)
            if point.place != MAIN:
                rows = [replace(entry, place=point.place) for entry in rows]
            note(index, rows)
        yield from rows


def _rows(
    history: History,
    index: int,
    cut: frozenset[str],
    update: Update,
    join: Join,
    split_at: SplitAt,
) -> list[Entry]:
    """The entries of one point; that its record is damaged may only show in a chunk."""
    try:
        return list(_at(history, index, cut, update, join, split_at))
    except SpecError as error:
        return [Entry(history.points[index].step, "", None, damage=damage_of(error))]


def _at(
    history: History,
    index: int,
    cut: frozenset[str],
    update: Update,
    join: Join,
    split_at: SplitAt,
) -> Iterator[Entry]:
    """What became of the records at one point."""
    point, damage = history.points[index], history.damage(history.points[index])
    if damage:
        yield Entry(point.step, "", None, damage=damage)
        return
    parent = history.parent(index)
    is_cut = parent is None or (point.step.revision.id in cut and not point.is_later)
    after = history.after(point)
    if parent and is_mixed(parent, after):
        parent = update(point.step, parent)
    known, came = (parent, ()) if point.is_later else join(point.step, parent or {}, after)
    sides = history.before(index, known or {}), after
    commits = history.commit_before(index), point.step.revision.id

    def split_by(base: Record, head: Record, found: Comparison) -> tuple[ResultSplit, ...]:
        return split_at(*commits)(base, head, found)

    for model, base, record in pair_models(*sides):
        if point.is_later or parent is None or parent.get(model) != record:
            was = (parent or {}).get(base.model if base else model)
            for row in _changed(point, model, base, record, is_cut=is_cut, split_by=split_by):
                open_ = was.unmeasured if was and row.record else 0
                yield replace(row, joined=came, measured=max(0, open_ - row.unmeasured))


def _changed(
    point: RecordedCommit,
    model: str,
    base: Record | None,
    record: Record | None,
    *,
    is_cut: bool,
    split_by: SplitBy,
) -> Iterator[Entry]:
    """What became of a record; nothing where one was not computed later."""
    if record is not None and base is not None:
        yield _compared(point, model, record, base, split_by)
    elif record is not None:
        entry = Entry(point.step, model, _bare(record), _score(record), accepted=record.accepted)
        is_later, is_open = point.is_later, record.unmeasured
        yield replace(entry, is_later=is_later, is_cut=is_cut, unmeasured=is_open)
    elif not point.is_later:
        yield Entry(point.step, model, None, base=_bare(base))


def _compared(
    point: RecordedCommit, model: str, record: Record, base: Record, split_by: SplitBy
) -> Entry:
    found, delta = compare_moved(base, record)
    has_fall = not found.obstacle and (found.ids("lost") or (delta or 0.0) < 0)
    splits = split_by(base, record, compare_differing(base, record)) if has_fall else ()
    return Entry(
        step=point.step,
        model=model,
        record=_bare(record),
        score=_score(record),
        base=_bare(base),
        what=record.changed_since(base),
        delta=delta,
        lost=found.flipped_ids("lost"),
        won=found.flipped_ids("won"),
        accepted=tuple(loss for loss in record.accepted if loss not in base.accepted),
        obstacle=found.obstacle,
        is_later=point.is_later,
        fallen=tuple(each for each in splits if each.has_fallen),
        unmeasured=record.unmeasured,
        edits=found.edits,
    )


def _bare(record: Record | None) -> Record | None:
    """A record without its results, which are too many to be kept for a whole history."""
    return None if record is None else replace(record, results=())


def _score(record: Record) -> float | None:
    return record.score if record.errors < record.total else None
