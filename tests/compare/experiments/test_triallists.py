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
