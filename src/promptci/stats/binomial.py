"""Binomial coefficients and tails that neither overflow nor underflow."""

import math

EXACT_LIMIT = 10_000
"""Up to here coefficients are whole numbers (2 ms at the limit); above, `lgamma` to 1e-9."""

_NEGLIGIBLE = 1e-18


def log_comb(n: int, k: int) -> float:
    """The natural logarithm of n choose k. Raises `ValueError` unless 0 <= k <= n."""
    if n <= EXACT_LIMIT:
        return math.log(math.comb(n, k))
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def fair_mass(k: int, n: int) -> tuple[float, float]:
    """The probability of k heads in n fair tosses, and its natural logarithm.

    n choose k, over 2^n. Raises `ValueError` unless 0 <= k <= n.
    """
    if n <= EXACT_LIMIT:
        ways = math.comb(n, k)
        return ways / 2**n, math.log(ways) - n * math.log(2)
    log_mass = log_comb(n, k) - n * math.log(2)
    return math.exp(log_mass), log_mass


def fair_tail_ratio(k: int, n: int) -> float:
    """P(at most k heads) / P(exactly k heads) in n fair tosses, for k from 0 to n/2; 1 or more."""
    return _falling_sum(k, n, odds=1.0)


def mass(k: int, n: int, *, p: float) -> float:
    """P(X = k) for X ~ Binomial(n, p), k from 0 to n; a `p` beyond 0..1 is taken for that end."""
    if p <= 0 or p >= 1:
        return float(k == (n if p >= 1 else 0))
    return math.exp(log_comb(n, k) + k * math.log(p) + (n - k) * math.log1p(-p))


def lower_tail(k: int, n: int, *, p: float) -> float:
    """P(X <= k) for X ~ Binomial(n, p): 0 for a negative k, 1 from k = n on; `p` as of `mass`."""
    if k < 0 or k >= n:
        return float(k >= n)
    if k > n * p:  # sum the tail that falls away
        return 1 - lower_tail(n - k - 1, n, p=1 - p)
    ratio = 1.0 if p >= 1 else _falling_sum(k, n, odds=p / (1 - p))
    return mass(k, n, p=p) * ratio


def _falling_sum(k: int, n: int, *, odds: float) -> float:
    """P(X <= k) / P(X = k), for k up to the mean: terms fall away geometrically."""
    term = total = 1.0
    for hits in range(k, 0, -1):
        term *= hits / ((n - hits + 1) * odds)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return total
