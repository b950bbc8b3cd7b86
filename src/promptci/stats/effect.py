"""The same questions for the mean of graded scores: what is seen, and what it takes.

`variance` is that of one example's paired difference. Where it is not known from earlier
comparisons, Miller's (2024, arXiv:2411.00640) is w + s_a / k_a + s_b / k_b: the variance w of the
examples' true differences, and each side's variance s of one answer over its k repeats. Both
functions raise `ValueError` unless 0 < `alpha` < 1 and 0.5 < `power` < 1.
"""

import math

from promptci.stats.uncertainty import normal_quantile


def detectable_effect(
    n: float, variance: float, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The smallest true difference of means that n examples show with probability `power`.

    sqrt((z_a + z_b)^2 variance / n) (Miller 2024, section 5), in the unit of the scores, for n
    above 0 and a variance of at least 0.
    """
    return _reach(alpha, power) * math.sqrt(variance / n)


def examples_for_effect(
    effect: float, variance: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """How many examples show a true difference of means with probability `power`.

    (z_a + z_b)^2 variance / effect^2, rounded up (Miller 2024, section 5); also how many settle
    "no worse" at a tolerance of `effect` if nothing truly changed. At least 1. Raises
    `ZeroDivisionError` for an effect of 0.
    """
    return max(1, math.ceil(_reach(alpha, power) ** 2 * variance / effect**2))


def _reach(alpha: float, power: float) -> float:
    return normal_quantile(1 - alpha) + normal_quantile(2 * power - 1)
