"""`promptci diff`."""

import os

import click

from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.commands.reading import pass_files
from promptci.project.history.scorediffs import diff_scores
from promptci.project.workspace import ProjectFiles


@click.command()
@click.argument("base", required=False)
@click.option("--head", metavar="REV", help="Compare this commit instead of the files as they are.")
@click.option("--exit-code", "decides", is_flag=True, help="Exit 1 where something got worse.")
@json_option
@pass_files
def command(
    project: ProjectFiles, base: str | None, *, head: str | None, decides: bool, wants_json: bool
) -> int:
    """Show how the committed scores differ from those of another commit.

    Reads score records only and sends no request. BASE is a git revision, by default where this
    branch left the main one. With --exit-code, 1 says that an example was lost or a score fell, and
    3 that something could not be compared or that a record is older than its files.
    """
    diff = diff_scores(project, base, head, os.environ, decides=decides)
    if wants_json:
        from promptci.render.json.history.diff import diff_report
        from promptci.render.json.jsontext import dumps

        click.echo(dumps(diff_report(diff.found, diff.base, diff.head)))
    else:
        from promptci.render.terminal.history.diff import report

        click.echo(report(diff.found, diff.base, diff.head, look()), nl=False)
    return diff.exit_code
