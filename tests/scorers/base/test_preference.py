"""Two votes on two answers, and what many of them say together."""

import pytest

from promptci.scorers.base.preference import Preference, sum_up
from tables import every_row


@every_row(
    ("base_first", "head_first", "side", "is_swayed"),
    [
        ("first", "second", "base", False),
        ("second", "first", "head", False),
        ("first", "first", "tie", True),
        ("second", "second", "tie", True),
        ("tie", "tie", "tie", False),
        ("first", "tie", "tie", False),
        ("tie", "first", "tie", False),
    ],
)
def test_only_both_orders_together_prefer_a_side(base_first, head_first, side, is_swayed):
    found = Preference(base_first, head_first)
    assert (found.side, found.is_swayed) == (side, is_swayed)


def test_a_contest_counts_examples_and_places():
    head, base = Preference("second", "first"), Preference("first", "second")
    swayed, even = Preference("first", "first"), Preference("tie", "tie")
    found = sum_up("best", [*[head] * 7, base, *[swayed] * 4, even], same=2, errors={"x": 1})
    assert (found.n, found.head, found.base, found.ties) == (15, 7, 1, 7)
    assert (found.swayed, found.same, found.first, found.second) == (4, 2, 16, 8)
    assert found.p.p == pytest.approx(0.0703125)  # 7 against 1, the exact two-sided sign test
    assert found.bias.p == pytest.approx(0.15159, abs=1e-5)


def test_nothing_judged_proves_nothing():
    found = sum_up("best", [], same=0, errors={})
    assert (found.n, found.p.p, found.bias.p) == (0, 1.0, 1.0)
