"""Decide which blocks a cluster still gets, and what ends the run, whatever engine carries them.

Blocks go out, bundles of answers come in, and what is spent is noted.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Protocol

from msgspec.structs import replace

from promptci.bundles.carrying import take_answers
from promptci.cluster.blockline import BlockResult
from promptci.cluster.blocks import ExampleBlock, block_size, blocks_of
from promptci.cluster.failure import Failure
from promptci.cluster.messages import Setup, this_machine
from promptci.cluster.order import ClusterNews, Order
from promptci.cluster.snapshot import pack_project
from promptci.cluster.worker import Job
from promptci.digest import long_digest
from promptci.errors import PromptCIError
from promptci.models.embedded.weights import cache_folder
from promptci.project.modelpool import CONCURRENCY
from promptci.project.project import Project
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.shards import plan_digest
from promptci.spending.ledger import Ledger
from promptci.spending.spent import Spending

_STOPPING_KINDS = ("quota", "auth")


class ClusterEngine(Protocol):
    """What carries blocks to workers."""

    workers: int

    def begin(self, setup: Setup, job: Job, files: bytes) -> None:
        """Make the coordinator and let workers have the files."""
        ...

    def results(self, blocks: Iterator[ExampleBlock]) -> Iterator[BlockResult | None]:
        """The results of blocks as they come; None now and then, while nothing comes."""
        ...

    def spent(self) -> Spending:
        """What the run has used so far."""
        ...

    def forget(self) -> None:
        """Nothing of the run is needed any more."""
        ...

    def end(self) -> None:
        """Let go of all."""
        ...


def state_folder() -> Path:
    """Where coordinators and workers keep what they need on a machine."""
    return cache_folder() / "cluster"


def drive_blocks(
    project: Project, order: Order, engine: ClusterEngine, tell: Callable[[ClusterNews], None]
) -> ClusterNews:
    """Have everything asked that is not stored; what comes back is stored here.

    What was spent is noted beside that of other commands on the same work. Raises `PromptCIError`
    where it cannot begin; what ends it later is in what it gives.
    """
    plan = make_plan(project.workspace.suite, order.selection, project.models.build)
    project.workspace.keep_out_of_git()
    ledger = Ledger(project.workspace.state / "spending")
    works = [long_digest(f"{t.spec.name} {t.model.name} {t.fingerprint}") for t in plan.tasks]
    earlier = ledger.begin(works) if _has_ceiling(order) else Spending()
    files = pack_project(project.workspace.repo)
    setup = Setup(
        folder=plan_digest(plan),
        run=token_hex(16),
        limits=order.limits,
        concurrency=order.limits.concurrency or project.config.concurrency or CONCURRENCY,
        workers=engine.workers,
        earlier=earlier,
        machine=this_machine(),
        cache=str(project.workspace.cache_path),
    )
    engine.begin(setup, _job(project, order, plan, files), files)
    news, noted = ClusterNews(workers=engine.workers), Spending()
    try:
        size = block_size(plan.count, engine.workers, order.block_size)
        blocks = blocks_of(plan, project.workspace.cache, size=size)
        for result in engine.results(_until(blocks, news)):
            noted = _note(ledger, engine, noted) if _has_ceiling(order) else noted
            if result is not None:
                _take(project, result, news)
            tell(news)
        if _has_ceiling(order):
            _note(ledger, engine, noted)
        if not news.failure:
            engine.forget()
    except PromptCIError as error:
        news.failure, news.exit_code = str(error), error.exit_code
    finally:
        ledger.close()
    news.is_last = True
    return news


def _has_ceiling(order: Order) -> bool:
    limits = order.limits
    return not (
        limits.max_cost is None and limits.max_requests is None and limits.max_tokens is None
    )


def _job(project: Project, order: Order, plan: Plan, files: bytes) -> Job:
    """The keys of the endpoints that are asked travel with the run, and no other variable."""
    names = filter(None, (model.endpoint.key_env for model in plan.models))
    environ = {name: os.environ[name] for name in names if name in os.environ}
    limits = replace(order.limits, max_cost=None, max_requests=None, max_tokens=None, fresh=set())
    return Job(hashlib.sha256(files).hexdigest(), environ, limits, order.allow_code)


def _until(blocks: Iterator[ExampleBlock], news: ClusterNews) -> Iterator[ExampleBlock]:
    """No further block once something has ended the run."""
    for block in blocks:
        if news.failure:
            return
        yield block


def _note(ledger: Ledger, engine: ClusterEngine, noted: Spending) -> Spending:
    """Write down what was spent since the last time."""
    spent = engine.spent()
    if spent != noted:
        ledger.add(spent + -noted)
    return spent


def _take(project: Project, result: BlockResult, news: ClusterNews) -> None:
    """Store the answers of a block where the coordinator has not, and count it."""
    if result.bundle:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "block.bundle"
            path.write_bytes(result.bundle)
            take_answers(project.workspace.cache, path)
    news.blocks += 1
    news.done += result.done
    news.asked += result.asked
    news.errors += result.errors
    news.has_unknown_cost |= result.cost is None
    news.cost += result.cost or 0
    news.whys = list(dict.fromkeys([*news.whys, *result.whys]))[:5]
    if result.failure is not None and not news.failure and _stops(result.failure):
        news.failure = result.failure.message
        news.exit_code = result.failure.as_error().exit_code
        news.is_models = result.failure.name in ("ModelError", "BudgetError")


def _stops(failure: Failure) -> bool:
    return failure.name != "ModelError" or failure.kind in _STOPPING_KINDS
