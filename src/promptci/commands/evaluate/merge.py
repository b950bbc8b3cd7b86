"""`promptci merge`."""

from pathlib import Path
from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.limitoptions import limit_options, limits_of
from promptci.commands.options import confirm_option, json_option
from promptci.project.project import Project
from promptci.project.sharding import merge_bundles
from promptci.render.json.evaluate.run import run_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.evaluate import run as report
from promptci.render.terminal.evaluate.closing import closing


@click.command()
@click.argument(
    "bundles",
    nargs=-1,
    required=True,
    metavar="BUNDLE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--ask-missing", is_flag=True, help="Ask here what a missing shard would have.")
@limit_options
@confirm_option
@json_option
@pass_project
def command(
    project: Project,
    *,
    bundles: tuple[Path, ...],
    ask_missing: bool,
    times: int,
    wants_json: bool,
    **options: Any,
) -> int:
    """Merge the bundles of all shards of a run into its records.

    Bundles are those that `promptci run --shard i/n` wrote at this commit, in any order; one that
    comes twice counts once. The records are those that one process would have written. A shard that
    is missing is named, and exits 3.
    """
    project.workspace.runs_the_rest = True
    limits = limits_of(options, project.workspace.suite.config)
    result = merge_bundles(project, bundles, limits, confirm=times, allows_missing=ask_missing)
    if wants_json:
        click.echo(dumps(run_report(result, command="merge")))
        return result.exit_code
    click.echo(report.report(result.outcomes, result.lost, look()), nl=False)
    if result.stopped is not None:
        raise result.stopped
    said = closing(result.progress, result.written, result.outcomes, keeps=result.keeps)
    say(said)
    return result.exit_code
