"""Statistics at their edges, and the laws they keep for any input."""

import math
from fractions import Fraction
from itertools import product
from random import Random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.stats.agreement import cohen_kappa, pearson, spearman
from promptci.stats.beta import beta_cdf, beta_quantile, log_beta_cdf
from promptci.stats.binomial import EXACT_LIMIT, fair_mass, lower_tail
from promptci.stats.clusters import cluster_sums, clustered_error, clustered_mean_interval
from promptci.stats.describe import mean, percentile
from promptci.stats.effect import detectable_effect, examples_for_effect
from promptci.stats.evalue import log_evalue, log_evalue_of_loss
from promptci.stats.families import holm
from promptci.stats.graded import LARGE, graded_test
from promptci.stats.mcnemar import exact_mcnemar, midp_mcnemar
from promptci.stats.power import (
    detectable_loss,
    drop_power,
    examples_to_settle,
    smallest_that,
)
from promptci.stats.proportion import wilson
from promptci.stats.signflip import exact_sign_flip, sampled_sign_flip
from promptci.stats.student import (
    interval_of_scores,
    mean_interval,
    standard_error,
    t_quantile,
    t_tail,
    t_test,
)
from promptci.stats.tango import tango
from promptci.stats.uncertainty import TABULATED, Interval, PValue, normal_quantile
from promptci.stats.verdict import verdict
from promptci.stats.visible import visible_drop
from tables import every_row

DIFFERENCES = Interval(-1.0, 1.0)
COUNTS = st.integers(0, 300)
P_VALUES = st.lists(st.floats(0, 1), max_size=30)


def irregular(count):
    """Differences that are multiples of nothing in common."""
    return [math.sin(7 * index + 1) for index in range(count)]


# One share


def test_wilson_is_never_empty_and_never_leaves_0_to_1():
    assert wilson(0, 1).low == 0.0
    assert wilson(1, 1).high == 1.0
    assert wilson(0, 10**9).high == pytest.approx(3.8415e-9, rel=1e-4)


@pytest.mark.parametrize(("passed", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_what_is_not_a_share_is_refused(passed, n):
    with pytest.raises(ValueError, match="not a share"):
        wilson(passed, n)


@given(COUNTS, COUNTS)
def test_quantiles_of_beta_leave_the_stated_tails(passed, failed):
    n = passed + failed + 1
    high = beta_quantile(0.975, passed + 1, b=n - passed)
    assert lower_tail(passed, n, p=high) == pytest.approx(0.025, rel=1e-6)
    if passed:
        low = beta_quantile(0.025, passed, b=n - passed + 1)
        assert 1 - lower_tail(passed - 1, n, p=low) == pytest.approx(0.025, rel=1e-6)


def test_confidence_is_a_probability():
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, confidence=95)


# Flips


@given(COUNTS, COUNTS)
def test_mcnemar_counts_coin_tosses(lost, won):
    flips = lost + won
    tail = sum(math.comb(flips, k) for k in range(min(lost, won) + 1))
    expected = min(Fraction(1), Fraction(2 * tail, 2**flips))
    p = exact_mcnemar(lost, won)
    assert p.p == pytest.approx(float(expected), rel=1e-13, abs=0)
    assert p == exact_mcnemar(won, lost)
    assert 0 < midp_mcnemar(lost, won).p <= p.p <= 1


def test_midp_of_an_even_split_counts_it_once():
    assert midp_mcnemar(0, 0).p == 1
    assert midp_mcnemar(1, 1).p == 0.75
    assert exact_mcnemar(1, 1).p == 1


def test_p_below_any_double_keeps_its_logarithm():
    p = exact_mcnemar(1118, 0)
    assert p.p == 0.0
    assert p.log_p == pytest.approx(-1117 * math.log(2))
    assert midp_mcnemar(0, 1118).log_p == pytest.approx(-1118 * math.log(2))


def test_mcnemar_beyond_whole_numbers_is_as_good():
    lost, won = 5_200, 4_900
    assert lost + won > EXACT_LIMIT
    tail = term = 1
    for k in range(won):
        term = term * (lost + won - k) // (k + 1)
        tail += term
    p = exact_mcnemar(lost, won)
    assert p.p == pytest.approx(2 * tail / 2 ** (lost + won), rel=1e-8)
    assert p.log_p == pytest.approx(math.log(p.p))
    assert fair_mass(5_100, 10_200)[0] == pytest.approx(1 / math.sqrt(math.pi * 5_100), rel=1e-4)


@every_row("test", [exact_mcnemar, midp_mcnemar, log_evalue])
def test_counts_below_0_are_refused(test):
    with pytest.raises(ValueError, match="cannot be"):
        test(-1, 3)


@given(COUNTS, COUNTS, COUNTS)
def test_tango_holds_the_difference_and_mirrors(lost, won, same):
    n = lost + won + same + 1
    interval = tango(lost, won, n=n)
    assert -1 <= interval.low < (won - lost) / n < interval.high <= 1
    mirrored = tango(won, lost, n=n)
    assert (mirrored.low, mirrored.high) == (-interval.high, -interval.low)
    assert tango(lost, won, n=n, confidence=0.9).low > interval.low


@every_row("n", [1, 20, 50, 100, 1000, 100_000])
def test_tango_without_a_flip_is_as_wide_as_what_may_be_unseen(n):
    z2 = normal_quantile(0.95) ** 2
    assert tango(0, 0, n=n).high == pytest.approx(z2 / (n + z2), rel=1e-9)


def test_tango_ends_are_where_the_score_test_turns():
    # Agresti and Min (2005): 0 lies on the end exactly when (won - lost)^2 = z^2 (won + lost).
    lost, won = 30, 10
    confidence = math.erf((lost - won) / math.sqrt(2 * (lost + won)))
    assert tango(lost, won, n=200, confidence=confidence).high == pytest.approx(0, abs=1e-9)


@every_row(("lost", "won", "n"), [(3, 3, 5), (-1, 0, 5), (0, 0, 0)])
def test_impossible_tables_are_refused(lost, won, n):
    with pytest.raises(ValueError, match="cannot be"):
        tango(lost, won, n=n)


# Evidence at any time


def test_evalue_is_a_fair_bet():
    # Averaged over all outcomes of m fair tosses, no bet gains.
    for flips in (1, 7, 20):
        for evidence in (log_evalue, log_evalue_of_loss):
            average = sum(
                math.comb(flips, lost) / 2**flips * math.exp(evidence(lost, flips - lost))
                for lost in range(flips + 1)
            )
            assert average == pytest.approx(1)


def test_evalue_of_a_landslide_does_not_overflow():
    assert log_evalue(1118, 0) == pytest.approx(1118 * math.log(2) - math.log(1119))
    assert log_evalue_of_loss(0, 1118) == pytest.approx(-math.log(1119))
    assert math.isfinite(log_evalue(400_000, 3))


# Graded scores


def test_sign_flip_of_whole_flips_is_mcnemar():
    differences = [-1.0] * 12 + [1.0] * 3 + [0.0] * 40
    p = exact_sign_flip(differences)
    assert p.p == pytest.approx(exact_mcnemar(12, 3).p, rel=1e-14)
    assert p.test == "sign flip, exact"


@given(st.lists(st.sampled_from([k / 6 for k in range(-6, 7)]), max_size=9))
def test_sign_flip_on_a_grid_is_the_share_of_all_sign_patterns(differences):
    whole = [round(6 * difference) for difference in differences]
    sums = [
        abs(sum(sign * size for sign, size in zip(signs, whole, strict=True)))
        for signs in product((-1, 1), repeat=len(whole))
    ]
    share = sum(total >= abs(sum(whole)) for total in sums) / len(sums)
    assert exact_sign_flip(differences).p == share


def test_sign_flip_enumerates_what_is_on_no_grid():
    differences = irregular(12)
    observed = abs(sum(differences)) - 1e-12
    sums = (
        sum(sign * size for sign, size in zip(signs, differences, strict=True))
        for signs in product((-1, 1), repeat=12)
    )
    assert exact_sign_flip(differences).p == sum(abs(total) >= observed for total in sums) / 4096


def test_rounding_noise_does_not_break_ties():
    # In doubles 0.1 + 0.2 - 0.3 is not 0; on the grid of tenths all three patterns are ties.
    assert exact_sign_flip([0.3, -0.1, -0.2]).p == 1
    assert exact_sign_flip([0.1 + 0.2 - 0.3]).p == 1


def test_sign_flip_sees_hundreds_of_repeats_exactly():
    differences = [-0.2] * 300 + [0.4] * 20
    p = graded_test(differences, seed=1)
    assert p.test == "sign flip, exact"
    assert p.p < 1e-20


def test_too_many_irregular_differences_are_sampled():
    differences = [value - 0.3 for value in irregular(60)]
    assert exact_sign_flip(differences) is None
    p = graded_test(differences, seed=5)
    assert p.test == "sign flip, 10,000 draws"
    assert p == graded_test(differences, seed=5)
    assert p.p == pytest.approx(t_test(differences).p, rel=0.3)


def test_sampling_never_says_zero_and_agrees_with_counting():
    assert sampled_sign_flip([1.0] * 60, seed=1).p == 1 / 10_001
    assert sampled_sign_flip([0.0, 0.0], seed=1, draws=9).p == 1
    differences = [0.5] * 9 + [-0.25] * 8
    exact = exact_sign_flip(differences).p
    error = math.sqrt(exact * (1 - exact) / 10_000)
    assert sampled_sign_flip(differences, seed=2).p == pytest.approx(exact, abs=4 * error)


def test_very_many_irregular_differences_take_the_t_test():
    assert graded_test(irregular(LARGE + 1), seed=1).test == "t test"


def test_whole_clusters_are_flipped():
    differences, clusters = [-0.5] * 12, ["a", "a", "a", "b", "b", "b"] * 2
    assert graded_test(differences, seed=1).p == 2 / 2**12
    assert graded_test(differences, seed=1, clusters=clusters).p == 2 / 2**2


def test_no_difference_at_all_is_no_evidence():
    assert graded_test([0.0] * 5, seed=1).p == 1
    assert graded_test([], seed=1).p == 1
    assert t_test([0.0, 0.0]).p == 1
    assert t_test([-0.1, -0.1, -0.1]).p == pytest.approx(0.25)


def test_quantiles_that_are_tabulated_are_those_that_are_worked_out():
    worked_out = {each: NormalDist().inv_cdf((1 + each) / 2) for each in (0.95, 2 * 0.8 - 1)}
    assert worked_out == TABULATED


def test_student_quantiles_from_the_tables():
    assert t_quantile(1) == pytest.approx(math.tan(math.pi * 0.475))
    assert t_quantile(2) == pytest.approx(0.95 * math.sqrt(2 / (1 - 0.95**2)))
    assert t_quantile(29) == pytest.approx(2.04523, abs=5e-6)
    assert t_quantile(10**7) == pytest.approx(normal_quantile(0.95), rel=1e-6)


@given(st.integers(1, 400), st.floats(0.5, 0.999))
def test_student_quantile_and_tail_are_inverse(df, confidence):
    t = t_quantile(df, confidence=confidence)
    assert t_tail(t, df).p == pytest.approx(1 - confidence, rel=1e-8)


def test_a_huge_t_keeps_its_logarithm():
    p = t_tail(-500.0, 1000)
    assert p.p == 0.0
    assert p.log_p == pytest.approx(-2764, abs=5)


def test_beta_cdf_has_its_ends_and_its_symmetry():
    assert log_beta_cdf(0, 2, b=3) == -math.inf
    assert beta_cdf(1, 2, b=3) == 1
    assert beta_cdf(0.3, 2, b=3) == pytest.approx(1 - beta_cdf(0.7, 3, b=2))
    assert beta_cdf(0.25, 1, b=1) == pytest.approx(0.25)


def test_interval_of_a_mean_stays_in_bounds():
    assert mean_interval([0.9, 1.0], bounds=Interval(0.0, 1.0)).high == 1.0


def test_scores_of_nothing_but_0_and_1_have_the_interval_of_a_share():
    assert interval_of_scores([1.0, 0.0, 1.0, 0.0, 1.0, 0.0]) == wilson(3, 6)
    assert interval_of_scores([0.0] * 6) == wilson(0, 6)
    graded = [1.0, 0.5, 0.0]
    assert interval_of_scores(graded) == mean_interval(graded, bounds=Interval(0.0, 1.0))
    assert interval_of_scores([]) is None


@every_row("n", [1, 3, 40])
def test_equal_differences_are_no_proof(n):
    still = mean_interval([0.0] * n, bounds=DIFFERENCES)
    assert still.high == pytest.approx(tango(0, 0, n=n).high)
    assert still.low == -still.high
    lower = mean_interval([-0.4] * n, bounds=DIFFERENCES)
    assert lower.low == pytest.approx(-0.4 - 0.6 * still.high)


def test_clusters_of_one_are_independent_examples():
    values = irregular(30)
    names = [str(index) for index in range(30)]
    plain = mean_interval(values, bounds=DIFFERENCES)
    clustered = clustered_mean_interval(values, names, bounds=DIFFERENCES)
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high))


def test_copies_add_no_evidence_when_they_are_clustered():
    values, names = irregular(30), list(range(30))
    once = clustered_error(values, names)
    assert clustered_error(values * 9, names * 9) == pytest.approx(once)
    assert standard_error(values * 9) < once / 2.9


def test_one_cluster_is_one_example():
    one = clustered_mean_interval([0.1, -0.1, 0.3], "aaa", bounds=DIFFERENCES)
    assert one.low < -0.7
    assert one.high > 0.7


def test_clusters_and_values_must_match():
    assert cluster_sums([1, 2, 3], "aba") == (4, 2)
    with pytest.raises(ValueError, match="shorter"):
        cluster_sums([1, 2, 3], "ab")


# Families


@given(P_VALUES)
def test_adjusted_values_keep_their_order_and_their_bounds(p_values):
    count = len(p_values)
    adjusted = holm(p_values)
    assert all(p <= q <= min(1, p * count) for p, q in zip(p_values, adjusted, strict=True))
    ranked = sorted(zip(p_values, adjusted, strict=True))
    assert [q for _, q in ranked] == sorted(adjusted)


@pytest.mark.parametrize("wrong", [math.nan, -0.1, 1.5])
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, wrong])


# Power


def _smallest_drop(n, discordant, **test):
    """The smallest true drop that n examples show in four comparisons of five."""
    return smallest_that(
        lambda drop: drop_power(drop, discordant, n=n, **test) >= 0.8, top=discordant
    )


@every_row(
    ("n", "only_losses", "midp"),
    [
        (5, None, [None, None, None, None]),
        (10, 67, [None, None, None, None]),
        (20, 37, [None, None, None, None]),
        (30, 25, [None, None, None, 25.6]),
        (50, 15, [None, None, 16.4, 20.5]),
        (100, 7.8, [None, 8.2, 12.1, 15.1]),
        (200, 3.9, [4.1, 6.1, 8.7, 10.7]),
        (500, 1.6, [2.7, 3.9, 5.6, 6.8]),
        (1000, 0.79, [2.0, 2.8, 4.0, 4.8]),
        (5000, 0.16, [0.88, 1.3, 1.8, 2.2]),
        (10_000, 0.08, [0.63, 0.89, 1.3, 1.5]),
        (100_000, 0.008, [0.20, 0.28, 0.40, 0.49]),
    ],
)
def test_smallest_detectable_drops(n, only_losses, midp):
    loss = detectable_loss(n)
    assert loss is None if only_losses is None else 100 * loss == pytest.approx(only_losses, 0.03)
    for share, expected in zip((0.05, 0.1, 0.2, 0.3), midp, strict=True):
        drop = _smallest_drop(n, share, test="midp")
        assert drop is None if expected is None else 100 * drop == pytest.approx(expected, 0.04)


def test_the_exact_test_sees_a_little_less_than_midp():
    assert _smallest_drop(100, 0.2) > _smallest_drop(100, 0.2, test="midp")
    assert detectable_loss(40, alpha=0.01) > detectable_loss(40)


def test_power_meets_itself_where_sums_give_way_to_connor():
    summed = drop_power(0.045, 0.1, n=999, test="midp")
    assert drop_power(0.045, 0.1, n=1000, test="midp") == pytest.approx(summed, abs=0.005)
    assert drop_power(1.0, 1.0, n=500) == 1


@every_row("drop", [0.0, -0.1, 0.3, math.nan])
def test_drops_that_flips_cannot_make_are_refused(drop):
    with pytest.raises(ValueError, match="cannot come of"):
        drop_power(drop, 0.2, n=10)


def test_examples_that_settle_a_tolerance():
    tolerances = (0.10, 0.05, 0.02, 0.01)
    assert [examples_to_settle(t, 0.1) for t in tolerances] == [79, 314, 1963, 7849]
    assert [examples_to_settle(t, 0.0) for t in tolerances] == [35, 73, 189, 381]
    assert examples_to_settle(0.0, 0.1) is None
    for tolerance in tolerances:
        n = examples_to_settle(tolerance, 0.0)
        assert tango(0, 0, n=n).low > -tolerance >= tango(0, 0, n=n - 1).low


def test_effects_of_means():
    n = examples_for_effect(0.05, 0.04)
    assert detectable_effect(n, 0.04) <= 0.05 < detectable_effect(n - 1, 0.04)
    assert examples_for_effect(0.05, 0.0) == 1


# Verdicts


@every_row(
    ("delta", "lower", "adjusted_p", "claim"),
    [
        (-0.10, -0.15, 0.01, "regressed"),
        (-0.10, -0.15, 0.05, "regressed"),
        (-0.02, -0.03, 0.01, "no worse"),  # significant, but surely within the tolerance
        (-0.02, -0.05, 0.01, "underpowered"),  # just on the tolerance
        (-0.10, -0.15, 0.06, "underpowered"),
        (0.10, 0.02, 0.01, "improved"),
        (0.10, -0.06, 0.01, "improved"),
        (0.10, 0.02, 0.06, "no worse"),
        (0.0, -0.04, 1.0, "no worse"),
        (0.0, -0.06, 1.0, "underpowered"),
    ],
)
def test_verdict_is_the_first_claim_that_holds(delta, lower, adjusted_p, claim):
    assert verdict(delta, lower, adjusted_p=adjusted_p, tolerance=0.05) == claim


def test_without_a_tolerance_any_significant_drop_is_a_regression():
    assert verdict(-0.001, -0.002, adjusted_p=0.04, tolerance=0.0) == "regressed"
    assert verdict(0.0, -0.002, adjusted_p=1.0, tolerance=0.0) == "underpowered"


@every_row("place", range(4))
def test_no_verdict_on_what_is_not_a_number(place):
    numbers = [-0.1, -0.2, 0.01, 0.05]
    numbers[place] = math.nan
    delta, lower, p, tolerance = numbers
    with pytest.raises(ValueError, match="no verdict"):
        verdict(delta, lower, adjusted_p=p, tolerance=tolerance)


# Descriptions


def test_percentiles_interpolate():
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([1, 2, 3, 4], 0.5) == 2.5
    assert percentile([0, 10], 0.95) == pytest.approx(9.5)
    assert percentile([7], 0.99) == 7
    assert percentile([1, 2], 0) == 1
    assert percentile([1, 2], 1) == 2


@every_row(("values", "share"), [([], 0.5), ([1], 1.5), ([1], math.nan)])
def test_impossible_percentiles_are_refused(values, share):
    with pytest.raises(ValueError, match="no percentile"):
        percentile(values, share)


def test_means():
    assert mean([1e100, 1, -1e100]) == pytest.approx(1 / 3)
    assert standard_error([5.0]) == 0
    with pytest.raises(ValueError, match="no mean"):
        mean([])


def test_p_values_stop_at_1():
    assert PValue.from_log(1e-12, "t test").p == 1
    assert PValue.from_ratio(3, 2, test="any") == PValue(1.0, 0.0, "any")


# Agreement of raters. Expected values: statsmodels 0.15 (`cohens_kappa`, whose limits are those of
# Fleiss, Cohen and Everitt) and scipy's `pearsonr` and `spearmanr`.

KAPPAS = [
    ([[20, 5], [10, 15]], 0.4, 0.151092290476661, 0.6489077095233389),
    ([[45, 15], [25, 15]], 0.13043478260869554, -0.06293827779258965, 0.3238078430099807),
    ([[25, 35], [5, 35]], 0.25925925925925924, 0.10802896398337367, 0.4104895545351448),
    ([[9, 1], [1, 0]], -0.1, -0.23789568942662465, 0.0378956894266268),
    (
        [[106, 10, 4], [22, 28, 10], [2, 12, 6]],
        0.4285714285714285,
        0.32329979345440496,
        0.533843063688452,
    ),
    (
        [[5, 2, 0, 0], [1, 9, 1, 0], [0, 2, 7, 1], [0, 0, 1, 11]],
        0.7290431837425911,
        0.5621175474063181,
        0.8959688200788641,
    ),
]


@every_row(("table", "value", "low", "high"), KAPPAS)
def test_kappa_is_that_of_others(table, value, low, high):
    found = cohen_kappa(table)
    assert found.value == pytest.approx(value)
    assert found.interval.low == pytest.approx(low)
    assert found.interval.high == pytest.approx(high)


@every_row("table", [[], [[0, 0], [0, 0]], [[7, 0], [0, 0]], [[3]]])
def test_kappa_has_no_meaning_where_all_is_one_class(table):
    assert cohen_kappa(table) is None


def test_full_agreement_on_a_few_is_no_proof():
    few, many = cohen_kappa([[5, 0], [0, 5]]), cohen_kappa([[500, 0], [0, 500]])
    assert (few.value, few.interval.high) == (1.0, 1.0)
    assert few.interval.low == pytest.approx(1 - 2 * 1.959964**2 / (10 + 1.959964**2))
    assert few.interval.low < 0.5 < 0.99 < many.interval.low
    assert cohen_kappa([[0, 5], [5, 0]]).value == -1.0


def test_a_table_of_agreement_is_square():
    with pytest.raises(ValueError, match="as many columns as rows"):
        cohen_kappa([[1, 2, 3], [4, 5, 6]])


@every_row(
    ("one", "other", "linear", "ranked"),
    [
        ([1, 2, 3, 4], [2, 1, 4, 3], 0.6, 0.6),
        ([0.5, -0.5, 0, 0, 1], [10, 200, 30, 30, 1000], 0.6732064132708483, 0.052631578947368425),
        ([1, 1, 2], [3, 1, 2], 0.0, 0.0),
        ([1, 2, 3], [-1, -20, -300], -0.8930029342358017, -1.0),
        ([1, 1, 1], [1, 2, 3], None, None),
        ([5], [3], None, None),
    ],
)
def test_correlations_are_those_of_others(one, other, linear, ranked):
    assert pearson(one, other) == (None if linear is None else pytest.approx(linear))
    assert spearman(one, other) == (None if ranked is None else pytest.approx(ranked))


@given(
    st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3),
    st.permutations(range(3)),
)
def test_kappa_keeps_its_laws(table, order):
    found = cohen_kappa(table)
    if found is None:
        return
    assert -1 <= found.interval.low <= found.value <= found.interval.high <= 1
    turned = cohen_kappa(list(zip(*table, strict=True)))
    renamed = cohen_kappa([[table[i][j] for j in order] for i in order])
    assert turned.value == pytest.approx(found.value)
    assert renamed.value == pytest.approx(found.value)
    assert renamed.interval.low == pytest.approx(found.interval.low)


def test_drops_too_small_to_see_grow_with_the_noise():
    """One answer for all: losses alone without noise, else losses on top of flips by chance."""
    assert visible_drop(40, 0, is_binary=True) == detectable_loss(40)
    assert visible_drop(40, 0, is_binary=False) == detectable_loss(40)
    found = [visible_drop(60, noise, is_binary=True) for noise in (0, 0.05, 0.2, 0.4)]
    assert found == sorted(found)
    assert visible_drop(5, 0.1, is_binary=True) is None
    assert visible_drop(100, 0.04, is_binary=False) == detectable_effect(100, 0.04)


@pytest.mark.slow
@every_row(("n", "noise"), [(30, 0.1), (60, 0.05), (150, 0.1)])
def test_a_visible_drop_is_seen_four_times_of_five(n, noise):
    drop, random = visible_drop(n, noise, is_binary=True), Random(n)
    seen = 0
    for _ in range(2000):
        draws = [random.random() for _ in range(n)]
        lost = sum(each < drop + noise / 2 for each in draws)
        won = sum(drop + noise / 2 <= each < drop + noise for each in draws)
        seen += lost > won and exact_mcnemar(lost, won).p <= 0.05
    assert seen / 2000 == pytest.approx(0.8, abs=0.04)
