"""Examples that come in groups (one document, one conversation) and so are not independent.

Sources: Liang and Zeger 1986, Biometrika 73:13; Miller 2024, arXiv:2411.00640; Cameron and Miller
2015, Journal of Human Resources 50:317.
"""

import math
from collections.abc import Hashable, Sequence

from promptci.stats.describe import mean
from promptci.stats.student import t_interval
from promptci.stats.uncertainty import Interval


def cluster_sums(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[float, ...]:
    """The sum of each cluster's values, clusters in order of appearance.

    `clusters` names the cluster of each value. Raises `ValueError` if the lengths differ.
    """
    groups: dict[Hashable, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        groups.setdefault(cluster, []).append(value)
    return tuple(map(math.fsum, groups.values()))


def clustered_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """The cluster-robust standard error of the mean (Liang and Zeger 1986; Miller 2024, 2.2).

    SE^2 = sum over clusters of (sum of residuals)^2 / n^2, without small-sample factor, in the unit
    of the values. Needs tens of clusters to be trusted. Raises `ValueError` without values, or if
    the lengths differ.
    """
    centre = mean(values)
    residuals = cluster_sums([value - centre for value in values], clusters)
    return math.sqrt(math.fsum(total * total for total in residuals)) / len(values)


def clustered_mean_interval(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    bounds: Interval,
    confidence: float = 0.95,
) -> Interval:
    """The t interval for a mean of clustered values that cannot leave `bounds`.

    With G clusters: G - 1 degrees of freedom, and the error scaled by sqrt(G / (G - 1)), since
    residuals around the sample's own mean are too small (Cameron and Miller 2015, VI). A single
    cluster tells no spread: then it is `t_interval` of one unit without error. `confidence` in (0,
    1). Raises `ValueError` as `clustered_error`.
    """
    count = len(set(clusters))
    error = clustered_error(values, clusters) * math.sqrt(count / max(1, count - 1))
    if count == 1:  # one cluster tells nothing of the spread between clusters
        error = 0.0
    return t_interval(mean(values), error, units=count, bounds=bounds, confidence=confidence)
