"""Two results split by tag and by what was expected: a part may collapse while the whole stays."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.comparison import Comparison
from promptci.compare.outcomes.tally import Sum
from promptci.records.record import Record, Tally
from promptci.suite.changedtags import Tags, as_at_base
from promptci.suite.groups import Expected

NOTHING_EXPECTED: Expected = {}
_ROUNDING = 1e-9
_PAIRED = ("same", "lost", "won", "flaky")


class ResultSplit(Struct, frozen=True):
    """The examples with one tag, or of which one value is expected, on both sides.

    `has_fallen` says that they fell beyond the tolerance, `is_hidden` that the total did not.
    """

    kind: Literal["expected", "tag"]
    value: str
    base: Tally | None
    head: Tally | None
    has_fallen: bool = False
    is_hidden: bool = False

    @property
    def title(self) -> str:
        """What it is called beside others."""
        return f"expected {self.value}" if self.kind == "expected" else self.value

    @property
    def delta(self) -> float | None:
        """Head minus base; None where a side has no such example."""
        return None if self.base is None or self.head is None else self.head.score - self.base.score


SplitBy: TypeAlias = Callable[[Record, Record, Comparison], tuple[ResultSplit, ...]]
"""Splits two records, of which the comparison is given."""


def whole(_base: Record, _head: Record, _comparison: Comparison) -> tuple[ResultSplit, ...]:
    """No splits: for whoever wants the total alone."""
    return ()


def may_be_taken(base: Record, head: Record) -> bool:
    """Whether examples may have lost tags that the base's record counts."""
    return bool(base.tags) and base.parts.examples != head.parts.examples


def split(
    base: Record,
    head: Record,
    comparison: Comparison,
    expected: Expected,
    *,
    tolerance: float,
    total: float | None,
    tags: Tags | None = None,
    base_expected: Expected = NOTHING_EXPECTED,
) -> tuple[ResultSplit, ...]:
    """Each expected value, then each tag, those that fell most first, and none of them twice.

    `total` is how all examples moved, None where that is not known. Where the `tags` of the
    examples are known, they too are counted over what both sides have unchanged and answered.
    `base_expected` is what is expected of the base's own examples, where others were added.
    """
    values = (*_by_expected(comparison, expected), *_by_expected(comparison, base_expected))
    by_value = sorted(values, key=_place)
    found = _by_tag(base, head) if tags is None else _by_paired_tag(base, head, comparison, tags)
    by_tag = sorted(found, key=_place)
    limit = -tolerance - _ROUNDING
    marked = [_marked(each, limit, total) for each in (*by_value, *by_tag)]
    return tuple(_telling(_once(marked)))


def _once(found: Sequence[ResultSplit]) -> list[ResultSplit]:
    """Without tags that repeat an expected value: of that name, with the same figures."""
    said = {(each.value, each.base, each.head) for each in found if each.kind == "expected"}
    return [e for e in found if e.kind == "expected" or (e.value, e.base, e.head) not in said]


def _telling(found: Sequence[ResultSplit]) -> Iterator[ResultSplit]:
    """Splits, those of the base's own examples only where they fell and all together did not."""
    wider = {(each.kind, as_at_base(each.value)): each.has_fallen for each in found}
    for each in found:
        fell_too = wider.get((each.kind, each.value))
        if fell_too is None or (each.has_fallen and not fell_too):
            yield each


def _by_expected(comparison: Comparison, expected: Expected) -> Iterator[ResultSplit]:
    """Over the examples that both sides have unchanged and answered."""
    sums = {value: (Sum(), Sum()) for value in set(expected.values())}
    for change in comparison.changes:
        if change.id in expected and change.fate in _PAIRED and change.base and change.head:
            before, after = sums[expected[change.id]]
            before.add(change.base.score, passed=change.base.passed)
            after.add(change.head.score, passed=change.head.passed)
    for value, (before, after) in sums.items():
        if before.total:
            yield ResultSplit("expected", value, before.tally, after.tally)


def _by_tag(base: Record, head: Record) -> Iterator[ResultSplit]:
    for tag in base.tags.keys() | head.tags.keys():
        yield ResultSplit("tag", tag, base.tags.get(tag), head.tags.get(tag))


def _by_paired_tag(
    base: Record, head: Record, comparison: Comparison, tags: Tags
) -> Iterator[ResultSplit]:
    """Over the same examples on both sides; of tags of which there are none, what there is."""
    sums: dict[str, tuple[Sum, Sum]] = {}
    for change in comparison.changes if tags else ():
        if change.fate in _PAIRED and change.base and change.head:
            for tag in tags.get(change.id, ()):
                before, after = sums.setdefault(tag, (Sum(), Sum()))
                before.add(change.base.score, passed=change.base.passed)
                after.add(change.head.score, passed=change.head.passed)
    for tag, (before, after) in sums.items():
        yield ResultSplit("tag", tag, before.tally, after.tally)
    for tag in (base.tags.keys() ^ head.tags.keys()) - sums.keys():
        yield ResultSplit("tag", tag, base.tags.get(tag), head.tags.get(tag))


def _place(found: ResultSplit) -> tuple[bool, float, str]:
    return found.delta is None, found.delta or 0.0, found.value


def _marked(found: ResultSplit, limit: float, total: float | None) -> ResultSplit:
    has_fallen = found.delta is not None and found.delta < limit
    is_hidden = has_fallen and total is not None and total >= limit
    return replace(found, has_fallen=has_fallen, is_hidden=is_hidden)
