"""Drift in a series of measurements: what moved, and what is known to vary."""

import random

import pytest

from promptci.history.drift import (
    Measurement,
    came_back,
    expected_to_pass,
    find_shift,
    read_measurements,
    served_otherwise,
    write_measurements,
)
from promptci.stats.changepoint import change_point

IDS = [f"t-{number}" for number in range(40)]


def measured(day, failing=(), *, served=("m-1",), fates=None):
    fates = fates or {id_: "fail" if id_ in failing else "pass" for id_ in IDS}
    scores = {id_: float(fate == "pass") for id_, fate in fates.items() if fate != "error"}
    when = f"2026-01-{day + 1:02}T03:00:00Z"
    return Measurement(when, "router", "small", "a" * 32, fates, scores, served)


def test_a_steady_score_has_not_moved():
    assert find_shift([measured(day) for day in range(20)], ()) is None


@pytest.mark.parametrize("since", [1, 2, 5])
def test_three_of_forty_are_seen_within_two_measurements(since):
    days = [measured(day, IDS[:3] if day >= 10 else ()) for day in range(10 + since)]
    found = find_shift(days, ())
    if since > 1:
        assert found is not None
    if found is not None:
        assert (found.last_before, found.first_after) == ("2026-01-10", "2026-01-11")
        assert found.since == since
        assert found.point.after < found.point.before


def test_too_few_measurements_say_nothing():
    assert find_shift([measured(0), measured(1, IDS)], ()) is None
    assert find_shift([measured(0, fates={"a": "error"})], ()) is None


def test_what_is_known_to_vary_moves_nothing():
    days = [measured(day, IDS[:3] if day >= 10 else ()) for day in range(13)]
    assert find_shift(days, IDS[:3]) is None


def test_an_example_that_came_back_is_flaky_and_one_that_stays_away_is_not():
    days = [measured(0), measured(1, ["t-1", "t-2"]), measured(2, ["t-1"]), measured(3, ["t-1"])]
    assert came_back(days) == {"t-2"}


def test_the_record_says_what_should_pass_else_the_first_measurement():
    days = [measured(0, ["t-1"]), measured(1)]
    assert "t-1" not in expected_to_pass(days, None)
    assert expected_to_pass(days, {"t-1": "pass", "t-2": "fail"}) == {"t-1"}
    assert expected_to_pass([], None) == frozenset()


def test_another_model_behind_the_name_is_told():
    assert served_otherwise([measured(0), measured(1, served=("m-2",))]) == (("m-1",), ("m-2",))
    assert served_otherwise([measured(0), measured(1)]) is None
    assert served_otherwise([measured(0)]) is None


def test_a_file_of_measurements_comes_back_and_rubbish_is_left_out():
    days = [measured(day) for day in range(9)]
    text = "".join(write_measurements(days, most=5))
    assert read_measurements(text) == (days[4:], 0)
    odd = ["{", "[]", '{"when": 1}', "[" * 5_000, text.split("\n")[0].replace("1.0", "7.0")]
    assert read_measurements("\n".join([*odd, text])) == (days[4:], len(odd))


@pytest.mark.long
def test_quiet_nights_rarely_alarm_and_a_break_is_found(figures):
    rng, alarms, late = random.Random(7), 0, []
    for _ in range(60):
        scores = [(34 + sum(rng.random() < 0.7 for _ in range(6))) / 40 for _ in range(40)]
        alarms += any(
            change_point(scores[:n], least_deviation=0.5 / 40) for n in range(6, len(scores) + 1)
        )
        broken = [s - 3 / 40 if night >= 20 else s for night, s in enumerate(scores)]
        found = (n - 20 for n in range(21, 41) if change_point(broken[:n], least_deviation=0.0125))
        late.append(next(found, 99))
    figures(f"drift: {alarms} of 60 alarm in 40 quiet nights; found after {sorted(late)[30]}")
    assert alarms <= 8
    assert sorted(late)[30] <= 5
