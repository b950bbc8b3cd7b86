"""A worker's calls: which of them ask the coordinator before, and what they tell it."""

import asyncio

import pytest

from promptci.cluster import link
from promptci.cluster.calls import RemoteGate, Turns
from promptci.cluster.link import Exchange
from promptci.cluster.messages import Leave, Reply
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Usage

PLACES = 2
DONE = Completion("yes", usage=Usage(1, 2))


def question(number, endpoint="e"):
    settings = Settings(
        ModelSpec("m", "m", EndpointSpec(endpoint, "openai", f"http://{endpoint}.t"))
    )
    return Request(settings, (Message("user", str(number)),))


class Coordinator:
    """Admits every call and has so many places at its gate; remembers what it is told."""

    def __init__(self, keeps):
        self.keeps, self.events, self.given = keeps, [], 0

    async def ask_soon(self, method, owner, turns, events, *, waits):
        await asyncio.sleep(0)
        self.events += events
        leaves = [Leave(turn.number) for turn in turns]
        for turn in turns:
            if self.given < PLACES:
                self.given += 1
                leaves.append(Leave(turn.gate, 100 + self.given))
        if waits and not leaves:
            await asyncio.sleep(3600)
        return Reply("life", tuple(leaves), keeps=self.keeps)


async def admitted(turns, *requests):
    await asyncio.gather(*(turns.admit(each) for each in requests))


@pytest.fixture
def beside():
    """Runs a story beside a coordinator that lets a worker keep so many places."""

    def run(keeps, story, when_safe=lambda _, do: do()):
        async def main():
            coordinator = Coordinator(keeps)
            exchange = Exchange(coordinator, "block:attempt")
            turns = Turns(exchange, lambda _: None)
            try:
                found = await story(turns, RemoteGate(turns, exchange, when_safe), coordinator)
                await exchange.flush()
                return found, coordinator.events
            finally:
                exchange._task.cancel()

        return asyncio.run(main())

    return run


async def three(turns, gate, _):
    """Two calls are under way and one waits; the first is answered. Who has its place?"""
    asked = [question(number) for number in range(3)]
    await admitted(turns, *asked)
    first, _ = await asyncio.gather(gate.enter(asked[0]), gate.enter(asked[1]))
    waits = asyncio.create_task(gate.enter(asked[2]))
    await asyncio.sleep(0)
    gate.answered(asked[0], first, DONE)
    for _ in range(5):
        await asyncio.sleep(0)
    found = waits.result().number if waits.done() else 0
    waits.cancel()
    return first.number, found, asked[2].key


def test_a_call_takes_the_place_of_an_answered_one_and_tells_it(beside):
    (place, follows, key), events = beside(PLACES, three)
    assert follows == place
    assert [(each.what, each.ticket, each.follower) for each in events] == [
        ("answered", place, key)
    ]


def test_the_place_of_an_answer_that_could_be_lost_is_free_once_it_is_safe(beside):
    unsafe = []

    async def story(turns, gate, coordinator):
        found = await three(turns, gate, coordinator)
        [(key, free)] = unsafe
        was_told = list(coordinator.events)
        free()
        return *found, key == question(0).key, was_told

    story_found = beside(PLACES, story, lambda key, do: unsafe.append((key, do)))
    (place, follows, _, is_first, was_told), events = story_found
    assert (follows, is_first, was_told) == (0, True, [])
    assert [(each.what, each.ticket) for each in events] == [("answered", place)]


@pytest.mark.parametrize("keeps", [0, 1])
def test_a_worker_fills_no_place_beyond_those_it_may_keep(beside, keeps):
    (place, follows, _), events = beside(keeps, three)
    assert follows == 0
    assert [(each.what, each.ticket, each.follower) for each in events] == [("answered", place, "")]


def test_a_call_to_another_endpoint_does_not_follow(beside):
    async def story(turns, gate, _):
        asked = [question(0), question(1), question(2, "other")]
        await admitted(turns, *asked)
        first, _ = await asyncio.gather(gate.enter(asked[0]), gate.enter(asked[1]))
        waits = asyncio.create_task(gate.enter(asked[2]))
        await asyncio.sleep(0)
        gate.answered(asked[0], first, DONE)
        await asyncio.sleep(0)
        waits.cancel()
        return first.number

    place, events = beside(PLACES, story)
    assert [(each.ticket, each.follower) for each in events] == [(place, "")]


def test_what_no_call_waits_for_travels_with_what_one_does(beside, monkeypatch):
    monkeypatch.setattr(link, "PAUSE", 0)
    monkeypatch.setattr(link, "LONG_PAUSE", 3600)

    async def story(turns, gate, coordinator):
        asked = [question(number) for number in range(5)]
        await admitted(turns, *asked)
        tickets = await asyncio.gather(gate.enter(asked[0]), gate.enter(asked[1]))
        waiting = [asyncio.create_task(gate.enter(each)) for each in asked[2:4]]
        await asyncio.sleep(0)
        gate.answered(asked[0], tickets[0], DONE)
        gate.answered(asked[1], tickets[1], DONE)
        third, _ = await asyncio.gather(*waiting)
        for _ in range(20):
            await asyncio.sleep(0)
        before = len(coordinator.events)
        gate.answered(asked[2], third, DONE)  # nobody follows: the place is for others
        while not coordinator.events:
            await asyncio.sleep(0)
        return before, len(coordinator.events)

    (before, together), _ = beside(PLACES, story)
    assert (before, together) == (0, 3)


def test_what_waits_until_all_is_told_is_done_once_the_coordinator_has_heard_it(beside):
    async def story(turns, gate, coordinator):
        asked = [question(number) for number in range(2)]
        await admitted(turns, *asked)
        first, _ = await asyncio.gather(gate.enter(asked[0]), gate.enter(asked[1]))
        gate.answered(asked[0], first, DONE)
        told, exchange = asyncio.Event(), turns._exchange
        exchange.when_told(lambda: told.set() if coordinator.events else None)
        was_told = told.is_set()
        await asyncio.wait_for(told.wait(), 20)
        return was_told

    was_told, events = beside(PLACES, story)
    assert (was_told, [each.what for each in events]) == (False, ["answered"])
