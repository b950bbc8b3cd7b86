"""`promptci curve`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import batch_options, limit_options, limits_of
from promptci.commands.options import dry_run_option, json_option, step_option
from promptci.commands.reading import eval_argument
from promptci.errors import RequestError
from promptci.project.experiments.curve import estimate_curve, learning_curve
from promptci.project.experiments.curveplan import CurvePlan
from promptci.project.project import Project
from promptci.render.json.experiments.curve import curve_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.experiments import curve as report


@click.command()
@eval_argument
@click.option("--shots", default="", metavar="N,N", help="How many.  [default: 0,1,2,4,8]")
@click.option(
    "--pool", default="", metavar="FILE", help="Draw from these examples, not the prompt's shots."
)
@click.option(
    "--orders",
    type=click.IntRange(1, 20),
    metavar="N",
    help="In how many orders they are drawn.  [default: 3]",
)
@click.option("--seed", type=int, metavar="N", help="Which orders these are.  [default: 1]")
@click.option(
    "--tuned", default="", metavar="MODEL", help="A fine-tuned model to ask without shots, beside."
)
@step_option
@dry_run_option
@batch_options
@limit_options
@json_option
@pass_project
def command(
    project: Project,
    *,
    name: str,
    shots: str,
    pool: str,
    orders: int | None,
    seed: int | None,
    tuned: str,
    step: str,
    dry_run: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Measure the score by how many shots a prompt has.

    Shots are drawn in several orders, those of a smaller number the first of a larger one, and the
    eval's examples are asked with each set. FILE is a file of the project, or relative to the eval.
    The eval's file may say all of that below `curve`.
    """
    project.workspace.names = (name,)
    limits = limits_of(options, project.workspace.suite.config)
    given = CurvePlan(_counts(shots), orders, seed, project.workspace.path_of(pool), step, tuned)
    if dry_run:
        estimates = estimate_curve(project, name, limits, given)
        say_estimates(estimates, wants_json=wants_json, command="curve")
        return 0
    found = learning_curve(project, name, limits, given)
    code = max(each.exit_code for each in found)
    shown = dumps(curve_report(found, code)) if wants_json else report.report(found, look())
    click.echo(shown, nl=wants_json)
    return code


def _counts(written: str) -> tuple[int, ...]:
    if not written:
        return ()
    try:
        counts = tuple(sorted({int(each) for each in written.split(",")}))
    except ValueError:
        counts = ()
    if len(counts) < 2 or counts[0] < 0:
        raise RequestError(f"--shots {written}: write two numbers or more, such as 0,2,4")
    return counts
