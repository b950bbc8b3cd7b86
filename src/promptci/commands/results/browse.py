"""`promptci browse`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.limitoptions import allow_code_option
from promptci.commands.options import json_option
from promptci.commands.reviewing import browse_candidates, browse_results, page_of
from promptci.project.project import Project
from promptci.render.json.jsontext import dumped_parts
from promptci.render.terminal.examples import label_text


@click.command(
    epilog="Needs the extra `tui`. REV means what it does to `promptci report`. Keys: Enter opens, "
    "Escape goes back, d shows the difference, f the lost examples alone, n goes to the next of "
    "them, a accepts one with a reason, r rejects it, s skips it, o opens its file in your editor, "
    "c goes through an eval's candidates: t takes the answer as what is expected, e expects "
    "another, x drops it for good."
)
@click.argument("revisions", metavar="[REV]...", nargs=-1)
@click.option(
    "--candidates",
    metavar="EVAL",
    help="Review what `promptci collect` drafted for an eval, instead of results.",
)
@json_option
@allow_code_option
@pass_project
def command(
    project: Project, *, revisions: tuple[str, ...], candidates: str | None, wants_json: bool
) -> int:
    """Look through results on the terminal: evals, their examples, both answers.

    Shows what `promptci report` writes: stored answers and committed records. Asks no model.
    """
    if candidates is not None:
        if revisions or wants_json:
            raise click.UsageError("`--candidates` takes no other argument: they are no results")
        project.workspace.names = (candidates,)
        click.echo(label_text(browse_candidates(project, candidates)))
        return 0
    if wants_json:
        for part in dumped_parts(page_of(project, revisions)):
            click.echo(part, nl=False)
        click.echo()
        return 0
    browse_results(project, revisions, is_review=False)
    return 0
