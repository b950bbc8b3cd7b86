"""Print what a command would ask, for `--dry-run`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from promptci.commands.display import look

if TYPE_CHECKING:
    from promptci.run.estimates import Estimate


def say_estimates(
    estimates: "Sequence[Estimate]", *, wants_json: bool, command: str = "compare"
) -> int:
    """Print a row for each eval: what is stored, what would be asked, what that would cost.

    Gives the exit code.
    """
    from promptci.render.json.evaluate.run import dry_run_report
    from promptci.render.json.jsontext import dumps
    from promptci.render.terminal.evaluate.estimates import dry_run

    if wants_json:
        click.echo(dumps(dry_run_report(estimates, command=command)))
    else:
        click.echo(dry_run(estimates, look()), nl=False)
    return 0
