"""A run that may be looked at after every example stops at noise no more often than stated."""

import math
from random import Random

import pytest

from promptci.compare.sequential import ALPHA, is_settled

RUNS = 1_000


def stopped_after(random, n, *, passing, flips, drop=0.0, tolerance=0.0):
    """After how many examples it stops, None for never; those that failed before come first."""
    before = sorted(random.random() < passing for _ in range(n))
    lost = won = 0
    for number, passed in enumerate(before, 1):
        flipped = random.random() < (flips + drop if passed else flips)
        lost, won = lost + (flipped and passed), won + (flipped and not passed)
        has_failed = number < n and not before[number]
        if not has_failed and is_settled(lost, won, count=n, tolerance=tolerance):
            return number
    return None


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 300])
@pytest.mark.parametrize("flips", [0.05, 0.3])
def test_where_nothing_changed_it_rarely_stops(n, flips):
    """Half pass and half fail, so that losses and wins are as likely."""
    random = Random(n)
    runs = [stopped_after(random, n, passing=0.5, flips=flips) for _ in range(RUNS)]
    alarms = sum(run is not None for run in runs) / RUNS
    assert alarms <= ALPHA + 4 * math.sqrt(ALPHA * (1 - ALPHA) / RUNS)


def test_a_true_loss_is_seen_early():
    random = Random(1)
    runs = [stopped_after(random, 300, passing=0.8, flips=0.02, drop=0.3) for _ in range(200)]
    assert all(runs)
    assert sum(runs) / len(runs) < 0.5 * 300


def test_what_may_be_lost_stops_nothing():
    assert is_settled(20, 0, count=100, tolerance=0.1)
    assert not is_settled(20, 0, count=100, tolerance=0.2)
    assert not is_settled(3, 0, count=100, tolerance=0.0)


def test_of_several_evals_more_is_asked():
    assert is_settled(7, 0, count=100, tolerance=0.0)
    assert not is_settled(7, 0, count=100, tolerance=0.0, family=10)
