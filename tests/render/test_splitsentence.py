"""How the examples with one tag, or of one expected value, moved, in a sentence."""

from promptci.compare.outcomes.splits import ResultSplit
from promptci.records.record import Tally
from promptci.render.splitsentence import split_sentence
from tables import every_row


@every_row(
    ("kind", "base", "head", "said"),
    [
        ("tag", (0.9, 9), (0.4, 4), "tag `long` 9/1,010 → 4/1,010, -50.0 points"),
        ("expected", (0.5, 5), (0.5, 5), "expected `long` 5/1,010 → 5/1,010, ±0.0 points"),
        ("tag", None, (0.4, 4), "tag `long` 4/1,010"),
        ("tag", (0.4, 4), None, "tag `long` 4/1,010"),
    ],
)
def test_both_sides_are_counted_and_points_need_both(kind, base, head, said):
    sides = [None if side is None else Tally(*side, 1_010) for side in (base, head)]
    assert split_sentence(ResultSplit(kind, "long", *sides)) == said
