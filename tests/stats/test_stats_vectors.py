"""Every expected value of `vectors/statistics.json`, computed again.

The product shows one interval and one test of each kind; the others in the file (Wald, Newcombe,
Bonett and Price, asymptotic McNemar, Bonferroni, Benjamini and Yekutieli) are formulas here, and
prove that both sides read a table the same way round.
"""

import json
import math
from decimal import Decimal
from pathlib import Path
from statistics import correlation

import pytest

from promptci.specs.tokenprice import Price, Usage
from promptci.stats.beta import beta_quantile
from promptci.stats.clusters import clustered_error, clustered_mean_interval
from promptci.stats.describe import mean
from promptci.stats.effect import detectable_effect, examples_for_effect
from promptci.stats.evalue import log_evalue, log_evalue_of_loss
from promptci.stats.families import holm
from promptci.stats.mcnemar import exact_mcnemar, midp_mcnemar
from promptci.stats.proportion import wilson
from promptci.stats.student import (
    mean_interval,
    standard_error,
    t_interval,
    t_quantile,
    t_tail,
    t_test,
)
from promptci.stats.tango import tango
from promptci.stats.uncertainty import Interval, normal_quantile
from promptci.stats.verdict import verdict
from tables import every_row

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "statistics.json").read_text("utf-8"))
TABLES = VECTORS["paired_binary"]
GRADED = VECTORS["paired_continuous_alpacaeval"]
VERDICTS = VECTORS["recommended_verdicts"]
DIFFERENCES = Interval(-1.0, 1.0)
Z = normal_quantile(0.95)


def near(value, rel=1e-9):
    return pytest.approx(value, rel=rel, abs=1e-12)


def ends(interval):
    return [interval.low, interval.high]


@every_row("row", VECTORS["single_proportion_95"])
def test_intervals_of_one_share(row):
    rounded = pytest.approx(row["wilson"], abs=5.1e-7)
    assert ends(wilson(row["k"], row["n"])) == rounded
    rounded = pytest.approx(row["clopper_pearson"], abs=5.1e-7)
    k, n = row["k"], row["n"]
    low = beta_quantile(0.025, k, b=n - k + 1) if k else 0.0
    high = beta_quantile(0.975, k + 1, b=n - k) if k < n else 1.0
    assert [low, high] == rounded


of_tables = every_row("table", TABLES)


def flips(table):
    return table["only_old"], table["only_new"]


@of_tables
def test_paired_tables_are_whole(table):
    lost, won = flips(table)
    assert table["both"] + lost + won + table["neither"] == table["n"]
    assert (won - lost) / table["n"] == near(table["delta"])


@of_tables
def test_exact_and_midp_mcnemar(table):
    exact, midp = exact_mcnemar(*flips(table)), midp_mcnemar(*flips(table))
    assert exact.p == pytest.approx(table["exact_p"], rel=1e-9, abs=0)
    assert midp.p == pytest.approx(table["mid_p"], rel=1e-9, abs=0)
    assert exact.p == pytest.approx(math.exp(exact.log_p), rel=1e-12, abs=0)
    assert midp.log_p <= exact.log_p


@of_tables
def test_asymptotic_mcnemar_agrees_where_flips_are_many(table):
    lost, won = flips(table)
    plain, corrected = asymptotic(lost, won), asymptotic(lost, won, correction=1)
    assert plain == pytest.approx(table["asymptotic_p"], rel=1e-9, abs=0)
    assert corrected == pytest.approx(table["asymptotic_cc_p"], rel=1e-9, abs=0)
    if plain > 0.001 and lost + won > 25:
        assert midp_mcnemar(lost, won).p == pytest.approx(plain, rel=0.05)


def asymptotic(lost, won, correction=0):
    if lost + won == 0:
        return 1.0
    return math.erfc(abs(abs(won - lost) - correction) / math.sqrt(2 * (lost + won)))


@of_tables
def test_tango_interval(table):
    lost, won = flips(table)
    assert ends(tango(lost, won, n=table["n"])) == near(table["tango95"])
    assert ends(tango(lost, won, n=table["n"], confidence=0.9)) == near(table["tango90"])


@of_tables
def test_other_paired_intervals(table):
    lost, won = flips(table)
    assert wald(lost, won, table["n"]) == near(table["wald95"])
    assert bonett_price(lost, won, table["n"]) == near(table["bonett_price95"])
    cells = [table[cell] for cell in ("both", "only_old", "only_new", "neither")]
    assert newcombe(*cells) == near(table["newcombe_paired95"])


def wald(lost, won, n):
    return around((won - lost) / n, math.sqrt(lost + won - (won - lost) ** 2 / n) / n)


def bonett_price(lost, won, n):
    """Wald's interval with one loss and one win more (Bonett and Price 2012)."""
    p, q = (lost + 1) / (n + 2), (won + 1) / (n + 2)
    return around(q - p, math.sqrt((p + q - (q - p) ** 2) / (n + 2)))


def around(centre, error):
    return [max(-1.0, centre - Z * error), min(1.0, centre + Z * error)]


def newcombe(both, lost, won, neither):
    """Square-and-add of two Wilson intervals with their correlation (Newcombe 1998, method 10)."""
    n = both + lost + won + neither
    base, head = wilson(both + lost, n), wilson(both + won, n)
    p, q = (both + lost) / n, (both + won) / n
    phi = newcombe_phi(both, lost, won, neither)

    def reach(a, b):
        return math.sqrt(a * a - 2 * phi * a * b + b * b)

    low = q - p - reach(q - head.low, base.high - p)
    return [low, q - p + reach(head.high - q, p - base.low)]


def newcombe_phi(both, lost, won, neither):
    n = both + lost + won + neither
    margins = (both + lost) * (won + neither) * (both + won) * (lost + neither)
    product = both * neither - lost * won
    if margins == 0:
        return 0.0
    corrected = max(product - n / 2, 0) if product > 0 else product
    return corrected / math.sqrt(margins)


@of_tables
def test_evalue_of_paired_tables(table):
    expected = table["evalue_two_sided_uniform"]
    if expected is None:  # beyond a double when computed without logarithms
        lost, won = flips(table)
        assert lost + won > 600
        exact = math.log(2 ** (lost + won)) - math.log(
            (lost + won + 1) * math.comb(lost + won, won)
        )
        assert log_evalue(lost, won) == near(exact)
    else:
        assert log_evalue(*flips(table)) == pytest.approx(math.log(expected), abs=1e-9)


@every_row("row", VECTORS["evalue_closed_form"])
def test_evalue_closed_form(row):
    losses, wins = row["losses"], row["wins"]
    assert math.exp(log_evalue(losses, wins)) == near(row["two_sided"])
    assert math.exp(log_evalue_of_loss(losses, wins)) == near(row["one_sided"])


@pytest.mark.parametrize("order", ["file_order", "reverse_order", "sha256_order"])
@pytest.mark.parametrize("model", ["gpt4", "gpt35"])
def test_sequential_stop_is_the_first_flip_that_reaches_20(model, order):
    used, losses, wins = VECTORS["sequential_prime"][model][order]
    assert losses + wins <= used
    assert log_evalue(losses, wins) >= math.log(20)
    fewer = max(losses, wins) - 1
    assert log_evalue(fewer, min(losses, wins)) < math.log(20)


def test_families():
    vector = VECTORS["multiple_comparisons"]
    p_values, count = vector["p"], len(vector["p"])
    assert list(holm(p_values)) == near(vector["holm"])
    assert [min(1.0, p * count) for p in p_values] == near(vector["bonferroni"])
    assert list(holm(vector["small"]["p"])) == near(vector["small"]["holm"])


def test_power_of_means():
    vector = VECTORS["miller_power"]
    spread, noise = 1 / 9, 1 / 6
    assert detectable_effect(vector["n_for_3pp_omega2_1_9"], spread) == near(0.03)
    assert examples_for_effect(0.03, spread) == math.ceil(vector["n_for_3pp_omega2_1_9"])
    assert detectable_effect(198, spread + noise + noise) == near(vector["mde_n198_K1"])
    assert detectable_effect(198, spread + 2 * noise / 10) == near(vector["mde_n198_K10"])


def test_clustered_error():
    vector = VECTORS["clustered_se"]
    scores, clusters = vector["scores"], vector["clusters"]
    assert clustered_error(scores, clusters) == near(vector["se"])
    assert standard_error(scores) == near(vector["naive_se_ddof1"])
    wide = Interval(-9.0, 9.0)
    interval = clustered_mean_interval(scores, clusters, bounds=wide)
    error = (interval.high - interval.low) / 2 / t_quantile(3)
    expected = vector["statsmodels_with_small_sample_correction"]
    assert error == pytest.approx(expected, abs=5e-9)


@every_row("row", GRADED)
def test_graded_scores_from_their_summary(row):
    interval = t_interval(row["delta"], row["se_paired"], units=row["n"], bounds=DIFFERENCES)
    assert ends(interval) == near(row["t_ci95"])
    assert t_tail(row["delta"] / row["se_paired"], row["n"] - 1).p == near(row["t_p"])
    assert row["items_up"] + row["items_down"] <= row["n"]
    sign_test = exact_mcnemar(row["items_down"], row["items_up"])
    assert sign_test.p == pytest.approx(row["sign_test_p"], rel=1e-9, abs=0)


@every_row("row", GRADED)
def test_graded_scores_from_data_with_the_same_moments(row):
    base, head = scores_like(row)
    differences = [after - before for before, after in zip(base, head, strict=True)]
    assert mean(differences) == near(row["delta"])
    assert correlation(base, head) == near(row["corr"])
    unpaired = math.hypot(standard_error(base), standard_error(head))
    assert unpaired == near(row["se_unpaired"])
    assert standard_error(differences) == near(row["se_paired"])
    assert ends(mean_interval(differences, bounds=DIFFERENCES)) == near(row["t_ci95"])
    assert t_test(differences).p == near(row["t_p"])


def scores_like(row):
    """Base and head scores with a row's n, delta, standard errors and correlation.

    Built of two patterns of +1 and -1 that sum to 0 and have nothing in common.
    """
    n, rho = row["n"], row["corr"]
    total = row["se_unpaired"] ** 2 * n
    product = (row["se_unpaired"] ** 2 - row["se_paired"] ** 2) * n / (2 * rho)
    gap = math.sqrt(total**2 - 4 * product**2)
    fours, rest = divmod(n, 4)
    unit = math.sqrt((n - 1) / (4 * fours))
    u = [unit, -unit, unit, -unit] * fours + [0.0] * rest
    v = [unit, unit, -unit, -unit] * fours + [0.0] * rest
    sd_base, sd_head = math.sqrt((total + gap) / 2), math.sqrt((total - gap) / 2)
    own = math.sqrt(1 - rho**2)
    base = [sd_base * a for a in u]
    head = [row["delta"] + sd_head * (rho * a + own * b) for a, b in zip(u, v, strict=True)]
    return base, head


# Lost, won and n for the one family whose tables the file does not hold. With the sizes of the
# public test sets, no other counts give the printed difference, interval and adjusted p.
ZERO_SHOT_TO_COT = {
    "addsub": (61, 51, 395),
    "aqua": (22, 50, 254),
    "coin_flip": (3, 396, 500),
    "commonsenseqa": (185, 134, 1221),
    "date_understanding": (30, 97, 369),
    "gsm8k": (50, 450, 1319),
    "last_letters": (0, 287, 500),
    "multiarith": (18, 384, 600),
    "shuffled_objects": (106, 264, 750),
    "singleeq": (46, 63, 508),
    "strategyqa": (76, 1040, 2290),
    "svamp": (149, 182, 1000),
}


def family(prefix):
    return {
        row["name"].removeprefix(prefix): (*flips(row), row["n"])
        for row in TABLES
        if row["name"].startswith(prefix)
    }


@every_row(
    ("name", "tables"),
    [
        ("bbh_direct_to_cot", family("BBH direct->cot ")),
        ("llmdrift_march_to_june", family("LLMDrift ")),
        ("zero_shot_to_cot", ZERO_SHOT_TO_COT),
        ("gsm8k", family("GSM8K ")),
    ],
)
def test_verdicts_of_a_family(name, tables):
    expected = VERDICTS[name]
    chosen = [tables[row[0]] for row in expected]
    adjusted = holm([exact_mcnemar(lost, won).p for lost, won, _ in chosen])
    assert [printed(*cells, adjusted_p=p) for cells, p in zip(chosen, adjusted, strict=True)] == [
        row[1:] for row in expected
    ]


def printed(lost, won, n, adjusted_p):
    delta, interval = (won - lost) / n, tango(lost, won, n=n)
    claim = verdict(delta, interval.low, adjusted_p=adjusted_p, tolerance=0.05)
    points = [round(100 * end, 1) for end in ends(interval)]
    return [round(100 * delta, 1), points, f"{adjusted_p:.3g}", claim]


def test_verdicts_of_equal_runs_never_claim_a_change():
    # All ordered pairs of five equal runs of seven tasks. The answers are not in the file:
    # test_stats_simulation.py makes up equal runs of its own.
    counts = VERDICTS["aa_ordered_pairs"]
    assert sum(counts.values()) == 7 * 5 * 4
    assert set(counts) == {"no worse", "underpowered"}


@every_row("run", ["cot100", "io100", "tot_b5"])
def test_cost_model(run):
    vector = VECTORS["cost_model"][run]
    usage = Usage(vector["prompt_tokens"], vector["completion_tokens"])
    price = Price(input=Decimal(30), output=Decimal(60))
    assert price.cost(usage) == Decimal(str(vector["cost_usd"]))


def test_vectors_are_all_looked_at():
    # A new section must not pass unnoticed.
    assert list(VECTORS) == [
        "_about",
        "single_proportion_95",
        "paired_binary",
        "multiple_comparisons",
        "miller_power",
        "clustered_se",
        "evalue_closed_form",
        "paired_continuous_alpacaeval",
        "sequential_prime",
        "cost_model",
        "recommended_verdicts",
    ]
    assert len(TABLES) == 58
