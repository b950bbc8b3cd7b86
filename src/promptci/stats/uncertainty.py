"""What says how sure a figure is: an interval, a p value, and the normal quantile behind both."""

import math
from functools import cache

from msgspec import Struct


class Interval(Struct, frozen=True):
    """A confidence interval, ends included, in the unit of what was estimated."""

    low: float
    high: float


class PValue(Struct, frozen=True):
    """A two-sided p value, in 0..1, and the name of the test it comes from.

    `log_p` is its natural logarithm, finite even where `p` itself is too small for a double and
    reads 0.0: below 1e-300 only the logarithm is to be trusted.
    """

    p: float
    log_p: float
    test: str

    @classmethod
    def from_log(cls, log_p: float, test: str) -> "PValue":
        """From a natural logarithm; rounding errors above 0 are cut to p = 1."""
        log_p = min(0.0, log_p)
        return cls(math.exp(log_p), log_p, test)

    @classmethod
    def from_ratio(cls, hits: int, outcomes: int, *, test: str) -> "PValue":
        """From the count of outcomes at least as extreme, at least 1, among equally likely ones."""
        hits = min(hits, outcomes)
        return cls(hits / outcomes, math.log(hits) - math.log(outcomes), test)


TABULATED = {0.95: 1.9599639845400536, 2 * 0.8 - 1: 0.8416212335729144}
"""What `NormalDist` gives, for the confidence and power of most tables: it takes 4 ms to load."""


@cache
def normal_quantile(confidence: float) -> float:
    """z such that a standard normal lies within +-z with probability `confidence`.

    Raises `ValueError` for a confidence that is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if confidence in TABULATED:
        return TABULATED[confidence]
    from statistics import NormalDist  # late: few commands need it

    return NormalDist().inv_cdf((1 + confidence) / 2)


def unseen_share(n: float, confidence: float) -> float:
    """The largest share of a kind that n independent examples may well have missed altogether.

    It is z^2 / (n + z^2), where Wilson's (1927) interval for 0 of n ends, and Tango's (1998) for
    n pairs without a flip: in (0, 1) for n above 0. Raises `ValueError` as `normal_quantile`.
    """
    z2 = normal_quantile(confidence) ** 2
    return z2 / (n + z2)
