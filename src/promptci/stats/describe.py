"""Plain descriptions of a list of numbers."""

import math
from collections.abc import Sequence


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean, rounded once, whatever the order. Raises `ValueError` without values."""
    if not values:
        raise ValueError("no values, no mean")
    return math.fsum(values) / len(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share`, in [0, 1], of the values lie; 0.5 is the median.

    Interpolates between neighbours (Hyndman and Fan 1996, type 7). Raises `ValueError` without
    values.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError(f"no percentile {share} of {len(values)} values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
