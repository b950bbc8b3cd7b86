"""Plain descriptions of a list of numbers."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean, rounded once, whatever the order. Raises `ValueError` without values."""
    if not values:
        raise ValueError("no values, no mean")
    return math.fsum(values) / len(values)


MOST_SORTED = 100_000
"""Values that are sorted as a whole, which takes 32 bytes for each."""

PARTS = 4096
"""Parts of equal width among which more values are counted."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share`, in [0, 1], of the values lie; 0.5 is the median.

    Interpolates between neighbours (Hyndman and Fan 1996, type 7). Raises `ValueError` without
    values.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError(f"no percentile {share} of {len(values)} values")
    place = share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    ordered, first = _around(values, below, above) if len(values) > MOST_SORTED else (values, 0)
    ordered = sorted(ordered)
    low, high = ordered[below - first], ordered[above - first]
    return low + (high - low) * (place - below)


def _around(values: Sequence[float], below: int, above: int) -> tuple[list[float], int]:
    """Values among which those of two places in order are, and the place of the least of them."""
    low, high = min(values), max(values)
    scale = (PARTS - 1) / (high - low) if high > low else 0.0
    counts = [0] * PARTS
    for value in values:
        counts[int((value - low) * scale)] += 1
    ends = list(accumulate(counts))
    first, last = (bisect_right(ends, place) for place in (below, above))
    some = [value for value in values if first <= int((value - low) * scale) <= last]
    return some, ends[first] - counts[first]
