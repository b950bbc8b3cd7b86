"""What a run writes into a record: a verdict changes there only when that was confirmed."""

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from promptci.compare.comparison import Comparison
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.records.record import Record
from promptci.records.restored import restored, retagged
from promptci.run.planning.task import Task


def settled_record(outcome: EvalOutcome, *, is_confirmed: bool) -> Record:
    """The record of an outcome, in which what is not known to have changed is as it was.

    Flaky examples keep the verdict they had, but for those of which only the base said otherwise:
    a check would find them against the record each time it asks. Where the files ask the same as
    before, so does every example that did not flip, or whose flip was not asked about again:
    another machine's answers must not rewrite a record. Verdicts of one model are never those of
    another.
    """
    base, found, record = outcome.base, outcome.comparison, outcome.record
    if base is None or found is None or found.obstacle or base.model_id != record.model_id:
        return record
    is_same = base.parts == record.parts and base.build == record.build
    kept = {*found.ids("flaky")} - found.firm
    if is_same:
        kept |= set(found.ids("same"))
    if is_same and not (is_confirmed or outcome.task.is_deterministic):
        kept |= _flipped(found)
    plain, before = (_without_derived(each, outcome.task) for each in (record, base))
    return _with_derived(restored(plain, before, kept, outcome.task.tags), outcome.task)


def settled_outcomes(
    outcomes: Iterable[EvalOutcome], *, is_confirmed: bool
) -> tuple[EvalOutcome, ...]:
    """Outcomes with their settled records."""
    return tuple(
        replace(each, record=settled_record(each, is_confirmed=is_confirmed)) for each in outcomes
    )


def beside_records(
    outcomes: Sequence[EvalOutcome], settled: Sequence[EvalOutcome]
) -> tuple[EvalOutcome, ...]:
    """Outcomes with the record that is written, where that has another score."""
    return tuple(
        each if each.record.score == kept.record.score else replace(each, settled=kept.record)
        for each, kept in zip(outcomes, settled, strict=True)
    )


def _flipped(found: Comparison) -> set[str]:
    return {*found.ids("lost"), *found.ids("won")}


def _without_derived(record: Record, task: Task) -> Record:
    formulas = task.judges.derived.formulas
    means = {name: mean for name, mean in record.metrics.items() if name not in formulas}
    return replace(record, metrics=means)


def _with_derived(record: Record, task: Task) -> Record:
    return replace(
        record, metrics={**record.metrics, **task.judges.derived.values(record.metrics)[0]}
    )


def with_results(record: Record, other: Record, ids: Collection[str], task: Task) -> Record:
    """A record of a task in which some examples have the results of another one."""
    plain, found = (_without_derived(each, task) for each in (record, other))
    return _with_derived(restored(plain, found, ids, task.tags), task)


def relabelled(record: Record, task: Task) -> Record:
    """A record of the same fingerprint, with the names, tags and formulas that a task has now."""
    plain = retagged(_without_derived(record, task), task.tags)
    named = replace(
        plain, eval=task.spec.name, prompt=task.prompt.name, version=task.prompt.version
    )
    return _with_derived(named, task)
