"""Ceilings on dollars and on tokens: both set aside for a request, or neither."""

from decimal import Decimal

import pytest

from promptci.errors import BudgetError
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.spending.accounts import Accounts
from promptci.spending.spent import NOTHING_SPENT, Spending

MODEL = ModelSpec("m", "m", EndpointSpec("e", "openai", "http://e.invalid"))


def ask(text):
    return Request(Settings(MODEL), (Message("user", text),))


def accounts(max_cost=None, max_tokens=None):
    return Accounts(max_cost, max_tokens, most=lambda _: Decimal(1), tokens=lambda _: Decimal(10))


def test_without_a_ceiling_nothing_is_set_aside():
    both = accounts()
    assert (both.is_empty, both.counts_money) == (True, False)
    assert both.reserve(ask("a"), BudgetError)
    assert both.held(ask("a").key) == NOTHING_SPENT
    assert both.settle(ask("a"), Decimal(2), 7) == (Decimal(2), 7)


def test_a_request_without_room_in_one_ceiling_takes_nothing_of_the_other():
    both = accounts(Decimal(9), 15)
    assert both.reserve(ask("a"), BudgetError)
    assert both.settle(ask("a"), Decimal(1), 10) == (Decimal(1), 10)
    with pytest.raises(BudgetError, match="15 tokens"):
        both.reserve(ask("b"), BudgetError)
    assert both.held(ask("b").key) == NOTHING_SPENT
    assert both.without_room(Spending(0, 5, Decimal(8))) is None


def test_what_others_spent_is_not_there_and_a_failed_request_gives_its_part_back():
    both = accounts(Decimal(3), 40)
    both.count(Spending(0, 20, Decimal(1)))
    assert both.reserve(ask("a"), BudgetError)
    assert both.held(ask("a").key) == Spending(0, 10, Decimal(1))
    assert both.without_room(Spending(0, 11, Decimal(0))) == "40 tokens"
    assert both.without_room(Spending(0, 0, Decimal(2))) == "$3"
    both.give_back(ask("a"))
    assert both.without_room(Spending(0, 20, Decimal(2))) is None
