"""Results of queries compared with each other."""

import random

from promptci.sandbox.child.tables import MOST_MATCHED, Table, difference
from tables import every_row

A = [(1, "x"), (2, "y"), (2, "y"), (3, None)]
BIG = 2**62


def compare(wanted, given, *, columns=("a", "b"), others=None, **options):
    options = {"tolerance": 1e-6, "ordered": False, "by_name": False, **options}
    return difference(Table(columns, wanted), Table(others or columns, given), **options)


CASES = {
    "the same": (A, A, ""),
    "in another order": (A, A[::-1], ""),
    "both empty": ([], [], ""),
    "one row too few": (A, A[:3], "3 rows instead of 4"),
    "no row": (A[:1], [], "0 rows instead of 1"),
    "one row more often": (A, [A[0], A[0], A[1], A[3]], "the row (2, 'y') is missing"),
    "a null for a text": ([(1, "x")], [(1, None)], "the row (1, 'x') is missing, (1, NULL) is"),
    "a null is a null": ([(None, None)], [(None, None)], ""),
    "a whole float": ([(1, "x")], [(1.0, "x")], ""),
    "a number as a text": ([(1, "x")], [("1", "x")], "the row (1, 'x') is missing"),
    "bytes for a text": ([(1, "x")], [(1, b"x")], "the row (1, 'x') is missing"),
    "empty bytes for an empty text": ([("", 1)], [(b"", 1)], "the row ('', 1) is missing"),
    "a sum in another order": ([(0.1 + 0.2, "x")], [(0.3, "x")], ""),
    "beyond the tolerance": ([(1.0, "x")], [(1.00001, "x")], "the row (1.0, 'x') is missing"),
    "near zero": ([(0.0, "x")], [(1e-9, "x")], ""),
    "large integers are exact": ([(BIG, "x")], [(BIG + 1, "x")], f"the row ({BIG}, 'x')"),
    "infinity": ([(float("inf"), "x")], [(float("inf"), "x")], ""),
    "infinities apart": ([(float("inf"), "x")], [(float("-inf"), "x")], "the row (inf, 'x')"),
    "sorted differently by a rounding": (
        [(1.0, 5.0), (1.0 + 1e-12, 3.0)],
        [(1.0, 3.0), (1.0 + 1e-12, 5.0)],
        "",
    ),
    "a text is not cut to fit": ([("a", 1)], [("a ", 1)], "the row ('a', 1) is missing"),
    "case counts": ([("a", 1)], [("A", 1)], "the row ('a', 1) is missing"),
}


@every_row(("wanted", "given", "why"), CASES.values())
def test_rows_are_compared_as_multisets(wanted, given, why):
    found = compare(wanted, given)
    assert found.startswith(why) if why else found == ""
    assert (compare(given, wanted) == "") == (why == "")


@every_row(
    ("given", "ordered", "why"),
    [
        (A, True, ""),
        (A[::-1], True, "the right rows in another order"),
        ([A[0], A[2], A[1], A[3]], True, ""),
        (A[::-1], False, ""),
    ],
)
def test_order_counts_only_if_asked_for(given, ordered, why):
    assert compare(A, given, ordered=ordered) == why


@every_row(
    ("others", "given", "by_name", "why"),
    [
        (("b", "a"), [("x", 1)], True, ""),
        (("B", "A"), [("x", 1)], True, ""),
        (("b", "a"), [("x", 1)], False, "the row (1, 'x') is missing"),
        (("c", "d"), [(1, "x")], False, ""),
        (("a", "c"), [(1, "x")], True, "the columns a, c instead of a, b"),
        (("a",), [(1,)], False, "1 column instead of 2"),
        (("a", "b", "c"), [(1, "x", 2)], False, "3 columns instead of 2"),
        (("a", "b", "b"), [(1, "x", "x")], True, "the columns a, b, b instead of a, b"),
    ],
)
def test_columns_are_paired_by_position_or_by_name(others, given, by_name, why):
    found = compare([(1, "x")], given, others=others, by_name=by_name)
    assert found.startswith(why) if why else found == ""


def test_equal_names_cannot_be_paired_unless_they_are_in_the_same_places():
    twice = ("a", "a", "b")
    assert compare([(1, 2, 3)], [(1, 2, 3)], columns=twice, by_name=True) == ""
    why = compare([(1, 2, 3)], [(3, 1, 2)], columns=twice, others=("b", "a", "a"), by_name=True)
    assert why == "two columns have the same name"


def test_many_rows_that_differ_in_the_last_digits_still_match():
    rows = [(n / 7, str(n % 3)) for n in range(10 * MOST_MATCHED)]
    given = [(value * (1 + 1e-12), text) for value, text in rows]
    random.Random(1).shuffle(given)
    assert compare(rows, given) == ""
    assert compare(rows, [(-1.0, "0"), *given[1:]]).startswith("the row")


def test_a_wide_row_is_shown_in_part():
    wide = tuple(range(20))
    columns = tuple(map(str, wide))
    why = compare([wide], [(-1, *wide[1:])], columns=columns)
    assert why == (
        "the row (0, 1, 2, 3, 4, 5, …) is missing, (-1, 1, 2, 3, 4, 5, …) is there instead"
    )
