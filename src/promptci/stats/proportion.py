"""Intervals for one share: passed of n.

Each raises `ValueError` for a `confidence` that is not between 0 and 1. Source: Wilson 1927,
Journal of the American Statistical Association 22:209, and those named below.
"""

import math
from collections.abc import Sequence

from promptci.stats.uncertainty import Interval, normal_quantile


def wilson(passed: int, n: int, *, confidence: float = 0.95) -> Interval:
    """The score interval of Wilson (1927) for the true pass rate: the one to display.

    (passed + z^2 / 2 +- z sqrt(passed (n - passed) / n + z^2 / 4)) / (n + z^2). Never empty, also
    at 0 or n passes. Raises `ValueError` unless 0 <= passed <= n and n >= 1.
    """
    _check(passed, n)
    return _score_interval(passed, n, confidence)


def _score_interval(passed: float, n: float, confidence: float) -> Interval:
    z = normal_quantile(confidence)
    z2 = z * z
    middle = (passed + z2 / 2) / (n + z2)
    half = z * math.sqrt(passed * (n - passed) / n + z2 / 4) / (n + z2)
    low = 0.0 if passed <= 0 else middle - half
    high = 1.0 if passed >= n else middle + half
    return Interval(max(0.0, low), min(1.0, high))


def wilson_of_shares(
    values: Sequence[float], *, looks: float, confidence: float = 0.95
) -> Interval:
    """Wilson's interval for the mean of shares in 0..1, each from so many independent `looks`.

    It is that of as many passes and failures as vary like the values: m (1 - m) n / variance, as
    for proportions of surveys (Korn and Graubard 1998, Survey Methodology 24:193; compared by
    Franco et al. 2019, Journal of Survey Statistics and Methodology 7:334), and of `looks` n at
    most. Where all values are 0 or 1 it is `wilson` itself. Raises `ValueError` without values,
    where their mean is not in 0..1, and for fewer than one look.
    """
    n = len(values)
    mean = math.fsum(values) / n if n else -1.0
    if not 0 <= mean <= 1 or looks < 1:
        raise ValueError(f"{n} shares with a mean of {mean} from {looks:g} looks are none")
    variance = math.fsum((value - mean) ** 2 for value in values) / n
    if mean in (0.0, 1.0):
        return _score_interval(mean * n, n, confidence)
    most = n * looks
    alike = min(most, mean * (1 - mean) * n / variance) if variance else most
    return _score_interval(mean * alike, alike, confidence)


def newcombe(passed: tuple[int, int], n: tuple[int, int], *, confidence: float = 0.95) -> Interval:
    """The hybrid score interval for the first true pass rate less the second, of two groups.

    Method 10 of Newcombe (1998), Statistics in Medicine 17:873, in [-1, 1]: both groups' `passed`
    and their `n`, the first group first. Raises `ValueError` as `wilson`.
    """
    one, two = (wilson(p, m, confidence=confidence) for p, m in zip(passed, n, strict=True))
    first, second = passed[0] / n[0], passed[1] / n[1]
    delta = first - second
    low = delta - math.hypot(first - one.low, two.high - second)
    high = delta + math.hypot(one.high - first, second - two.low)
    return Interval(max(low, -1.0), min(high, 1.0))


def _check(passed: int, n: int) -> None:
    if not 0 <= passed <= n or n < 1:
        raise ValueError(f"{passed} passes of {n} examples is not a share")
