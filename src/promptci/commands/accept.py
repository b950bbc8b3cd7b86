"""`promptci accept`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.errors import RequestError
from promptci.history.recordhistory import path_eval_name
from promptci.parsing.source import did_you_mean, excerpt
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.project.recording import write_record
from promptci.project.workspace import score_path
from promptci.records.losses import accept_losses
from promptci.records.record import Record
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
@json_option
@pass_project
def command(
    project: Project,
    name: str,
    *,
    examples: tuple[str, ...],
    why: str,
    models: tuple[str, ...],
    wants_json: bool,
) -> int:
    """Accept that examples are lost, and write down why.

    It goes into the eval's score record, for every model on which they fail: commit the file, so
    that a reviewer sees it. An accepted loss blocks nothing.
    """
    name = named_eval(project, name)
    before = _records(project, name)
    after = accept_losses(before, examples, why, models=models)
    path = score_path(name)
    is_written = write_record(project, path, after)
    shown = {model: after[model] for model in models or after}
    if wants_json:
        click.echo(dumps(accept_report(path, shown, examples, is_written=is_written)))
    else:
        click.echo(report.report(path, shown, examples, is_written=is_written), nl=False)
    return 0


def _records(project: Project, name: str) -> dict[str, Record]:
    """The records in the working tree. Raises `RequestError` if there are none."""
    tree = project.workspace.repo.worktree
    records = project.workspace.records(tree, name)
    if records:
        return records
    known = [path_eval_name(p) for p in tree.files("evals") if p.endswith(".scores.yaml")]
    if known and name not in known:
        raise RequestError(f"there is no record of `{excerpt(name)}`: {did_you_mean(name, known)}")
    raise RequestError(
        f"there is no record of `{excerpt(name)}`: run `promptci run {excerpt(name)}`"
    )
