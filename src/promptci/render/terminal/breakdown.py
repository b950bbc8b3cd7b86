"""A comparison taken apart: by tag, by metric, by what each side took."""

from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.compare.compared import Compared
from promptci.compare.outcomes.splits import ResultSplit, split

if TYPE_CHECKING:
    from promptci.compare.outcomes.outcome import EvalOutcome, Spent


class MetricRow(Struct, frozen=True):
    """One scorer on both sides, as shares; `is_format` where it judges the form alone."""

    label: str
    base: float | None
    head: float | None
    is_format: bool

    @property
    def delta(self) -> float | None:
        """Head minus base; None where a side lacks the metric."""
        return None if self.base is None or self.head is None else self.head - self.base


def splits(found: Compared) -> tuple[ResultSplit, ...]:
    """Every expected value, where there are few, and every tag of a comparison."""
    judgement = found.judgement
    return split(
        found.base.record,
        found.head.record,
        found.confirmed.comparison,
        found.pair.head.expected,
        tolerance=judgement.tolerance,
        total=judgement.scores.delta if judgement.n else None,
        tags=found.pair.tags,
        base_expected=found.pair.base_expected,
    )


def run_splits(outcome: "EvalOutcome") -> tuple[ResultSplit, ...]:
    """The same of a run against the record that it is compared with; none without such a one."""
    comparison = outcome.comparison
    if outcome.base is None or comparison is None or comparison.obstacle:
        return ()
    return split(
        outcome.base,
        outcome.record,
        comparison,
        outcome.task.expected,
        tolerance=outcome.task.spec.gate.tolerance,
        total=comparison.delta,
        tags=outcome.tags,
    )


def metric_rows(found: Compared) -> tuple[MetricRow, ...]:
    """Every metric, content before form, in the order of the scorers."""
    base, head = found.base.record.metrics, found.head.record.metrics
    labels = list(dict.fromkeys((*head, *base)))
    form = {scorer.label for scorer in found.pair.head.judges.shared if scorer.is_format}
    rows = [MetricRow(each, base.get(each), head.get(each), each in form) for each in labels]
    return tuple(sorted(rows, key=lambda row: row.is_format))


def spent(found: Compared) -> "tuple[Spent | None, Spent | None]":
    """What base and head took; None for a side whose record alone is known."""
    pair = found.pair
    is_known = pair.base_record is None or found.base.spent.cached
    return (
        found.base.spent if is_known else None,
        None if pair.head_record is not None else found.head.spent,
    )
