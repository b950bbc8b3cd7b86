"""Which drops are too small to see: one answer for every report."""

from functools import lru_cache

from promptci.stats.effect import detectable_effect
from promptci.stats.power import PairedTest, detectable_loss, drop_power, smallest_that

_POWER = 0.8


@lru_cache(256)  # a hundred sums, and the pairs of a simulation ask about few noises
def visible_drop(
    n: int, noise: float, *, is_binary: bool, test: PairedTest = "exact"
) -> float | None:
    """The smallest true drop that n examples show as significant in four comparisons of five.

    `noise` is the variance of one example's difference where nothing truly changed; for passed or
    failed that is the share of examples that flip by chance, either way, and true losses come on
    top. Without noise it is the best case, losses and nothing else. None where not even losing all
    examples would show. The test is McNemar's (`test` says in which form) where scores are 0 or 1,
    else the one of a mean; at 5 %, for one eval alone. A drop is a share in (0, 1], `n` 1 or more.
    Formulas and sources: `detectable_loss`, `detectable_effect` and `drop_power`.
    """
    if not noise:
        return detectable_loss(n, test=test)
    if not is_binary:
        return min(1.0, detectable_effect(n, noise))

    def is_seen(drop: float) -> bool:
        return drop_power(drop, min(1.0, noise + drop), n=n, test=test) >= _POWER

    return smallest_that(is_seen, top=1.0)
