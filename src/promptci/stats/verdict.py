"""What a comparison may claim about examples it has not seen."""

import math
from typing import Literal, TypeAlias

Claim: TypeAlias = Literal["regressed", "improved", "no worse", "underpowered"]


def verdict(
    delta: float, lower: float, *, adjusted_p: float, tolerance: float, alpha: float = 0.05
) -> Claim:
    """The first claim that holds of a paired difference `delta`, head minus base.

    `lower` is the lower end of its 95% interval, `adjusted_p` its p value adjusted for the
    family of tests, and `tolerance` the fall that is put up with, at least 0, in the unit of
    `delta`. A significant drop that surely stays within the tolerance is no worse; failing to
    find a drop is not enough to say so. Raises `ValueError` unless `delta` and `lower` are finite,
    `adjusted_p` in 0..1 and `tolerance` at least 0.
    """
    _check(delta, lower, adjusted_p=adjusted_p, tolerance=tolerance)
    significant = adjusted_p <= alpha
    if significant and delta < 0 and lower < -tolerance:
        return "regressed"
    if significant and delta > 0:
        return "improved"
    if lower > -tolerance:
        return "no worse"
    return "underpowered"


def _check(delta: float, lower: float, *, adjusted_p: float, tolerance: float) -> None:
    # Written so that NaN, which compares false with anything, is refused too.
    known = math.isfinite(delta) and math.isfinite(lower)
    if not (known and 0 <= adjusted_p <= 1 and tolerance >= 0):
        raise ValueError(
            f"no verdict on a difference of {delta} with lower end {lower}, "
            f"p {adjusted_p} and tolerance {tolerance}"
        )
