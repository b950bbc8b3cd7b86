"""A comparison taken apart: by tag, by metric, by what each side took."""

from collections.abc import Mapping
from dataclasses import dataclass

from promptci.compare.compared import Compared
from promptci.compare.outcome import Spent
from promptci.compare.tally import Sum
from promptci.parsing.template import as_text
from promptci.records.record import Tally

_ROUNDING = 1e-9
_MOST_CLASSES = 12
_PAIRED = ("same", "lost", "won", "flaky")


@dataclass(frozen=True, slots=True)
class TagRow:
    """One tag on both sides; `is_hidden` marks a fall beyond the tolerance that the total hides."""

    tag: str
    base: Tally | None
    head: Tally | None
    is_hidden: bool = False

    @property
    def delta(self) -> float | None:
        """Head minus base; None where a side lacks the tag."""
        return None if self.base is None or self.head is None else self.head.score - self.base.score


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One scorer on both sides, as shares; `is_format` where it judges the form alone."""

    label: str
    base: float | None
    head: float | None
    is_format: bool

    @property
    def delta(self) -> float | None:
        """Head minus base; None where a side lacks the metric."""
        return None if self.base is None or self.head is None else self.head - self.base


def tag_rows(found: Compared) -> tuple[TagRow, ...]:
    """Every tag, those that fell most first."""
    base, head = found.base.record.tags, found.head.record.tags
    rows = [_tag_row(found, tag, base, head) for tag in sorted(base.keys() | head.keys())]
    return tuple(sorted(rows, key=lambda row: (row.delta is None, row.delta or 0.0, row.tag)))


def class_rows(found: Compared) -> tuple[TagRow, ...]:
    """Every expected value, where there are few, those that fell most first.

    Few are at most twelve, each of three examples on the average or more.
    """
    expected = {
        example.id: as_text(example.expected)
        for example in found.pair.head.examples()
        if isinstance(example.expected, str | int | float | bool)
    }
    values = set(expected.values())
    if not 2 <= len(values) <= min(_MOST_CLASSES, len(expected) // 3):
        return ()
    sums = {value: (Sum(), Sum()) for value in sorted(values)}
    for change in found.confirmed.comparison.changes:
        if change.id in expected and change.fate in _PAIRED and change.base and change.head:
            for total, result in zip(
                sums[expected[change.id]], (change.base, change.head), strict=True
            ):
                total.add(result.score, passed=result.passed)
    tallies = {f"expected {v}": (b.tally, h.tally) for v, (b, h) in sums.items() if b.total}
    base = {name: each[0] for name, each in tallies.items()}
    head = {name: each[1] for name, each in tallies.items()}
    rows = [_tag_row(found, name, base, head) for name in tallies]
    return tuple(sorted(rows, key=lambda row: (row.delta or 0.0, row.tag)))


def metric_rows(found: Compared) -> tuple[MetricRow, ...]:
    """Every metric, content before form, in the order of the scorers."""
    base, head = found.base.record.metrics, found.head.record.metrics
    labels = list(dict.fromkeys((*head, *base)))
    form = {scorer.label for scorer in found.pair.head.judges.shared if scorer.is_format}
    rows = [MetricRow(each, base.get(each), head.get(each), each in form) for each in labels]
    return tuple(sorted(rows, key=lambda row: row.is_format))


def spent(found: Compared) -> tuple[Spent | None, Spent | None]:
    """What base and head took; None for a side that a record stands for."""
    pair = found.pair
    return (
        None if pair.base_record is not None else found.base.spent,
        None if pair.head_record is not None else found.head.spent,
    )


def _tag_row(
    found: Compared, tag: str, base: Mapping[str, Tally], head: Mapping[str, Tally]
) -> TagRow:
    row = TagRow(tag, base.get(tag), head.get(tag))
    limit = -found.judgement.tolerance - _ROUNDING
    has_fallen = row.delta is not None and row.delta < limit
    is_hidden = has_fallen and found.judgement.delta >= limit and found.judgement.n > 0
    return TagRow(tag, row.base, row.head, is_hidden)
