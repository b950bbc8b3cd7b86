"""The gate's rules on made-up runs: equal ones must not alarm, true effects must be seen.

Seeded, so that a failure stays a failure. Bounds leave four standard errors of the simulation.
"""

import math
from collections import Counter
from random import Random

import pytest

from promptci.stats.evalue import log_evalue
from promptci.stats.families import holm
from promptci.stats.graded import graded_test
from promptci.stats.mcnemar import exact_mcnemar, midp_mcnemar
from promptci.stats.power import drop_power, examples_to_settle, smallest_that
from promptci.stats.signflip import sampled_sign_flip
from promptci.stats.student import mean_interval
from promptci.stats.tango import tango
from promptci.stats.uncertainty import Interval
from promptci.stats.verdict import verdict
from tables import every_row

pytestmark = pytest.mark.slow


RUNS = 2_000
DIFFERENCES = Interval(-1.0, 1.0)


def slack(rate, runs=RUNS):
    return 4 * math.sqrt(rate * (1 - rate) / runs)


def flips(random, n, discordant, drop=0.0):
    """Lost and won of n pairs."""
    lose, win = (discordant + drop) / 2, (discordant - drop) / 2
    drawn = [random.random() for _ in range(n)]
    return sum(x < lose for x in drawn), sum(lose <= x < lose + win for x in drawn)


def claim(lost, won, n, tolerance=0.05):
    delta, lower = (won - lost) / n, tango(lost, won, n=n).low
    p = exact_mcnemar(lost, won).p
    return verdict(delta, lower, adjusted_p=p, tolerance=tolerance)


@every_row(("n", "discordant"), [(20, 0.3), (100, 0.1), (300, 0.2)])
def test_equal_runs_alarm_no_more_often_than_stated(n, discordant):
    random = Random(n)
    tables = [flips(random, n, discordant) for _ in range(RUNS)]
    exact = sum(exact_mcnemar(*table).p <= 0.05 for table in tables) / RUNS
    midp = sum(midp_mcnemar(*table).p <= 0.05 for table in tables) / RUNS
    assert exact <= midp <= 0.05 + slack(0.05)
    claims = Counter(claim(*table, n) for table in tables)
    assert claims["regressed"] / RUNS <= 0.025 + slack(0.025)
    assert claims["improved"] / RUNS <= 0.025 + slack(0.025)


@every_row("flipped", range(1, 80))
def test_exact_mcnemar_keeps_its_rate_for_any_number_of_flips(flipped):
    alarms = sum(
        math.comb(flipped, lost)
        for lost in range(flipped + 1)
        if exact_mcnemar(lost, flipped - lost).p <= 0.05
    )
    assert alarms <= 0.05 * 2**flipped


@every_row(("n", "discordant"), [(60, 0.3), (100, 0.2), (600, 0.2)])
def test_a_true_drop_is_seen_as_often_as_foretold(n, discordant):
    drop = smallest_that(lambda it: drop_power(it, discordant, n=n) >= 0.8, top=discordant)
    random = Random(n)
    tables = [flips(random, n, discordant, drop) for _ in range(RUNS)]
    seen = sum(exact_mcnemar(*table).p <= 0.05 and table[0] > table[1] for table in tables) / RUNS
    approximation = 0.0 if n < 200 else 0.03
    assert seen == pytest.approx(0.8, abs=slack(0.8) + approximation)
    weaker = drop_power(drop / 2, discordant, n=n)
    assert 0.05 < weaker < 0.5


def test_the_foretold_number_of_examples_settles_the_tolerance():
    n, random = examples_to_settle(0.05, 0.1), Random(7)
    settled = sum(claim(*flips(random, n, 0.1), n) in ("no worse", "improved") for _ in range(RUNS))
    assert settled / RUNS == pytest.approx(0.8, abs=slack(0.8) + 0.02)


@every_row(("n", "discordant", "drop"), [(20, 0.2, 0.1), (100, 0.1, 0.0)])
def test_tango_covers_the_true_difference(n, discordant, drop):
    random, hits = Random(11), 0
    for _ in range(RUNS):
        interval = tango(*flips(random, n, discordant, drop), n=n)
        hits += interval.low <= -drop <= interval.high
    assert hits / RUNS >= 0.95 - slack(0.95) - 0.01


def test_a_family_of_equal_prompts_rarely_alarms_at_all():
    random, alarms = Random(13), 0
    for _ in range(400):
        p_values = [exact_mcnemar(*flips(random, 60, 0.3)).p for _ in range(10)]
        alarms += min(holm(p_values)) <= 0.05
    assert alarms / 400 <= 0.05 + slack(0.05, 400)


def test_looking_after_every_flip_is_safe_with_the_evalue_and_not_with_p():
    random, evidence, peeked = Random(17), 0, 0
    for _ in range(400):
        lost = won = 0
        e_alarm = p_alarm = False
        for _ in range(100):
            lost, won = (lost + 1, won) if random.random() < 0.5 else (lost, won + 1)
            e_alarm = e_alarm or log_evalue(lost, won) >= math.log(20)
            p_alarm = p_alarm or exact_mcnemar(lost, won).p <= 0.05
        evidence += e_alarm
        peeked += p_alarm
    assert evidence / 400 <= 0.05 + slack(0.05, 400)
    assert peeked / 400 > 0.15


def test_equal_graded_runs_alarm_no_more_often_than_stated():
    random = Random(19)
    on_grid = irregular = 0
    for _ in range(RUNS):
        grid = [random.choice((0, 0, 0.25, 0.5, 1)) * random.choice((-1, 1)) for _ in range(40)]
        on_grid += graded_test(grid, seed=1).p <= 0.05
    for _ in range(500):
        smooth = [random.gauss(0, 0.2) for _ in range(30)]
        irregular += sampled_sign_flip(smooth, seed=random.getrandbits(32), draws=399).p <= 0.05
    assert on_grid / RUNS <= 0.05 + slack(0.05)
    assert irregular / 500 == pytest.approx(0.05, abs=slack(0.05, 500))


def test_the_t_interval_covers_the_true_mean():
    random, hits = Random(23), 0
    for _ in range(RUNS):
        interval = mean_interval([random.gauss(-0.1, 0.2) for _ in range(10)], bounds=DIFFERENCES)
        hits += interval.low <= -0.1 <= interval.high
    assert hits / RUNS == pytest.approx(0.95, abs=slack(0.95))


def test_clusters_that_are_ignored_alarm_far_too_often():
    random, ignored, declared = Random(29), 0, 0
    for _ in range(400):
        shifts = [random.choice((-0.5, -0.25, 0.25, 0.5)) for _ in range(20)]
        differences = [shift for shift in shifts for _ in range(5)]
        clusters = [name for name in range(20) for _ in range(5)]
        ignored += graded_test(differences, seed=1).p <= 0.05
        declared += graded_test(differences, seed=1, clusters=clusters).p <= 0.05
    assert ignored / 400 > 0.3
    assert declared / 400 <= 0.05 + slack(0.05, 400)
