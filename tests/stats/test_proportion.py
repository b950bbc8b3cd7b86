"""Intervals for differences of shares, against published figures."""

from math import prod
from random import Random

import pytest

from promptci.stats.proportion import newcombe, wilson, wilson_of_shares
from promptci.stats.trials import pass_any


def test_newcombe_is_the_published_example():
    """Newcombe (1998), table II: 56 of 70 less 48 of 80, and the extreme 10 of 10 less 0 of 20."""
    found = newcombe((56, 48), (70, 80))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    extreme = newcombe((10, 0), (10, 20))
    assert (round(extreme.low, 4), extreme.high) == (0.6791, 1.0)


def test_shares_of_all_or_nothing_have_wilsons_interval():
    found, known = wilson_of_shares([1, 0, 0, 1, 1], looks=1), wilson(3, 5)
    assert (found.low, found.high) == pytest.approx((known.low, known.high))
    assert wilson_of_shares([1.0] * 7, looks=4) == wilson(7, 7)


def test_shares_that_vary_little_are_as_many_passes_and_failures():
    """0.5 and 0.7 vary by 0.01: m (1 - m) n / variance is 48, and 3 looks at 2 are 6 at most."""
    found = wilson_of_shares([0.5, 0.7], looks=100)
    assert (found.low, found.high) == pytest.approx((0.4590, 0.7262), abs=1e-4)
    bounded = wilson_of_shares([0.5, 0.7], looks=3)
    assert (bounded.low, bounded.high) == pytest.approx((0.2524, 0.8695), abs=1e-4)


def test_the_interval_of_rare_failures_covers_what_a_t_interval_leaves_out():
    """Examples that pass 5 of 6 times: of 8 trials one of 4 passes nearly always."""
    draw = Random(5)
    truth = 1 - beta_moment(1, 5, 4)
    covered = 0
    for _ in range(300):
        passes = (draw.betavariate(5, 1) for _ in range(30))
        counts = [sum(draw.random() < each for _ in range(8)) for each in passes]
        found = wilson_of_shares([pass_any(8, each, 4) for each in counts], looks=2)
        covered += found.low <= truth <= found.high
    assert covered >= 0.93 * 300


def beta_moment(a, b, k):
    """The mean of the k-th power of what is drawn from a beta distribution."""
    return prod((a + i) / (a + b + i) for i in range(k))
