"""Where a series of scores moved for good: the best split by energy distance, and its t test.

Source: Matteson and James 2014, Journal of the American Statistical Association 109:334.
"""

import math
from collections.abc import Sequence
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from promptci.stats.describe import mean
from promptci.stats.student import t_tail

LEAST_BEFORE, LEAST_AFTER = 3, 2
"""Values on either side of a split: one odd value is no move."""
ALPHA = 0.0002
"""The p value below which it has; small, since every new value is another look at the series."""


class ChangePoint(Struct, frozen=True):
    """Where a series moved, and how sure that is.

    `at` is the index, from 0, of the first value after the move; `before` and `after` are the means
    of both sides, in the unit of the values; `p` is the two-sided p value of the t test.
    """

    at: int
    before: float
    after: float
    p: float

    @property
    def is_fall(self) -> bool:
        """Whether the values are smaller after it."""
        return self.after < self.before


def change_point(values: Sequence[float], *, least_deviation: float) -> ChangePoint | None:
    """The split of a series whose two sides differ most (Matteson and James 2014), if they do.

    `values` are in order of time, the oldest first. Of n values before and m after, the split has
    the largest n m / (n + m) (2 E|X - Y| - E|X - X'| - E|Y - Y'|). The sides are compared by a t
    test with their common variance, which is taken for no less than `least_deviation` squared, in
    the unit of the values: scores that never varied are not infinitely sure. Where the series went
    back later, that is the move. None where p is not below `ALPHA`, and with fewer values than
    `LEAST_BEFORE` and `LEAST_AFTER` together.
    """
    splits = range(LEAST_BEFORE, len(values) - LEAST_AFTER + 1)
    if not splits:
        return None
    at = max(splits, key=lambda split: _energy(values[:split], values[split:]))
    before, after = values[:at], values[at:]
    p = _p_value(before, after, least_deviation)
    if p >= ALPHA:
        return None
    point = ChangePoint(at, mean(before), mean(after), p)
    later = change_point(after, least_deviation=least_deviation)
    if later is None or later.is_fall == point.is_fall:
        return point
    return replace(later, at=at + later.at)


def _energy(before: Sequence[float], after: Sequence[float]) -> float:
    """How far apart two sides are, weighed by their sizes: see `change_point`."""
    n, m = len(before), len(after)
    apart = math.fsum(abs(x - y) for x in before for y in after) / (n * m)
    return n * m / (n + m) * (2 * apart - _within(before) - _within(after))


def _within(values: Sequence[float]) -> float:
    pairs = len(values) * (len(values) - 1) / 2
    return math.fsum(abs(x - y) for x, y in combinations(values, 2)) / pairs if pairs else 0.0


def _p_value(before: Sequence[float], after: Sequence[float], least_deviation: float) -> float:
    n, m = len(before), len(after)
    means = mean(before), mean(after)
    squares = math.fsum((value - means[0]) ** 2 for value in before)
    squares += math.fsum((value - means[1]) ** 2 for value in after)
    variance = max(squares / (n + m - 2), least_deviation**2)
    if not variance:
        return 1.0 if means[0] == means[1] else 0.0
    t = (means[1] - means[0]) / math.sqrt(variance * (1 / n + 1 / m))
    return t_tail(t, n + m - 2).p
