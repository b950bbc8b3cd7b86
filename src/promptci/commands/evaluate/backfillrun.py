"""`promptci run --rev`: commits of the past that have no record."""

import click

from promptci.commands.display import look, say
from promptci.project.backfill import fill_in
from promptci.project.project import Project
from promptci.render.json.history.past import backfill_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.history import past
from promptci.run.planning.selection import Selection
from promptci.spending.limits import Limits


def run_backfill(
    project: Project, span: str, selection: Selection, limits: Limits, *, wants_json: bool
) -> int:
    """Evaluate them and show what came of each; gives the exit code."""
    result = fill_in(project, span, selection, limits)
    if wants_json:
        click.echo(dumps(backfill_report(result.filled, result.skipped, result.exit_code)))
        return result.exit_code
    click.echo(past.report(result.filled, result.skipped, look()), nl=False)
    totals = {"asked": result.asked, "cached": result.cached}
    say(past.closing(span, result.filled, result.skipped, **totals))
    return result.exit_code
