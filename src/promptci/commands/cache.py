"""`promptci cache`."""

from collections.abc import Mapping
from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.project.project import Project
from promptci.render import figures
from promptci.render.json import document
from promptci.secrets.safetext import for_terminal

_json = click.option("--json", "wants_json", is_flag=True, help="Print one JSON document.")


@click.group(invoke_without_command=True)
@_json
@click.pass_context
def command(ctx: click.Context, wants_json: bool) -> int:
    """Show, prune or clear the stored answers.

    Stored answers save money and time; deleting them changes no result. Without a command this
    shows how many there are.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    code: int = ctx.invoke(size, wants_json=wants_json)
    return code


@command.command()
@_json
@pass_project
def size(project: Project, wants_json: bool) -> int:
    """Show how many answers are stored and the room they take."""
    found = project.workspace.cache.size()
    said = f"{figures.counted(found.answers, 'answer')}, {found.bytes / 1e6:.1f} MB"
    where = {
        "path": str(project.workspace.cache_path),
        "answers": found.answers,
        "bytes": found.bytes,
    }
    return _say(f"{said}, in {project.workspace.cache_path}", where, wants_json=wants_json)


@command.command()
@_json
@pass_project
def path(project: Project, wants_json: bool) -> int:
    """Print where they are stored."""
    where = str(project.workspace.cache_path)
    return _say(where, {"path": where}, wants_json=wants_json)


@command.command()
@_json
@pass_project
def clear(project: Project, wants_json: bool) -> int:
    """Delete all of them."""
    gone = project.workspace.cache.size().answers
    project.workspace.cache.clear()
    return _say_deleted(gone, "", wants_json=wants_json)


@command.command()
@click.option(
    "--days", type=click.IntRange(min=0), default=90, show_default=True, help="Keep younger ones."
)
@_json
@pass_project
def prune(project: Project, days: int, wants_json: bool) -> int:
    """Delete old ones."""
    gone = project.workspace.cache.prune(days)
    return _say_deleted(gone, f" older than {figures.counted(days, 'day')}", wants_json=wants_json)


def _say_deleted(gone: int, which: str, *, wants_json: bool) -> int:
    said = f"deleted {figures.counted(gone, 'answer')}{which}"
    return _say(said, {"deleted": gone}, wants_json=wants_json)


def _say(sentence: str, facts: Mapping[str, Any], *, wants_json: bool) -> int:
    """The same for people and for programs."""
    text = document.dumps({"command": "cache", "exit_code": 0, **facts})
    click.echo(text if wants_json else for_terminal(sentence))
    return 0
