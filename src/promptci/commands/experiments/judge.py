"""`promptci judge`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import batch_options, limit_options, limits_of
from promptci.commands.options import dry_run_option, json_option
from promptci.commands.reading import complete_judges
from promptci.project.judgequality import AgreementOptions, estimate_judges, measure_judges
from promptci.project.project import Project
from promptci.render.json.experiments.judge import judge_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.experiments import judge as report


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
@dry_run_option
@click.option("--refresh", is_flag=True, help="Ask the judge again, whatever is stored.")
@batch_options
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
    output influences it.
    """
    limits = limits_of(options, project.workspace.suite.config)
    given = AgreementOptions(both_orders=not one_order, repeats=repeats)
    if dry_run:
        estimates = estimate_judges(project, name, limits, given)
        say_estimates(estimates, wants_json=wants_json, command="judge")
        return 0
    result = measure_judges(project, name, limits, given)
    if wants_json:
        click.echo(dumps(judge_report(result)))
    else:
        click.echo(report.report(result.found, look()), nl=False)
    say(report.closing(result.taken))
    return result.exit_code
