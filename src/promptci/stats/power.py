"""How small a drop a comparison of 0/1 scores can see, and how many examples it would need.

`discordant` is the share of examples expected to flip, either way: from earlier comparisons,
never from the effect just seen. Shares and drops are fractions, 0.05 for five points. Source of
the approximation: Connor 1987, Biometrics 43:207.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, TypeAlias

from promptci.stats.binomial import lower_tail, mass
from promptci.stats.mcnemar import exact_mcnemar, midp_mcnemar
from promptci.stats.uncertainty import normal_quantile

PairedTest: TypeAlias = Literal["exact", "midp"]

_TESTS = {"exact": exact_mcnemar, "midp": midp_mcnemar}
_FEW_EXAMPLES = 200
_FEW_FLIPS = 100
_MOST_FLIPS = 200  # that can turn up where either is few
_SPREAD = 5  # standard deviations of the number of flips that are summed over
_HALVINGS = 18


def drop_power(
    drop: float, discordant: float, *, n: int, alpha: float = 0.05, test: PairedTest = "exact"
) -> float:
    """The probability that n examples show a true drop as significant.

    An exact sum over the number of flips below 200 examples or 100 expected flips; above, the
    approximation of Connor (1987), sqrt(n) d = z_a sqrt(psi) + z_b sqrt(psi - d^2) for a drop d
    and a share psi of flips. In 0..1. Raises `ValueError` unless 0 < drop <= discordant <= 1.
    """
    _check(drop, discordant)
    if n >= _FEW_EXAMPLES and n * discordant >= _FEW_FLIPS:
        return _connor_power(drop, discordant, n=n, alpha=alpha)
    win = (1 - drop / discordant) / 2
    most_wins = _most_wins(alpha, test)
    reach = _SPREAD * math.sqrt(n * discordant) + _SPREAD
    first = max(0, math.floor(n * discordant - reach))
    last = min(n, _MOST_FLIPS, math.ceil(n * discordant + reach))
    return math.fsum(
        mass(flips, n, p=discordant) * lower_tail(most_wins[flips], flips, p=win)
        for flips in range(first, last + 1)
        if most_wins[flips] >= 0
    )


def detectable_loss(
    n: int, *, alpha: float = 0.05, power: float = 0.8, test: PairedTest = "exact"
) -> float | None:
    """The smallest share of losses, without any win, that n examples show as significant.

    The best case, for when nothing is known of how many examples flip: the smallest p for which
    P(X >= fewest significant losses) is at least `power`, X ~ Binomial(n, p). In (0, 1]; None if n
    is too small.
    """
    needed = next(flips for flips, wins in enumerate(_most_wins(alpha, test)) if wins >= 0)

    def is_seen(loss: float) -> bool:
        return 1 - lower_tail(needed - 1, n, p=loss) >= power

    return smallest_that(is_seen, top=1.0)


def examples_to_settle(
    tolerance: float, discordant: float, *, confidence: float = 0.95, power: float = 0.8
) -> int | None:
    """About how many examples show "no worse" with probability `power`, if nothing truly changed.

    The larger of (z_a + z_b)^2 discordant / tolerance^2 (the usual size of a non-inferiority
    trial on pairs) and of what Tango's interval needs without a flip, z_a^2 (1 - tolerance) /
    tolerance. At least 1; None for a tolerance of 0, which no number of examples settles. Raises
    `ValueError` unless 0 < confidence < 1 and 0.5 < power < 1.
    """
    if tolerance <= 0:
        return None
    z_a, z_b = normal_quantile(confidence), normal_quantile(2 * power - 1)
    flipping = (z_a + z_b) ** 2 * discordant / tolerance**2
    unflipped = z_a**2 * max(0.0, 1 - tolerance) / tolerance
    return max(1, math.ceil(flipping), math.ceil(unflipped))


def _check(drop: float, discordant: float) -> None:
    if not 0 < drop <= discordant <= 1:
        raise ValueError(f"a drop of {drop} cannot come of a share of {discordant} flips")


@lru_cache(maxsize=64)
def _most_wins(alpha: float, test: PairedTest) -> tuple[int, ...]:
    """For each number of flips, how many may be wins in a significant drop; -1 if none may."""
    most, wins = [], -1
    for flips in range(_MOST_FLIPS + 1):
        # One flip more admits at most one win more.
        if 2 * (wins + 1) < flips and _TESTS[test](flips - wins - 1, wins + 1).p <= alpha:
            wins += 1
        most.append(wins)
    return tuple(most)


def _connor_power(drop: float, discordant: float, *, n: int, alpha: float) -> float:
    """Solves sqrt(n) d = z_a sqrt(psi) + z_b sqrt(psi - d^2) for z_b."""
    beyond = math.sqrt(n) * drop - normal_quantile(1 - alpha) * math.sqrt(discordant)
    spread = math.sqrt(discordant - drop**2)
    if spread == 0:  # every example is lost
        return float(beyond > 0)
    return 0.5 * (1.0 + math.erf(beyond / spread / math.sqrt(2.0)))


def smallest_that(holds: Callable[[float], bool], *, top: float) -> float | None:
    """The smallest value up to `top` that `holds`, by halving; None if not even `top` does.

    To be asked of what holds for all values above one. The result is too large by at most
    top / 2^18, and holds.
    """
    if not holds(top):
        return None
    low, high = 0.0, top
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
