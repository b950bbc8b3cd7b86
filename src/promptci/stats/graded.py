"""Is the mean of graded, paired scores the same? The best test that is affordable."""

from collections.abc import Hashable, Sequence

from promptci.stats.clusters import cluster_sums
from promptci.stats.signflip import exact_sign_flip, sampled_sign_flip
from promptci.stats.student import t_test
from promptci.stats.uncertainty import PValue

LARGE = 2_000
"""Above so many differences other than 0 the t test says the same and is much faster."""


def graded_test(
    differences: Sequence[float], *, seed: int, clusters: Sequence[Hashable] | None = None
) -> PValue:
    """Sign-flip test of head's mean against base's: exact if it can be, else 10,000 seeded draws.

    `differences` are head minus base, one for each example, in any unit; the null hypothesis is
    that each could as well have had the other sign. With `clusters`, the cluster of each example,
    whole clusters are flipped. Of more than `LARGE` that are not 0 it is Student's t test. p is 1
    where none is. Raises `ValueError` where differences and clusters are not equally many.
    """
    units = differences if clusters is None else cluster_sums(differences, clusters)
    exact = exact_sign_flip(units)
    if exact is not None:
        return exact
    if sum(map(bool, units)) > LARGE:
        return t_test(units)
    return sampled_sign_flip(units, seed=seed)
