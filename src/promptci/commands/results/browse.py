"""`promptci browse`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.options import allow_code_option
from promptci.commands.reviewing import browse_results
from promptci.project.project import Project


@click.command(
    epilog="Needs the extra `tui`. REV means what it does to `promptci report`. Keys: Enter opens, "
    "Escape goes back, d shows the difference, f the lost examples alone, n goes to the next of "
    "them, a accepts one with a reason, r rejects it, s skips it, o opens its file in your editor."
)
@click.argument("revisions", metavar="[REV]...", nargs=-1)
@allow_code_option
@pass_project
def command(project: Project, *, revisions: tuple[str, ...]) -> int:
    """Look through results on the terminal: evals, their examples, both answers.

    Shows what `promptci report` writes: stored answers and committed records. Asks no model.
    """
    browse_results(project, revisions, is_review=False)
    return 0
