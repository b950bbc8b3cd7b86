"""`promptci why`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.commands.reading import eval_argument
from promptci.project.history.partdiffs import diff_parts
from promptci.project.project import Project
from promptci.render.json.history.why import why_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.history import why as report


@click.command(epilog="NAME is an eval, a folder of evals, a prompt, or the path of one of them.")
@eval_argument
@click.option("--base", metavar="REV", help="Compare with this commit.  [default: the main branch]")
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Only this model.  [repeatable]"
)
@json_option
@pass_project
def command(
    project: Project, name: str, *, base: str | None, models: tuple[str, ...], wants_json: bool
) -> int:
    """Show which parts of an eval differ from the base, and how.

    The parts are what a score depends on: prompt, examples, scorers and model. Where none differs,
    the base's score still holds.
    """
    project.workspace.names = (name,)
    found = diff_parts(project, name, base=base, models=models)
    if wants_json:
        click.echo(dumps(why_report(found.found, found.base)))
    else:
        click.echo(report.report(found.found, found.base, look()), nl=False)
    return found.exit_code
