"""`promptci shots`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import batch_options, limit_options, limits_of
from promptci.commands.options import dry_run_option, json_option
from promptci.commands.reading import eval_argument
from promptci.project.experiments.shots import ShotsPlan, estimate_shots, try_shots
from promptci.project.project import Project
from promptci.render.json.experiments.shots import shots_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.experiments import shots as report


@click.command()
@eval_argument
@click.option("--each", is_flag=True, help="Ask the examples without each shot, too.")
@click.option(
    "--orders", type=click.IntRange(0, 20), default=0, metavar="N", help="Try N other orders."
)
@click.option("--seed", type=int, default=1, metavar="N", help="Which orders these are.")
@dry_run_option
@batch_options
@limit_options
@json_option
@pass_project
def command(
    project: Project,
    *,
    name: str,
    each: bool,
    orders: int,
    seed: int,
    dry_run: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Find out what a prompt's shots do.

    Each shot is asked with itself among the shots and with the others alone, beside the eval's
    examples: a model that gets its own shots right and the others not has learned them by heart.
    """
    project.workspace.names = (name,)
    limits = limits_of(options, project.workspace.suite.config)
    given = ShotsPlan(each, orders, seed)
    if dry_run:
        found = estimate_shots(project, name, limits, given)
        say_estimates(found, wants_json=wants_json, command="shots")
        return 0
    results = try_shots(project, name, limits, given)
    code = max(result.exit_code for result in results)
    shown = dumps(shots_report(results, code)) if wants_json else report.report(results, look())
    click.echo(shown, nl=wants_json)
    return code
