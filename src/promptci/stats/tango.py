"""The interval for a paired difference of two pass rates.

Source: Tango 1998, Statistics in Medicine 17:891.
"""

import math
from functools import lru_cache

from promptci.stats.uncertainty import Interval, normal_quantile

_HALVINGS = 60


@lru_cache(1024)
def tango(lost: int, won: int, *, n: int, confidence: float = 0.95) -> Interval:
    """The score interval of Tango (1998) for head's pass rate minus base's, in [-1, 1].

    All D with |won - lost - n D| <= z sqrt(n (2 q + D (1 - D))), q being the most likely loss rate
    if the difference is D. `lost` passed on the base only, `won` on the head only, of `n` pairs.
    Never empty: without a flip it ends at +-z^2 / (n + z^2). Raises `ValueError` unless 0 <= lost +
    won <= n and n >= 1.
    """
    if lost < 0 or won < 0 or n < max(1, lost + won):
        raise ValueError(f"{lost} lost and {won} won of {n} pairs cannot be")
    z = normal_quantile(confidence)
    # Swapping base and head mirrors the interval, to the last bit.
    return Interval(_lower_limit(lost, won, n=n, z=z), -_lower_limit(won, lost, n=n, z=z))


def _lower_limit(lost: int, won: int, *, n: int, z: float) -> float:
    """The smallest difference that the score test does not reject, by halving to 1e-18."""
    delta = (won - lost) / n
    low, high = -1.0, delta
    if low == high:
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if n * (delta - middle) > z * math.sqrt(n * _variance(middle, lost, won=won, n=n)):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _variance(difference: float, lost: int, *, won: int, n: int) -> float:
    """Of one pair's difference, at the most likely loss rate q if the true mean is `difference`.

    q is the larger root of 2n q^2 + (2nD - D(won - lost) - (lost + won)) q - lost D (1 - D) = 0.
    """
    half = (2 * n - won + lost) * difference - (lost + won)
    root = math.sqrt(half * half + 8 * n * lost * difference * (1 - difference))
    q = (root - half) / (4 * n)
    return max(0.0, 2 * q + difference * (1 - difference))
