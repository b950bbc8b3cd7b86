"""`promptci noise`."""

from collections.abc import Iterator
from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import json_option, limit_options, limits_of
from promptci.compare.noise import Noise, Repeats, is_repeatable
from promptci.compare.results import NoiseResult
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.render.json.jsontext import dumps
from promptci.render.json.noise import noise_report
from promptci.render.terminal import noise as report
from promptci.run.plan import Plan, make_plan
from promptci.run.selection import Selection, select_one

ENOUGH = 2
"""How often a deterministic model is asked: once more than needed, to see that it is one."""


@click.command(epilog="Writes no record. Answers are stored, so that asking again costs nothing.")
@click.argument("name")
@click.option(
    "-k",
    "times",
    type=click.IntRange(2, 100),
    default=5,
    show_default=True,
    metavar="K",
    help="Ask each example K times.",
)
@click.option(
    "--model",
    "models",
    metavar="NAME",
    multiple=True,
    help="Ask this model instead of the eval's.  [repeatable]",
)
@json_option
@limit_options
@pass_project
def command(
    project: Project,
    *,
    name: str,
    times: int,
    models: tuple[str, ...],
    wants_json: bool,
    **options: Any,
) -> int:
    """Measure how much an eval's scores vary when nothing changes.

    Asks every example of one eval K times and says which of them flip, how far the score strays,
    how often the gate would raise a false alarm, and how small a drop a comparison could see.
    """
    project.workspace.names = (name,)
    spec = select_one(project.workspace.suite, name)
    selection = Selection((spec.name,), models)
    plan = make_plan(project.workspace.suite, selection, project.models.build)
    session = Session(project, limits_of(options, project.workspace.suite.config))
    result = NoiseResult(tuple(_measure(session, plan, times)))
    if wants_json:
        click.echo(dumps(noise_report(result)))
    else:
        click.echo(report.report(result.found, look()), nl=False)
    click.echo(report.closing(session.asked, session.cached, session.cost), err=True)
    return result.exit_code


def _measure(session: Session, plan: Plan, times: int) -> Iterator[Noise]:
    """Ask a deterministic model just enough, and the others as often as was wished."""
    enough = min(times, ENOUGH)
    counts = {id(task): enough if is_repeatable(task) else times for task in plan.tasks}
    repeats = Repeats()
    for count in sorted(set(counts.values())):
        tasks = tuple(task for task in plan.tasks if counts[id(task)] == count)
        session.run(Plan(tasks, repeat=count, is_partial=True), repeats.take)
    for task in plan.tasks:
        yield repeats.noise(task, counts[id(task)])
