"""Drives every generator: answers from the cache or a model, bounded, durable, streamed.

Examples flow through three stations: a feed that reads them and looks into the cache, workers that
wait for models, and a writer that notes answers on disk before anything is made of them, and stores
them a batch at a time. There is no task, thread or queue entry per example beyond those under way.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from promptci.cache.cache import Cache
from promptci.errors import ModelError
from promptci.run.driving.awaited import AwaitedAnswers
from promptci.run.driving.cachewriter import UNKEPT, CacheWriter
from promptci.run.driving.endedmodels import EndedModels
from promptci.run.driving.exampleorder import CHUNK, LARGE_CHUNK, Feed, NewExamples, held_by
from promptci.run.driving.finishing import Finishing
from promptci.run.driving.inflight import InFlightElsewhere
from promptci.run.driving.interrupted import run_until_interrupted
from promptci.run.driving.sharing import Sharing
from promptci.run.driving.stopsignal import StopSignal
from promptci.run.driving.storedanswers import look_up
from promptci.run.driving.unasked import is_put_off, unasked
from promptci.run.driving.work import Sink, Work, works
from promptci.run.driving.workerpools import WorkerPools
from promptci.run.driving.workers import ModelSource
from promptci.run.planning.plan import Plan
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.budget import Budget
from promptci.spending.limits import Limits, Progress
from promptci.spending.reservations import make_budget


def run_plan(
    plan: Plan | Iterable[Work],
    *,
    pool: ModelSource,
    cache: Cache,
    limits: Limits,
    sink: Sink,
    progress: Progress,
    budget: Budget | None = None,
    sharing: Sharing | None = None,
) -> None:
    """Evaluate a plan, or other work; every result goes to `sink` once its answers are on disk.

    `budget` is what several runs share; without one a run has its own. `sharing` is a store that
    several machines share, which is read before anything is asked and written behind.

    Raises `BudgetError` when a ceiling is reached, `ModelError` when an endpoint lets no request
    in and `StorageError` when answers cannot be kept; what was done until then is kept.
    """
    source = works(plan) if isinstance(plan, Plan) else iter(plan)
    budget = budget or make_budget(limits, pool.most)
    runner = _Runner(
        source,
        pool=pool,
        cache=cache,
        limits=limits,
        sink=sink,
        progress=progress,
        budget=budget,
        sharing=None if limits.offline else sharing,
    )
    run_until_interrupted(runner.run(), cache.hurry)


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
        sharing: Sharing | None,
    ) -> None:
        self.pool, self.cache, self.limits = pool, cache, limits
        self.finishing = Finishing(sink, progress)
        self.feed = Feed(NewExamples(source, held_by(budget, limits)))
        self.waiting = AwaitedAnswers(self.feed, self.finishing)
        self.sharing = sharing
        self.cache_writer = CacheWriter(
            cache, refresh=limits.refresh, fresh=limits.fresh, sharing=sharing
        )
        self.others: set[str] = set()
        self.budget = budget
        self.stop_signal = StopSignal()
        self.worker_pools = WorkerPools(
            pool,
            concurrency=limits.concurrency,
            budget=budget,
            stop_signal=self.stop_signal,
            receiver=self,
        )
        self.wake = asyncio.Event()
        self.ended_models = EndedModels()
        self.elsewhere = InFlightElsewhere(cache, self.cache_writer.disk, self, progress)

    async def run(self) -> None:
        """Feed until everything is answered, then close; one failure ends all."""
        try:
            async with asyncio.TaskGroup() as group:
                clock = self.stop_signal.pull_in_time(self.budget, self.wake)
                helpers = [self.cache_writer.keep(), self.elsewhere.watch(group), clock]
                helpers.append(self.cache_writer.hand_on(self.waiting.deliver, self._feed_soon))
                if self.sharing is not None:
                    helpers.append(self.sharing.send_behind(self.cache_writer.disk))
                tasks = [group.create_task(helper) for helper in helpers]
                await self._feed(group)
                for task in tasks:
                    task.cancel()
                self.worker_pools.close()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            await self._close()
        if self.sharing is not None:
            await self.sharing.send(None)
        if self.stop_signal.why is not None:
            raise self.stop_signal.why
        ended = self.ended_models.first
        if ended is not None and self.finishing.has_only_errors and not ended.is_refused:
            raise ended

    async def _close(self) -> None:
        """Keep what has arrived, whatever ended the run, and let go of the models."""
        try:
            self.cache_writer.close()
        finally:
            await self.worker_pools.close_models()

    async def _feed(self, group: asyncio.TaskGroup) -> None:
        """Bring examples in, a chunk at a time, never far ahead of the workers."""
        while True:
            if chunk := await self._next_chunk():
                known, self.others = await look_up(chunk, self.cache_writer, self.limits)
                for work in chunk:
                    self._serve(work, known, group)
            elif not len(self.waiting) and not self.feed.again:
                return
            if not chunk or len(self.waiting) > self._ahead:
                self.wake.clear()
                await self.wake.wait()

    async def _next_chunk(self) -> list[Work]:
        """Examples to look up together; between some and some more of them workers go on."""
        chunk: list[Work] = []
        while len(chunk) < LARGE_CHUNK and (not chunk or len(self.waiting)):
            room = None if self.is_stopped else self._ahead - len(chunk)
            chunk += (more := self.feed.next(waiting=len(self.waiting), room=room))
            if not more:
                break
            await asyncio.sleep(0)
        return chunk

    @property
    def _ahead(self) -> int:
        """How many questions may await answers before more are read, beside those being stored."""
        return max(4 * CHUNK, 4 * self.worker_pools.widest) + self.cache_writer.pending

    def _serve(self, work: Work, known: dict[str, Completion], group: asyncio.TaskGroup) -> None:
        """Answer from the cache, and put in line what is not there."""
        if error := self.ended_models.why_in_vain(work, known):
            return self.finishing.fail(work, str(error))
        for key, request in {request.key: request for request in work.unheard}.items():
            if key in known:
                work.answers[key] = known[key]
            elif self.waiting.joins(key, work):
                continue
            elif why := unasked(request, self.limits):
                return self.finishing.fail(work, why)
            elif key not in self.others and is_put_off(
                request, work, self.cache_writer, self.limits
            ):
                self.cache.release([key])
            elif self.stop_signal.why is None:
                self.waiting.begin(key, work)
                if key in self.others:
                    self.elsewhere.add(request)
                else:
                    is_begun = work.took.answers > 0
                    self.worker_pools.put([request], group, is_begun=is_begun)
        if work.is_answered:
            self.waiting.advance(work)
        return None

    def arrived(self, request: Request, completion: Completion) -> None:
        """An answer: hand it to the cache_writer."""
        if request.asks_model:
            completion = self._settled(request, completion)
        self.cache_writer.take(request, completion)
        if self.worker_pools.is_low and (self.feed.has_new or self.feed.again):
            self.wake.set()

    def _feed_soon(self) -> None:
        """Go on with examples that can, many together unless the workers will soon need them."""
        if self.worker_pools.is_low or len(self.feed.again) >= self.worker_pools.widest // 4:
            self.wake.set()

    def _settled(self, request: Request, completion: Completion) -> Completion:
        """An answer with its cost, which counts against the ceilings."""
        cost = self.pool.cost(request, completion)
        self.budget.settle(request, cost, completion.usage.tokens or None)
        return replace(completion, cost=cost)

    async def kept(self) -> None:
        """Wait while many answers are noted alone: those are lost where the whole machine ends."""
        await self.cache_writer.kept_but(UNKEPT * self.worker_pools.widest)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is to be asked."""
        return self.stop_signal.why is not None

    def found(self, answers: Mapping[str, Completion]) -> None:
        """What another process has asked and kept."""
        for key, completion in answers.items():
            self.waiting.hand_out(key, completion)
        self.wake.set()

    def ask(self, requests: Iterable[Request], group: asyncio.TaskGroup) -> None:
        """What another process was to ask, and does not."""
        self.worker_pools.put(requests, group, is_begun=True)

    def refused(self, request: Request, error: ModelError) -> None:
        """No answer: an error for the examples that wait for it."""
        self.ended_models.note(request, error)
        self.cache.release([request.key])
        self.waiting.fail(request.key, error)
        self.wake.set()

    def dropped(self, request: Request) -> None:
        """Not asked: its examples stay undone."""
        self.cache.release([request.key])
        self.waiting.drop(request.key)
        self.wake.set()
