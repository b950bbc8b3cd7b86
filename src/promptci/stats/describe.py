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
    if len(values) > MOST_SORTED:
        low, high = _in_order(values, below), _in_order(values, above)
    else:
        ordered = sorted(values)
        low, high = ordered[below], ordered[above]
    return low + (high - low) * (place - below)


def _in_order(values: Sequence[float], place: int) -> float:
    """The value at a place of many in order, counted from 0: fewer and fewer are looked at."""
    low, high, many = min(values), max(values), len(values)
    while many > MOST_SORTED and low < high:
        scale = (PARTS - 1) / (high - low)
        if not math.isfinite(scale):
            break
        counts = [0] * PARTS
        for value in values:
            if low <= value <= high:
                counts[int((value - low) * scale)] += 1
        ends = list(accumulate(counts))
        part = bisect_right(ends, place)
        place, many = place - ends[part] + counts[part], counts[part]
        least, most = high, low
        for value in values:
            if low <= value <= high and int((value - low) * scale) == part:
                least, most = min(least, value), max(most, value)
        low, high = least, most
    return low if low == high else sorted(v for v in values if low <= v <= high)[place]
