"""What a worker does: the same runner as in one process, on its blocks, beside the coordinator."""

import asyncio
import os
import threading
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import NoReturn

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.bundles.bundle import BundleHeader, bundle_parts
from promptci.cluster.blockline import BlockAtWork, BlockLine, BlockResult
from promptci.cluster.blocks import ExampleBlock
from promptci.cluster.calls import RemoteBudget, RemoteGate, Turns
from promptci.cluster.failure import Failure, as_failure
from promptci.cluster.link import Exchange, Link
from promptci.cluster.snapshot import unpack_project
from promptci.cluster.stores import RemoteCache
from promptci.errors import PromptCIError
from promptci.project.modelpool import CONCURRENCY, ModelPool
from promptci.project.project import Project
from promptci.run.driving.runner import run_plan
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.specs.completion import Completion
from promptci.specs.modelspec import EndpointSpec
from promptci.spending.limits import Limits, Progress
from promptci.version import __version__

GATHERED = 8
"""One of so many calls at a time gathers for a message: it takes as much processor time as two
calls, and what is in it is asked for again if the worker is lost."""

_QUESTIONS = 4
"""Questions under way for each call: one is asked, one admitted, two wait for messages."""


class Job(Struct, frozen=True):
    """What holds for all blocks of a run: files by their digest, keys, and how they are asked."""

    files: str
    environ: Mapping[str, str]
    limits: Limits
    allow_code: bool = False
    version: str = __version__


class _WidePool(ModelPool):
    """A pool that lets more questions be under way than calls: the gate bounds those.

    So a question that waits for leave, or for its answer to be kept, holds up no call, though
    messages gather for as long as an answer takes.
    """

    told: int | None = None

    def concurrency(self, endpoint: EndpointSpec) -> int:
        """See `ModelPool.concurrency`; a model on the worker has no gate."""
        usual = super().concurrency(endpoint)
        return usual if endpoint.base_url is None else _QUESTIONS * (self.told or usual)


class _Run(Struct, eq=False):
    """One run over the blocks in line, with what it has seen and counted."""

    link: Link
    job: Job
    line: BlockLine
    owner: str
    cache: RemoteCache
    exchange: Exchange
    progress: Progress = field(default_factory=lambda: Progress(0))
    told: Progress = field(default_factory=lambda: Progress(0))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def go(self, project: Project) -> None:
        """Evaluate until no block is left. Raises what `run_plan` raises."""
        job, exchange = self.job, self.exchange
        turns = Turns(exchange, project.prices.most)
        gate = RemoteGate(turns, exchange, self.cache.when_safe)
        pool = _WidePool(
            lambda: project.config,
            project.prices,
            environ={**os.environ, **job.environ},
            need_code=project.need_code,
            gate_of=lambda *_: gate,
        )
        pool.told = job.limits.concurrency
        self.cache.gathers = (pool.told or CONCURRENCY) // GATHERED
        self.cache.begin()
        try:
            run_plan(
                self.line,
                pool=pool,
                cache=self.cache,
                limits=replace(job.limits, concurrency=None),
                sink=self._take,
                progress=self.progress,
                budget=RemoteBudget(turns, exchange, max_time=job.limits.max_time),
            )
        finally:
            self.cache.close()
            asyncio.run(exchange.flush())
            self.link.ask("end", self.owner)

    def _take(self, finished: Finished) -> None:
        """Count a result; a block ends once the coordinator has its answers and what they took."""
        if block := self.line.take(finished):
            end = partial(block.end, partial(self.result, block))
            self.exchange.when_told(partial(self.cache.when_kept, end))

    def result(self, at_work: BlockAtWork) -> BlockResult:
        """What came of a block, with what was asked and seen since the result before."""
        with self.lock:
            told, now = self.told, replace(self.progress)
            self.told, seen = now, self.cache.take_seen()
        return BlockResult(
            at_work.block.name,
            at_work.done,
            at_work.errors,
            now.asked - told.asked,
            None if now.has_unknown_cost else now.cost - told.cost,
            b"" if self.cache.is_with_driver else _bundle(self.job, seen),
            tuple(dict.fromkeys(at_work.whys)),
            at_work.failure,
        )


class BlockWorker:
    """Evaluates blocks, those that are there at a time in one run.

    So calls go on where a block ends and another one begins. `name` is that of no other worker of
    the run at the same time: what an earlier one of that name left open is given up.
    """

    def __init__(self, link: Link, job: Job, name: str, *, files: bytes, folder: Path) -> None:
        """`files` are unpacked below `folder`, once."""
        self._link, self._job, self._name = link, job, name
        self._files, self._folder = files, folder
        self._line = BlockLine()
        self._lock, self._preparing = threading.Lock(), threading.Lock()
        self._is_running = False
        self.thread: threading.Thread | None = None

    def evaluate(self, block: ExampleBlock) -> BlockResult:
        """Ask what a block lacks; its answers are with the coordinator before this returns.

        May be called for several blocks at a time, each in a thread. Errors are in the result.
        """
        try:
            at_work = self._prepared(block)
        except PromptCIError as error:
            return BlockResult(block.name, 0, 0, 0, Decimal(0), b"", failure=as_failure(error))
        with self._lock:
            self._line.add(at_work)
            begins, self._is_running = not self._is_running, True
        if begins:
            self.thread = threading.Thread(target=self._work, daemon=True, name="blocks")
            self.thread.start()
        at_work.ended.wait()
        assert at_work.report is not None
        return at_work.report()

    def _prepared(self, block: ExampleBlock) -> BlockAtWork:
        """A block with its task; what is known of its answers is with the coordinator."""
        if self._job.version != __version__:
            wrong = f"a worker has promptci {__version__}, and this is {self._job.version}"
            raise PromptCIError(f"{wrong}: install the same there")
        with self._preparing:
            root = unpack_project(self._files, self._folder, self._job.files)
            project, task = _task(root, block.eval, block.model, self._job)
            project.models.prepare([task.model])
        if block.known:
            self._link.ask("put", block.known)
        return BlockAtWork(block, project, task)

    def _work(self) -> None:
        """Run as long as there are blocks."""
        while self._goes_on():
            owner = f"{self._name}:{token_hex(8)}"
            store, exchange = RemoteCache(self._link, owner), Exchange(self._link, owner)
            run = _Run(self._link, self._job, self._line, owner, store, exchange)
            assert self._line.first is not None
            failure: Failure | None = None
            broken: BaseException | None = None
            try:
                run.go(self._line.first.project)
            except PromptCIError as error:
                failure = as_failure(error)
            except BaseException as error:  # noqa: BLE001 (whoever waits for a block raises it)
                broken = error
            for each in self._line.end():
                each.failure = failure
                each.end(partial(run.result, each) if broken is None else partial(_raise, broken))

    def _goes_on(self) -> bool:
        with self._lock:
            self._is_running = self._line.first is not None
            return self._is_running


def _raise(error: BaseException) -> NoReturn:
    raise error


def _bundle(job: Job, seen: Mapping[str, Completion]) -> bytes:
    answers = sorted(seen.items(), key=lambda each: each[0])
    return b"".join(bundle_parts(BundleHeader(plan=job.files, shard=1, of=1), answers))


_TASKS: dict[tuple[Path, str, str], tuple[Project, Task]] = {}


def _task(root: Path, eval_name: str, model: str, job: Job) -> tuple[Project, Task]:
    """The project in a folder, and one of its tasks: made once for all blocks of it."""
    place = root, eval_name, model
    if place not in _TASKS:
        environ = {**os.environ, **job.environ}
        project = Project(root, environ=environ, allow_code=job.allow_code)
        project.workspace.names = (eval_name,)
        project.workspace.learn_keys()
        selection = Selection((eval_name,), (model,))
        [task] = make_plan(project.workspace.suite, selection, project.models.build).tasks
        _TASKS[place] = project, task
    return _TASKS[place]
