"""False alarms of the real gate, simulated, against chances worked out by hand."""

from random import Random

import pytest

from promptci.compare import alarms
from promptci.spending.limits import CONFIRM
from repeated import noise_of

pytestmark = pytest.mark.slow


STEADY = {f"s{n}": "++++" for n in range(9)}
COIN = "+-+-"


def near(chance, pairs=1000):
    """Within four standard errors of a simulated share."""
    return pytest.approx(chance, abs=4 * (chance * (1 - chance) / pairs) ** 0.5)


@pytest.fixture
def few_pairs(monkeypatch):
    """Draws fewer pairs, where the mean over many examples is what is compared."""
    monkeypatch.setattr(alarms, "_COUNTED", (200, 200, 200))


def test_where_nothing_varies_there_is_nothing_to_simulate():
    assert noise_of(STEADY).alarms is None
    assert noise_of(STEADY | {"failing": "----"}).alarms is None


def test_a_lost_example_that_must_pass_is_an_alarm_unless_it_comes_back():
    gate = "{tolerance: 1, must_pass: [coin]}"
    found = noise_of(STEADY | {"coin": COIN}, gate=gate).alarms
    lost = 1 / 2 * 2 / 3
    assert found.pairs == 1000
    assert found.plain == near(lost)
    assert found.confirmed == near(lost * (1 / 2) ** (2 * CONFIRM))
    assert found.rules == {"must_pass": found.confirmed}


def test_an_example_that_rarely_fails_rarely_raises_an_alarm():
    found = noise_of(STEADY | {"rare": "+++-"}, gate="{tolerance: 0}").alarms
    assert found.plain == 0, "one flip alone is no more than chance explains"
    assert found.confirmed == near(1 / 4 * (3 / 4 * 1 / 4) ** CONFIRM)
    assert set(found.rules) <= {"net_loss"}


def test_a_tolerance_lets_single_flips_pass():
    rows = STEADY | {"coin": COIN}
    assert noise_of(rows, gate="{tolerance: 0.1}").alarms.confirmed == 0
    assert noise_of(rows, gate="{tolerance: 0.05}").alarms.confirmed == near(1 / 3 / 16)


def test_a_floor_that_chance_alone_misses_is_an_alarm_by_its_rule():
    found = noise_of(STEADY | {"coin": COIN}, gate="{tolerance: 1, min_score: 0.95}").alarms
    assert found.rules["min_score"] == near(1 / 2)
    assert found.plain == found.confirmed, "asking again does not move the score"


def test_the_test_of_significance_keeps_its_promise():
    rows = {f"{n:02}": COIN for n in range(40)}
    found = noise_of(rows, gate="{tolerance: 0}").alarms
    assert found.rules.get("regressed", 0) <= 0.03


def test_clusters_are_judged_together():
    rows = {f"{n:02}": COIN for n in range(12)}
    clusters = {id_: id_[0] for id_ in rows}
    found = noise_of(rows, gate="{tolerance: 0.02}", clusters=clusters).alarms
    assert found.pairs == 200
    assert found.confirmed <= 0.05 + 4 * (0.05 * 0.95 / found.pairs) ** 0.5


def test_scores_that_stray_without_a_flip_raise_no_alarm_by_a_net_loss():
    found = noise_of({f"{n}": "6789" for n in range(8)}, gate="{tolerance: 0}").alarms
    assert "net_loss" not in found.rules
    assert found.plain <= 0.05 + 4 * (0.05 * 0.95 / found.pairs) ** 0.5


def test_the_same_answers_give_the_same_alarms():
    rows = STEADY | {"coin": COIN, "rare": "+++-"}
    assert noise_of(rows).alarms == noise_of(rows).alarms
    assert noise_of(rows).alarms == noise_of(dict(reversed(rows.items()))).alarms


@pytest.mark.parametrize("answers", [2, 3, 5, 10])
@pytest.mark.usefixtures("few_pairs")
def test_pairs_drawn_from_few_answers_differ_as_often_as_real_ones(answers):
    """Twenty examples that pass half of the time, one by one as a `must_pass`: no drawing twice."""
    random = Random(answers)
    lost = []
    for _ in range(20):
        row = "".join(random.choice("+-") for _ in range(answers))
        found = noise_of({"coin": row}, gate="{tolerance: 1, must_pass: [coin]}").alarms
        lost.append(found.plain if found else 0.0)
    assert sum(lost) / len(lost) == pytest.approx(1 / 4, abs=0.1)


@pytest.mark.parametrize("chance", [0.5, 0.85])
@pytest.mark.usefixtures("few_pairs")
def test_repeats_are_drawn_so_that_flips_hold_as_often_as_real_ones(chance):
    """From six answers on the estimate has no bias: with replacement 0.85 gave twice as much."""
    random = Random(str(chance))
    held = []
    for _ in range(20):
        row = "".join("+" if random.random() < chance else "-" for _ in range(6))
        found = noise_of({"one": row}, gate="{tolerance: 1, must_pass: [one]}").alarms
        held.append(found.confirmed if found else 0.0)
    true = (chance * (1 - chance)) ** (1 + CONFIRM)
    assert sum(held) / len(held) == pytest.approx(true, abs=3 * 0.02 / 20**0.5)


NOISY = {
    "coins": [0.5] * 30,
    "rare": [0.95] * 60,
    "some of each": [0.5] * 10 + [0.8] * 20 + [1.0] * 60,
    "one": [0.5] + [1.0] * 19,
}


@pytest.mark.parametrize("kind", NOISY)
@pytest.mark.parametrize("tolerance", ["0", "0.02"])
def test_no_rule_raises_more_false_alarms_than_the_gate_promises(kind, tolerance):
    random = Random(kind)
    rows = {
        f"{n:02}": "".join("+" if random.random() < chance else "-" for _ in range(20))
        for n, chance in enumerate(NOISY[kind])
    }
    found = noise_of(rows, gate=f"{{tolerance: {tolerance}}}").alarms
    assert found.plain <= 0.05 + 3 * (0.05 * 0.95 / found.pairs) ** 0.5
    assert found.confirmed <= 0.05 + 3 * (0.05 * 0.95 / found.pairs) ** 0.5
