"""Evaluate a plan with everything around it: stored answers, models, an observer."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from promptci.cache.cache import Cache
from promptci.cache.unsent import count_unsent
from promptci.compare.outcomes.collector import Collector
from promptci.errors import BudgetError, GateMissedError, ModelError, StorageError
from promptci.project.allowance import Allowance
from promptci.project.preflight import Announcing, bound_of, models_asked, naming_all_keys
from promptci.project.project import Project
from promptci.records.record import Record
from promptci.run.driving.alike import handing_on, split_followers
from promptci.run.driving.finishing import Finishing
from promptci.run.driving.unasked import finish_stored
from promptci.run.driving.work import Finished, Work, works
from promptci.run.planning.plan import Plan
from promptci.spending.limits import Limits, Progress
from promptci.spending.reservations import HoldingBudget

if TYPE_CHECKING:
    from promptci.run.driving.sharing import Sharing
    from promptci.run.driving.workers import ModelSource


def evaluate_plan(
    project: Project,
    plan: Plan,
    limits: Limits,
    bases: Mapping[tuple[str, str], Record],
    *,
    allowance: Allowance | None = None,
    also: Callable[[Finished], None] = lambda _: None,
    says_bound: bool = True,
    pool: "ModelSource | None" = None,
    gathered: Collector | None = None,
    progress: Progress | None = None,
) -> tuple[Collector, Progress]:
    """Run a plan. `bases` are the records to compare with, by eval and model.

    `allowance` is what the command may spend in all, `also` receives every result, too. First the
    run says how much may be asked, unless `says_bound` is false or a `pool` says it. `gathered` and
    `progress` are there for whoever wants to see them although the run was stopped.
    """
    prepare_run(project, plan, limits)
    made = gathering(project, plan, bases)
    collector, progress = gathered or made[0], progress or made[1]

    pool = pool or project.models
    if says_bound and pool is project.models:
        bound = partial(bound_of, project, plan, progress, limits=limits)
        pool = Announcing(project, bound)

    def take(finished: Finished) -> None:
        collector.take(finished)
        also(finished)

    plan, followers = split_followers(plan)
    sink = handing_on(followers, progress, take)
    if plan.tasks:
        drive(project, plan, limits, sink, progress, pool=pool, allowance=allowance)
    return collector, progress


def gathering(
    project: Project, plan: Plan, bases: Mapping[tuple[str, str], Record]
) -> tuple[Collector, Progress]:
    """Where the results of a plan go, and how far it is."""
    tasks = tuple((task.spec.name, task.model.name) for task in plan.tasks)
    progress = Progress(plan.count, tasks=tasks)
    return Collector(plan, bases, project.workspace.cache.get), progress


def prepare_run(project: Project, plan: Plan, limits: Limits) -> None:
    """Find out whether the run can begin at all. Raises `PromptCIError` where it cannot."""
    if any(task.runs_code for task in plan.tasks):
        project.need_code()
    if not limits.offline:
        project.models.prepare(list(plan.models))


def drive(
    project: Project,
    plan: Plan | Iterable[Work],
    limits: Limits,
    take: Callable[[Finished], None],
    progress: Progress,
    *,
    pool: "ModelSource | None" = None,
    allowance: Allowance | None = None,
    make_works: Callable[[], Iterable[Work]] | None = None,
) -> None:
    """Run a plan or other work while the observer watches; each result goes to `take`.

    `make_works` makes other work once more, so that what it asks can ride in a batch.
    """
    allowance = allowance or Allowance(project, limits)
    models = pool or project.models
    sharing = None if limits.offline else project.sharing
    asked = partial(models_asked, project, limits, plan, make_works)
    if isinstance(plan, Plan):
        make_works, tasks = partial(works, plan), plan.tasks
    else:
        plan = list(plan)
        tasks = tuple(work.task for work in plan)
    allowance.begin(tasks)
    try:
        with naming_all_keys(project, limits, asked):
            limits = allowance.with_batches(make_works, limits, models)
            with project.observer.watching(progress):
                _drive(
                    plan,
                    limits,
                    take,
                    progress,
                    pool=models,
                    cache=project.workspace.cache,
                    budget=allowance.budget,
                    sharing=sharing,
                )
        allowance.check_batches()
    except (BudgetError, GateMissedError, ModelError, StorageError, KeyboardInterrupt):
        project.observer.stopped(allowance.with_earlier(progress))
        raise
    finally:
        allowance.count(progress)
        if sharing is not None:
            from promptci.project.sharedstore import say_of_store

            say_of_store(project, sharing)


def _drive(
    plan: Plan | list[Work],
    limits: Limits,
    take: Callable[[Finished], None],
    progress: Progress,
    *,
    pool: "ModelSource",
    cache: Cache,
    budget: HoldingBudget,
    sharing: "Sharing | None",
) -> None:
    """Finish what is stored, and ask the rest."""
    is_sent = not sharing or not count_unsent(cache)  # else those are sent beside the run
    left = finish_stored(plan, cache, limits, Finishing(take, progress)) if is_sent else plan
    if isinstance(left, Plan) or left:
        from promptci.run.driving.runner import run_plan

        run_plan(
            left,
            pool=pool,
            cache=cache,
            limits=limits,
            sink=take,
            progress=progress,
            budget=budget,
            sharing=sharing,
        )
