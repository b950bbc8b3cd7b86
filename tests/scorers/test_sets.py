"""Lists in any order: JSON, bullets, lines and commas."""

import pytest

from effort import done_in_passes
from tables import every_row

ABC = [
    '["a", "b", "c"]',
    '["c", "a", "b", "a"]',
    '```json\n["a", "b", "c"]\n```',
    'Here you are: ["a", "b", "c"].',
    '{"items": ["a", "b", "c"], "count": 3}',
    "a, b, c",
    "a, b and c",
    "a, b, and c.",
    "[a, b, c]",
    "(a, b, c)",
    "{'a', 'b', 'c'}",
    "a) a\nb) b\nc) c",
    "a; b; c",
    "a; b; and c",
    "A, B, C",
    "The letters are: a, b, c",
    "a\nb\nc",
    "The letters:\na\nb\nc\n",
    "**Letters:** a, b, c.",
    "**Letters:**\na\nb\nc",
    "- a\n- b\n- c",
    "* a\n* b\n* c",
    "1. a\n2. b\n3. c",
    "1) a\n2) b\n10) c",
    "\u2022 a\n\u2022 b\n\u2022 c",
    'Sure! Here they are:\n\n- **a**\n- `b`\n- "c"\n\nAnything else?',
    "  - a\n  - b\n    - c",
    "'a', 'b', 'c'",
    "\u201ca\u201d, \u201cb\u201d, \u201cc\u201d",
]
CASES = [
    # parameters, output, expected, value, passed
    ({}, "a, b", ["a", "b", "c", "d"], 2 / 3, False),
    ({"threshold": 0.6}, "a, b", ["a", "b", "c", "d"], 2 / 3, True),
    ({"measure": "recall"}, "a, b", ["a", "b", "c", "d"], 0.5, False),
    ({"measure": "precision"}, "a, b", ["a", "b", "c", "d"], 1, True),
    ({"measure": "recall"}, "a, b, c, d, e", ["a", "b"], 1, True),
    ({"measure": "precision"}, "a, b, c, d", ["a"], 0.25, False),
    ({}, "x, y", ["a", "b"], 0, False),
    ({"not": True}, "x, y", ["a", "b"], 1, True),
    ({}, "", ["a"], 0, False),
    ({}, "[]", [], 1, True),
    ({}, "", [], 1, True),
    ({}, "None.", [], 1, True),
    ({}, "none, a", ["none", "a"], 1, True),
    ({}, "a", [], 0, False),
    ({}, "[1, 2.0, true, null]", [True, None, 2, 1], 1, True),
    ({}, '[{"b": 1, "a": 2}]', [{"a": 2, "b": 1}], 1, True),
    ({}, "1, 2", [1, 2], 1, True),
    ({"ignore_case": False}, "A, b", ["a", "b"], 0.5, False),
    ({"value": ["a", "{{ name }}"]}, "b, a", ..., 1, True),
    ({"value": "{{ name }}, a"}, "b, a", ..., 1, True),
    ({}, "a, b", "b, a", 1, True),
    ({}, "salt and pepper", ["salt", "pepper"], 1, True),
    ({}, "New York", ["New York"], 1, True),
    ({}, "Z\u00fcrich, K\u00f6ln", ["k\u00f6ln", "z\u00fcrich"], 1, True),
    ({}, "[" * 100_000, ["a"], 0, False),
    ({}, "[NaN, 1]", ["a"], 0, False),
    ({}, "a, " * 3_333_333, ["a"], 0, False),
]


@every_row("output", ABC)
def test_one_list_in_many_ways(score, output):
    found = score("set_f1", output, ["b", "c", "a"])
    assert (found.value, found.passed, found.why) == (1.0, True, "")


@every_row(("options", "output", "expected", "value", "passed"), CASES)
def test_cases(score, options, output, expected, value, passed):
    found = score({"set_f1": options}, output, expected, name="b")
    assert (found.value, found.passed) == (pytest.approx(value), passed)


def test_reasons(score):
    assert score("set_f1", "a, x", ["a", "b", "c", "d"]).why == (
        'precision 0.50, recall 0.25; without "b", "c" and 1 more; beyond: "x"'
    )
    assert score("set_f1", "a" * 1_000_001, ["a"]).why == (
        "too long for a list: 1,000,001 characters"
    )


@pytest.mark.slow
@every_row(
    "piece", ["- ", "- a\n", "[", "1. ", " ", "a:", "and ", ",", "[1,", "\n", "-\n\n", "\n "]
)
def test_no_answer_takes_long(score, piece):
    output = piece * (400_000 // len(piece))
    done_in_passes(80, output, lambda: score("set_f1", output, ["a"]))
