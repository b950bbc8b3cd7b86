"""`promptci cache`."""

from pathlib import Path

import click

from promptci.bundles.carrying import take_answers, write_answers
from promptci.cache.upkeep import damaged, drop_all_but, drop_older, every_answer
from promptci.commands.context import pass_project
from promptci.commands.options import json_option
from promptci.errors import RequestError, StorageError
from promptci.project.project import Project
from promptci.project.running import plan_run
from promptci.project.sharedstore import push_answers
from promptci.render import figures
from promptci.render.json.jsontext import dumps
from promptci.render.json.results.cache import (
    CacheCarriedV1,
    CacheDeletedV1,
    CachePathV1,
    CachePushedV1,
    CacheSizeV1,
    CacheVerifyV1,
)
from promptci.render.json.structure import Report
from promptci.run.planning.selection import Selection
from promptci.secrets.safetext import for_terminal


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, wants_json: bool) -> int:
    """Show, carry, check, prune or clear the stored answers.

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
    "--days",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Keep those that are younger.  [default: 90]",
)
@click.option(
    "--keep", type=click.IntRange(min=0), default=None, metavar="N", help="Keep the newest N."
)
@json_option
@pass_project
def prune(project: Project, days: int | None, keep: int | None, wants_json: bool) -> int:
    """Delete old ones."""
    if keep is not None:
        if days is not None:
            raise RequestError("--days and --keep exclude each other: give one")
        gone = drop_all_but(project.workspace.cache, keep)
        return _say_deleted(gone, f", kept the newest {keep:,}", wants_json=wants_json)
    younger = 90 if days is None else days
    gone = drop_older(project.workspace.cache, younger)
    older = f" older than {figures.counted(younger, 'day')}"
    return _say_deleted(gone, older, wants_json=wants_json)


@command.command()
@json_option
@pass_project
def verify(project: Project, wants_json: bool) -> int:
    """Look all through; damaged ones are deleted, to be asked again, and exit 1.

    A file that is damaged as a whole is moved aside. Of a project that may not be written nothing
    is deleted, and damage exits 3.
    """
    cache = project.workspace.cache
    good, bad = damaged(cache)
    said = f"{figures.counted(good, 'answer')} as they were written"
    if bad and not cache.may_write:
        found = f"{figures.counted(bad, 'damaged answer')} beside {said}"
        told = f"make {cache.path.parent} writable and verify again, which deletes what is damaged"
        raise StorageError(f"{cache.path}: {found}: {told}")
    if bad:
        said += f"; {figures.counted(bad, 'damaged one')} deleted, which the next run asks again"
    aside = str(cache.moved_aside or "")
    code = 1 if bad or aside else 0
    report = CacheVerifyV1(exit_code=code, good=good, damaged=bad, aside=aside)
    _say(said, report, wants_json=wants_json)
    return report.exit_code


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@pass_project
def export_(project: Project, file: Path, wants_json: bool) -> int:
    """Write all into FILE, to be carried to another machine."""
    answers = every_answer(project.workspace.cache)
    count = write_answers(file, answers)
    said = f"{figures.counted(count, 'answer')} in {file}"
    return _say(said, CacheCarriedV1(path=str(file), answers=count), wants_json=wants_json)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_project
def import_(project: Project, file: Path, wants_json: bool) -> int:
    """Take in the answers of FILE; those that are stored already stay.

    FILE is what `promptci cache export` or `promptci run --shard` wrote. Take only files of your
    own: a checksum is no signature.
    """
    found = take_answers(project.workspace.cache, file)
    held = figures.counted(found.held, "answer")
    if found.new == found.held:
        said = f"{held} of {file} taken in"
    elif found.new:
        said = f"{found.new:,} of the {held} of {file} taken in; the others were stored already"
    else:
        said = f"nothing new in {file}: its {held} were stored already"
    report = CacheCarriedV1(path=str(file), answers=found.held, new=found.new)
    return _say(said, report, wants_json=wants_json)


@command.command()
@json_option
@pass_project
def push(project: Project, wants_json: bool) -> int:
    """Send to the shared store what it lacks.

    That is what earlier runs could not send, and of the answers to the evals as they are now those
    that are not there. Exits 3 where something could not be sent.
    """
    project.workspace.runs_the_rest = True
    suite = project.workspace.suite
    found = push_answers(project, plan_run(project, Selection()) if suite.evals else None)
    said = f"{figures.counted(found.sent, 'answer')} sent to {found.url}"
    if found.unsent or found.why:
        said += f"; {figures.counted(found.unsent, 'answer')} could not be sent: {found.why}"
    report = CachePushedV1(
        exit_code=found.exit_code,
        store=found.url,
        sent=found.sent,
        unsent=found.unsent,
        why=found.why,
    )
    _say(said, report, wants_json=wants_json)
    return found.exit_code


def _say_deleted(gone: int, which: str, *, wants_json: bool) -> int:
    said = f"deleted {figures.counted(gone, 'answer')}{which}"
    return _say(said, CacheDeletedV1(deleted=gone), wants_json=wants_json)


def _say(sentence: str, report: Report, *, wants_json: bool) -> int:
    """The same for people and for programs."""
    click.echo(dumps(report) if wants_json else for_terminal(sentence))
    return 0
