"""The regularised incomplete beta function, on which Student's t and Clopper-Pearson rest."""

import math

_TINY = 1e-300
_PRECISION = 1e-15
_MAX_TERMS = 10_000


def log_beta_cdf(x: float, a: float, *, b: float) -> float:
    """The natural logarithm of I_x(a, b), the share of a Beta(a, b) that lies below x.

    `x` in [0, 1], `a` and `b` positive. Continued fraction of DLMF 8.17.22, on the side where it
    converges fast; relative error of the result about 1e-12. -inf at x = 0.
    """
    if x <= 0:
        return -math.inf
    if x >= 1:
        return 0.0
    if x <= (a + 1) / (a + b + 2):
        return _log_lower(x, a, b=b)
    return math.log1p(-math.exp(_log_lower(1 - x, b, b=a)))


def beta_cdf(x: float, a: float, *, b: float) -> float:
    """I_x(a, b), the share of a Beta(a, b) that lies below x, in 0..1; arguments as above."""
    return math.exp(log_beta_cdf(x, a, b=b))


def beta_quantile(share: float, a: float, *, b: float) -> float:
    """The x in [0, 1] below which `share` of a Beta(a, b) lies, by halving, to about 1e-18.

    `share` in [0, 1], `a` and `b` positive.
    """
    low, high = 0.0, 1.0
    for _ in range(64):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b=b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _log_lower(x: float, a: float, *, b: float) -> float:
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.log(a)
    front += a * math.log(x) + b * math.log1p(-x)
    return front - math.log(_fraction(x, a, b=b))


def _fraction(x: float, a: float, *, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), by the modified method of Lentz (Thompson and Barnett 1986)."""
    value = c = 1.0
    d = 0.0
    for index in range(1, _MAX_TERMS):
        step = _coefficient(index, x, a=a, b=b)
        d = 1 / ((1 + step * d) or _TINY)
        c = (1 + step / c) or _TINY
        value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _coefficient(index: int, x: float, *, a: float, b: float) -> float:
    m = index // 2
    if index % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
