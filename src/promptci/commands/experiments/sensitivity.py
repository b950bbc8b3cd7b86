"""`promptci sensitivity`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.options import json_option, limit_options, limits_of
from promptci.commands.reading import complete_evals
from promptci.project.project import Project
from promptci.project.sensitivity import Formats, estimate_sensitivity, measure_sensitivity
from promptci.render.json.jsontext import dumps
from promptci.render.json.sensitivity import sensitivity_report
from promptci.render.terminal import sensitivity as report


@click.command()
@click.argument("name", shell_complete=complete_evals)
@click.option(
    "--sample",
    type=click.IntRange(1, 200),
    default=12,
    show_default=True,
    metavar="N",
    help="Try N formats beside the prompt's own.",
)
@click.option(
    "--orders",
    type=click.IntRange(0, 20),
    default=0,
    metavar="N",
    help="Vary the order of the shots, too: N other ones.",
)
@click.option("--seed", type=int, default=1, metavar="N", help="Which formats these are.")
@click.option(
    "--spread",
    type=click.FloatRange(0, 1),
    default=None,
    metavar="SHARE",
    help="Exit 1 where the scores differ by more.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be asked and what it would cost.")
@limit_options
@json_option
@pass_project
def command(
    project: Project,
    *,
    name: str,
    sample: int,
    orders: int,
    seed: int,
    spread: float | None,
    dry_run: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Measure how much a prompt's score depends on its format.

    The same words with other separators behind labels, cases of labels, spaces between lines and
    orders of shots: a small change of form that changes the score is one that happens by accident.
    """
    project.workspace.names = (name,)
    limits = limits_of(options, project.workspace.suite.config)
    formats = Formats(sample, orders, seed)
    if dry_run:
        found = estimate_sensitivity(project, name, formats)
        say_estimates(found, wants_json=wants_json, command="sensitivity")
        return 0
    results = measure_sensitivity(project, name, limits, formats, most=spread)
    codes = {result.exit_code for result in results}
    code = 3 if 3 in codes else max(codes)
    shown = (
        dumps(sensitivity_report(results, code)) if wants_json else report.report(results, look())
    )
    click.echo(shown, nl=wants_json)
    return code
