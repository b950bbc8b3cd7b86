"""The coordinator by itself: who is let in, and what becomes of whom nothing is heard."""

import asyncio
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from promptci.cache.answerlog import AnswerLog
from promptci.cache.cache import Cache
from promptci.cache.cacherow import row
from promptci.cluster.coordinator import SILENCE, Coordinator
from promptci.cluster.failure import Failure
from promptci.cluster.messages import CallTurn, Event, Setup, this_machine
from promptci.cluster.workerruns import WorkerRun
from promptci.specs.completion import Completion
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


def test_the_place_of_a_worker_that_is_told_lost_is_free_at_once(with_one_place):
    async def story(coordinator, clock):
        await ticket(coordinator, "one:a", turn(1, "k1"))
        waits, _ = await ticket(coordinator, "two:b", turn(1, "k2"))
        await coordinator.lost("one")
        let_in, _ = await ticket(coordinator, "two:b")
        return waits, let_in

    waits, let_in = with_one_place(story)
    assert (waits, let_in > 0) == (0, True)


def test_a_turn_is_taken_up_once_however_many_there_were():
    attempt = WorkerRun()
    for number in range(50_000):
        attempt.note_seen(number)
    assert 49_999 in attempt.seen
    assert len(attempt.seen) <= 20_000


def test_who_is_given_up_by_mistake_is_told_to_ask_again(with_one_place):
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


async def exchanged(coordinator, owner, *events):
    return await coordinator.exchange(owner, (), events, waits=False)


async def place_after(coordinator, *events):
    """The ticket that is given after events; 0 where there is none."""
    replies = [await exchanged(coordinator, "one:a", *events)]
    for _ in range(5):
        replies.append(await exchanged(coordinator, "one:a"))
    return max((leave.ticket for each in replies for leave in each.leaves), default=0)


@pytest.fixture
def with_two_waiting(with_one_place):
    """A story whose owner has the one place, and two more calls that wait for it."""

    def run(story):
        async def main(coordinator, clock):
            first, _ = await ticket(coordinator, "one:a", turn(1, "k0"))
            await exchanged(coordinator, "one:a", Event("answered", ticket=first, tokens=3))
            turns = [turn(number, f"k{number}") for number in (3, 5, 7)]
            place, _ = await ticket(coordinator, "one:a", *turns)
            return await story(coordinator, place)

        return with_one_place(main)

    return run


def test_a_call_in_the_place_of_an_answered_one_waits_no_more(with_two_waiting):
    async def story(coordinator, place):
        answered = Event("answered", ticket=place, tokens=3)
        reply = await exchanged(coordinator, "one:a", replace(answered, follower="k5"))
        nothing = await place_after(coordinator)
        last = await place_after(coordinator, answered)
        end = await place_after(coordinator, replace(answered, ticket=last))
        return reply, nothing, last, end

    reply, nothing, last, end = with_two_waiting(story)
    assert (reply.keeps, reply.leaves, nothing) == (1, (), 0), "the one place is taken"
    assert (last > 0, end) == (True, 0), "the third call is let in, and there is no fourth"


def test_a_place_given_to_a_call_that_follows_meanwhile_is_no_second_one(with_two_waiting):
    async def story(coordinator, place):
        answered = Event("answered", ticket=place, tokens=3)
        given = await place_after(coordinator, answered)
        none = await place_after(coordinator, replace(answered, follower="k5"))
        stale = await place_after(coordinator, replace(answered, ticket=given))
        last = await place_after(coordinator, answered)
        return given, none, stale, last

    given, none, stale, last = with_two_waiting(story)
    assert given > 0
    assert (none, stale) == (0, 0), "the place that was given is gone with the ticket"
    assert last > 0


def test_a_worker_keeps_its_share_where_another_one_waits(tmp_path):
    async def story():
        coordinator = Coordinator(Setup(str(tmp_path), "run", Limits(), 4, 1))
        first, _ = await ticket(coordinator, "one:a", turn(1, "k0"))
        await exchanged(coordinator, "one:a", Event("answered", ticket=first, tokens=3))
        await ticket(coordinator, "one:a", *(turn(n, f"a{n}") for n in range(3, 15, 2)))
        alone = await exchanged(coordinator, "one:a")
        await ticket(coordinator, "two:b", *(turn(n, f"b{n}") for n in range(3, 15, 2)))
        beside = await exchanged(coordinator, "one:a")
        await coordinator.close()
        return alone.keeps, beside.keeps

    assert asyncio.run(story()) == (4, 2)


def test_who_waits_is_told_at_once_that_no_call_may_follow(with_two_waiting):
    async def story(coordinator, place):
        before = await exchanged(coordinator, "one:a")
        waits = asyncio.create_task(coordinator.exchange("one:a", (), (), waits=True))
        await asyncio.sleep(0.02)
        error = Failure("ModelError", "no", "auth")
        failed = Event("failed", ticket=place, failure=error)
        await exchanged(coordinator, "two:b", failed)
        return before.keeps, (await waits).keeps

    assert with_two_waiting(story) == (1, 0)


def test_a_ticket_of_a_lost_coordinator_is_none_of_the_next_one(tmp_path):
    async def story():
        found = []
        for name in ("lost", "next"):
            coordinator = Coordinator(Setup(str(tmp_path / name), "run", Limits(), 1, 1))
            found.append((await ticket(coordinator, "one:a", turn(1, "k1")))[0])
            await coordinator.close()
        return found

    lost, new = asyncio.run(story())
    assert lost != new


def test_answers_of_several_workers_are_kept_together(tmp_path):
    async def story():
        coordinator = Coordinator(Setup(str(tmp_path), "run", Limits(), 1, 1))
        keys = [f"{number:064x}" for number in range(6)]
        kept = [[row(key, Completion("yes"))] for key in keys]
        is_here = await asyncio.gather(*(coordinator.keep(each, replaces=False) for each in kept))
        found = await coordinator.look_up("one:a", keys, claims=False)
        version = await coordinator.version()
        await coordinator.close()
        return is_here, len(found[0]), version

    assert asyncio.run(story()) == ([False] * 6, 6, 1)


def test_answers_on_the_drivers_machine_are_in_the_projects_cache(tmp_path):
    cache = tmp_path / "project.sqlite"
    setup = Setup(str(tmp_path), "run", Limits(), 1, 1, machine=this_machine(), cache=str(cache))

    async def story():
        coordinator = Coordinator(setup)
        is_here = await coordinator.keep([row("0a" * 32, Completion("yes"))], replaces=False)
        await coordinator.close()
        return is_here

    assert asyncio.run(story())
    with closing(Cache(cache)) as project:
        assert set(project.get(["0a" * 32])) == {"0a" * 32}


@pytest.mark.parametrize("is_silent", [False, True])
def test_what_a_killed_worker_had_noted_is_not_asked_again(with_one_place, is_silent):
    key = "0b" * 32

    async def story(coordinator, clock):
        place = await coordinator.begin("one:a")
        await coordinator.look_up("one:a", [key], claims=True)
        log = AnswerLog(Path(place.path))
        log.add([(row(key, Completion("yes")), False)])
        log.close()
        if is_silent:
            await coordinator.exchange("one:a", (), (), waits=False)
            clock.now += SILENCE + 1
            await coordinator.exchange("two:b", (), (), waits=False)
        else:
            await coordinator.begin("one:b")
        return await coordinator.look_up("two:b", [key], claims=True)

    assert with_one_place(story) == ({key: Completion("yes")}, set())
