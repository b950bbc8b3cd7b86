"""The number in an answer, in the disguises that models give it."""

import pytest

from tables import every_row

CASES = [
    (5, {}, "It is not 5.", False),
    (6, {}, "It is not 5 but 6.", True),
    (5, {}, "You will need 5 apples, if not 6.", False),
    (12, {}, "There are not more than 12.", False),
    (-1.5, {}, "$\\frac{3}{-2}$", True),
    (0.5, {}, "\\frac{1.5}{3}", True),
    # the number wanted, options, output, passed
    (42, {}, "42", True),
    (42, {}, "The answer is 42.", True),
    (42, {}, "41 + 1 = 42", True),
    (42, {}, "42 is the answer, not 41", True),
    (42, {"which": "first"}, "42 is the answer, not 41", True),
    (42, {"which": "only"}, "It is 42!", True),
    (42, {"which": "only"}, "42 or 42", False),
    (42, {}, "no idea", False),
    (42, {}, "", False),
    (42, {}, "**42**", True),
    (42, {}, "_42_", True),
    (42, {}, r"\boxed{42}", True),
    (42, {}, "42km", True),
    (42, {}, "答案是42。", True),
    (42, {}, "٤٢", True),
    (4, {}, "I asked GPT4", False),
    (42, {}, "42.", True),
    (42, {}, "42,", True),
    (42, {}, "42.0", True),
    (42, {}, "042", True),
    ("42", {}, "42", True),
    ("$1,234.50", {}, "1234.5", True),
    (1234567.89, {}, "1,234,567.89", True),
    (1234567, {}, "1 234 567 with \u202f: 1\u202f234\u202f567", True),
    (3, {}, "1,2,3", True),
    (23, {}, "1,23", True),
    (1234, {}, "12,34", False),
    (20, {}, "It costs $20", True),
    (-5, {}, "-5", True),
    (-5, {}, "\u22125", True),
    (-5, {}, "\u20135 degrees", True),
    (-5, {}, "-$5", True),
    (-5, {}, "$-5", True),
    (-5, {}, "x = -5", True),
    (5, {}, "- 5 apples", True),
    (7, {}, "5-7", False),
    (5, {}, "x-5", True),
    (5, {}, "+5", True),
    (0.5, {}, ".5", True),
    (5, {}, "No.5", True),
    (0.45, {}, "45%", True),
    (45, {}, "45 %", True),
    (4.5, {}, "45%", False),
    (0.45, {}, "45\n%", False),
    (3, {"fractions": True}, "4\n/3", True),
    ("45%", {}, "0.45", True),
    (1500, {}, "1.5e3", True),
    (1500, {}, "1.5E+3", True),
    (0.0015, {}, "1.5e\u22123", True),
    (1500, {}, "1.5 \u00d7 10^3", True),
    (1500, {}, r"1.5 \times 10^{3}", True),
    (3, {}, "version 1.2.3 has 3", True),
    (1.2, {}, "version 1.2.3", True),
    (0.75, {"fractions": True}, "3/4", True),
    (-0.75, {"fractions": True}, "it is -3/4 of it", True),
    (1.5, {"fractions": True}, "1 1/2 cups", True),
    ("1/3", {"fractions": True}, "2/6", True),
    (4, {"fractions": False}, "3/4", True),
    (5, {"fractions": True}, "10/2 = 5", True),
    (1, {"fractions": True}, "1/0", False),
    (2024, {"fractions": True}, "24/12/2024", True),
    (0.1, {}, "0.1", True),
    (0.5, {"fractions": True}, "\u00bd", True),
    (-0.5, {"fractions": True}, "-\u00bd", True),
    (1.75, {"fractions": True}, r"1\frac{3}{4}", True),
    (3.5, {"fractions": True}, "3\u00bd cups", True),
    (0.75, {"fractions": True}, r"\boxed{\frac{3}{4}}", True),
    (-0.75, {"fractions": True}, r"-\dfrac{3}{4}", True),
    (0.75, {"fractions": True}, r"x = \tfrac{3}{4}", True),
    ("1/8", {"fractions": True}, "\u215b", True),
    (42, {"after": "####"}, "6 * 7 = 41 + 1\n#### 42 (of 50)", True),
    (42, {"after": "####"}, "#### 41\n#### 42", True),
    (42, {"after": "Answer:"}, "**ANSWER:** 42, not 41", True),
    (42, {"after": ["answer:", "####"]}, "ANSWER: 42, not 41", True),
    (42, {"after": "answer:"}, "42", False),
    (42, {"after": "answer:"}, "answer: none", False),
    (1234.56, {"decimal_comma": True}, "1.234,56 \u20ac", True),
    ("1.234,56 \u20ac", {"decimal_comma": True}, "1234,56", True),
    (0.5, {"decimal_comma": True}, "0,5", True),
    (1500, {"decimal_comma": True}, "1,5e3", True),
    (0.3, {}, "0.30000000000000004", False),
    (3.14, {"tolerance": 0.01}, "3.15", True),
    (3.14, {"tolerance": 0.01}, "3.151", False),
    (0, {"tolerance": 0.3}, "0.3", True),
    (200, {"relative": 0.05}, "210", True),
    (200, {"relative": 0.05}, "211", False),
    (-200, {"relative": 0.05}, "-191", True),
    (200, {"relative": 0.01, "tolerance": 10}, "209", True),
    ([41, 42], {}, "42", True),
    ([40, 41], {}, "42", False),
    (12345678901234567890, {}, "12345678901234567890", True),
    (12345678901234567890, {}, "12345678901234567891", False),
    (-(10**40) - 1, {}, "-1" + "0" * 39 + "1", True),
    (-(10**40) - 1, {}, "-1" + "0" * 39 + "2", False),
    (1, {}, "NaN", False),
    (1, {}, "Infinity", False),
    (1, {"tolerance": 1e300}, "1e999999999999", False),
    (1, {"tolerance": 1e300}, "9" * 1_100_000, False),
    (1, {"tolerance": 1e300}, "1e9999", False),
    (9, {}, "7 " * 100_000 + "9", True),
    (9, {}, "\ud800 9", True),
]


@pytest.mark.slow
@every_row(("wanted", "options", "output", "passed"), CASES)
def test_numeric(score, wanted, options, output, passed):
    expected = score({"numeric": options}, output, wanted)
    assert (expected.value, expected.passed) == (float(passed), passed)
    assert score({"numeric": {**options, "value": wanted}}, output) == expected


def test_reasons(score):
    assert score({"numeric": 42}, "41").why == "found 41, expected 42"
    assert score({"numeric": 42}, "none").why == 'no number in "none"'
    assert score({"numeric": [1, 2]}, "3").why == 'found 3, expected any of "1", "2"'
    assert score({"numeric": {"value": 1, "which": "only"}}, "1 or 2").why == (
        "several numbers, such as 1 and 2"
    )


def test_without_its_marker_an_answer_is_not_judged(score, faults):
    found = score({"numeric": {"value": 42, "after": "####", "not": True}}, "41")
    assert (found.passed, found.why) == (False, 'no "####" in "41"')
    assert faults({"numeric": {"value": 42, "after": "####", "which": "first"}}) == [
        "`after` takes the first number behind it: drop `which`"
    ]


@every_row("expected", [True, None, "forty-two", "1 or 2", "", {}, "1e99999"])
def test_an_expectation_that_is_no_number_judges_nothing(unusable, faults, expected):
    why = unusable("numeric", expected)
    assert why.endswith("is not one number: give one to compare with") or "`expected` is " in why
    assert faults({"numeric": {"value": expected}})


def test_a_value_may_come_from_a_variable(score, unusable):
    assert score({"numeric": "{{ total }}"}, "It is 7.", total=7).passed
    assert unusable({"numeric": "{{ total }}"}, total="many")
