"""Evaluate a plan with everything around it: stored answers, models, an observer, a run log."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from math import fsum, nan
from typing import TYPE_CHECKING

from promptci.cache.cache import Cache
from promptci.cache.unsent import count_unsent
from promptci.compare.failfast import FailFast
from promptci.compare.outcomes.collector import Collector
from promptci.compare.planruns import pass_over
from promptci.compare.recalled.recalling import NOTHING_RECALLED, Recalled, count_in, keep_answers
from promptci.compare.sequential import Sequential
from promptci.errors import BudgetError, GateMissedError, ModelError, RequestError, StorageError
from promptci.project.allowance import Allowance
from promptci.project.history.loggedresults import line_of
from promptci.project.preflight import Announcing, bound_of, models_asked, naming_all_keys
from promptci.project.project import Project
from promptci.records.record import Record
from promptci.run.driving.alike import handing_on, split_followers
from promptci.run.driving.finishing import Finishing
from promptci.run.driving.unasked import finish_stored
from promptci.run.driving.work import Finished, Work, works
from promptci.run.logged.runlog import RunLog
from promptci.run.planning.plan import Plan
from promptci.spending.limits import EvalProgress, Limits, Progress
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

    `allowance` is what the command may spend in all, `also` hears of every result, too. First the
    run says how much may be asked, unless `says_bound` is false or a `pool` says it. `gathered` and
    `progress` are there for whoever wants to see them although the run was stopped.
    """
    _prepare(project, plan, limits)
    made = _gathering(project, plan, bases)
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


def _gathering(
    project: Project, plan: Plan, bases: Mapping[tuple[str, str], Record]
) -> tuple[Collector, Progress]:
    """Where the results of a plan go."""
    tasks = tuple((task.spec.name, task.model.name) for task in plan.tasks)
    progress = Progress(plan.count, tasks=tasks)
    return Collector(plan, bases, project.workspace.cache.get), progress


def _prepare(project: Project, plan: Plan, limits: Limits) -> None:
    """Find out whether the run can begin at all. Raises `PromptCIError` where it cannot."""
    if any(task.judges.runs_code for task in plan.tasks):
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
    anew: Callable[[], Iterable[Work]] | None = None,
) -> None:
    """Run a plan or other work while the observer watches; each result goes to `take`.

    `anew` makes other work once more, so that what it asks can ride in a batch.
    """
    allowance = allowance or Allowance(project, limits)
    models = pool or project.models
    sharing = None if limits.offline else project.sharing
    asked = partial(models_asked, project, limits, plan, anew)
    if isinstance(plan, Plan):
        anew, tasks = partial(works, plan), plan.tasks
    else:
        plan = list(plan)
        tasks = tuple(work.task for work in plan)
    allowance.begin(tasks)
    try:
        with naming_all_keys(project, limits, asked):
            limits = allowance.with_batches(anew, limits, models)
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


def evaluate_logged(
    project: Project,
    plan: Plan,
    limits: Limits,
    bases: Mapping[tuple[str, str], Record],
    *,
    allowance: Allowance,
    also: Callable[[Finished], None] = pass_over,
    recalled: Recalled = NOTHING_RECALLED,
) -> tuple[Collector, Progress, BudgetError | None]:
    """The same, with a run log for `promptci show` to look at.

    Outcomes of tasks that are `recalled` are only counted. A ceiling ends it with what has been
    gathered, and is the last of what it gives. Raises what `finish_stored` does.
    """
    _prepare(project, plan, limits)
    log = _log_of(project, plan)
    collector, progress = _gathering(project, plan, bases)
    note_done: Callable[[Finished], None] = partial(_note_done, plan, collector, progress)
    watchers = [*_stoppers(plan, limits, bases), *[note_done] * (len(plan.tasks) > 1)]

    def take(finished: Finished) -> None:
        log.add(line_of(finished))
        also(finished)
        for watch in watchers:
            watch(finished)

    plan = count_in(plan, recalled, collector, progress, log)
    stopped: BudgetError | None = None
    try:
        evaluate_plan(
            project,
            plan,
            limits,
            bases,
            allowance=allowance,
            also=take,
            gathered=collector,
            progress=progress,
        )
        log.end()
        keep_answers(project.answers, plan.tasks, collector, log)
    except BudgetError as error:
        stopped = error
    except RequestError:  # such as a key or an answer that is missing: no run has begun
        log.discard()
        raise
    finally:
        log.close()
    return collector, progress, stopped


def _log_of(project: Project, plan: Plan) -> RunLog:
    project.workspace.keep_out_of_git()
    evals = dict.fromkeys(task.spec.name for task in plan.tasks)
    folder = project.workspace.state / "runs"
    return RunLog(folder, now=datetime.now(UTC), evals=evals, total=plan.count)


def _stoppers(
    plan: Plan, limits: Limits, bases: Mapping[tuple[str, str], Record]
) -> Iterator[Callable[[Finished], None]]:
    """What ends a run early, where that is asked for."""
    if limits.fail_fast:
        yield FailFast(plan).take
    if limits.sequential:
        yield Sequential(plan, bases).take


def _note_done(plan: Plan, collector: Collector, progress: Progress, last: Finished) -> None:
    """Note how an eval came out with its last example; its record says more later."""
    task, results = last.task, collector.gathered(last.task).results
    if len(results) < task.count * plan.repeat:
        return
    scores = [result.score for result in results if result.fate != "error"]
    passed = sum(result.passed for result in results)
    mean = fsum(scores) / len(scores) if scores else nan
    name = task.spec.name, task.model.name
    progress.evals.append(EvalProgress(*name, passed, len(results), mean))
