"""The sign-flip permutation test on the mean of paired differences (Fisher 1935).

If base and head are alike, each difference could as well have had the other sign. p is the
share of all 2^n choices of signs whose mean is at least as far from 0 as the one seen. Differences
may be in any unit. Sources: Fisher 1935, "The Design of Experiments"; Phipson and Smyth 2010,
Statistical Applications in Genetics and Molecular Biology 9:39.
"""

import math
from collections.abc import Sequence
from functools import reduce
from operator import getitem
from random import Random

from promptci.stats.uncertainty import PValue

EXACT = "sign flip, exact"
ENUMERATED = 15
"""So many differences other than 0 are enumerated: 32,768 sign patterns."""

_SLACK = 1e-9  # sums that differ by less are a tie, broken by rounding only
_COARSEST = 360
_DISTINCT = 100
_WORK = 10**10  # bit operations: about 0.2 s
_BYTE = 8


def exact_sign_flip(differences: Sequence[float]) -> PValue | None:
    """The exact p value, or None where it would take too long.

    It is cheap when at most 15 differences are not 0, or when all are multiples of a common
    fraction, as shares of a few fields, grades and means of a few repeats are. 1 where no
    difference is other than 0.
    """
    moved = [difference for difference in differences if difference]
    if not moved:
        return PValue(1.0, 0.0, EXACT)
    steps = _grid_steps(moved)
    if steps is not None:
        return _on_grid(steps)
    if len(moved) <= ENUMERATED:
        return _enumerated(moved)
    return None


def sampled_sign_flip(differences: Sequence[float], *, seed: int, draws: int = 10_000) -> PValue:
    """p = (1 + hits) / (1 + draws) over random signs (Phipson and Smyth 2010).

    `hits` counts draws whose mean is at least as far from 0 as the one seen. Never 0, and no more
    false alarms than stated. The same differences, in the same order, with the same seed give the
    same p.
    """
    moved = [difference for difference in differences if difference]
    bound = _bound(moved)
    # The signed sums of eight differences at a time, one for each value of a random byte.
    tables = [_signed_sums(moved[i : i + _BYTE]) for i in range(0, len(moved), _BYTE)]
    random, width = Random(seed), len(tables)
    hits = 0
    for _ in range(draws):
        signs = random.getrandbits(_BYTE * width).to_bytes(width, "little") if width else b""
        hits += abs(sum(map(getitem, tables, signs))) >= bound
    return PValue.from_ratio(1 + hits, 1 + draws, test=f"sign flip, {draws:,} draws")


def _bound(moved: Sequence[float]) -> float:
    return abs(math.fsum(moved)) - _SLACK * math.fsum(map(abs, moved))


def _signed_sums(sizes: Sequence[float]) -> list[float]:
    padded = [*sizes, *[0.0] * (_BYTE - len(sizes))]
    sums = [0.0]
    for size in padded:
        sums = [total + size for total in sums] + [total - size for total in sums]
    return sums


def _enumerated(moved: Sequence[float]) -> PValue:
    # The other half of the patterns, with the first sign turned, mirrors this one.
    sums = [moved[0]]
    for size in moved[1:]:
        sums = [total + size for total in sums] + [total - size for total in sums]
    bound = _bound(moved)
    return PValue.from_ratio(sum(abs(total) >= bound for total in sums), len(sums), test=EXACT)


def _grid_steps(moved: Sequence[float]) -> list[int] | None:
    """The differences as whole multiples of one fraction; None if it would be too fine."""
    distinct = set(moved)
    if len(distinct) > _DISTINCT:
        return None
    from fractions import Fraction  # late: few commands need it

    nearest = {size: Fraction(size).limit_denominator(_COARSEST) for size in distinct}
    if any(abs(float(fraction) - size) > _SLACK for size, fraction in nearest.items()):
        return None
    scale = reduce(math.lcm, (fraction.denominator for fraction in nearest.values()))
    multiple = {size: int(fraction * scale) for size, fraction in nearest.items()}
    steps = [multiple[size] for size in moved]
    return steps if len(steps) ** 2 * sum(map(abs, steps)) <= _WORK else None


def _on_grid(steps: Sequence[int]) -> PValue:
    """Count sign patterns by their sum, as the coefficients of prod(1 + x^size).

    The polynomial is one integer with a fixed number of bits for each coefficient, so a factor
    is a shift and an addition. Only the coefficients of the lower tail are kept.
    """
    sizes = [abs(step) for step in steps]
    width = len(sizes) + 1
    kept = (sum(sizes) - abs(sum(steps))) // 2 + 1
    mask = (1 << width * kept) - 1
    counts = 1
    for size in sizes:
        counts += (counts << width * size) & mask
    in_tail = counts % ((1 << width) - 1)  # casting out: the sum of all coefficients
    return PValue.from_ratio(2 * in_tail, 1 << len(steps), test=EXACT)
