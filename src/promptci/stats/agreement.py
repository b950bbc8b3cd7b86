"""How far two raters agree beyond chance, and whether two quantities go together.

Sources: Cohen 1960, Educational and Psychological Measurement 20:37; Fleiss, Cohen and Everitt
1969, Psychological Bulletin 72:323; Spearman 1904, American Journal of Psychology 15:72; Pearson
1895, Proceedings of the Royal Society 58:240; Bonett and Wright 2000, Psychometrika 65:23.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

from promptci.stats.describe import mean
from promptci.stats.uncertainty import Interval, normal_quantile, unseen_share

_NEARLY_ONE = 1 - 1e-9


class Kappa(Struct, frozen=True):
    """Cohen's kappa, from -1 to 1, with its large-sample interval."""

    value: float
    interval: Interval


def cohen_kappa(table: Sequence[Sequence[int]], *, confidence: float = 0.95) -> Kappa | None:
    """Kappa (Cohen 1960) of a square table: rows are one rater's classes, columns the other's.

    A cell counts the examples of which the raters said these two, so it is 0 or more. kappa is
    (agreed - chance) / (1 - chance), both as shares of all examples. The interval takes the
    standard error of Fleiss, Cohen and Everitt (1969) and is cut to -1..1; where that is 0, as at
    full agreement, a share of disagreement may still have gone unseen. None where both raters put
    everything into one and the same class, or there is nothing: then chance alone would agree just
    as well and kappa has no meaning. Raises `ValueError` for a table that is not square, and for a
    `confidence` that is not between 0 and 1.
    """
    size = len(table)
    if any(len(row) != size for row in table):
        raise ValueError("a table of agreement has as many columns as rows")
    n = sum(map(sum, table))
    if not n:
        return None
    rows = [sum(row) / n for row in table]
    columns = [sum(row[j] for row in table) / n for j in range(size)]
    agreed = sum(table[i][i] for i in range(size)) / n
    chance = math.fsum(row * column for row, column in zip(rows, columns, strict=True))
    if chance >= 1.0:
        return None
    kappa = (agreed - chance) / (1 - chance)
    shares = [[cell / n for cell in row] for row in table]
    error = _standard_error(shares, rows, columns, kappa=kappa, chance=chance) / math.sqrt(n)
    half = normal_quantile(confidence) * error
    if error <= 1e-12:
        half = unseen_share(n, confidence) / (1 - chance)
    return Kappa(kappa, Interval(max(-1.0, kappa - half), min(1.0, kappa + half)))


def _standard_error(
    shares: Sequence[Sequence[float]],
    rows: Sequence[float],
    columns: Sequence[float],
    *,
    kappa: float,
    chance: float,
) -> float:
    """Of kappa for n = 1: equation 13 of Fleiss, Cohen and Everitt (1969)."""
    size, left = range(len(rows)), 1 - kappa
    on = math.fsum(shares[i][i] * (1 - (rows[i] + columns[i]) * left) ** 2 for i in size)
    off = left**2 * math.fsum(
        shares[i][j] * (columns[i] + rows[j]) ** 2 for i in size for j in size if i != j
    )
    rest = (kappa - chance * left) ** 2
    return math.sqrt(max(0.0, on + off - rest)) / (1 - chance)


class Correlation(Struct, frozen=True):
    """A rank correlation, from -1 to 1, with its large-sample interval."""

    value: float
    interval: Interval


FEWEST_RANKED = 10
"""With fewer pairs a rank correlation and its interval say next to nothing."""


def rank_correlation(
    one: Sequence[float], other: Sequence[float], *, confidence: float = 0.95
) -> Correlation | None:
    """Spearman's correlation with an interval by Fisher's z, the error of Bonett and Wright (2000).

    tanh(atanh(r) +- z sqrt((1 + r^2 / 2) / (n - 3))). `one` and `other` are the two quantities of
    each of n examples, in any units. None where one of them does not vary, and with fewer than
    `FEWEST_RANKED` pairs. Raises `ValueError` where the two are not equally many, and for a
    `confidence` that is not between 0 and 1.
    """
    found = spearman(one, other) if len(one) >= FEWEST_RANKED else None
    if found is None:
        return None
    half = normal_quantile(confidence) * math.sqrt((1 + found * found / 2) / (len(one) - 3))
    middle = math.atanh(max(-_NEARLY_ONE, min(_NEARLY_ONE, found)))
    return Correlation(found, Interval(math.tanh(middle - half), math.tanh(middle + half)))


def pearson(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The correlation of paired values (Pearson 1895), from -1 to 1.

    None where one of them does not vary. Raises `ValueError` where there are none, or where the
    two are not equally many.
    """
    if min(one) == max(one) or min(other) == max(other):
        return None
    centre, middle = mean(one), mean(other)
    spread = math.fsum((x - centre) ** 2 for x in one)
    width = math.fsum((y - middle) ** 2 for y in other)
    both = math.fsum((x - centre) * (y - middle) for x, y in zip(one, other, strict=True))
    return max(-1.0, min(1.0, both / math.sqrt(spread) / math.sqrt(width)))


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The correlation of ranks (Spearman 1904), which a single huge value does not decide.

    From -1 to 1; equal values share the mean of their ranks. None and errors as of `pearson`.
    """
    return pearson(_ranks(one), _ranks(other))


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, from 1; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks
