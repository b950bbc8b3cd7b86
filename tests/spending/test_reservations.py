"""What a batch may take, set aside before it is sent."""

from decimal import Decimal

import pytest

from promptci.errors import BudgetError, RequestError
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.spending.reservations import HoldingBudget
from promptci.spending.spent import Spending

MODEL = ModelSpec("m", "m", EndpointSpec("e", "openai", "http://e.invalid"))
BOUNDED = Request(Settings(MODEL, {"max_tokens": 5}), (Message("user", "x"),))
OPEN = Request(Settings(MODEL), (Message("user", "x"),))


def made(**ceilings):
    noted = []
    budget = HoldingBudget(most=lambda _: Decimal(1), tokens=lambda _: Decimal(10), **ceilings)
    budget.note = noted.append
    return budget, noted


def test_what_is_held_is_not_there_for_others_and_settled_by_what_it_took():
    budget, noted = made(max_cost=Decimal(5), max_requests=9)
    budget.hold("a", Spending(4, 0, Decimal(4)))
    assert not budget.has_room(Spending(1, 0, Decimal(2)))
    assert not budget.has_room(Spending(6, 0, Decimal(0)))
    with pytest.raises(BudgetError, match=r"the ceiling of \$5 is reached"):
        budget.hold("b", Spending(1, 0, Decimal(2)))
    assert budget.held("a") == Spending(0, 0, Decimal(4))
    budget.settle_batch("a", Spending(0, 70, Decimal(1)))
    assert budget.has_room(Spending(5, 0, Decimal(4)))
    assert budget.spent == Spending(4, 70, Decimal(1))
    assert sum(noted, Spending()) == Spending(4, 70, Decimal(1))


def test_what_was_never_sent_is_given_back_with_its_calls():
    budget, _ = made(max_tokens=100, max_requests=3)
    budget.hold("a", Spending(3, 90, Decimal(0)))
    budget.let_go("a", 3)
    assert budget.has_room(Spending(3, 100, Decimal(0)))


def test_the_bound_of_a_request_is_that_of_its_ceilings():
    assert made()[0].bound_in_batch(OPEN) == Spending(1, 0, Decimal(0))
    assert made(max_cost=Decimal(9))[0].bound_in_batch(BOUNDED) == Spending(1, 0, Decimal(1))
    assert made(max_tokens=99)[0].bound_in_batch(BOUNDED) == Spending(1, 10, Decimal(0))
    for ceiling in ({"max_cost": Decimal(9)}, {"max_tokens": 99}):
        with pytest.raises(RequestError, match="answers have no `max_tokens`"):
            made(**ceiling)[0].bound_in_batch(OPEN)
