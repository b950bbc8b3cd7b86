"""`promptci judge`."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.options import json_option, limit_options, limits_of
from promptci.commands.reading import complete_judges
from promptci.judges.judgeresult import JudgeResult
from promptci.judges.judging import Bound, bind_set, judging_works
from promptci.judges.labels import judge_sets
from promptci.project.evaluation import drive
from promptci.project.preflight import Announcing
from promptci.project.project import Project
from promptci.render.json.jsontext import dumps
from promptci.render.json.judge import judge_report
from promptci.render.terminal import judge as report
from promptci.run.dryrun import Estimate, dry_run_works
from promptci.run.work import Finished, Work
from promptci.spending.limits import Limits, Progress


@click.command(
    epilog="NAME is evals/judges/NAME.yaml; without one, all of them. Exits 1 below a floor of "
    "the file's `gate` and 3 where too many outputs have no verdict."
)
@click.argument("name", required=False, shell_complete=complete_judges)
@click.option("--one-order", is_flag=True, help="Do not ask with the choices in reverse, too.")
@click.option(
    "--repeat",
    "repeats",
    type=click.IntRange(1, 100),
    default=1,
    metavar="K",
    help="Ask about each output K times, and say how far the judge agrees with itself.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be asked and what it would cost.")
@click.option("--refresh", is_flag=True, help="Ask the judge again, whatever is stored.")
@json_option
@limit_options
@pass_project
def command(
    project: Project,
    *,
    name: str | None,
    one_order: bool,
    repeats: int,
    dry_run: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Measure how far a judge agrees with people's labels.

    Puts a model-graded scorer to outputs that people have judged, and says how often it agrees,
    how much of that is more than chance, and whether the order of its choices or the length of an
    output sways it.
    """
    suite = project.workspace.suite
    sets = judge_sets(suite, name)
    bound = [
        bind_set(each, suite, project.models.build, both_orders=not one_order, repeats=repeats)
        for each in sets
    ]
    limits = limits_of(options, suite.config)
    if dry_run:
        say_estimates(_estimates(project, bound, limits), wants_json=wants_json, command="judge")
        return 0
    progress = _ask(project, bound, limits)
    result = JudgeResult(tuple((each.set.name, each.agreement()) for each in bound))
    if wants_json:
        click.echo(dumps(judge_report(result)))
    else:
        click.echo(report.report(result.found, look()), nl=False)
    cost = None if progress.has_unknown_cost else progress.cost
    click.echo(report.closing(progress.asked, progress.cached, cost), err=True)
    return result.exit_code


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
    drive(project, works, limits, take, progress, pool=Announcing(project, asks))
    return progress


def _works(bound: Sequence[Bound]) -> Iterator[Work]:
    for each in bound:
        yield from judging_works(each)


def _estimates(project: Project, bound: Sequence[Bound], limits: Limits) -> tuple[Estimate, ...]:
    """What is still to be asked."""
    cache, price_of = project.workspace.cache, project.prices.price
    tasks = [each.task for each in bound]
    return dry_run_works(
        _works(bound), tasks, cache=cache, price_of=price_of, refresh=limits.refresh
    )
