"""Answers on their way to disk: none is used before it is there, and none is lost."""

import asyncio
from contextlib import closing, suppress
from pathlib import Path

import pytest

from projects import planned, router
from promptci.cache.cache import Cache
from promptci.run.driving import cachewriter
from promptci.run.driving.cachewriter import CacheWriter
from promptci.specs.completion import Completion
from promptci.specs.request import Request


@pytest.fixture(scope="module")
def asked() -> list[Request]:
    [task] = planned(router("http://127.0.0.1:9/v1")).tasks
    return [Request(task.settings, task.prompt.render(e.vars)) for e in task.examples()]


def stored(path: Path, requests: list[Request]) -> dict[str, str]:
    with closing(Cache(path)) as cache:
        return {key: each.text for key, each in cache.get([r.key for r in requests]).items()}


def wrote(path: Path, steps, *, refresh: bool = False, fresh: set[str] | None = None) -> None:
    """Runs `steps(writer, delivered)` beside the loops that hand answers on and keep them."""
    delivered: list[str] = []

    async def run() -> None:
        writer = CacheWriter(cache, refresh=refresh, fresh=set() if fresh is None else fresh)
        deliver = writer.hand_on(lambda request, _: delivered.append(request.key), lambda: None)
        loops = [asyncio.create_task(loop) for loop in (deliver, writer.keep())]
        try:
            await steps(writer, delivered)
        finally:
            for loop in loops:
                loop.cancel()
                with suppress(asyncio.CancelledError):
                    await loop
            writer.close()

    with closing(Cache(path)) as cache:
        asyncio.run(run())


async def rounds(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_an_answer_is_delivered_once_it_would_outlive_the_process(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(cachewriter, "WAIT", 3600)
    path = tmp_path / "c.sqlite"

    async def steps(writer, delivered):
        writer.take(asked[0], Completion("yes"))
        assert (delivered, writer.unsafe) == ([], 1)
        await rounds()
        assert (delivered, writer.unsafe) == ([asked[0].key], 1)
        assert stored(path, asked) == {}
        [noted] = tmp_path.glob("c.sqlite.answers-*")
        assert b"yes" in noted.read_bytes()
        await writer.kept()
        assert stored(path, asked) == {asked[0].key: "yes"}
        assert writer.unsafe == 0

    wrote(path, steps)


def test_where_it_cannot_be_noted_it_is_delivered_once_it_is_stored(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(Cache, "is_noting", False)
    path = tmp_path / "c.sqlite"

    async def steps(writer, delivered):
        writer.take(asked[0], Completion("yes"))
        while not delivered:
            assert writer.pending == 1
            await asyncio.sleep(0)
        assert stored(path, asked) == {asked[0].key: "yes"}

    wrote(path, steps)


def test_who_comes_while_all_is_being_stored_waits_for_that(tmp_path, asked):
    async def steps(writer, delivered):
        async with asyncio.timeout(60):
            await writer.kept()  # there is nothing
            writer.take(asked[0], Completion("yes"))
            first = asyncio.create_task(writer.kept())
            while writer.unsafe:  # until it is on its way to disk
                await asyncio.sleep(0)
            await writer.kept()
            assert stored(tmp_path / "c.sqlite", asked) == {asked[0].key: "yes"}
            await first

    wrote(tmp_path / "c.sqlite", steps)


def test_what_is_not_stored_yet_is_looked_up_all_the_same(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(cachewriter, "WAIT", 3600)
    keys = [request.key for request in asked[:2]]

    async def steps(writer, delivered):
        assert await writer.look_up(keys, claims=True) == ({}, set())
        writer.take(asked[0], Completion("yes"))
        await rounds()
        for claims in (True, False):
            known, elsewhere = await writer.look_up(keys, claims=claims)
            assert {key: each.text for key, each in known.items()} == {keys[0]: "yes"}
            assert not elsewhere
        assert stored(tmp_path / "c.sqlite", asked) == {}

    for refresh in (False, True):
        wrote(tmp_path / f"{refresh}" / "c.sqlite", steps, refresh=refresh)


def test_an_answer_that_comes_while_others_are_stored_is_looked_up_too(tmp_path, asked):
    keys = [request.key for request in asked[:2]]

    async def steps(writer, delivered):
        writer.take(asked[0], Completion("one"))
        keeping = asyncio.create_task(writer.kept())
        while writer.unsafe:  # until it is on its way to disk
            await asyncio.sleep(0)
        writer.take(asked[1], Completion("two"))
        await keeping
        known, _ = await writer.look_up(keys, claims=False)
        assert {key: each.text for key, each in known.items()} == {keys[0]: "one", keys[1]: "two"}

    wrote(tmp_path / "c.sqlite", steps)


def test_answers_wait_for_more_until_somebody_waits_for_them(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(cachewriter, "WAIT", 3600)

    async def steps(writer, delivered):
        for request in asked[:2]:
            writer.take(request, Completion("yes"))
            await rounds()
        assert writer.unsafe == 2
        async with asyncio.timeout(60):
            await writer.kept()
        assert writer.unsafe == 0

    wrote(tmp_path / "c.sqlite", steps)


def test_answers_are_stored_though_no_run_waits_for_them(tmp_path, asked):
    async def steps(writer, delivered):
        writer.take(asked[0], Completion("yes"))
        async with asyncio.timeout(60):
            while not stored(tmp_path / "c.sqlite", asked):
                await asyncio.sleep(0.01)

    wrote(tmp_path / "c.sqlite", steps)


def test_others_have_their_turn_while_many_answers_are_delivered(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(cachewriter, "DELIVERED_TOGETHER", 2)

    async def steps(writer, delivered):
        for request in asked[:5]:
            writer.take(request, Completion("yes"))
        seen = []
        while len(delivered) < 5:
            seen.append((len(delivered), writer.pending))
            await asyncio.sleep(0)
        assert seen[-2:] == [(2, 3), (4, 1)]

    wrote(tmp_path / "c.sqlite", steps)


def test_answers_that_travel_gather_for_a_moment_whoever_waits(tmp_path, asked):
    kept = []

    async def steps(writer, delivered):
        writer._cache.gathers, keep = 3, writer._cache.keep
        writer._cache.keep = lambda rows, **how: (kept.append(len(rows)), keep(rows, **how))

        async def arrives(request):
            writer.take(request, Completion("yes"))
            await writer.kept()

        first = asyncio.create_task(arrives(asked[0]))
        await rounds()
        await asyncio.gather(arrives(asked[1]), arrives(asked[2]), first)

    wrote(tmp_path / "c.sqlite", steps)
    assert kept == [3]


def test_who_waits_for_what_is_stored_already_goes_on(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(Cache, "is_noting", False)

    async def steps(writer, delivered):
        async with asyncio.timeout(60):
            await writer.kept()
            writer.take(asked[0], Completion("yes"))
            await writer.kept()
            await writer.kept()
            while not delivered:
                await asyncio.sleep(0)

    wrote(tmp_path / "c.sqlite", steps)


def test_what_came_while_others_were_stored_is_handed_on(tmp_path, asked, monkeypatch):
    """It is on its way to disk by the time that whoever hands it on asks."""
    monkeypatch.setattr(Cache, "is_noting", False)

    async def steps(writer, delivered):
        async def arrives(request):
            writer.take(request, Completion("yes"))
            await writer.kept()

        async with asyncio.timeout(60):
            first = asyncio.create_task(arrives(asked[0]))
            while not first.done() and (writer.unsafe or not writer.pending):
                await asyncio.sleep(0)
            await arrives(asked[1])
            while len(delivered) < 2:
                await asyncio.sleep(0)

    wrote(tmp_path / "c.sqlite", steps)


def test_what_arrived_before_an_end_is_kept(tmp_path, asked):
    async def steps(writer, delivered):
        for request in asked:
            writer.take(request, Completion("yes"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wrote(tmp_path / "c.sqlite", steps)
    assert stored(tmp_path / "c.sqlite", asked) == {request.key: "yes" for request in asked}


def test_of_two_answers_to_one_request_the_first_stays_unless_it_was_dismissed(tmp_path, asked):
    async def twice(writer, delivered):
        for text in ("first", "second"):
            writer.take(asked[0], Completion(text))
            await writer.kept()

    async def dismissed(writer, delivered):
        writer.dismissed.add(asked[0].key)
        writer.take(asked[0], Completion("third"))
        await writer.kept()

    wrote(tmp_path / "c.sqlite", twice)
    assert stored(tmp_path / "c.sqlite", asked) == {asked[0].key: "first"}
    wrote(tmp_path / "c.sqlite", dismissed)
    assert stored(tmp_path / "c.sqlite", asked) == {asked[0].key: "third"}


def test_with_refresh_only_answers_of_this_run_are_known(tmp_path, asked):
    fresh: set[str] = set()
    keys = [request.key for request in asked[:2]]

    async def before(writer, delivered):
        for request in asked[:2]:
            writer.take(request, Completion("old"))

    async def steps(writer, delivered):
        assert await writer.look_up(keys, claims=True) == ({}, set())
        writer.take(asked[0], Completion("new"))
        await writer.kept()
        known, elsewhere = await writer.look_up(keys, claims=True)
        assert {key: each.text for key, each in known.items()} == {keys[0]: "new"}
        assert not elsewhere

    wrote(tmp_path / "c.sqlite", before)
    wrote(tmp_path / "c.sqlite", steps, refresh=True, fresh=fresh)
    assert stored(tmp_path / "c.sqlite", asked) == {keys[0]: "new", keys[1]: "old"}


def test_an_answer_that_is_none_is_not_asked_for_again_by_this_run(tmp_path, asked):
    fresh: set[str] = set()

    async def steps(writer, delivered):
        writer.take(asked[0], Completion("", "refused"))
        writer.take(asked[1], Completion("yes"))
        await writer.kept()

    wrote(tmp_path / "c.sqlite", steps, fresh=fresh)
    assert asked[1].key not in fresh
