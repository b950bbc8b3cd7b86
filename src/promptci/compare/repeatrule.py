"""How often flips are asked again, so that chance hardly ever confirms one."""

from collections.abc import Collection
from math import ceil

from msgspec import Struct

from promptci.stats.binomial import lower_tail

CHANCE = 0.025
"""How likely it may be that a judge's noise alone confirms a flip, over all evals of a command."""

MOST = 8
"""The most repeats on each side for that."""

CHANCE_HELD = 0.25
"""Flips of a drifting model that may hold by chance alone, where it can be asked on at no more."""

NET_CHANCE = 1 / 16
"""How likely it may be that so many flips, each by chance, leave a net loss that held."""


class Rule(Struct, frozen=True):
    """How often flips are asked again on each side, and how many repeats may contradict in all."""

    times: int
    contradicted: int


def repeats(flips: int, times: int) -> Rule:
    """The rule for so many flips of judged examples: `times` repeats at least, if any.

    A judge that says either thing half of the time gives each way in which n repeats of both sides
    can turn out a chance of 1 in 4 ** n, and no other judge confirms more of its own flips. Without
    a contradiction there is one way to hold, with one there are 2 n more.
    """
    if not flips or not times:
        return Rule(times, 0)
    for count in range(times, MOST + 1):
        if flips * (1 + 2 * count) <= CHANCE * 4**count:
            return Rule(count, 1)
    return Rule(max(times, MOST), 0)


def may_be_chance(net: float, flips: Collection[str], times: int) -> bool:
    """Whether a model's noise alone may confirm a net loss of so many, out of these flips.

    Of the flips of a model that passes half of the time every second one is a loss, and one of
    4 ** times holds in as many repeats of both sides; no other model confirms more of its own.
    """
    count = len(flips)
    return lower_tail(count - ceil(net), count, p=1 - 0.5 * 4.0**-times) > NET_CHANCE
