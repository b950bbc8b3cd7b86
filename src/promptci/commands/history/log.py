"""`promptci log`."""

import click

from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals, pass_files
from promptci.errors import RequestError
from promptci.project.history.askedhistory import AskedHistory
from promptci.project.workspace import ProjectFiles


@click.command()
@click.argument("name", required=False, shell_complete=complete_evals)
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option(
    "--since", default=None, metavar="DATE", help="Only commits since then, as git reads dates."
)
@click.option(
    "-n", "most", type=click.IntRange(min=1), metavar="N", help="Only the last N commits."
)
@click.option("--all", "shows_all", is_flag=True, help="Also branches of which nothing was kept.")
@json_option
@pass_files
def command(
    project: ProjectFiles,
    name: str | None,
    *,
    model: str | None,
    since: str | None,
    most: int | None,
    shows_all: bool,
    wants_json: bool,
) -> int:
    """Show the history of scores, a line per commit.

    Reads committed records only, and what `promptci run --rev` computed later. The main line comes
    first, and below each merge what it brought in. Scores are in percent, changes in points; n/c is
    not comparable. Without NAME it is a line per commit over all evals.
    """
    if name is None:
        if shows_all:
            raise RequestError("--all opens the branches of one eval: name it")
        return _of_all(project, wants_json, model=model, since=since, most=most)
    asked = AskedHistory.of(project, name, model=model, since=since, most=most, shows_all=shows_all)
    if wants_json:
        from promptci.project.history.evalhistory import eval_history
        from promptci.render.json.history.log import log_report
        from promptci.render.json.jsontext import dumps

        log = eval_history(project, asked)
        click.echo(dumps(log_report(log)))
        return log.exit_code
    from promptci.project.history.drawnhistory import drawn_history

    click.echo(drawn_history(project, asked, look()), nl=False)
    return 0


def _of_all(
    project: ProjectFiles,
    wants_json: bool,
    *,
    model: str | None,
    since: str | None,
    most: int | None,
) -> int:
    """A line per commit over all evals."""
    from promptci.project.history.projecttrend import project_trend

    trend = project_trend(project, model=model, since=since, most=most)
    if wants_json:
        from promptci.render.json.history.trend import trend_document
        from promptci.render.json.jsontext import dumps

        click.echo(dumps(trend_document(trend)))
    else:
        from promptci.render.terminal.history.trend import trend_report

        click.echo(trend_report(trend, look()), nl=False)
    return trend.exit_code
