"""`promptci cache`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.options import json_option
from promptci.project.project import Project
from promptci.render import figures
from promptci.render.json.cache import CacheDeletedV1, CachePathV1, CacheSizeV1
from promptci.render.json.jsontext import dumps
from promptci.render.json.structure import Report
from promptci.secrets.safetext import for_terminal


@click.group(invoke_without_command=True)
@json_option
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
@json_option
@pass_project
def size(project: Project, wants_json: bool) -> int:
    """Show how many answers are stored and the room they take."""
    found = project.workspace.cache.size()
    said = f"{figures.counted(found.answers, 'answer')}, {found.bytes / 1e6:.1f} MB"
    path = str(project.workspace.cache_path)
    report = CacheSizeV1(path=path, answers=found.answers, bytes=found.bytes)
    return _say(f"{said}, in {path}", report, wants_json=wants_json)


@command.command()
@json_option
@pass_project
def path(project: Project, wants_json: bool) -> int:
    """Print where they are stored."""
    where = str(project.workspace.cache_path)
    return _say(where, CachePathV1(path=where), wants_json=wants_json)


@command.command()
@json_option
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
@json_option
@pass_project
def prune(project: Project, days: int, wants_json: bool) -> int:
    """Delete old ones."""
    gone = project.workspace.cache.prune(days)
    return _say_deleted(gone, f" older than {figures.counted(days, 'day')}", wants_json=wants_json)


def _say_deleted(gone: int, which: str, *, wants_json: bool) -> int:
    said = f"deleted {figures.counted(gone, 'answer')}{which}"
    return _say(said, CacheDeletedV1(deleted=gone), wants_json=wants_json)


def _say(sentence: str, report: Report, *, wants_json: bool) -> int:
    """The same for people and for programs."""
    click.echo(dumps(report) if wants_json else for_terminal(sentence))
    return 0
