"""Rows that list what came of each trial of a task."""

from promptci.compare.experiments.triallists import trials_apart
from promptci.parsing.datafile import DataRow


def apart(*rows):
    return [row.values for row in trials_apart([DataRow(1, row) for row in rows], "trial", "score")]


def test_each_item_of_a_list_is_a_trial():
    assert apart({"id": "a", "rewards": [1, False]}) == [
        {"id": "a", "trial": 1, "score": 1},
        {"id": "a", "trial": 2, "score": False},
    ]


def test_an_item_that_is_an_object_says_itself_what_it_is():
    assert apart({"id": "a", "trials": [{"trial": 0, "reward": 1}, {"reward": 0}]}) == [
        {"id": "a", "trial": 0, "reward": 1},
        {"id": "a", "trial": 2, "reward": 0},
    ]


def test_lists_that_only_some_rows_have_or_that_are_something_else_stay():
    rows = [{"id": "a", "rewards": [1, 0]}, {"id": "b", "rewards": 1}]
    assert apart(*rows) == rows
    assert apart({"id": "a", "reward": 1, "traj": [{}]}) == [{"id": "a", "reward": 1, "traj": [{}]}]


def test_counts_of_trials_and_of_those_that_passed_are_trials():
    for counted in (
        {"n": "3", "c": "2"},
        {"num_trials": 3, "num_success": 2},
        {"Trials": "3.0", "Passed": "2.0"},
        {"passes": "2/3"},
    ):
        assert apart({"id": "a", **counted}) == [
            {"id": "a", "trial": 1, "score": 1},
            {"id": "a", "trial": 2, "score": 1},
            {"id": "a", "trial": 3, "score": 0},
        ]


def test_numbers_that_count_no_trials_stay():
    for row in (
        {"id": "a", "trials": "1", "passed": "1"},
        {"id": "a", "n": "3", "passed": "0.5"},
        {"id": "a", "n": "3", "passed": "5"},
        {"id": "a", "passed": "1"},
        {"id": "a", "n": "3", "score": "1"},
    ):
        assert apart(row) == [row]


def test_rows_that_are_trials_are_not_counted_again():
    one = {"id": "a", "n": "8", "passed": "1"}
    for rows in (
        [{**one, "trial": "1"}, {**one, "trial": "2", "passed": "2"}],
        [{**one, "passed": "3"}, {**one, "passed": "4"}],
        [one, {**one, "id": "b", "passed": "0"}],
    ):
        assert apart(*rows) == rows
