"""What each commit did to the records of one eval, as entries of its history."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.comparison import Comparison, compare_differing
from promptci.compare.outcomes.splits import ResultSplit, SplitBy, whole
from promptci.errors import SpecError
from promptci.git.filechanges import FileChange
from promptci.history.joinedevals import Join
from promptci.history.modelpairs import pair_models
from promptci.history.movedexamples import compare_moved
from promptci.history.oldformat import is_mixed
from promptci.history.recordhistory import (
    MAIN,
    History,
    OpenAt,
    ReadBlobs,
    RecordedCommit,
    damage_of,
)
from promptci.history.recordlog import Entry
from promptci.records.chunkreader import nowhere
from promptci.records.record import Record, Records

SplitAt: TypeAlias = Callable[[str, str], SplitBy]
"""Splits the records of two commits, the older first, by what the examples were there."""

Update: TypeAlias = Callable[[FileChange, Records], Records]
"""Old records from the first parent of a change as they would be written today."""


class _Rules(Struct, frozen=True):
    """What holds for all points of a history; see `entries`."""

    cut: frozenset[str]
    update: Update
    join: Join
    split_at: SplitAt


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
    rules = _Rules(cut, update, join, split_at)
    for index, point in enumerate(points):
        rows = known(index)
        if rows is None:
            rows = _rows(history, index, rules)
            if point.place != MAIN:
                rows = [replace(entry, place=point.place) for entry in rows]
            note(index, rows)
        yield from rows


def _rows(history: History, index: int, rules: _Rules) -> list[Entry]:
    """The entries of one point; that its record is damaged may only show in a chunk."""
    try:
        return list(_at(history, index, rules))
    except SpecError as error:
        return [Entry(history.points[index].step, "", None, damage=damage_of(error))]


def _at(history: History, index: int, rules: _Rules) -> Iterator[Entry]:
    """What became of the records at one point."""
    point, damage = history.points[index], history.damage(history.points[index])
    if damage:
        yield Entry(point.step, "", None, damage=damage)
        return
    parent = history.parent(index)
    is_cut = parent is None or (point.step.revision.id in rules.cut and not point.is_later)
    after = history.after(point)
    if parent and is_mixed(parent, after):
        parent = rules.update(point.step, parent)
    known, came = (parent, ()) if point.is_later else rules.join(point.step, parent or {}, after)
    sides = history.before(index, known or {}), after
    commits = history.commit_before(index), point.step.revision.id

    def split_by(base: Record, head: Record, found: Comparison) -> tuple[ResultSplit, ...]:
        return rules.split_at(*commits)(base, head, found)

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
