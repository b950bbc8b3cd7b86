"""Records in which some examples keep the results that they had, with figures that add up."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import fsum

from msgspec.structs import replace

from promptci.records.record import Record, Result, Tally
from promptci.records.scorewriter import DIGITS

_Tags = Mapping[str, Sequence[str]]
"""The tags of examples, by id."""


def restored(record: Record, base: Record, ids: Collection[str], tags: _Tags) -> Record:
    """A record with the base's results of some examples, which must be unchanged.

    Where the figures cannot be made to follow from the results, as those of scorers that sort
    answers into classes, the record stays as it is.
    """
    if not ids or record.results == base.results:
        return record
    there = {result.id: result for result in base.results if result.id in ids}
    results = tuple(_kept(r, there.get(r.id)) for r in record.results)
    if results == record.results:
        return record
    as_written = tuple(_rounded(result) for result in results)
    if as_written == base.results and base.metrics.keys() == record.metrics.keys():
        summed = replace(record, results=results, score=base.score, passed=base.passed)
        return retagged(replace(summed, metrics=base.metrics, tags=base.tags), tags)
    metrics = _metrics(record, results)
    if metrics is None:
        return record
    return retagged(replace(_summed(record, results), metrics=metrics), tags)


def _kept(result: Result, earlier: Result | None) -> Result:
    """The earlier result of the same example, unless it is written as this one is.

    What was read from a record is rounded, and what is added up of it may come out otherwise.
    """
    if earlier is None or earlier.digest != result.digest or _rounded(result) == earlier:
        return result
    return earlier


def _rounded(result: Result) -> Result:
    """A result as a record has it."""
    scores = tuple((label, round(value, DIGITS)) for label, value in result.scores)
    return replace(result, score=round(result.score, DIGITS), scores=scores)


def filled_in(record: Record, before: Record) -> Record:
    """The results of a merged record, in which those not measured are as they were before.

    Its figures stay those of what was measured.
    """
    known = {result.id: result for result in before.results if result.fate != "error"}
    results = tuple(
        known[r.id] if r.is_unmeasured and r.id in known and known[r.id].digest == r.digest else r
        for r in record.results
    )
    return replace(record, results=results)


def retagged(record: Record, tags: _Tags) -> Record:
    """A record with the tallies of these tags.

    A tally that the results give but for rounding stays: what is read from a record is rounded,
    and the mean of rounded scores may differ from the one measured in the last decimal.
    """
    sums: dict[str, list[Result]] = {}
    for result in record.results:
        if result.fate != "error":
            for tag in tags.get(result.id, ()):
                sums.setdefault(tag, []).append(result)
    tallies = {tag: _tally(sums[tag]) for tag in sorted(sums)}
    known = record.tags
    kept = {t: known[t] for t, tally in tallies.items() if t in known and _agree(known[t], tally)}
    return replace(record, tags=tallies | kept)


def _agree(known: Tally, tally: Tally) -> bool:
    """Whether two tallies are one: each score was rounded, and so was their mean."""
    is_near = abs(known.score - tally.score) < 1.01 * 10**-DIGITS
    return is_near and (known.passed, known.total) == (tally.passed, tally.total)


def _summed(record: Record, results: tuple[Result, ...]) -> Record:
    answered = [result.score for result in results if result.fate != "error"]
    return replace(
        record,
        results=results,
        score=fsum(answered) / len(answered) if answered else 0.0,
        passed=sum(result.passed for result in results),
    )


def _metrics(record: Record, results: Iterable[Result]) -> dict[str, float] | None:
    """The mean of each metric, in the record's order; None where results do not tell it."""
    values: dict[str, list[float]] = {}
    for result in results:
        if result.fate != "error":
            for label, value in _scores(record, result):
                values.setdefault(label, []).append(value)
    if values.keys() != record.metrics.keys():
        return None
    return {label: _mean(values[label]) for label in record.metrics}


def _scores(record: Record, result: Result) -> Iterator[tuple[str, float]]:
    """The value of each metric; a single one is the score itself."""
    if result.scores:
        yield from result.scores
    elif len(record.metrics) == 1:
        yield next(iter(record.metrics)), result.score


def _tally(results: Sequence[Result]) -> Tally:
    score = _mean([result.score for result in results])
    return Tally(score, sum(result.passed for result in results), len(results))


def _mean(values: Sequence[float]) -> float:
    """Whole billionths are added, so that the order makes no difference."""
    return sum(round(value * 10**9) for value in values) / len(values) / 10**9
