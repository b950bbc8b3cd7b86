"""Measure how far judges agree with the labels that people gave."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from msgspec import Struct

from promptci.judges.judgeresult import JudgeResult
from promptci.judges.judging import Bound, bind_set, judging_works
from promptci.judges.labels import judge_sets
from promptci.project.evaluation import drive
from promptci.project.preflight import Announcing
from promptci.project.project import Project
from promptci.run.driving.work import Finished, Work
from promptci.run.dryrun import dry_run_works
from promptci.run.estimates import Estimate
from promptci.spending.limits import Limits, Progress, Taken


class AgreementOptions(Struct, frozen=True):
    """How judges are measured: with their choices in reverse, too, and each output so often."""

    both_orders: bool = True
    repeats: int = 1


def measure_judges(
    project: Project, name: str | None, limits: Limits, options: AgreementOptions
) -> JudgeResult:
    """Put outputs that people have judged to a judge, or to all of them.

    Raises `RequestError` for a name that no golden set of a judge has.
    """
    bound = _bound(project, name, options)
    progress = _ask(project, bound, limits)
    cost = None if progress.has_unknown_cost else progress.cost
    taken = Taken(progress.asked, progress.cached, cost)
    return JudgeResult(tuple((each.set.name, each.agreement()) for each in bound), taken)


def estimate_judges(
    project: Project, name: str | None, limits: Limits, options: AgreementOptions
) -> tuple[Estimate, ...]:
    """What that would ask and cost, found without asking."""
    return _estimates(project, _bound(project, name, options), limits)


def _bound(project: Project, name: str | None, options: AgreementOptions) -> list[Bound]:
    suite = project.workspace.suite
    return [
        bind_set(
            each,
            suite,
            project.models.build,
            both_orders=options.both_orders,
            repeats=options.repeats,
        )
        for each in judge_sets(suite, name)
    ]


def _ask(project: Project, bound: Sequence[Bound], limits: Limits) -> Progress:
    """Put every output to its judge."""
    by_task = {id(each.task): each for each in bound}

    def take(finished: Finished) -> None:
        by_task[id(finished.task)].take(finished)

    if not limits.offline:
        scorers = chain.from_iterable(each.scorers for each in bound)
        project.models.prepare(chain.from_iterable(scorer.models for scorer in scorers))
    works = list(_works(bound))
    progress = Progress(len(works))
    asks = partial(_estimates, project, bound, limits)
    pool, make_works = Announcing(project, asks), partial(_works, bound)
    drive(project, works, limits, take, progress, pool=pool, make_works=make_works)
    return progress


def _works(bound: Sequence[Bound]) -> Iterator[Work]:
    for each in bound:
        yield from judging_works(each)


def _estimates(project: Project, bound: Sequence[Bound], limits: Limits) -> tuple[Estimate, ...]:
    """What is still to be asked."""
    cache, price_of = project.workspace.cache, project.price_under(limits)
    tasks = [each.task for each in bound]
    return dry_run_works(
        _works(bound), tasks, cache=cache, price_of=price_of, refresh=limits.refresh
    )
