"""A plan evaluated as `run` does: with a run log, and ended early where that is asked for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from math import fsum, nan
from pathlib import Path
from tempfile import TemporaryDirectory

from promptci.compare.failfast import FailFast
from promptci.compare.outcomes.collector import Collector
from promptci.compare.planruns import pass_over
from promptci.compare.sequential import Sequential
from promptci.compare.stored.recalling import NOTHING_RECALLED, Recalled, count_in, keep_answers
from promptci.errors import BudgetError, RequestError
from promptci.project.allowance import Allowance
from promptci.project.evaluation import evaluate_plan, gathering, prepare_run
from promptci.project.history.loggedresults import line_of
from promptci.project.project import Project
from promptci.records.record import Record
from promptci.run.driving.work import Finished
from promptci.run.logged.runlog import RunLog
from promptci.run.planning.plan import Plan
from promptci.spending.limits import EvalProgress, Limits, Progress


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
    """Run a plan as `evaluate_plan` does, with a run log for `promptci show` to look at.

    Outcomes of tasks that are `recalled` are only counted. A ceiling ends it with what has been
    gathered, and is the last of what it gives. Raises what `finish_stored` does.
    """
    prepare_run(project, plan, limits)
    collector, progress = gathering(project, plan, bases)
    note_done: Callable[[Finished], None] = partial(_note_done, plan, collector, progress)
    watchers = [*_stoppers(plan, limits, bases), *[note_done] * (len(plan.tasks) > 1)]
    with _run_log(project, plan) as log:

        def take(finished: Finished) -> None:
            log.add(line_of(finished))
            also(finished)
            for watch in watchers:
                watch(finished)

        plan = count_in(plan, recalled, collector, progress, log)
        evaluate = partial(evaluate_plan, project, plan, limits, bases, allowance=allowance)
        try:
            evaluate(also=take, gathered=collector, progress=progress)
        except BudgetError as error:
            return collector, progress, error
        log.end()
        keep_answers(project.answers, plan.tasks, collector, log)
    return collector, progress, None


@contextmanager
def _run_log(project: Project, plan: Plan) -> Iterator[RunLog]:
    """The log of a run, closed at its end; there is none of a run that has not begun."""
    project.workspace.keep_out_of_git()
    evals = dict.fromkeys(task.spec.name for task in plan.tasks)
    with _log_folder(project) as folder:
        log = RunLog(folder, now=datetime.now(UTC), evals=evals, total=plan.count)
        try:
            yield log
        except RequestError:  # such as a key or an answer that is missing
            log.discard()
            raise
        finally:
            log.close()


@contextmanager
def _log_folder(project: Project) -> Iterator[Path]:
    """Where logs are; in a project that may only be read, where nothing is asked, for a moment."""
    if project.workspace.cache.may_write:
        yield project.workspace.state / "runs"
        return
    with TemporaryDirectory(prefix="promptci-") as made:
        yield Path(made)


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
