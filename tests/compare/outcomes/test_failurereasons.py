"""Failed examples are grouped by what their reasons have in common."""

from promptci.compare.outcomes.failurereasons import (
    MOST_REASONS,
    FailureGroups,
    reason_of,
    why_failed,
)
from promptci.records.record import Result, Score
from promptci.run.solving.solve import Evaluated
from tables import every_row


def failed(id_, why):
    result = Result(id_, "0" * 12, "fail", 0.0)
    return id_, why_failed(Evaluated(result, scores=(("equals", Score(0.0, False, why)),)))


@every_row(
    ("one", "other", "same"),
    [
        ('expected "a", got "b"', 'expected "c", got "d \\" e"', True),
        ('got "cut off in the midd…', 'got "something else…', True),
        ("12 words, 10 allowed", "1,300 words, 10 allowed", True),
        ("`a` is missing", "`b` is missing", True),
        ("not JSON", "JSON, but not an object", False),
    ],
)
def test_quoted_texts_and_numbers_make_no_other_reason(one, other, same):
    assert (reason_of(one) == reason_of(other)) == same


def test_the_most_frequent_reason_comes_first_with_its_first_examples():
    groups = FailureGroups()
    for number in range(9, 0, -1):
        groups.take(*failed(f"n{number}", f'got "{number}"'))
    groups.take(*failed("a", "not JSON"))
    first, second = groups.groups()
    assert (first.reason, first.count) == ("equals: got …", 9)
    assert [id_ for id_, _ in first.named] == ["n1", "n2", "n3"]
    assert second.named == (("a", "equals: not JSON"),)


def test_reasons_are_bounded():
    groups = FailureGroups()
    for number in range(1000):
        groups.take(*failed(f"n{number}", "x" * number))
    assert len(groups.groups()) == MOST_REASONS + 1
    assert sum(group.count for group in groups.groups()) == 1000
