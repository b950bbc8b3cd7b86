"""Several tests at once: p values adjusted for how many there are, in the order given.

Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
"""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's (1979) step-down: any false alarm with probability at most alpha.

    For what blocks; holds however the tests depend on each other. The i-th smallest of m, from 0,
    is multiplied by m - i, cut to 1, and no less than those before it. Reject where the adjusted
    value is at most alpha. Raises `ValueError` for a value outside 0..1, or one that is none.
    """
    count, running = len(p_values), 0.0
    adjusted = [0.0] * count
    for rank, index in enumerate(_ascending(p_values)):
        running = max(running, min(1.0, (count - rank) * p_values[index]))
        adjusted[index] = running
    return tuple(adjusted)


def look_level(number: int, alpha: float = 0.05) -> float:
    """The level at which look `number`, from 1, at the same examples is judged.

    alpha / (number * (number + 1)): half of it at the first look, a sixth at the second. All looks
    together, however many there will be, have a false alarm with probability at most alpha, since
    these levels sum up to it (a union bound, as in alpha spending). Raises `ValueError` for a
    number below 1.
    """
    if number < 1:
        raise ValueError("looks are numbered from 1")
    return alpha / (number * (number + 1))


def _ascending(p_values: Sequence[float]) -> list[int]:
    if not all(0 <= p <= 1 for p in p_values):  # also catches NaN
        raise ValueError("a p value lies between 0 and 1")
    return sorted(range(len(p_values)), key=p_values.__getitem__)
