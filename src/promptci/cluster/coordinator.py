"""One for all workers of a run: answers, claims, ceilings and rate gates, in one place.

It knows nothing of what carries its messages. An answer is on its disk, or noted beside it, before
a place is used again, and what was spent is in its ledger before a call goes out, so that one made
again in the same folder goes on from there.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import rmtree

from promptci.cache.cache import Cache
from promptci.cache.cacherow import CacheRow
from promptci.cluster.callgates import CallGates
from promptci.cluster.ceilings import make_ceilings
from promptci.cluster.failure import Failure, as_failure
from promptci.cluster.messages import (
    AnswerPlace,
    CallTurn,
    Event,
    Leave,
    Reply,
    Setup,
    this_machine,
)
from promptci.cluster.sharedanswers import SharedAnswers
from promptci.cluster.workerruns import WorkerRun, stand_in
from promptci.errors import PromptCIError
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.spent import Spending

_LOST = Failure("ModelError", "the worker was lost", "timeout", may_cost=True)

SILENCE = 30.0
"""Seconds without a sign of life after which a run of a worker is given up, where its loss was
not told: others may wait for the places at the gate that it holds. One that speaks every few
seconds (`link.BEAT`) and is given up by mistake sends its turns again: no answer is lost."""


class Coordinator:
    """Every method may be called twice with the same words: that changes nothing.

    An owner is a run of a worker over its blocks, `WORKER:RUN`.
    """

    def __init__(self, setup: Setup, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        folder = self._folder = Path(setup.folder)
        is_here = setup.cache != "" and setup.machine == this_machine()
        cache = Cache(Path(setup.cache) if is_here else folder / "cache.sqlite")
        self._answers, self._is_here = SharedAnswers(cache), is_here
        self._place = AnswerPlace(this_machine(), str(cache.path.absolute()), is_here)
        self._ceilings = make_ceilings(setup, folder / "spending")
        self._gates = CallGates(setup.concurrency * setup.workers)
        self._workers: dict[str, WorkerRun] = {}
        self._lets_follow = False

    # Answers

    async def begin(self, owner: str) -> AnswerPlace:
        """A worker begins a run; what an earlier one of its name left open is given up."""
        await self.lost(owner.partition(":")[0], but=owner)
        return self._place

    async def lost(self, worker: str, *, but: str = "") -> None:
        """A worker is no more: take in what it had noted, and give up what it left open."""
        await self._answers.take_in()
        for each in [each for each in self._workers if each.partition(":")[0] == worker]:
            if each != but:
                self._give_up(each)

    async def put(self, answers: Sequence[tuple[str, Completion]]) -> None:
        """Store what is known of a block already."""
        await self._answers.put(answers)

    async def end(self, owner: str) -> None:
        """A worker is done with its run."""
        self._give_up(owner)

    def _give_up(self, owner: str) -> None:
        """End a run: calls whose end was not reported may have cost something."""
        worker = self._workers.pop(owner, WorkerRun())
        for task in worker.turns:
            task.cancel()
        for key in list(worker.calls):
            self._ceilings.on_event(Event("release", key=key, failure=_LOST))
        for ticket in worker.places:
            self._gates.leave(ticket)
        self._answers.release_all(owner)

    async def version(self) -> int:
        """A number that changes with every answer."""
        return self._answers.version

    async def look_up(
        self, owner: str, keys: Sequence[str], *, claims: bool
    ) -> tuple[dict[str, Completion], set[str]]:
        """The stored answers among these keys, and which of the others are the owner's to ask."""
        if not claims:
            return await self._answers.get(keys), set()
        return await self._answers.get_or_claim(owner, keys)

    async def keep(self, rows: list[CacheRow], *, replaces: bool) -> bool:
        """Store answers durably; claims on them end. Says whether they are in the project's cache.

        Otherwise the driver has to be brought them.
        """
        await self._answers.keep(rows, replaces=replaces)
        return self._is_here

    async def release(self, owner: str, keys: Sequence[str]) -> None:
        """There will be no answers to these from this owner."""
        self._answers.release(owner, keys)

    # Calls

    async def exchange(
        self, owner: str, turns: Sequence[CallTurn], events: Sequence[Event], *, waits: bool
    ) -> Reply:
        """Receive what became of calls, take up turns and send what has been decided."""
        worker = self._workers.setdefault(owner, WorkerRun())
        worker.heard = self._clock()
        await self._give_up_silent()
        for event in events:
            self._hear(worker, event)
        self._tell_all()
        for turn in turns:
            if turn.number not in worker.seen:
                worker.note_seen(turn.number)
                task = asyncio.get_running_loop().create_task(self._decide(worker, turn))
                worker.turns.add(task)
                task.add_done_callback(worker.turns.discard)
        await asyncio.sleep(0)
        if waits:
            await worker.decision()
        leaves, worker.leaves = tuple(worker.leaves), []
        worker.decided.clear()
        gates = self._gates
        keeps = worker.share(gates.width, self._workers.values()) if gates.lets_follow else 0
        return Reply(worker.life, leaves, gates.has_extra, gates.is_answering, keeps)

    def _tell_all(self) -> None:
        """Tell workers that wait for a decision where places may not be filled again any more."""
        before, self._lets_follow = self._lets_follow, self._gates.lets_follow
        if before and not self._lets_follow:
            for each in self._workers.values():
                each.decided.set()

    async def _give_up_silent(self) -> None:
        """End runs of workers that were lost; who waits for a decision asks every second."""
        latest = self._clock() - SILENCE
        if silent := [owner for owner, each in self._workers.items() if each.heard < latest]:
            await self._answers.take_in()
        for owner in silent:
            self._give_up(owner)

    def _hear(self, worker: WorkerRun, event: Event) -> None:
        if event.what in ("settle", "release"):
            worker.calls.pop(event.key, None)
            self._ceilings.on_event(event)
            return
        if event.follower in worker.calls:
            self._follow(worker, event)
            return
        self._gates.on_event(event)
        if event.what in ("answered", "failed", "left"):
            worker.places.discard(event.ticket)

    def _follow(self, worker: WorkerRun, event: Event) -> None:
        """A call has the place of one that was answered; it waits for none, and has no other."""
        key, given, request = event.follower, worker.calls[event.follower], None
        if key in worker.waits:
            request, task = worker.waits.pop(key)
            task.cancel()
        self._gates.follow(event, request, given)
        worker.places.discard(given)
        worker.places.add(event.ticket)
        worker.calls[key] = event.ticket

    async def _decide(self, worker: WorkerRun, turn: CallTurn) -> None:
        """Wait for a ceiling and then for a gate; leaves are fetched by the next exchange."""
        request = stand_in(turn)
        if turn.again is None:
            leave = await self._admitted(request, turn)
            worker.tell(turn, leave)
            if leave.failure is not None or not turn.gate:
                return
        task = asyncio.current_task()
        assert task is not None
        worker.waits[turn.key] = request, task
        try:
            leave = await self._entered(request, turn)
        finally:
            worker.waits.pop(turn.key, None)
        worker.tell(turn, leave)

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
        self._answers.close()
        self._ceilings.close()
