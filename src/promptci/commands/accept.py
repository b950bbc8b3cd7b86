"""`promptci accept`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.project.accepting import accept_lost
from promptci.project.project import Project
from promptci.render.json.accept import accept_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal import accept as report


@click.command()
@click.argument("name", shell_complete=complete_evals)
@click.argument("examples", nargs=-1, required=True, metavar="EXAMPLE...")
@click.option("-m", "--message", "why", required=True, metavar="WHY", help="Why they may be lost.")
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Only for this model.  [repeatable]"
)
@click.option(
    "--until", default="", metavar="DAY", help="The last day on which that holds, as 2026-01-31."
)
@json_option
@pass_project
def command(
    project: Project,
    name: str,
    *,
    examples: tuple[str, ...],
    why: str,
    models: tuple[str, ...],
    until: str,
    wants_json: bool,
) -> int:
    """Accept that examples are lost, and write down why, who and when.

    It goes into the eval's score record, for every model on which they fail: commit the file, so
    that a reviewer sees it. An accepted loss blocks nothing, until its day is over or the example
    passes again.
    """
    found = accept_lost(project, name, examples, why, models=models, until=until)
    if wants_json:
        text = dumps(
            accept_report(found.path, found.records, examples, is_written=found.is_written)
        )
    else:
        text = report.report(found.path, found.records, examples, is_written=found.is_written)
    click.echo(text, nl=wants_json)
    return found.exit_code
