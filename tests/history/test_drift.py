"""Drift in a series of measurements: what moved, and what is known to vary."""

import random

import pytest
from msgspec.structs import replace

from promptci.history.drift import (
    Measurement,
    ServedOtherwise,
    came_back,
    expected_to_pass,
    find_shift,
    read_measurements,
    served_otherwise,
    stays_away,
    write_measurements,
)
from promptci.stats.changepoint import change_point
from tables import every_row

IDS = [f"t-{number}" for number in range(40)]


def measured(day, failing=(), *, served=("m-1",), fates=None):
    fates = fates or {id_: "fail" if id_ in failing else "pass" for id_ in IDS}
    scores = {id_: float(fate == "pass") for id_, fate in fates.items() if fate != "error"}
    when = f"2026-01-{day + 1:02}T03:00:00Z"
    return Measurement(when, "router", "small", "a" * 32, fates, scores, served)


def test_a_steady_score_has_not_moved():
    assert find_shift([measured(day) for day in range(20)], ()) is None


@every_row("since", [1, 2, 5])
def test_three_of_forty_are_seen_within_two_measurements(since):
    days = [measured(day, IDS[:3] if day >= 10 else ()) for day in range(10 + since)]
    found = find_shift(days, ())
    if since > 1:
        assert found is not None
    if found is not None:
        assert (found.last_before, found.first_after) == ("2026-01-10", "2026-01-11")
        assert found.since == since
        assert found.point.after < found.point.before


def graded(day, score, *, odd=0.0):
    """Forty graded answers that vary by themselves, of which one may be far off."""
    rng = random.Random(day)
    scores = {id_: round(score + rng.gauss(0, 0.05), 1) for id_ in IDS}
    scores["t-7"] = max(0.0, scores["t-7"] - odd)
    day_before = measured(day, fates=dict.fromkeys(IDS, "pass"))
    return replace(day_before, scores=scores)


PLANTED = {
    "a fall is seen on its second day, as noise of graded scores is small": (
        [0.9] * 6 + [0.8] * 2,
        ("2026-01-06", "2026-01-07"),
    ),
    "after three days": ([0.9] * 3 + [0.8] * 3, ("2026-01-03", "2026-01-04")),
    "one odd day is none": ([0.9] * 6 + [0.8], None),
    "one step a day": ([0.9 - 0.01 * day for day in range(14)], ("2026-01-09", "2026-01-10")),
    "no move": ([0.9] * 14, None),
    "a rise back is the move": ([0.9] * 5 + [0.6] * 20 + [0.9] * 2, ("2026-01-25", "2026-01-26")),
}


@every_row("name", PLANTED)
def test_planted_moves_of_graded_scores(name):
    scores, when = PLANTED[name]
    found = find_shift([graded(day, score) for day, score in enumerate(scores)], ())
    assert (found and (found.last_before, found.first_after)) == when
    assert found is None or found.point.is_fall == (name != "a rise back is the move")


def test_one_example_far_off_is_no_move_of_the_whole():
    assert find_shift([graded(day, 0.9, odd=0.9 * (day > 5)) for day in range(9)], ()) is None


def test_a_move_within_a_day_says_the_times():
    days = [measured(day, IDS[:9] if day > 5 else ()) for day in range(9)]
    days = [replace(d, when=f"2026-01-01T0{n}:00:00Z") for n, d in enumerate(days)]
    found = find_shift(days, ())
    assert found
    assert (found.last_before, found.first_after) == ("2026-01-01 05:00", "2026-01-01 06:00")


AWAY = {
    "fails at two in five": ("ppfpf" * 3 + "ff", "", False),
    "failed once in thirty, then four times": ("p" * 15 + "f" + "p" * 14 + "ffff", "", True),
    "failed once in thirty, then once": ("p" * 15 + "f" + "p" * 14 + "f", "", False),
    "noise says how often": ("pppp" + "fff", "pfppfpfp", False),
    "an error ends no run": ("p" * 30 + "ffef", "", True),
    "passes now": ("p" * 30 + "fffp", "", False),
}


@every_row("name", AWAY)
def test_a_flaky_example_that_stays_away_is_lost_for_good(name):
    letters = {"p": "pass", "f": "fail", "e": "error"}
    fates, others, is_away = AWAY[name]
    days = [measured(0, fates={"t-1": letters[fate]}) for fate in fates]
    assert stays_away(days, "t-1", [letters[fate] for fate in others]) is is_away


def test_too_few_measurements_say_nothing():
    assert find_shift([measured(0), measured(1, IDS)], ()) is None
    assert find_shift([measured(0, fates={"a": "error"})], ()) is None


def test_what_is_known_to_vary_moves_nothing():
    days = [measured(day, IDS[:3] if day >= 10 else ()) for day in range(13)]
    assert find_shift(days, IDS[:3]) is None


def sampled(seed, shares):
    """A day for each share: every example passes by chance, as models do at a temperature."""
    rng = random.Random(seed)
    fates = [{id_: "pass" if rng.random() < s else "fail" for id_ in IDS} for s in shares]
    return [measured(day, fates=each) for day, each in enumerate(fates)]


def test_a_model_that_varies_everywhere_alarms_when_it_falls_and_as_long_as_it_is_down():
    """Without examples that came back, the past would have no failures to be compared with."""
    for seed in range(8):
        days = sampled(seed, [0.92] * 20 + [0.7] * 10)
        assert [n for n in (8, 12, 16, 20) if find_shift(days[:n], ())] == []
        for count in (23, 30):
            found = find_shift(days[:count], ())
            assert found
            assert found.point.is_fall


def test_where_most_are_known_to_vary_all_of_them_count():
    days = [measured(day, IDS[:30] if day >= 10 else IDS[day : day + 2]) for day in range(13)]
    assert find_shift(days, IDS[:21])
    assert find_shift(days, IDS[:21]) == find_shift(days, ())


def test_an_example_that_came_back_is_flaky_and_one_that_stays_away_is_not():
    days = [measured(0), measured(1, ["t-1", "t-2"]), measured(2, ["t-1"]), measured(3, ["t-1"])]
    assert came_back(days) == {"t-2"}


def test_the_record_says_what_should_pass_else_the_first_measurement():
    days = [measured(0, ["t-1"]), measured(1)]
    assert "t-1" not in expected_to_pass(days, None)
    assert expected_to_pass(days, {"t-1": "pass", "t-2": "fail"}) == {"t-1"}
    assert expected_to_pass([], None) == frozenset()


def test_another_model_behind_the_name_is_told():
    days = [measured(0), measured(1, served=("m-2",)), measured(2, served=()), measured(3)]
    days += [measured(n, served=("m-2",)) for n in (4, 5, 6)]
    since = {2: days[1].when[:10], 5: days[4].when[:10], 7: days[4].when[:10]}
    for count, date in since.items():  # it is told on later days as well, and of the last change
        assert served_otherwise(days[:count]) == ServedOtherwise(("m-1",), ("m-2",), date)
    assert served_otherwise(days[:3]) is None
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
