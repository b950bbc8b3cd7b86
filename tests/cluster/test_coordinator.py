"""The coordinator by itself: who is let in, and what becomes of whom nothing is heard."""

import asyncio
from decimal import Decimal

import pytest

from promptci.cluster.coordinator import SILENCE, Coordinator
from promptci.cluster.messages import CallTurn, Event, Setup
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Settings
from promptci.specs.tokenprice import Usage
from promptci.spending.limits import Limits

SETTINGS = Settings(ModelSpec("m", "m", EndpointSpec("e", "openai", "http://e.test")))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def with_one_place(tmp_path):
    """Runs a story with a coordinator whose gate has one place, and its clock."""

    def run(story):
        async def main():
            clock = Clock()
            coordinator = Coordinator(Setup(str(tmp_path), "run", Limits(), 1, 1), clock)
            try:
                return await story(coordinator, clock)
            finally:
                await coordinator.close()

        return asyncio.run(main())

    return run


def turn(number, key):
    return CallTurn(number, number + 1, key, SETTINGS, Decimal(0), 10, Usage(5, 5))


async def ticket(coordinator, owner, *turns):
    """The ticket that an owner is given for its turn; 0 where it waits."""
    reply = await coordinator.exchange(owner, turns, (), waits=True)
    more = await coordinator.exchange(owner, (), (), waits=False)
    return max((leave.ticket for leave in (*reply.leaves, *more.leaves)), default=0), reply.life


def test_the_place_of_a_worker_that_was_lost_goes_to_who_waits(with_one_place):
    async def story(coordinator, clock):
        lost, _ = await ticket(coordinator, "one:a", turn(1, "k1"))
        clock.now = SILENCE
        waits, _ = await ticket(coordinator, "two:b", turn(1, "k2"))
        clock.now = SILENCE + 1
        let_in, _ = await ticket(coordinator, "two:b")
        return lost, waits, let_in

    lost, waits, let_in = with_one_place(story)
    assert (lost > 0, waits, let_in > 0) == (True, 0, True)


def test_who_is_given_up_by_mistake_is_told_to_ask_anew(with_one_place):
    async def story(coordinator, clock):
        first, before = await ticket(coordinator, "one:a", turn(1, "k1"))
        clock.now = SILENCE + 1
        await coordinator.exchange("two:b", (), (), waits=False)
        late = [Event("answered", ticket=first, tokens=3)]
        await coordinator.exchange("one:a", (), late, waits=False)
        again, after = await ticket(coordinator, "one:a", turn(1, "k1"))
        return before, after, again

    before, after, again = with_one_place(story)
    assert before != after
    assert again > 0
