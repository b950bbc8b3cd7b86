"""The scores of pairs of examples, with those that large records have in common."""

from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.compare.comparison import Change
from promptci.records.shared import Counts

if TYPE_CHECKING:
    from promptci.stats.uncertainty import Interval


class Cells(Struct, frozen=True):
    """How many pairs passed on both sides, on one only, on neither."""

    both: int
    only_base: int
    only_head: int
    neither: int


class SharedScores(Struct, frozen=True):
    """What both sides score on the examples that both answered, with their 95% intervals."""

    base: float
    head: float
    delta: float
    base_interval: "Interval | None" = None
    head_interval: "Interval | None" = None


def scores_on(pairs: Sequence[Change], same: Counts) -> tuple[list[float], list[float]]:
    """The scores on both sides, those that are the same on both at the end."""
    alike = [score for (score, _), n in same.items() for score in repeat(score, n)]
    base = [change.base.score for change in pairs if change.base]
    return base + alike, [change.head.score for change in pairs if change.head] + alike


def cells_of(pairs: Sequence[Change], same: Counts) -> Cells:
    """How the pairs, and those that are the same on both sides, came out."""
    fates = [(bool(c.base and c.base.passed), bool(c.head and c.head.passed)) for c in pairs]
    return Cells(
        both=fates.count((True, True)) + sum(n for (_, passed), n in same.items() if passed),
        only_base=fates.count((True, False)),
        only_head=fates.count((False, True)),
        neither=fates.count((False, False)) + sum(n for (_, p), n in same.items() if not p),
    )
