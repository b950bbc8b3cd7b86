"""`promptci noise`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import json_option, limit_options, limits_of
from promptci.project.evalnoise import measure_noise
from promptci.project.project import Project
from promptci.render.json.jsontext import dumps
from promptci.render.json.noise import noise_report
from promptci.render.terminal import noise as report


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
    limits = limits_of(options, project.workspace.suite.config)
    result = measure_noise(project, name, limits, times=times, models=models)
    if wants_json:
        click.echo(dumps(noise_report(result)))
    else:
        click.echo(report.report(result.found, look()), nl=False)
    click.echo(report.closing(result.taken), err=True)
    return result.exit_code
