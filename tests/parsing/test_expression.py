"""Formulas: their values, and what they refuse."""

import pytest

from effort import done_within
from promptci.parsing.expression import MAX_DEPTH, MAX_TEXT, Expression, ExpressionError
from tables import every_row

VALUES = {"precision": 0.5, "recall": 1.0, "contains-2": 0.25, "github/similarity": 0.75, "zero": 0}


@every_row(
    ("text", "value"),
    [
        ("precision", 0.5),
        ("2 * precision * recall / (precision + recall)", 2 / 3),
        ("1 - precision", 0.5),
        ("-precision", -0.5),
        ("+precision - -recall", 1.5),
        ("min(precision, recall, 0.1)", 0.1),
        ("max(precision)", 0.5),
        ("`contains-2` + `github/similarity`", 1.0),
        ("`precision`*2", 1.0),
        ("1e3 * precision", 500.0),
        (" precision\n/ max(zero, 0.001) ", 500.0),
        ("0 * precision", 0.0),
        ("zero * -1", 0.0),
    ],
)
def test_a_formula_has_its_value(text, value):
    found = Expression.parse(text).value(VALUES)
    assert found == pytest.approx(value)
    assert str(found) != "-0.0"


def test_names_are_those_used():
    assert Expression.parse("a + min(b, `c d`)").names == {"a", "b", "c d"}


@every_row(
    ("text", "said"),
    [
        ("", "not a formula"),
        ("precision +", "not a formula"),
        ("precision recall", "not a formula"),
        ("precision ** 9999999", "`**` is not allowed"),
        ("precision % 2", "`%` is not allowed"),
        ("precision // 2", "`//` is not allowed"),
        ("precision @ 2", "something is not allowed"),
        ("~precision", "something is not allowed"),
        ("not precision", "something is not allowed"),
        ("precision and recall", "something is not allowed"),
        ("precision < recall", "something is not allowed"),
        ("precision if recall else zero", "something is not allowed"),
        ("lambda: precision", "something is not allowed"),
        ("[precision]", "something is not allowed"),
        ("(a := 1)", "something is not allowed"),
        ("f'{precision}'", "something is not allowed"),
        ("precision.real", "`precision.real` is not allowed"),
        ("precision[0]", "`precision[0]` is not allowed"),
        ("abs(precision)", "`abs(precision)` is not allowed"),
        ("__import__('os').system('id')", "`__import__('os').system('id')` is not allowed"),
        ("min()", "`min()` is not allowed"),
        ("max(precision, key=recall)", "is not allowed"),
        ("max(*precision)", "is not allowed"),
        ("'a' * 5", "`a` is no number"),
        ("True + 1", "`True` is no number"),
        ("None", "`None` is no number"),
        ("1j * precision", "`1j` is no number"),
        ("... + 1", "`Ellipsis` is no number"),
        ("1e999", "too large"),
        ("9" * 400, "too large"),
        ("precision / 0", "divides by zero"),
        ("precision / 0.0", "divides by zero"),
        ("a" * (MAX_TEXT + 1), f"at most {MAX_TEXT}"),
        ("(" * 240 + "a" + ")" * 240, "not a formula"),
        ("-" * (MAX_DEPTH + 2) + "a", "nests more than"),
        ("-" * 499 + "a", "nests more than"),
        ("precision\x00", "not a formula"),
        ("precision; recall", "not a formula"),
        ("precision = 1", "not a formula"),
        ("`precision", "not a formula"),
        ("yield precision", "not a formula"),
        ("await precision", "something is not allowed"),
        ("\ud800", "not a formula"),
        ("1if precision else 2", "something is not allowed"),
    ],
)
def test_anything_else_is_refused(text, said):
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(text)
    assert said in str(caught.value)


@every_row(
    ("text", "said"),
    [
        ("precision / zero", "division by zero: guard it, as in x / max(y, 0.001)"),
        ("zero / zero", "division by zero"),
        ("unknown * 2", "`unknown` has no value"),
        ("1e300 * 1e300 * recall", "no finite number"),
        ("1e300 * 1e300 * 0 * recall", "no finite number"),
        ("1e9 + recall", "beyond 1,000,000,000"),
    ],
)
def test_a_formula_without_a_value_says_why(text, said):
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(text).value(VALUES)
    assert said in str(caught.value)


def test_long_sums_stay_quick():
    pair = (Expression.parse("+".join(["a"] * count)) for count in (5, 25))
    values = {"a": 1.0}
    few, many = (lambda formula=each: [formula.value(values) for _ in range(200)] for each in pair)
    assert done_within(50, few, many) == [25] * 200
