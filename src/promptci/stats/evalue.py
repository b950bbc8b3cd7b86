"""Evidence that may be looked at after every example: the e-value of the flips.

Sources: Ville 1939, "Étude critique de la notion de collectif"; Robbins 1970, Annals of
Mathematical Statistics 41:1397; Shafer 2021, Journal of the Royal Statistical Society A 184:407.
"""

import math

from promptci.stats.binomial import fair_mass, fair_tail_ratio, log_comb


def log_evalue(lost: int, won: int) -> float:
    """The natural logarithm of 2^m B(lost + 1, won + 1), m = lost + won.

    A bet on flips being more often losses than wins, or the reverse, with a uniform mixture over
    the true loss rate (Ville 1939; Robbins 1970; Shafer 2021). If base and head are alike it
    exceeds log(1 / alpha) at any time during a run with probability at most alpha. `lost` and `won`
    count examples; raises `ValueError` where one is below 0.
    """
    if lost < 0 or won < 0:
        raise ValueError(f"{lost} lost and {won} won examples cannot be")
    flips = lost + won
    return flips * math.log(2) - math.log(flips + 1) - log_comb(flips, lost)


def log_evalue_of_loss(lost: int, won: int) -> float:
    """The same, betting on losses only: a uniform mixture over loss rates above 1/2.

    Twice the two-sided e-value times the share of a Beta(lost + 1, won + 1) above 1/2, which is
    the probability of at most `lost` heads in m + 1 fair tosses. Raises `ValueError` likewise.
    """
    fewer, tosses = min(lost, won), lost + won + 1
    mass, log_mass = fair_mass(fewer, tosses)
    ratio = fair_tail_ratio(fewer, tosses)
    log_share = log_mass + math.log(ratio) if lost < won else math.log1p(-mass * ratio)
    return math.log(2) + log_evalue(lost, won) + log_share
