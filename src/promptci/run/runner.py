"""Drives every generator: answers from the cache or a model, bounded, durable, streamed.

Examples flow through three stations: a feed that reads them and looks into the cache, workers that
wait for models, and a writer that puts answers on disk, a batch at a time, before anything is made
of them. There is no task, thread or queue entry per example beyond those under way.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from promptci import interrupt
from promptci.cache.cache import Cache
from promptci.errors import ModelError
from promptci.run.cachewriter import CacheWriter
from promptci.run.inflight import InFlightElsewhere
from promptci.run.plan import Plan
from promptci.run.solve import Evaluated, unanswered
from promptci.run.work import Finished, Sink, Work, keys_to_ask_again, works
from promptci.run.workers import ModelSource, StopSignal, WorkerPool, make_budget
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.budget import Budget
from promptci.spending.limits import Limits, Progress

CHUNK = 32
"""Examples read and looked up in the cache at a time while answers are awaited.

Few, since the workers stand still meanwhile.
"""

STORED_CHUNK = 256
"""The same while every answer was in the cache so far, and nobody is kept waiting."""


def run_plan(
    plan: Plan | Iterable[Work],
    *,
    pool: ModelSource,
    cache: Cache,
    limits: Limits,
    sink: Sink,
    progress: Progress,
    budget: Budget | None = None,
) -> None:
    """Evaluate a plan, or other work; every result goes to `sink` once its answers are on disk.

    `budget` is what several runs share; without one a run has its own.

    Raises `BudgetError` when a ceiling is reached, `ModelError` when an endpoint lets nobody in
    and `StorageError` when answers cannot be kept; what was done until then is kept.
    """
    source = works(plan) if isinstance(plan, Plan) else iter(plan)
    budget = budget or make_budget(limits, pool)
    runner = _Runner(
        source, pool=pool, cache=cache, limits=limits, sink=sink, progress=progress, budget=budget
    )
    try:
        asyncio.run(runner.run_until_interrupted())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


class _Runner:
    """One run; the receiver that its worker_pools report to."""

    def __init__(
        self,
        source: Iterator[Work],
        *,
        pool: ModelSource,
        cache: Cache,
        limits: Limits,
        sink: Sink,
        progress: Progress,
        budget: Budget,
    ) -> None:
        self.pool, self.cache, self.limits = pool, cache, limits
        self.sink, self.progress = sink, progress
        self.source = source
        self.again: deque[Work] = deque()
        self.waiting: dict[str, list[Work]] = {}
        self.ahead = 4 * CHUNK
        self.worker_pools: dict[tuple[str, str], WorkerPool] = {}
        self.cache_writer = CacheWriter(cache, refresh=limits.refresh, fresh=limits.fresh)
        self.others: set[str] = set()
        self.budget = budget
        self.stop_signal = StopSignal()
        self.wake = asyncio.Event()
        self.in_vain: dict[str, ModelError] = {}
        self.elsewhere = InFlightElsewhere(cache, self.cache_writer.disk, self)

    async def run_until_interrupted(self) -> None:
        """Run; an interrupt cancels what is under way and keeps what has arrived."""
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        assert me is not None

        def cancel() -> None:
            self.cache.hurry()
            me.cancel()
            loop.call_soon_threadsafe(int)  # wakes the loop where it waits for a socket

        with interrupt.ended_by(cancel):
            await self.run()

    async def run(self) -> None:
        """Feed until everything is answered, then close; one failure ends all."""
        try:
            async with asyncio.TaskGroup() as group:
                clock = self.stop_signal.pull_in_time(self.budget, self.wake)
                keep = self.cache_writer.keep(self._deliver, self.wake)
                helpers = (keep, self.elsewhere.watch(group), clock)
                tasks = [group.create_task(helper) for helper in helpers]
                await self._feed(group)
                for task in tasks:
                    task.cancel()
                for worker_pool in self.worker_pools.values():
                    worker_pool.close()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            await self._close()
        if self.stop_signal.why is not None:
            raise self.stop_signal.why
        if self.in_vain and self.progress.done == self.progress.errors:
            raise next(iter(self.in_vain.values()))

    async def _close(self) -> None:
        """Keep what has arrived, whatever ended the run, and let go of the models."""
        try:
            self.cache_writer.close()
        finally:
            for worker_pool in self.worker_pools.values():
                await worker_pool.model.aclose()

    async def _feed(self, group: asyncio.TaskGroup) -> None:
        """Bring examples in, a chunk at a time, never far ahead of the workers."""
        while True:
            chunk = self._next_chunk()
            if chunk:
                known = await self._look_up(chunk)
                for work in chunk:
                    self._serve(work, known, group)
            elif not self.waiting and not self.again:
                return
            if not chunk or len(self.waiting) > self.ahead:
                self.wake.clear()
                await self.wake.wait()

    def _next_chunk(self) -> list[Work]:
        """Work that can go on, before work that is new."""
        size = CHUNK if self.waiting else STORED_CHUNK
        chunk = [self.again.popleft() for _ in range(min(len(self.again), size))]
        if self.stop_signal.why is None and len(self.waiting) <= self.ahead:
            chunk += islice(self.source, size - len(chunk))
        return chunk

    async def _look_up(self, chunk: list[Work]) -> dict[str, Completion]:
        """The answers in the cache to what a chunk asks."""
        asked = (request for work in chunk for request in work.requests)
        keys = list({request.key for request in asked if request.asks_model})
        known, self.others = await self.cache_writer.look_up(keys, claims=not self.limits.offline)
        again = (
            keys_to_ask_again(chunk, known, judges=self.limits.refresh_judges)
            - self.cache_writer.fresh
        )
        self.cache_writer.dismissed |= again
        for key in again:
            del known[key]
        return known

    def _serve(self, work: Work, known: dict[str, Completion], group: asyncio.TaskGroup) -> None:
        """Answer from the cache, and put in line what is not there."""
        if self.in_vain and (error := self._why_in_vain(work, known)):
            return self._fail(work, str(error))
        for key, request in {request.key: request for request in work.requests}.items():
            if key in known:
                work.answers[key] = known[key]
            elif key in self.waiting:
                self.waiting[key].append(work)
            elif self.limits.offline and request.asks_model:
                return self._fail(work, "not in the cache, and --offline sends no request")
            elif why := self.limits.barred.get(request.settings.model.endpoint.name):
                return self._fail(work, why)
            elif self.stop_signal.why is None:
                self.waiting[key] = [work]
                if key in self.others:
                    self.elsewhere.add(request)
                else:
                    self._worker_pool(request, group).put(request)
        if work.is_answered:
            self._advance(work)
        return None

    def _why_in_vain(self, work: Work, known: Mapping[str, Completion]) -> ModelError | None:
        """Why an example that needs a model which never answers is not asked at all."""
        if not any(r.asks_model and r.key not in known for r in work.requests):
            return None
        task = work.task
        judges = (model for scorer in task.judges.shared for model in scorer.models)
        asked = () if task.given is not None else (task.model,)
        found = (self.in_vain.get(model.identity) for model in (*asked, *judges))
        return next((error for error in found if error is not None), None)

    def _worker_pool(self, request: Request, group: asyncio.TaskGroup) -> WorkerPool:
        endpoint = request.settings.model.endpoint
        place = (endpoint.name, endpoint.address)
        if place not in self.worker_pools:
            count = self.limits.concurrency or self.pool.concurrency(endpoint)
            model = self.pool.model(endpoint, count)
            worker_pool = WorkerPool(
                model, budget=self.budget, stop_signal=self.stop_signal, receiver=self
            )
            worker_pool.open(group, count)
            self.worker_pools[place] = worker_pool
            self.ahead = max(self.ahead, 2 * count)
        return self.worker_pools[place]

    def arrived(self, request: Request, completion: Completion) -> None:
        """An answer: hand it to the cache_writer."""
        if request.asks_model:
            completion = self._settled(request, completion)
        self.cache_writer.take(request, completion)

    def _settled(self, request: Request, completion: Completion) -> Completion:
        """An answer with its cost, which counts against the ceilings."""
        cost, usage = self.pool.cost(request, completion), completion.usage
        self.budget.settle(request, cost, usage.input_tokens + usage.output_tokens or None)
        return replace(completion, cost=cost)

    async def kept(self) -> None:
        """Wait until what has arrived so far is on disk."""
        await self.cache_writer.kept()

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is to be asked."""
        return self.stop_signal.why is not None

    def found(self, answers: Mapping[str, Completion]) -> None:
        """What another process has asked and kept."""
        for key, completion in answers.items():
            self._hand_out(key, completion)
        self.wake.set()

    def ask(self, requests: Iterable[Request], group: asyncio.TaskGroup) -> None:
        """What another process was to ask, and does not."""
        for request in requests:
            self._worker_pool(request, group).put(request)

    def refused(self, request: Request, error: ModelError) -> None:
        """No answer: an error for the examples that wait for it."""
        if error.ends_the_model:
            self.in_vain.setdefault(request.settings.model.identity, error)
        self.cache.release([request.key])
        for work in self.waiting.pop(request.key):
            self._fail(work, str(error))
        self.wake.set()

    def dropped(self, request: Request) -> None:
        """Not asked: its examples stay undone."""
        self.cache.release([request.key])
        del self.waiting[request.key]
        self.wake.set()

    def _count(self, completion: Completion) -> None:
        self.progress.asked += 1
        if completion.cost is None:
            self.progress.has_unknown_cost = True
        else:
            self.progress.cost += completion.cost

    def _deliver(self, request: Request, completion: Completion) -> None:
        """Give an answer to everyone who waits for it; the first of them asked."""
        if request.asks_model:
            self._count(completion)
            self.waiting[request.key][0].asked += 1
        self._hand_out(request.key, completion)

    def _hand_out(self, key: str, completion: Completion) -> None:
        for work in self.waiting.pop(key):
            work.answers[key] = completion
            if work.is_answered:
                self._advance(work)

    def _advance(self, work: Work) -> None:
        evaluated = work.step()
        if evaluated is None:
            self.again.append(work)
        else:
            self._finish(work, evaluated)

    def _fail(self, work: Work, why: str) -> None:
        work.steps.close()
        work.note_answers()
        self._finish(work, Evaluated(unanswered(work.example), why=why))

    def _finish(self, work: Work, evaluated: Evaluated) -> None:
        """Hand on a result; of questions asked side by side several may fail, which is one."""
        if work.is_over:
            return
        work.is_over = True
        self.progress.done += 1
        self.progress.cached += len(work.completions) - work.asked
        self.progress.errors += evaluated.result.fate == "error"
        completions = tuple(work.completions)
        self.sink(
            Finished(work.task, work.example, work.attempt, evaluated, completions, work.asked)
        )
