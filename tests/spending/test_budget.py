"""A ceiling holds whatever is under way, and a run goes on as long as there is room."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.errors import BudgetError, ModelError, RequestError
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.spending.budget import Budget
from promptci.spending.spent import Spending
from tables import every_row

MODEL = ModelSpec("fast", "llama", EndpointSpec("lab", "openai", "http://lab.test"))
CENT = Decimal("0.01")


def question(number):
    return Request(Settings(MODEL), (Message("user", str(number)),))


def budget(max_cost=None, max_requests=None, most=CENT, **more):
    cost = None if max_cost is None else Decimal(max_cost)
    return Budget(max_requests=max_requests, max_cost=cost, most=lambda request: most, **more)


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
            budget.settle(question(number), cost(number), 1)

    results = await asyncio.gather(*(asker() for _ in range(at_once)), return_exceptions=True)
    stopped = [result for result in results if result is not None]
    assert all(isinstance(result, BudgetError) for result in stopped), stopped
    return asked, most, bool(stopped)


def test_without_a_ceiling_everything_is_admitted_and_counted():
    money = budget(most=None)
    asked, most, stopped = asyncio.run(ask_all(money, 50, at_once=10, cost=lambda _: CENT))
    assert (asked, most, stopped) == (50, 10, False)
    assert money.spent.cost == Decimal("0.50")


def test_no_more_requests_than_the_ceiling():
    money = budget(max_requests=7)
    asked, _, stopped = asyncio.run(ask_all(money, 50, at_once=10, cost=lambda _: CENT))
    assert (asked, stopped) == (7, True)


def test_fifty_askers_spend_no_more_than_one_would():
    money = budget(max_cost="1.00", most=Decimal("0.10"))
    asked, most, stopped = asyncio.run(
        ask_all(money, 200, at_once=50, cost=lambda _: Decimal("0.10"))
    )
    assert (asked, most, stopped) == (10, 9, True)
    assert money.spent.cost == Decimal("1.00")


def test_what_turned_out_cheaper_leaves_room_for_more():
    """Ten are reserved at a time, but each costs a tenth of its bound."""
    money = budget(max_cost="1.00", most=Decimal("0.10"))
    asked, most, stopped = asyncio.run(ask_all(money, 60, at_once=50, cost=lambda _: CENT))
    assert (asked, most, stopped) == (60, 9, False)
    assert money.spent.cost == Decimal("0.60")


def fail(money, kind, count):
    """Ask so many questions one after the other, none of which is answered."""

    async def run():
        for number in range(count):
            await money.admit(question(number))
            money.release(question(number), ModelError("no", kind))

    asyncio.run(run())


def test_a_call_without_an_answer_gives_its_reserve_back():
    money = budget(max_cost="0.02")
    fail(money, "transient", 30)
    assert money.spent == Spending(requests=30)


def test_a_request_that_was_held_back_is_no_call():
    money, error = budget(max_cost="0.02"), ModelError("no", "unusable", may_cost=True)

    async def run():
        for number, failed in enumerate([error, error.held_back()]):
            await money.admit(question(number))
            money.release(question(number), failed)

    asyncio.run(run())
    assert money.spent == Spending(requests=1, cost=CENT)


@every_row("kind", ["timeout", "malformed"])
def test_an_answer_that_got_lost_may_have_cost_all_that_was_set_aside(kind):
    money = budget(max_cost="0.02")
    fail(money, kind, 2)
    assert money.spent.cost == Decimal("0.02")
    with pytest.raises(BudgetError):
        fail(money, kind, 1)


def test_an_answer_without_usage_counts_with_all_that_was_set_aside():
    async def run():
        money = budget(max_cost="1", max_tokens=100, tokens=lambda request: Decimal(30))
        await money.admit(question(1))
        money.settle(question(1), None, None)
        assert money.spent == Spending(1, 30, CENT)

    asyncio.run(run())


def learned(money, number=0, cost=CENT):
    """Ask one question, after which more may go side by side."""

    async def run():
        await money.admit(question(number))
        money.settle(question(number), cost, 1)

    return run()


def test_a_hopeless_request_is_refused_while_others_are_still_under_way():
    async def run():
        money = budget(max_cost="0.035")
        await learned(money)
        await money.admit(question(1))
        await money.admit(question(2))
        money.settle(question(1), Decimal("0.02"), 1)
        with pytest.raises(BudgetError, match=r"^the ceiling of \$0\.035 is reached; what was"):
            await asyncio.wait_for(money.admit(question(3)), 60)

    asyncio.run(run())


def test_a_call_that_is_not_sent_after_all_leaves_its_place_to_another():
    held, gone = (ModelError("it is gone", "unusable").held_back(), question(2))

    async def run():
        money = budget(max_requests=2)
        await money.admit(question(1))
        await money.admit(gone)
        third = asyncio.create_task(money.admit(question(3)))
        await asyncio.sleep(0)
        assert not third.done()
        money.release(gone, held)
        await asyncio.wait_for(third, 60)
        money.settle(question(3), None, 1)
        money.abandon(question(1))
        with pytest.raises(BudgetError, match=r"^the ceiling of 2 requests is reached"):
            await asyncio.wait_for(money.admit(question(4)), 60)

    asyncio.run(run())


def test_one_that_only_waits_for_others_goes_on_when_they_are_done():
    async def run():
        money = budget(max_cost="0.03")
        await learned(money)
        await money.admit(question(1))
        await money.admit(question(2))
        third = asyncio.create_task(money.admit(question(3)))
        await asyncio.sleep(0.01)
        assert not third.done()
        money.settle(question(1), Decimal(0), 1)
        await asyncio.wait_for(third, 60)

    asyncio.run(run())


def test_a_guess_that_is_far_too_low_is_corrected_by_the_first_answer():
    """Fifty askers, a ceiling of a dollar; each answer takes ten cents, the guess is nothing."""
    money = budget(max_cost="1.00", most=Decimal("0.000001"))
    asked, _, stopped = asyncio.run(ask_all(money, 200, at_once=50, cost=lambda _: Decimal("0.10")))
    assert (asked, stopped) == (10, True)
    assert money.spent.cost == Decimal("1.00")


def test_a_ceiling_on_tokens():
    money = budget(max_tokens=10, tokens=lambda request: Decimal(1))
    asked, _, stopped = asyncio.run(ask_all(money, 50, at_once=8, cost=lambda _: CENT))
    assert (asked, stopped, money.spent.tokens) == (10, True, 10)


def test_each_further_call_for_a_request_counts():
    async def run():
        money = budget(max_requests=3)
        await money.admit(question(1))
        money.again(question(1), ModelError("no", "transient"))
        money.again(question(1), ModelError("no", "rate_limit"))
        money.asks_again = True
        again = "the ceiling of 3 requests is reached; what was answered is kept, but whoever asks"
        with pytest.raises(BudgetError, match=again):
            money.again(question(1), ModelError("no", "transient"))

    asyncio.run(run())


def test_a_further_call_sets_aside_again_what_a_lost_answer_may_have_cost():
    async def run():
        money = budget(max_cost="0.025")
        await money.admit(question(1))
        money.again(question(1), ModelError("no", "timeout"))
        assert money.spent.cost == CENT
        with pytest.raises(BudgetError):
            money.again(question(1), ModelError("no", "timeout"))

    asyncio.run(run())


def test_time_that_is_over_admits_no_call():
    now = [0.0]
    money = budget(max_time=10, clock=lambda: now[0])

    async def run():
        await money.admit(question(1))
        assert money.time_left == 10
        now[0] = 10.0
        with pytest.raises(BudgetError, match="the time of 10 s is over"):
            await money.admit(question(2))
        with pytest.raises(BudgetError):
            money.again(question(1), ModelError("no", "transient"))

    asyncio.run(run())
    assert money.time_left == 0


def test_what_calls_fail_with_is_said_where_a_ceiling_ends_them():
    now = [0.0]
    money = budget(max_time=10, max_requests=1, clock=lambda: now[0])
    money.last_failure = ModelError("HTTP 500: no GPU is free", "transient")

    async def run():
        await money.admit(question(1))
        money.release(question(1), ModelError("no", "transient"))
        with pytest.raises(BudgetError, match=r"is reached while calls fail \(HTTP 500: no GPU"):
            await money.admit(question(2))
        now[0] = 10.0
        with pytest.raises(BudgetError, match=r"is over while calls fail \(HTTP 500: no GPU"):
            money.check_time()
        money.last_failure = None
        with pytest.raises(BudgetError, match="the time of 10 s is over; what"):
            money.check_time()

    asyncio.run(run())


def test_what_was_spent_before_counts():
    money = budget(max_cost="1.00", max_requests=100, most=Decimal("0.10"))
    money.count_others(Spending(4, 0, Decimal("0.40")))
    asked, _, stopped = asyncio.run(ask_all(money, 50, at_once=9, cost=lambda _: Decimal("0.10")))
    assert (asked, stopped, money.spent.requests) == (6, True, 6)
    with pytest.raises(
        BudgetError, match=r"unfinished or at the same time, took 4 requests for \$0\.4"
    ):
        asyncio.run(money.admit(question(99)))


def test_what_is_set_aside_is_told_before_the_call_and_corrected_after_it():
    told = []
    money = budget(max_cost="1.00", most=10 * CENT, max_tokens=90, tokens=lambda _: Decimal(30))
    money.note = told.append

    async def run():
        for number in range(3):
            await money.admit(question(number))
            assert sum(told, Spending()) == money.spent + Spending(0, 30, 10 * CENT)
            if number == 0:
                money.settle(question(number), CENT, 5)
            if number == 1:
                money.again(question(number), ModelError("no", "transient"))
                money.release(question(number), ModelError("no", "timeout"))
            if number == 2:
                money.release(question(number), ModelError("no", "transient"))
            assert sum(told, Spending()) == money.spent

    asyncio.run(run())
    assert money.spent == Spending(4, 35, 11 * CENT)


def test_one_budget_serves_several_runs():
    money = budget(max_cost="1.00", most=Decimal("0.10"))
    asked = [
        asyncio.run(ask_all(money, 4, at_once=4, cost=lambda _: Decimal("0.10")))[0]
        for _ in range(3)
    ]
    assert asked == [4, 4, 2]


@every_row("ceiling", [{"max_requests": 0}, {"max_cost": "0"}, {"max_cost": "0.009"}])
def test_a_ceiling_below_the_first_request_lets_none_out(ceiling):
    with pytest.raises(BudgetError) as caught:
        asyncio.run(budget(**ceiling).admit(question(1)))
    assert caught.value.exit_code == 4


def test_a_free_model_needs_no_money():
    money = budget(max_cost="0", most=Decimal(0))
    asked, _, stopped = asyncio.run(ask_all(money, 20, at_once=5, cost=lambda _: Decimal(0)))
    assert (asked, stopped) == (20, False)


def test_a_ceiling_on_cost_without_a_price_is_refused():
    with pytest.raises(RequestError, match="needs a price for `fast`: add it to `prices`"):
        asyncio.run(budget(max_cost="1", most=None).admit(question(1)))


@every_row("name", ["service_tier", "models", "plugins"])
def test_what_changes_the_price_goes_with_no_ceiling_on_cost(name):
    settings = Settings(MODEL, {"extra_body": {name: "x", "top_k": 4}})
    request = Request(settings, (Message("user", "hi"),))
    with pytest.raises(RequestError, match=f"extra_body.{name}"):
        asyncio.run(budget(max_cost="1").admit(request))
    asyncio.run(budget(max_requests=1).admit(request))


@every_row("tier", ["default", "flex", "batch"])
def test_a_tier_that_costs_no_more_goes_with_a_ceiling(tier):
    settings = Settings(MODEL, {"extra_body": {"service_tier": tier}})
    asyncio.run(budget(max_cost="1").admit(Request(settings, (Message("user", "hi"),))))


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30), st.integers(0, 60), st.integers(1, 8))
def test_the_ceiling_is_never_passed(costs, ceiling, at_once):
    """Whatever each answer really costs, up to its bound."""
    money = budget(max_cost=ceiling * CENT, most=10 * CENT)
    asyncio.run(ask_all(money, len(costs), at_once=at_once, cost=lambda n: costs[n] * CENT))
    assert money.spent.cost <= ceiling * CENT


@given(
    st.lists(st.tuples(st.integers(0, 10), st.sampled_from(["ok", "lost", "no"])), max_size=40),
    st.integers(0, 60),
    st.integers(1, 8),
)
def test_retries_and_lost_answers_never_pass_the_ceiling_either(steps, ceiling, at_once):
    """What is really spent: what answers cost, and up to its bound what an answer that got lost."""
    money = budget(max_cost=ceiling * CENT, max_requests=50, most=10 * CENT)
    left = iter(enumerate(steps))
    really = 0

    async def asker():
        nonlocal really
        for number, (cost, fate) in left:
            request = question(number)
            await money.admit(request)
            await asyncio.sleep(0)
            if fate == "ok":
                really += cost
                money.settle(request, cost * CENT, 1)
                continue
            failed = ModelError("no", "timeout" if fate == "lost" else "transient")
            really += cost if fate == "lost" else 0
            try:
                money.again(request, failed)
            except BudgetError:
                money.release(request)
                raise
            await asyncio.sleep(0)
            really += cost
            money.settle(request, cost * CENT, 1)

    async def run():
        await asyncio.gather(*(asker() for _ in range(at_once)), return_exceptions=True)

    asyncio.run(run())
    assert really <= ceiling
    assert money.spent.requests <= 50
