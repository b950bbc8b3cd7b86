"""Figures of classes, compared with those worked out by hand."""

from fractions import Fraction

import pytest

from promptci.compare.outcomes.confusion import ClassFigures, confusion
from promptci.records.record import Classed


def counted(rows):
    return {Classed(expected, got): count for expected, got, count in rows}


CATS = counted(
    [
        ("cat", "cat", 4),
        ("cat", "dog", 1),
        ("cat", None, 1),
        ("dog", "dog", 3),
        ("dog", "cat", 2),
        ("fish", "cat", 1),
    ]
)


def test_figures_of_each_class():
    found = confusion(CATS, ("cat", "dog", "fish", "bird"))
    cat, dog, fish, bird = found.classes
    assert (cat.precision, cat.recall) == (4 / 7, 4 / 6)
    assert cat.f1 == pytest.approx(
        float(2 * Fraction(4, 7) * Fraction(4, 6) / (Fraction(4, 7) + Fraction(4, 6)))
    )
    assert (dog.precision, dog.recall, dog.f1) == (3 / 4, 3 / 5, pytest.approx(2 / 3))
    assert fish == ClassFigures("fish", 0.0, 0.0, 0.0, 1, 0)
    assert bird == ClassFigures("bird", 0.0, 0.0, 0.0, 0, 0)
    assert (cat.expected, cat.given, dog.expected, dog.given) == (6, 7, 5, 4)


def test_sums_leave_out_classes_that_do_not_occur():
    found = confusion(CATS, ("cat", "dog", "fish", "bird"))
    assert (found.total, found.accuracy) == (12, 7 / 12)
    assert found.macro_f1 == pytest.approx((8 / 13 + 2 / 3 + 0) / 3)


def test_the_matrix_has_a_row_per_class_expected_and_a_last_column_for_none():
    found = confusion(CATS, ("cat", "dog", "fish"))
    assert found.matrix == ((4, 1, 0, 1), (2, 3, 0, 0), (1, 0, 0, 0))
    assert sum(map(sum, found.matrix)) == found.total
    assert found.mistakes[0] == (Classed("dog", "cat"), 2)
    assert len(found.mistakes) == 4


def test_classes_that_the_scorer_does_not_know_come_last():
    assert confusion(CATS, ("dog",)).labels == ("dog", "cat", "fish")


def test_nothing_counted_is_nothing():
    found = confusion({}, ("a",))
    assert (found.accuracy, found.macro_f1, found.matrix) == (0.0, 0.0, ((0, 0),))
