"""`promptci accept`."""

import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from promptci.commands.context import pass_project
from promptci.commands.display import folded
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.commands.reviewing import NOTHING_LOST, browse_results, lost_examples
from promptci.errors import NothingToRunError, RequestError
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.project.runrecords.accepting import AcceptedLosses, accept_lost
from promptci.render.json.history.accept import accept_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.history import accept as report
from promptci.run.planning.selection import select_one


@click.command(
    epilog="Without EXAMPLE it begins a review on the terminal, one lost example after the other, "
    "which needs the extra `tui`; without NAME, of all evals."
)
@click.argument("name", required=False, shell_complete=complete_evals)
@click.argument("examples", nargs=-1, metavar="[EXAMPLE]...")
@click.option("-m", "--message", "--reason", "why", metavar="WHY", help="Why they may be lost.")
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Only for this model.  [repeatable]"
)
@click.option(
    "--until", default="", metavar="DAY", help="The last day on which that holds, as 2026-01-31."
)
@click.option("--all-lost", is_flag=True, help="All that the stored answers say is lost.")
@json_option
@pass_project
def command(
    project: Project,
    name: str | None,
    *,
    examples: tuple[str, ...],
    why: str | None,
    models: tuple[str, ...],
    until: str,
    all_lost: bool,
    wants_json: bool,
) -> int:
    """Accept that examples are lost, and write down why, who and when.

    It goes into the eval's score record, for every model on which they fail: commit the file, so
    that a reviewer sees it. An accepted loss blocks nothing, until its day is over or the example
    passes again.
    """
    if all_lost and examples:
        raise RequestError("--all-lost takes every lost example: leave out their ids")
    if not all_lost and not examples:
        return _review(project, name, has_options=bool(why or models or until or wants_json))
    if not why:
        raise RequestError("an accepted loss needs a reason: add -m WHY")
    found = _all_lost(project, name, models) if all_lost else {name or "": list(examples)}
    if wants_json and len(found) > 1:
        raise RequestError("--json is about one eval: name it")
    for eval_name, ids in found.items():
        accepted = accept_lost(project, eval_name, ids, why, models=models, until=until)
        _show(accepted, ids, wants_json=wants_json)
    return 0


def _show(found: AcceptedLosses, ids: Sequence[str], *, wants_json: bool) -> None:
    if wants_json:
        text = dumps(accept_report(found.path, found.records, ids, is_written=found.is_written))
    else:
        text = report.report(found.path, found.records, ids, is_written=found.is_written)
    click.echo(text if wants_json else folded(text, sys.stdout), nl=wants_json)


def _all_lost(project: Project, name: str | None, models: Sequence[str]) -> dict[str, list[str]]:
    """What the stored answers say is lost and not accepted, by eval."""
    found: dict[str, list[str]] = {}
    for each in lost_examples(project, named_eval(project, name) if name else ""):
        if not models or each.model in models:
            found.setdefault(each.eval, []).append(each.id)
    if not found:
        raise NothingToRunError(NOTHING_LOST)
    return {eval_name: list(dict.fromkeys(ids)) for eval_name, ids in found.items()}


def _review(project: Project, name: str | None, *, has_options: bool) -> int:
    """Decide about one lost example after the other; 1 where losses are left."""
    if has_options:
        if name:
            with suppress(NothingToRunError):
                select_one(project.workspace.suite, name)
        raise RequestError("which EXAMPLE? Name it, or take all that are lost by --all-lost")
    evals = (named_eval(project, name),) if name else ()
    said, left = browse_results(project, (), is_review=True, evals=evals)
    click.echo(said)
    return 1 if left else 0
