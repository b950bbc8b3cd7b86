"""Merge the score records of two branches, example by example.

What was merged was never measured: a result is kept only where one side measured just that, and
is marked unmeasured otherwise, which is never a pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

from msgspec.structs import asdict, fields, replace

from promptci.digest import LONG, digest
from promptci.errors import RequestError
from promptci.records.acceptedlosses import merged_losses
from promptci.records.chunkfiles import chunk_name
from promptci.records.record import Accepted, Parts, Record, Records, Result, Results
from promptci.records.results import ChunkedResults, ChunkLine, summed_up

T = TypeVar("T")
_Lines: TypeAlias = Mapping[str, ChunkLine]
"""What a summary says of each chunk."""
UNKNOWN = ChunkLine(0, 0, "0" * LONG)
"""What it says of one that two branches changed."""


def merge_records(
    base: Records, ours: Records, theirs: Records, *, now: Mapping[str, Parts] | None = None
) -> dict[str, Record]:
    """The records of a merge; what one side deleted is gone unless the other changed it.

    `now` are the parts of the merged files, by model, where those are known.
    """
    merged: dict[str, Record] = {}
    for model in sorted(ours.keys() | theirs.keys()):
        parts = (now or {}).get(model)
        found = _section(base.get(model), ours.get(model), theirs.get(model), parts)
        if found is not None:
            merged[model] = found
    return merged


def _section(
    base: Record | None, ours: Record | None, theirs: Record | None, now: Parts | None
) -> Record | None:
    if _is_same(ours, theirs) or _is_same(theirs, base):
        return ours
    if _is_same(ours, base):
        return theirs
    if ours is None or theirs is None:
        return ours or theirs
    return _merged(base, ours, theirs, now)


def _is_same(one: Record | None, other: Record | None) -> bool:
    """Whether two records are equal; in another form one is not the other, and no chunk is read."""
    if one is None or other is None:
        return one is other
    return (_lines(one) is None) == (_lines(other) is None) and one == other


def _merged(base: Record | None, ours: Record, theirs: Record, now: Parts | None) -> Record:
    """Two records that both differ from the base.

    Parts of the merged files count where a side measured with these, as one does that has the
    other's change as well.
    """
    parts = _parts(base.parts if base else None, ours.parts, theirs.parts)
    if now is not None and any(_measured(side, now) for side in (ours, theirs)):
        parts = now
    results = _merged_results(base, ours, theirs, parts)
    sums = summed_up(results)
    accepted = merged_losses(base, ours, theirs)
    named = _named(base, ours, theirs)
    merged = replace(
        named,
        parts=parts,
        fingerprint=digest(asdict(parts))[: len(ours.fingerprint)],
        results=results,
        score=sums.mean,
        passed=sums.passed,
        total=sums.total,
        accepted=tuple(_still_there(accepted, results)),
    )
    for side in (ours, theirs):
        same = replace(merged, score=side.score, metrics=side.metrics, tags=side.tags)  # rounded
        if _unnamed(side) == _unnamed(same):
            return replace(merged, metrics=side.metrics, tags=side.tags)
    return replace(merged, metrics={}, tags={})


def _unnamed(record: Record) -> Record:
    """A record without what does not change the outcomes of its examples."""
    return replace(record, accepted=(), version="", prompt="")


def _merged_results(base: Record | None, ours: Record, theirs: Record, parts: Parts) -> Results:
    """The merged examples; of records in chunks the chunks, which are merged each by itself.

    What a chunk says that both sides changed, or that was measured with other parts, is unknown.
    Where one side has chunks and the other does not, the form is that of the one that changed it.
    """
    before, mine, its = (_lines(each) for each in (base, ours, theirs))
    if mine is None and its is None:
        return tuple(_results(None if before else base, ours, theirs, parts))
    if mine is None or its is None:
        one, large = (ours, theirs) if mine is None else (theirs, ours)
        lines = mine or its or {}
        if before is None:
            return ChunkedResults(dict(_grown(base, one, (large, lines), parts)))
        return tuple(_shrunk(before, one, lines, parts))
    if len({len(name) for name in (*mine, *its)}) > 1:
        wrong = "the two sides have chunks of other sizes"
        raise RequestError(f"{wrong}: run `promptci run` once they are merged")
    return ChunkedResults(dict(_merged_lines(before or {}, (ours, mine), (theirs, its), parts)))


def _lines(record: Record | None) -> _Lines | None:
    """What the summary of a record in chunks says of each; None for a record in one file."""
    results = record.results if record is not None else ()
    return results.lines if isinstance(results, ChunkedResults) else None


def _grown(
    base: Record | None, one: Record, large: tuple[Record, _Lines], parts: Parts
) -> Iterator[tuple[str, ChunkLine]]:
    """The chunks of a side that outgrew its file; unknown where the other changed an example."""
    digits = len(next(iter(large[1])))
    before, now = (
        {(chunk_name(each.id, digits), each) for each in side.results} if side else set()
        for side in (base, one)
    )
    changed = {name for name, _ in before ^ now}
    for name, line in large[1].items():
        is_known = base is not None and name not in changed and _measured(large[0], parts)
        yield name, line if is_known else UNKNOWN


def _shrunk(before: _Lines, one: Record, large: _Lines, parts: Parts) -> Iterator[Result]:
    """The examples of a side that fits one file again; unmeasured where the other changed them."""
    digits = len(next(iter(large)))
    for each in one.results:
        name = chunk_name(each.id, digits)
        is_known = before.get(name) == large.get(name) and _measured(one, parts)
        yield each if is_known else Result(each.id, each.digest, "error", is_unmeasured=True)


def _merged_lines(
    before: _Lines, ours: tuple[Record, _Lines], theirs: tuple[Record, _Lines], parts: Parts
) -> Iterator[tuple[str, ChunkLine]]:
    for name in sorted(ours[1].keys() | theirs[1].keys()):
        was, mine, its = (lines.get(name) for lines in (before, ours[1], theirs[1]))
        if mine != its and was not in (mine, its):
            yield name, UNKNOWN
            continue
        line = mine if its in (was, mine) else its
        having = [
            side for side, its_line in ((ours[0], mine), (theirs[0], its)) if its_line == line
        ]
        if line is not None:
            yield name, line if any(_measured(each, parts) for each in having) else UNKNOWN


def _still_there(accepted: Sequence[Accepted], results: Results) -> Iterator[Accepted]:
    """The accepted losses of examples that are there, or in chunks that are."""
    if isinstance(results, ChunkedResults):
        yield from (loss for loss in accepted if results.may_have(loss.id))
        return
    ids = {result.id for result in results}
    yield from (loss for loss in accepted if loss.id in ids)


def _named(base: Record | None, ours: Record, theirs: Record) -> Record:
    """Ours, with what only theirs changed of what a record is called and was made with."""
    names = ("eval", "prompt", "version", "model_id", "build", "sampling")
    changes = {
        name: _either(getattr(base, name, None), getattr(ours, name), getattr(theirs, name))
        for name in names
    }
    return replace(ours, **{name: value for name, value in changes.items() if value is not None})


def _parts(base: Parts | None, ours: Parts, theirs: Parts) -> Parts:
    """Each part as the only side has it that changed it; unknown where both did, otherwise."""
    found = {}
    for field in fields(Parts):
        sides = (getattr(side, field.name) for side in (ours, theirs))
        mine, its = sides
        value = _either(getattr(base, field.name, None), mine, its)
        found[field.name] = "0" * len(mine) if value is None else value
    return Parts(**found)


def _either(base: T | None, ours: T, theirs: T) -> T | None:
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else None


def _results(base: Record | None, ours: Record, theirs: Record, parts: Parts) -> Iterator[Result]:
    """The merged examples, each with the result of a side that measured what was merged."""
    sides = [
        {result.id: result for result in side.results} if side else {}
        for side in (base, ours, theirs)
    ]
    for id_ in sorted(sides[1].keys() | sides[2].keys()):
        before, mine, its = (side.get(id_) for side in sides)
        wanted = _example(before, mine, its)
        if wanted is not None:
            known = [
                result
                for record, result in ((ours, mine), (theirs, its))
                if result and result.digest == wanted and _measured(record, parts)
            ]
            yield _chosen(before, known) or Result(id_, wanted, "error", is_unmeasured=True)


def _example(before: Result | None, mine: Result | None, its: Result | None) -> str | None:
    """The digest of a merged example; None for one that was taken away.

    Where both sides edited it, it is unknown.
    """
    if mine is None or its is None:
        only = mine or its
        is_gone = before is not None and only is not None and only.digest == before.digest
        return None if is_gone or only is None else only.digest
    digest_before = before.digest if before else None
    return _either(digest_before, mine.digest, its.digest) or f"{0:0{len(mine.digest)}}"


def _chosen(before: Result | None, known: Sequence[Result]) -> Result | None:
    """The result that both sides have, or that one of them changed; None where they disagree."""
    if not known:
        return None
    return _either(before, known[0], known[-1])


def _measured(record: Record, parts: Parts) -> bool:
    """Whether a side asked its examples of the prompt and model, and by the scorers, merged."""
    return replace(record.parts, examples=parts.examples) == parts
