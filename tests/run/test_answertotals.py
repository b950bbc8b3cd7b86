"""What answers took together, one by one and joined."""

from decimal import Decimal

from promptci.run.answertotals import Took
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage


def took(*answers):
    found = Took()
    for each in answers:
        found.add(each)
    return found


CUT = Completion("a", "truncated", usage=Usage(3, 2, thought_tokens=1), cost=Decimal("0.1"))
FREE = Completion("b", usage=Usage(1, 1), sampling="provider-default", cost=Decimal(0))
UNPRICED = Completion("c", usage=Usage(5, 0))


def test_parts_joined_are_what_all_of_them_took():
    whole, parts = took(CUT, FREE), took(CUT)
    parts.join(took(FREE))
    assert parts == whole
    assert (whole.answers, whole.input_tokens, whole.output_tokens) == (2, 4, 3)
    assert (whole.thought_tokens, whole.cost, whole.last) == (1, Decimal("0.1"), "ok")
    assert (whole.is_cut, whole.is_changed) == (True, True)


def test_nothing_joined_changes_nothing():
    found = took(CUT)
    found.join(Took())
    assert found == took(CUT)


def test_one_price_that_is_not_known_makes_the_cost_unknown():
    found = took(CUT)
    found.join(took(UNPRICED))
    assert (found.cost, took(UNPRICED, CUT).cost) == (None, None)
