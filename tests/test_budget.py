"""A ceiling holds whatever is under way, and a run goes on as long as there is room."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.budget import Budget
from promptci.completion import EndpointSpec, Message, ModelSpec, Request, Settings
from promptci.errors import BudgetError, RequestError

MODEL = ModelSpec("fast", "llama", EndpointSpec("lab", "openai", "http://lab.test"))
CENT = Decimal("0.01")


def question(number):
    return Request(Settings(MODEL), (Message("user", str(number)),))


def budget(max_cost=None, max_requests=None, most=CENT):
    cost = None if max_cost is None else Decimal(max_cost)
    return Budget(max_requests=max_requests, max_cost=cost, most=lambda request: most)


async def ask_all(budget, count, *, at_once, cost):
    """Ask as many questions as are admitted; gives how many, and how many at most side by side."""
    numbers = iter(range(count))
    asked = under_way = most = 0

    async def asker():
        nonlocal asked, under_way, most
        for number in numbers:
            await budget.admit(question(number))
            asked, under_way = asked + 1, under_way + 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            budget.settle(question(number), cost(number))

    results = await asyncio.gather(*(asker() for _ in range(at_once)), return_exceptions=True)
    stopped = [result for result in results if result is not None]
    assert all(isinstance(result, BudgetError) for result in stopped), stopped
    return asked, most, bool(stopped)


def test_without_a_ceiling_everything_is_admitted_and_counted():
    purse = budget(most=None)
    asked, most, stopped = asyncio.run(ask_all(purse, 50, at_once=10, cost=lambda _: CENT))
    assert (asked, most, stopped) == (50, 10, False)
    assert purse.spent == Decimal("0.50")


def test_no_more_requests_than_the_ceiling():
    purse = budget(max_requests=7)
    asked, _, stopped = asyncio.run(ask_all(purse, 50, at_once=10, cost=lambda _: CENT))
    assert (asked, stopped) == (7, True)


def test_fifty_askers_spend_no_more_than_one_would():
    purse = budget(max_cost="1.00", most=Decimal("0.10"))
    asked, most, stopped = asyncio.run(
        ask_all(purse, 200, at_once=50, cost=lambda _: Decimal("0.10"))
    )
    assert (asked, most, stopped) == (10, 10, True)
    assert purse.spent == Decimal("1.00")


def test_what_turned_out_cheaper_leaves_room_for_more():
    """Ten are reserved at a time, but each costs a tenth of its bound."""
    purse = budget(max_cost="1.00", most=Decimal("0.10"))
    asked, most, stopped = asyncio.run(ask_all(purse, 60, at_once=50, cost=lambda _: CENT))
    assert (asked, most, stopped) == (60, 10, False)
    assert purse.spent == Decimal("0.60")


def test_a_call_without_an_answer_gives_its_reserve_back():
    purse = budget(max_cost="0.02")
    asked, _, stopped = asyncio.run(ask_all(purse, 30, at_once=5, cost=lambda _: None))
    assert (asked, stopped, purse.spent) == (30, False, 0)


def test_a_hopeless_request_is_refused_while_others_are_still_under_way():
    async def run():
        purse = budget(max_cost="0.025")
        await purse.admit(question(1))
        await purse.admit(question(2))
        purse.settle(question(1), Decimal("0.02"))
        with pytest.raises(BudgetError, match=r"^the ceiling of \$0\.025 is reached; what was"):
            await asyncio.wait_for(purse.admit(question(3)), 1)

    asyncio.run(run())


def test_one_that_only_waits_for_others_goes_on_when_they_are_done():
    async def run():
        purse = budget(max_cost="0.02")
        await purse.admit(question(1))
        await purse.admit(question(2))
        third = asyncio.create_task(purse.admit(question(3)))
        await asyncio.sleep(0.01)
        assert not third.done()
        purse.settle(question(1), Decimal(0))
        await asyncio.wait_for(third, 1)

    asyncio.run(run())


@pytest.mark.parametrize("ceiling", [{"max_requests": 0}, {"max_cost": "0"}, {"max_cost": "0.009"}])
def test_a_ceiling_below_the_first_request_lets_none_out(ceiling):
    with pytest.raises(BudgetError) as caught:
        asyncio.run(budget(**ceiling).admit(question(1)))
    assert caught.value.exit_code == 4


def test_a_free_model_needs_no_money():
    purse = budget(max_cost="0", most=Decimal(0))
    asked, _, stopped = asyncio.run(ask_all(purse, 20, at_once=5, cost=lambda _: Decimal(0)))
    assert (asked, stopped) == (20, False)


def test_a_ceiling_on_cost_without_a_price_is_refused():
    with pytest.raises(RequestError, match="needs a price for `fast`: add it to `prices`"):
        asyncio.run(budget(max_cost="1", most=None).admit(question(1)))


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30), st.integers(0, 60), st.integers(1, 8))
def test_the_ceiling_is_never_passed(costs, ceiling, at_once):
    """Whatever each answer really costs, up to its bound."""
    purse = budget(max_cost=ceiling * CENT, most=10 * CENT)
    asyncio.run(ask_all(purse, len(costs), at_once=at_once, cost=lambda n: costs[n] * CENT))
    assert purse.spent <= ceiling * CENT
