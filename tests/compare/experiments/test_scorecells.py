"""Cells of tables of scores."""

import math

from promptci.compare.experiments.scorecells import TRUTHS, as_number, cell_text, with_point
from tables import every_row


@every_row(
    ("cell", "value"),
    [
        *(("yes", 1), ("c", 1), ("resolved", 1), ("\N{CHECK MARK}", 1)),
        *(("no", 0), ("i", 0), ("unsolved", 0), ("\N{BALLOT X}", 0)),
    ],
)
def test_words_and_signs_say_right_or_wrong(cell, value):
    assert TRUTHS[cell] == value


@every_row(("text", "number"), [("0,5", "0.5"), ("1,000", "1,000"), ("0,500", "0.500"), ("7", "7")])
def test_a_decimal_comma_is_a_point_and_thousands_are_none(text, number):
    assert with_point(text) == number


def test_a_number_is_finite():
    assert as_number("0.5") == 0.5
    assert [as_number(text) for text in ("nan", "inf", "a")] == [None, None, None]
    assert math.isfinite(as_number("1e3") or math.nan)


def test_a_cell_that_is_no_text_is_json():
    assert [cell_text(value) for value in ("a", 1, None, [1])] == ["a", "1", "null", "[1]"]
