"""Votes for the same answer, however it is written."""

from promptci.run.solving.voting import counted_as
from tables import every_row


@every_row(
    ("alike", "counted"),
    [
        (["1200", "1,200", "$1200", "$ 1,200.00", "1200.", "**1200**", "(1200)", "+1200"], "1200"),
        (["-3", "\u22123", "-3.0", "-$3.00."], "-3"),
        (["0", "-0", "0.00", "0."], "0"),
        (["7.5", "7.50", "$7.50"], "7.5"),
        (["Paris", "paris.", " PARIS ", '"Paris"', "**Paris**", "Paris!"], "paris"),
        (["(B)", "B", "b.", "B."], "b"),
    ],
)
def test_what_is_written_otherwise_counts_as_the_same(alike, counted):
    assert {counted_as(each) for each in alike} == {counted}


@every_row("parts", [("007", "7"), ("1,20", "120"), ("50%", "50"), ("f(x)", "x"), ("3.5", "35")])
def test_what_is_another_answer_stays_apart(parts):
    assert len({counted_as(each) for each in parts}) == 2


@every_row(
    ("parts", "apart"),
    [
        (["1.1", "1.10", "**1.10**", "1.10."], 2),
        (["1,200", "1200", "1200.00"], 3),
        (["Paris", "paris.", "(PARIS)"], 1),
    ],
)
def test_numbers_that_are_names_are_words_like_others(parts, apart):
    assert len({counted_as(each, numbers=False) for each in parts}) == apart


def test_marks_alone_are_what_they_are():
    assert [counted_as(each) for each in ("...", "", "  ")] == ["...", "", ""]
