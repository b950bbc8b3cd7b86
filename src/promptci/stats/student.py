"""Student's t: quantiles, the one-sample test, and the interval of a mean.

Sources: Student 1908, Biometrika 6:1; Miller 2024, arXiv:2411.00640.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from promptci.stats.beta import beta_quantile, log_beta_cdf
from promptci.stats.describe import mean
from promptci.stats.proportion import wilson
from promptci.stats.uncertainty import Interval, PValue, unseen_share

_T_TEST = "t test"


@lru_cache(maxsize=1024)
def t_quantile(df: float, *, confidence: float = 0.95) -> float:
    """t such that Student's (1908) t with `df` > 0 degrees of freedom lies within +-t.

    t^2 / (df + t^2) is a Beta(1/2, df/2). `confidence` in [0, 1).
    """
    share = beta_quantile(confidence, 0.5, b=df / 2)
    return math.sqrt(df * share / (1 - share))


def t_tail(t: float, df: float) -> PValue:
    """The two-sided p value of a t statistic with `df` > 0 degrees of freedom.

    P(|T| >= |t|) = I_x(df/2, 1/2) at x = df / (df + t^2).
    """
    return PValue.from_log(log_beta_cdf(df / (df + t * t), df / 2, b=0.5), _T_TEST)


def standard_error(values: Sequence[float]) -> float:
    """Of the mean of independent values: sd / sqrt(n), with n - 1 below the sum (Miller 2024, 2.1).

    In the unit of the values. Of paired scores, give the differences (his 4.2). 0 for a single
    value, and without any.
    """
    n = len(values)
    if n < 2:
        return 0.0
    centre = mean(values)
    return math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (n - 1) / n)


def t_test(differences: Sequence[float]) -> PValue:
    """Is the mean of independent, paired differences zero? Student's one-sample test.

    t = mean / standard error, with n - 1 degrees of freedom; p is two-sided. Where all differences
    are equal t has no meaning; then p is the sign-flip test's 2^(1 - n). Raises `ValueError`
    without differences.
    """
    n = len(differences)
    centre, error = mean(differences), standard_error(differences)
    if centre == 0:
        return PValue(1.0, 0.0, _T_TEST)
    if error <= abs(centre) * 1e-12:
        return PValue.from_log((1 - n) * math.log(2), _T_TEST)
    return t_tail(centre / error, n - 1)


def mean_interval(
    values: Sequence[float], *, bounds: Interval, confidence: float = 0.95
) -> Interval:
    """The t interval for the mean of values that cannot leave `bounds`; at least one value.

    `bounds` is (0, 1) for scores and (-1, 1) for their differences; for the rest see `t_interval`.
    Raises `ValueError` without values.
    """
    error = standard_error(values)
    return t_interval(mean(values), error, units=len(values), bounds=bounds, confidence=confidence)


def interval_of_scores(scores: Sequence[float]) -> Interval | None:
    """The 95 % interval of a mean score: Wilson's where every score is 0 or 1, else Student's t.

    Scores are in 0..1, and so are the ends. None where there is no score.
    """
    if not scores:
        return None
    if all(score in (0.0, 1.0) for score in scores):
        return wilson(int(sum(scores)), len(scores))
    return mean_interval(scores, bounds=Interval(0.0, 1.0))


def t_interval(
    centre: float, error: float, *, units: int, bounds: Interval, confidence: float = 0.95
) -> Interval:
    """centre +- t * error with units - 1 degrees of freedom, cut to `bounds`.

    Without any spread (also with one unit) t has no meaning, and equal values are no proof that
    all values are equal: then a share z^2 / (n + z^2) may lie at either bound, unseen, which
    for differences of 0 is what Tango's interval says of pairs without a flip. `centre`, `error`
    and `bounds` are in one unit; `units` counts what is independent, values or clusters, 1 or
    more, and `error` is 0 where it is 1; `confidence` in (0, 1).
    """
    if error <= 1e-12 * (bounds.high - bounds.low):
        unseen = unseen_share(units, confidence)
        return Interval(
            centre - unseen * (centre - bounds.low), centre + unseen * (bounds.high - centre)
        )
    half = t_quantile(units - 1, confidence=confidence) * error
    return Interval(max(bounds.low, centre - half), min(bounds.high, centre + half))
