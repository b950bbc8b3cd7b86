"""`promptci noise`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import batch_options, json_option, limit_options, limits_of
from promptci.commands.outputsoption import opened_outputs
from promptci.compare.results import NoiseResult
from promptci.errors import RequestError
from promptci.project.evalnoise import measure_noise, measure_recorded_noise
from promptci.project.project import Project
from promptci.project.scoring import GivenOutputs
from promptci.render.json.jsontext import dumps
from promptci.render.json.noise import noise_report
from promptci.render.terminal import noise as report
from promptci.spending.limits import Limits

TIMES = 5
"""How often each example is asked by default."""


@click.command(epilog="Writes no record. Answers are stored, so that asking again costs nothing.")
@click.argument("name")
@click.option(
    "-k",
    "times",
    type=click.IntRange(2, 100),
    metavar="K",
    help=f"Ask each example K times.  [default: {TIMES}]",
)
@click.option(
    "--model",
    "models",
    metavar="NAME",
    multiple=True,
    help="Ask this model instead of the eval's.  [repeatable]",
)
@click.option(
    "--outputs",
    "path",
    metavar="FILE",
    help="Judge the outputs of repeated runs in FILE instead of asking.",
)
@click.option("--partial", is_flag=True, help="Allow examples without an output in FILE.")
@batch_options
@json_option
@limit_options
@pass_project
def command(
    project: Project,
    *,
    name: str,
    times: int | None,
    models: tuple[str, ...],
    path: str | None,
    partial: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Measure how much an eval's scores vary when nothing changes.

    Asks every example of one eval K times and says which of them flip, how far the score strays,
    how often the gate would raise a false alarm, and how small a drop a comparison could see.

    With --outputs the runs were made elsewhere: JSONL with `id` and `output` on each line, several
    lines for one example, told apart by `trial` or by their order.
    """
    project.workspace.names = (name,)
    limits = limits_of(options, project.workspace.suite.config)
    if path is None:
        result = measure_noise(project, name, limits, times=times or TIMES, models=models)
    else:
        how = {"models": models, "times": times, "partial": partial}
        result = _recorded(project, name, limits, path, **how)
    if wants_json:
        click.echo(dumps(noise_report(result)))
    else:
        click.echo(report.report(result.found, look()), nl=False)
    click.echo(report.closing(result.taken), err=True)
    return result.exit_code


def _recorded(project: Project, name: str, limits: Limits, path: str, **how: Any) -> NoiseResult:
    models: tuple[str, ...] = how["models"]
    if len(models) > 1:
        raise RequestError("--outputs are those of one model: name it with a single --model")
    if how["times"] is not None:
        raise RequestError("--outputs says how often each example was asked: leave out -k")
    with opened_outputs(path) as file:
        given = GivenOutputs(file, path, models[0] if models else None, how["partial"])
        return measure_recorded_noise(project, name, given, limits)
