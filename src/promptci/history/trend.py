"""How all evals of a project scored together, commit by commit along the main line."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from math import fsum

from msgspec import Struct, field

from promptci.compare.comparison import Comparison, compare_differing
from promptci.compare.pairing.renamedetection import match_joins, match_origins
from promptci.errors import SpecError
from promptci.git.folderhistory import FolderChange
from promptci.history.joinedevals import with_joined
from promptci.history.modelpairs import pair_models
from promptci.history.oldformat import is_mixed
from promptci.history.recordhistory import OpenAt
from promptci.history.sidetraits import side_traits
from promptci.history.trendpoints import TrendPoint
from promptci.records.chunkfiles import RECORD
from promptci.records.chunkreader import OpenFile, nowhere
from promptci.records.record import Records
from promptci.records.recordfile import read_records
from promptci.records.restored import filled_in
from promptci.records.results import summed_up
from promptci.suite.filenames import path_eval_name

UpdateFolder = Callable[[FolderChange, str, Records], Records]
"""Old records of an eval from the first parent of a change as they would be written today."""


class _Moves(Struct):
    """What a commit changed."""

    moves: list[float] = field(default_factory=list)
    lost: list[tuple[str, str, str]] = field(default_factory=list)
    won: list[tuple[str, str, str]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    not_comparable: list[str] = field(default_factory=list)

    def take(self, name: str, model: str, found: Comparison) -> None:
        """Add how one eval on one model differs."""
        if found.obstacle:
            self.not_comparable.append(name)
            return
        sides = [(each.base, each.head) for each in found.changes]
        shared = [(b, h) for b, h in sides if b and h and b.digest == h.digest]
        answered = [(b, h) for b, h in shared if "error" not in (b.fate, h.fate)]
        self.moves += [head.score - base.score for base, head in answered]
        self.lost += ((name, model, id_) for id_ in found.ids("lost"))
        self.won += ((name, model, id_) for id_ in found.ids("won"))


def find_trend(
    changes: Iterable[FolderChange],
    blobs: Mapping[str, str],
    read: Callable[[str], bytes],
    *,
    newest: str = "",
    open_at: OpenAt = lambda _: nowhere,
    model: str | None = None,
    update: UpdateFolder = lambda *given: given[-1],
) -> Iterator[TrendPoint]:
    """What each commit made of the records, these going from newest to oldest.

    `blobs` are the objects of all records at the newest commit, by path. With `model` only its
    records count. `open_at` reads the chunks of large ones.
    """
    steps = [(step, touched) for step in changes if (touched := _touched(step))]
    there = dict(blobs)
    places = _places(step for step, _ in steps) | dict.fromkeys(blobs.items(), newest)
    files = _Files(read, model, lambda path, blob: open_at(places.get((path, blob), newest)))
    for _, touched in steps:
        there = _moved(there, {path: old for path, (old, _) in touched.items()})
    found: list[TrendPoint] = []
    for step, touched in reversed(steps):
        there = _moved(there, {path: new for path, (_, new) in touched.items()})
        found.append(_point(step, touched, there, files, update))
    return reversed(found)


def _touched(step: FolderChange) -> dict[str, tuple[str, str]]:
    return {path: pair for path, pair in step.files.items() if path.endswith(RECORD)}


def _places(steps: Iterable[FolderChange]) -> dict[tuple[str, str], str]:
    """A commit that has a record's object at its path."""
    found: dict[tuple[str, str], str] = {}
    for step in steps:
        for path, (old, new) in _touched(step).items():
            found[path, new] = step.revision.id
            found.setdefault((path, old), next(iter(step.parents), ""))
    return found


def _moved(there: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """The objects of records with others in their place, or none."""
    return {path: blob for path, blob in {**there, **changed}.items() if blob}


class _Files:
    """Score files by their objects, each read once while it is near.

    `measured` are the last records of each path, what a merge left open as it was before.
    """

    def __init__(
        self, read: Callable[[str], bytes], model: str | None, open_: Callable[[str, str], OpenFile]
    ) -> None:
        self._read, self._model, self._open = read, model, open_
        self.measured: dict[str, Records] = {}
        self.records = lru_cache(512)(self._records)  # what is held at a time
        self.sums = lru_cache(None)(self._sums)

    def _records(self, path: str, blob: str) -> Records | None:
        """The records in a file; None for a damaged one."""
        if not blob:
            return {}
        try:
            data, open_ = self._read(blob), self._open(path, blob)
            found = read_records(data, path, path_eval_name(path), open_)
        except SpecError:
            return None
        return {name: r for name, r in found.items() if self._model in (None, name)}

    def _sums(self, path: str, blob: str) -> tuple[float, int, int, int, int]:
        """The sum of scores, and how many were answered, passed, there and left open by a merge."""
        records = (self.records(path, blob) or {}).values()
        sums = [summed_up(record.results) for record in records]
        passed, total = sum(r.passed for r in records), sum(r.total for r in records)
        sum_, answered = fsum(each.sum for each in sums), sum(each.answered for each in sums)
        return sum_, answered, passed, total, sum(r.unmeasured for r in records)


def _point(
    step: FolderChange,
    touched: Mapping[str, tuple[str, str]],
    there: Mapping[str, str],
    files: _Files,
    update: UpdateFolder,
) -> TrendPoint:
    found = _Moves()
    for name, before, after in _sides(step, touched, files, update):
        _compare(name, before, after, found)
    sums = [files.sums(path, blob) for path, blob in there.items()]
    answered = sum(each[1] for each in sums)
    damaged = (path for path, (_, blob) in touched.items() if files.records(path, blob) is None)
    return TrendPoint(
        step,
        fsum(each[0] for each in sums) / answered if answered else None,
        sum(each[2] for each in sums),
        sum(each[3] for each in sums),
        fsum(found.moves) / answered if answered else 0.0,
        tuple(found.lost),
        tuple(found.won),
        tuple(found.changed),
        tuple(found.added),
        tuple(found.removed),
        tuple(dict.fromkeys(found.not_comparable)),
        tuple(path_eval_name(path) for path in damaged),
        sum(each[4] for each in sums),
    )


def _sides(
    step: FolderChange, touched: Mapping[str, tuple[str, str]], files: _Files, update: UpdateFolder
) -> Iterator[tuple[str, Records, Records]]:
    """Each eval that a commit touched, with its records before, under whatever name, and after."""
    before: dict[str, Records] = {}
    after: dict[str, Records] = {}
    for path, (old, new) in sorted(touched.items()):
        name = path_eval_name(path)
        was, now = files.measured.get(path) if old else {}, files.records(path, new)
        was = files.records(path, old) if was is None else was
        files.measured[path] = _filled(now or {}, was or {})
        if was and now and is_mixed(was, now):
            was = update(step, name, was)
        before |= {name: was} if was else {}
        after |= {name: now} if now else {}
    known, these = side_traits(
        {n: (before.get(n, {}), after.get(n, {})) for n in before.keys() | after.keys()}
    )
    origins = match_origins(known, these)
    joins = match_joins(known, these, origins)
    for name, records in after.items():
        came = [before[was] for was, into in sorted(joins.items()) if into == name]
        yield name, with_joined(before.get(origins.get(name, ""), {}), records, came), records
    for name in before.keys() - set(origins.values()) - joins.keys():
        yield name, before[name], {}


def _filled(records: Records, before: Records) -> Records:
    left = {name for name, record in records.items() if record.is_merged and name in before}
    return {n: filled_in(r, before[n]) if n in left else r for n, r in records.items()}


def _compare(name: str, before: Records, after: Records, found: _Moves) -> None:
    if not after:
        found.removed.append(name)
    elif not before:
        found.added.append(name)
    else:
        found.changed.append(name)
        for model, base, head in pair_models(before, after):
            if base is not None and head is not None:
                found.take(name, model, compare_differing(base, head))
