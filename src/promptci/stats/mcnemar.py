"""Tests of two 0/1 scores on the same examples: only the flips count.

Sources: McNemar 1947, Psychometrika 12:153; Lancaster 1961, Journal of the American Statistical
Association 56:223; Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13:91.
"""

import math

from promptci.stats.binomial import fair_mass, fair_tail_ratio
from promptci.stats.uncertainty import PValue


def exact_mcnemar(lost: int, won: int) -> PValue:
    """The exact test of McNemar (1947): is each flip as likely a loss as a win?

    `lost` passed on the base only, `won` on the head only. p = min(1, 2 P(X <= min(lost, won))),
    X ~ Binomial(lost + won, 1/2). Never more false alarms than stated; 1 when nothing flipped.
    Raises `ValueError` for a count below 0.
    """
    return _two_sided(lost, won, seen=1.0, test="exact McNemar")


def midp_mcnemar(lost: int, won: int) -> PValue:
    """The mid-p version (Lancaster 1961; Fagerland, Lydersen and Laake 2013).

    Counts only half of the outcomes exactly as extreme as the one seen: more power than the
    exact test, and false alarms at most at the stated rate in practice, but without a guarantee.
    Arguments and errors are those of `exact_mcnemar`.
    """
    return _two_sided(lost, won, seen=0.5, test="mid-p McNemar")


def _two_sided(lost: int, won: int, *, seen: float, test: str) -> PValue:
    """`seen` is the weight of outcomes exactly as extreme as (lost, won)."""
    if lost < 0 or won < 0:
        raise ValueError(f"{lost} lost and {won} won examples cannot be")
    fewer, flips = min(lost, won), lost + won
    if flips == 0:
        return PValue(1.0, 0.0, test)
    mass, log_mass = fair_mass(fewer, flips)
    if lost == won:  # the outcome is its own mirror image: counted once, not twice
        p = 1 - (1 - seen) * mass
        return PValue(p, math.log(p), test)
    weight = 2 * (fair_tail_ratio(fewer, flips) - (1 - seen))
    return PValue(min(1.0, mass * weight), min(0.0, log_mass + math.log(weight)), test)
