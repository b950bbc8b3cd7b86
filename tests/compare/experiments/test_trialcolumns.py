"""Columns that say whose trial a row is, which one, and what else tells trials apart."""

from promptci.compare.experiments.trialcolumns import (
    counted_together,
    id_column,
    telling_apart,
    with_trials,
)
from promptci.parsing.datafile import DataRow
from tables import every_row


def rows_of(columns, *cells):
    return [
        DataRow(line, dict(zip(columns, row, strict=True))) for line, row in enumerate(cells, 2)
    ]


@every_row(
    ("columns", "whose"),
    [
        (("task_id", "x_id"), "task_id"),
        (("question_id", "run_id"), "question_id"),
        (("a_id", "b_id"), ""),
        (("name",), ""),
    ],
)
def test_the_column_of_examples_is_known_or_the_only_one_of_its_kind(columns, whose):
    assert id_column(dict.fromkeys(columns, "1")) == whose


@every_row(
    ("columns", "is_trial"),
    [
        (("id", "run"), True),
        (("id", "Attempt #"), True),
        (("Task ID", "epoch"), True),
        (("question_id", "sample_id"), True),
        (("id", "runner"), False),
        (("name", "run"), False),
    ],
)
def test_a_column_that_counts_trials_is_that_of_trials(columns, is_trial):
    found = with_trials(rows_of(columns, ("a", "1"), ("a", "2")), ())
    assert ("trial" in found[0].values) is is_trial


def test_a_column_that_is_the_same_for_all_of_an_example_counts_no_trials():
    rows = rows_of(("id", "run"), ("a", "may"), ("a", "may"), ("b", "june"), ("b", "june"))
    assert with_trials(rows, ()) == rows
    numbered = rows_of(("id", "run"), ("a", "1"), ("a", "2"))
    assert with_trials(numbered, ("run",)) == numbered


def test_the_column_without_which_trials_are_there_twice_is_named():
    rows = rows_of(
        ("id", "end", "the agent", "trial", "score"),
        *(("a", "ok", who, trial, "1") for who in "xy" for trial in "12"),
    )
    assert telling_apart(rows, ("score", "id")) == " 'the agent'"
    assert telling_apart([*rows, rows[0]], ("score", "id")) == ""


def test_values_that_all_examples_have_as_often_are_found():
    crossed = [(task, who, "1") for task in "ab" for who in "xyxy"]
    assert counted_together(rows_of(("id", "who", "s"), *crossed), ("s", "id")) == ("who", 2)
    assert counted_together(rows_of(("id", "who", "s"), *crossed[1:]), ("s", "id")) == ("", 0)
    assert counted_together(rows_of(("id", "trial", "s"), *crossed), ("s", "id")) == ("", 0)
    assert counted_together(rows_of(("id", "who", "s"), *crossed[:4]), ("s", "id")) == ("", 0)
