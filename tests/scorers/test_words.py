"""How many words an answer has."""

from tables import every_row

CASES = [
    # parameters, output, expected, value, passed
    ({"word_count": 3}, "one two three", ..., 1, True),
    ({"word_count": 3}, " one\n\ttwo  three ", ..., 1, True),
    ({"word_count": 3}, "one two", ..., 0, False),
    ({"word_count": [2, 3]}, "one two", ..., 1, True),
    ({"word_count": 0}, "", ..., 1, True),
    ({"word_count": 1}, "well-known", ..., 1, True),
    ({"word_count": "{{ words }}"}, "one two", ..., 1, True),
    ("word_count", "one two", 2, 1, True),
    ("word_count", "one two", "2", 1, True),
    ("word_count", "one two", [1, 2], 1, True),
    ({"word_count": {"min": 2}}, "one", ..., 0, False),
    ({"word_count": {"min": 2}}, "one two", ..., 1, True),
    ({"word_count": {"max": 2}}, "one two three", ..., 0, False),
    ({"word_count": {"min": 1, "max": 2}}, "one two", ..., 1, True),
    ({"word_count": {"max": 2, "not": True}}, "one two three", ..., 1, True),
    ({"word_count": {"max": 2}}, "refund " * 1_430_000, ..., 0, False),
    ({"word_count": 2}, "one\u3000two", ..., 1, True),
]


@every_row(("scorer", "output", "expected", "value", "passed"), CASES)
def test_cases(score, scorer, output, expected, value, passed):
    found = score(scorer, output, expected, words=2)
    assert (found.value, found.passed) == (value, passed)


def test_reasons(score):
    assert (
        score({"word_count": {"min": 1_000}}, "one two").why == "2 words, expected at least 1,000"
    )
    assert score({"word_count": {"min": 1, "max": 2}}, "").why == (
        "0 words, expected at least 1 and at most 2"
    )
    assert score({"word_count": [1, 3]}, "one two").why == "2 words, expected 1, 3"


@every_row(
    ("options", "said"),
    [
        ({"value": 3, "min": 1}, "`value` goes with neither `min` nor `max`"),
        ({"min": 3, "max": 1}, "`min` is above `max`"),
        ({"value": "many"}, "is not a number of words"),
        ({"min": -1}, "must be at least 0"),
    ],
)
def test_faults(faults, options, said):
    [fault] = faults({"word_count": options})
    assert said in fault
