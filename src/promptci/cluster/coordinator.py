"""One for all workers of a run: answers, claims, ceilings and rate gates, in one place.

It knows nothing of what carries its messages. An answer is on its disk before a worker goes on, and
what was spent is in its ledger before a call goes out, so that one made again in the same folder
goes on from there.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from shutil import rmtree

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.cache.cache import Cache
from promptci.cache.cacherow import CacheRow
from promptci.cluster.callgates import CallGates
from promptci.cluster.ceilings import make_ceilings
from promptci.cluster.failure import Failure, as_failure
from promptci.cluster.messages import CallTurn, Event, Leave, Reply, Setup, this_machine
from promptci.errors import PromptCIError
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.spent import Spending

_LOST = Failure("ModelError", "the worker was lost", "timeout", may_cost=True)

PATIENCE = 1.0
"""Seconds that a worker's question for decisions waits for one."""

GATHER = 0.002
"""Seconds in which decisions gather for one reply."""

SILENCE = 30.0
"""Seconds without a sign of life after which an attempt at a block is given up: its worker was
lost, and others may wait for the places at the gate that it holds. One that speaks every few
seconds (`link.BEAT`) and is given up by mistake sends its turns again: no answer is lost."""


class _Worker(Struct):
    """What one attempt at a block has to do with: turns taken up, leaves to fetch, open calls."""

    seen: set[int] = field(default_factory=set)
    leaves: list[Leave] = field(default_factory=list)
    turns: set["asyncio.Task[None]"] = field(default_factory=set)
    calls: dict[str, int] = field(default_factory=dict)
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    heard: float = 0.0
    life: str = field(default_factory=lambda: token_hex(8))


class Coordinator:
    """Every method may be called twice with the same words: that changes nothing.

    An owner is an attempt at a block, `BLOCK:ATTEMPT`.
    """

    def __init__(self, setup: Setup, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        folder = self._folder = Path(setup.folder)
        is_here = setup.cache and setup.machine == this_machine()
        self._cache = Cache(Path(setup.cache) if is_here else folder / "cache.sqlite")
        self._ceilings = make_ceilings(setup, folder / "spending")
        self._gates = CallGates(setup.concurrency * setup.workers)
        self._owners: dict[str, str] = {}
        self._workers: dict[str, _Worker] = {}
        self._version = 0

    # Answers

    async def begin(self, owner: str, answers: Sequence[tuple[str, Completion]]) -> None:
        """A worker takes a block up; what an earlier attempt at it left open is given up.

        `answers` are those that are known of the block already.
        """
        block = owner.partition(":")[0]
        for each in [each for each in self._workers if each.partition(":")[0] == block]:
            if each != owner:
                self._give_up(each)
        if answers:
            self._cache.put(answers)

    async def end(self, owner: str) -> None:
        """A worker is done with its block."""
        self._give_up(owner)

    def _give_up(self, owner: str) -> None:
        """End an attempt: calls whose end was not reported may have cost something."""
        worker = self._workers.pop(owner, _Worker())
        for task in worker.turns:
            task.cancel()
        for key, ticket in worker.calls.items():
            self._gates.leave(ticket)
            self._ceilings.on_event(Event("release", key=key, failure=_LOST))
        self._free([key for key, each in self._owners.items() if each == owner])

    async def version(self) -> int:
        """A number that changes with every answer."""
        return self._version

    async def look_up(
        self, owner: str, keys: Sequence[str], *, claims: bool
    ) -> tuple[dict[str, Completion], set[str]]:
        """The stored answers among these keys, and which of the others are the owner's to ask."""
        if not claims:
            return self._cache.get(keys), set()
        known, ours = self._cache.get_or_claim(keys)  # before other processes on the same cache
        mine = {key for key in ours if self._owners.setdefault(key, owner) == owner}
        return known, mine

    async def keep(self, rows: list[CacheRow], *, replaces: bool) -> None:
        """Store answers durably; claims on them end."""
        self._cache.keep(rows, replaces=replaces)
        self._version += 1
        for values in rows:
            self._owners.pop(values[0].hex(), None)

    async def release(self, owner: str, keys: Sequence[str]) -> None:
        """There will be no answers to these from this owner."""
        mine = [key for key in keys if self._owners.get(key) == owner]
        self._free(mine)

    def _free(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._owners.pop(key, None)
        self._cache.release(keys)

    # Calls

    async def exchange(
        self, owner: str, turns: Sequence[CallTurn], events: Sequence[Event], *, waits: bool
    ) -> Reply:
        """Receive what became of calls, take up turns and send what has been decided."""
        worker = self._workers.setdefault(owner, _Worker())
        worker.heard = self._clock()
        self._give_up_silent()
        for event in events:
            self._hear(worker, event)
        for turn in turns:
            if turn.number not in worker.seen:
                worker.seen.add(turn.number)
                task = asyncio.get_running_loop().create_task(self._decide(worker, turn))
                worker.turns.add(task)
                task.add_done_callback(worker.turns.discard)
        await asyncio.sleep(0)
        if waits:
            await self._decision(worker)
        leaves, worker.leaves = tuple(worker.leaves), []
        return Reply(worker.life, leaves, self._gates.has_extra, self._gates.is_answering)

    def _give_up_silent(self) -> None:
        """End attempts of workers that were lost; who waits for a decision asks every second."""
        latest = self._clock() - SILENCE
        for owner in [owner for owner, each in self._workers.items() if each.heard < latest]:
            self._give_up(owner)

    async def _decision(self, worker: _Worker) -> None:
        """Wait for a decision, and a moment for those that come with it."""
        if not worker.leaves:
            worker.decided.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await worker.decided.wait()
        await asyncio.sleep(GATHER)

    def _hear(self, worker: _Worker, event: Event) -> None:
        if event.what in ("settle", "release"):
            worker.calls.pop(event.key, None)
            self._ceilings.on_event(event)
        else:
            self._gates.on_event(event)

    async def _decide(self, worker: _Worker, turn: CallTurn) -> None:
        """Wait for a ceiling and then for a gate; leaves are fetched by the next exchange."""
        request = stand_in(turn)
        if turn.again is None:
            leave = await self._admitted(request, turn)
            self._tell(worker, turn, leave)
            if leave.failure is not None or not turn.gate:
                return
        self._tell(worker, turn, await self._entered(request, turn))

    def _tell(self, worker: _Worker, turn: CallTurn, leave: Leave) -> None:
        if leave.failure is None:
            worker.calls[turn.key] = leave.ticket
        worker.leaves.append(leave)
        worker.decided.set()

    async def _admitted(self, request: Request, turn: CallTurn) -> Leave:
        try:
            await self._ceilings.admit(request, turn)
        except PromptCIError as error:
            return Leave(turn.number, failure=as_failure(error))
        return Leave(turn.number)

    async def _entered(self, request: Request, turn: CallTurn) -> Leave:
        """Leave by the gate, and for one more call by the ceilings."""
        try:
            ticket = await self._gates.enter(request, turn)
        except PromptCIError as error:
            return Leave(turn.gate, failure=as_failure(error))
        try:
            if turn.again is not None:
                self._ceilings.again(request, turn)
        except PromptCIError as error:
            self._gates.leave(ticket)
            return Leave(turn.gate, failure=as_failure(error))
        return Leave(turn.gate, ticket)

    async def spent(self) -> Spending:
        """What this run has used, whoever coordinated it, without what was used before."""
        return self._ceilings.spent

    async def forget(self) -> None:
        """The run is over and its answers are where it was begun: nothing is left here."""
        await self.close()
        rmtree(self._folder, ignore_errors=True)

    async def close(self) -> None:
        """Let go of files."""
        for owner in list(self._workers):
            self._give_up(owner)
        self._cache.close()
        self._ceilings.close()


def stand_in(turn: CallTurn) -> Request:
    """A request as far as ceilings and gates look at it: its key and its settings."""
    settings = replace(turn.settings, files={})
    request = Request(settings, ())
    request.__dict__["key"] = turn.key
    return request
