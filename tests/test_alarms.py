"""False alarms of the real gate, simulated, against chances worked out by hand."""

import pytest

from promptci.spending.limits import CONFIRM
from repeated import noise_of

STEADY = {f"s{n}": "++++" for n in range(9)}
COIN = "+-+-"


def near(chance, pairs=1000):
    """Within four standard errors of a simulated share."""
    return pytest.approx(chance, abs=4 * (chance * (1 - chance) / pairs) ** 0.5)


def test_where_nothing_varies_there_is_nothing_to_simulate():
    assert noise_of(STEADY).alarms is None
    assert noise_of(STEADY | {"failing": "----"}).alarms is None


def test_a_lost_example_that_must_pass_is_an_alarm_unless_it_comes_back():
    gate = "{tolerance: 1, must_pass: [coin]}"
    found = noise_of(STEADY | {"coin": COIN}, gate=gate).alarms
    lost = 1 / 2 * 1 / 2
    assert found.pairs == 1000
    assert found.plain == near(lost)
    assert found.confirmed == near(lost * (1 / 2) ** (2 * CONFIRM))
    assert found.rules == {"must_pass": found.confirmed}


def test_an_example_that_rarely_fails_rarely_raises_an_alarm():
    found = noise_of(STEADY | {"rare": "+++-"}, gate="{tolerance: 0}").alarms
    lost = 3 / 4 * 1 / 4
    assert found.plain == near(lost)
    assert found.confirmed == near(lost * (3 / 4 * 1 / 4) ** CONFIRM)
    assert set(found.rules) <= {"net_loss"}


def test_a_tolerance_lets_single_flips_pass():
    rows = STEADY | {"coin": COIN}
    assert noise_of(rows, gate="{tolerance: 0.1}").alarms.plain == 0
    assert noise_of(rows, gate="{tolerance: 0.05}").alarms.plain == near(1 / 4)


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
    assert 0 < found.plain < 1


def test_scores_that_stray_without_a_flip_raise_no_alarm_by_a_net_loss():
    found = noise_of({f"{n}": "6789" for n in range(8)}, gate="{tolerance: 0}").alarms
    assert "net_loss" not in found.rules
    assert found.plain <= 0.05 + 4 * (0.05 * 0.95 / found.pairs) ** 0.5


def test_the_same_answers_give_the_same_alarms():
    rows = STEADY | {"coin": COIN, "rare": "+++-"}
    assert noise_of(rows).alarms == noise_of(rows).alarms
    assert noise_of(rows).alarms == noise_of(dict(reversed(rows.items()))).alarms
