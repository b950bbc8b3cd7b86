"""What a worker does: the same runner as in one process, on a block, beside the coordinator."""

import asyncio
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from secrets import token_hex

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.bundles.bundle import BundleHeader, bundle_parts
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
from promptci.run.driving.work import Finished, begin_work
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.specs.completion import Completion
from promptci.specs.modelspec import EndpointSpec
from promptci.spending.limits import Limits, Progress
from promptci.version import __version__

_MOST_WHYS = 5

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


class BlockResult(Struct, frozen=True):
    """What came of a block: counts, and its answers as a bundle; empty if the driver has them.

    `whys` are some of the reasons why examples have no answer; `failure` is what ended it.
    """

    name: str
    done: int
    errors: int
    asked: int
    cost: Decimal | None
    bundle: bytes
    whys: tuple[str, ...] = ()
    failure: Failure | None = None


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


class _Attempt(Struct):
    """One attempt at a block, with what it has seen and counted."""

    link: Link
    job: Job
    block: ExampleBlock
    owner: str
    cache: RemoteCache
    progress: Progress
    errors: int = 0
    whys: list[str] = field(default_factory=list)

    def take(self, finished: Finished) -> None:
        """Count a result."""
        if finished.evaluated.result.fate == "error":
            self.errors += 1
            if len(self.whys) < _MOST_WHYS:
                self.whys.append(finished.evaluated.why)

    def run(self, root: Path) -> None:
        """Evaluate the block with the project in a folder. Raises what `run_plan` raises."""
        job, exchange = self.job, Exchange(self.link, self.owner)
        environ = {**os.environ, **job.environ}
        project, task = _task(root, self.block.eval, self.block.model, job)
        turns = Turns(exchange, project.prices.most)
        gate = RemoteGate(turns, exchange, self.cache.when_safe)
        pool = _WidePool(
            lambda: project.config,
            project.prices,
            environ=environ,
            need_code=project.need_code,
            gate_of=lambda *_: gate,
        )
        pool.told = job.limits.concurrency
        self.cache.gathers = (pool.told or CONCURRENCY) // GATHERED
        pool.prepare([task.model])
        self.cache.begin(self.block.known)
        try:
            run_plan(
                (begin_work(task, each, attempt) for each, attempt in self.block.examples),
                pool=pool,
                cache=self.cache,
                limits=replace(job.limits, concurrency=None),
                sink=self.take,
                progress=self.progress,
                budget=RemoteBudget(turns, exchange, max_time=job.limits.max_time),
            )
        finally:
            self.cache.close()
            asyncio.run(exchange.flush())
            self.link.ask("end", self.owner)


def evaluate_block(
    link: Link, job: Job, block: ExampleBlock, *, files: bytes, folder: Path
) -> BlockResult:
    """Ask what a block lacks; its answers are with the coordinator before this returns.

    `files` are unpacked below `folder`, once. Errors are in the result and are not raised.
    """
    owner = f"{block.name}:{token_hex(8)}"
    attempt = _Attempt(
        link, job, block, owner, RemoteCache(link, owner), Progress(len(block.examples))
    )
    failure = None
    try:
        if job.version != __version__:
            wrong = f"a worker has promptci {__version__}, and this is {job.version}"
            raise PromptCIError(f"{wrong}: install the same there")
        attempt.run(unpack_project(files, folder, job.files))
    except PromptCIError as error:
        failure = as_failure(error)
    progress = attempt.progress
    return BlockResult(
        block.name,
        progress.done,
        attempt.errors,
        progress.asked,
        None if progress.has_unknown_cost else progress.cost,
        b"" if attempt.cache.is_with_driver else _bundle(job, attempt.cache.seen),
        tuple(dict.fromkeys(attempt.whys)),
        failure,
    )


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
