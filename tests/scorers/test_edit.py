"""How far an output is from a text, in letters."""

import pytest
from rapidfuzz import fuzz

from tables import every_row

CASES = [
    # parameters, output, expected, value, passed
    ("levenshtein", "kitten", "kitten", 1, True),
    ("levenshtein", "sitting", "kitten", 4 / 7, False),
    ({"levenshtein": {"threshold": 0.5}}, "sitting", "kitten", 4 / 7, True),
    ({"levenshtein": {"distance": 3}}, "sitting", "kitten", 1, True),
    ({"levenshtein": {"distance": 2}}, "sitting", "kitten", 4 / 7, False),
    ({"levenshtein": {"distance": 1}}, "Phillipines", "Philippines", 9 / 11, False),
    ({"levenshtein": {"distance": 1, "threshold": 0.5}}, "sitting", "kitten", 4 / 7, False),
    ({"levenshtein": {"distance": 0}}, "kitten", "kitten", 1, True),
    ({"levenshtein": {"distance": 3, "not": True}}, "sitting", "kitten", 0, False),
    ({"levenshtein": {"distance": 2, "not": True}}, "sitting", "kitten", 3 / 7, True),
    ({"levenshtein": ""}, "", ..., 1, True),
    ("levenshtein", "", "abc", 0, False),
    ({"levenshtein": ""}, "abc", ..., 0, False),
    ("levenshtein", "KITTEN ", "kitten", 0, False),
    ({"levenshtein": {"ignore_case": True, "strip": True}}, "KITTEN ", "kitten", 1, True),
    ({"levenshtein": ["dog", "kitten"]}, "kittens", ..., 6 / 7, True),
    ("levenshtein", "42", 42, 1, True),
    ("levenshtein", "caf\u00e9", "cafe", 0.75, False),
    ("levenshtein", "👍🏽", "👍", 0.5, False),
    ("levenshtein", "\ud800a", "a", 0.5, False),
    ("levenshtein", "x" * 1_000_000, "x" * 1_000_000, 1, True),
    ("levenshtein", "x" * 1_000_000, "y" * 1_000_000, 0, False),
    ("levenshtein", "refund " * 1_430_000, "refund", 6 / 10_010_000, False),
    ("similarity_ratio", "kitten", "kitten", 1, True),
    ("similarity_ratio", "sitting", "kitten", 8 / 13, False),
    ("similarity_ratio", "abcd", "abce", 0.75, False),
    ({"similarity_ratio": ""}, "", ..., 1, True),
    ("similarity_ratio", "", "a", 0, False),
    ({"similarity_ratio": {"ignore_case": True}}, "Straße", "STRASSE", 1, True),
    ({"similarity_ratio": {"value": ["x", "{{ name }}"], "threshold": 0.7}}, "Ann", ..., 1, True),
    ("similarity_ratio", "x" * 1_000_000, "y" * 1_000_000, 0, False),
]


@every_row(("scorer", "output", "expected", "value", "passed"), CASES)
def test_cases(score, scorer, output, expected, value, passed):
    found = score(scorer, output, expected, name="Ann")
    assert (found.value, found.passed) == (pytest.approx(value), passed)


PAIRS = [
    ("kitten", "sitting"),
    ("", "abc"),
    ("flaw", "lawn"),
    ("intention", "execution"),
    ("Größe", "Grosse"),
    ("今日は", "今夜は"),
    ("ab" * 50, "ba" * 50),
    ("same", "same"),
]


@pytest.mark.slow
@every_row(("output", "expected"), PAIRS)
def test_distance_and_ratio_agree_with_the_packages_of_the_field(score, output, expected):
    from nltk.metrics.distance import edit_distance  # late: it takes half a second to import

    distance = edit_distance(output, expected)
    found = score("levenshtein", output, expected)
    assert found.value == pytest.approx(1 - distance / max(len(output), len(expected)))
    assert score({"levenshtein": {"distance": distance}}, output, expected).passed
    if distance:
        short = score({"levenshtein": {"distance": distance - 1, "threshold": 1}}, output, expected)
        assert not short.passed
    ratio = score("similarity_ratio", output, expected).value
    assert ratio == pytest.approx(fuzz.ratio(output, expected) / 100)


def test_reasons(score):
    assert score("levenshtein", "cat", "cart").why == '1 edit from "cart"'
    assert score("levenshtein", "cat", "horses").why == '6 edits from "horses"'
    assert score("similarity_ratio", "cat", "cart").why == '0.86 like "cart"'
    assert score("levenshtein", "x" * 10_000_000, "y" * 10_000).why == (
        "too long to compare: 10,000,000 characters against 10,000: `extract` the part that counts"
    )
