"""`promptci import`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import click

from promptci.commands.context import pass_project
from promptci.commands.display import folded, say
from promptci.commands.options import json_option
from promptci.errors import RequestError
from promptci.importers.kinds import IMPORTERS
from promptci.importers.result import ImportResult
from promptci.importers.spreadsheets.columnnames import usual_name
from promptci.project.importing import import_source
from promptci.project.project import Project
from promptci.render.json.exchange.imported import imported_report
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import for_terminal

_KINDS = "\n\n".join(f"  {name}: {each.title}" for name, each in IMPORTERS.items())

_OUTPUTS = ".outputs.jsonl"


@click.command(epilog=f"Kinds:\n\n{_KINDS}")
@click.argument("source", nargs=-1, required=True, metavar="[KIND] PATH")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--lossy", is_flag=True, help="Exit 0 even if something could not be carried.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="NAME=COLUMN",
    help="What a table's column is: id, expected, tags or a variable's name (repeatable).",
)
@json_option
@pass_project
def command(
    project: Project,
    *,
    source: tuple[str, ...],
    force: bool,
    lossy: bool,
    mapping: tuple[str, ...],
    wants_json: bool,
) -> int:
    """Bring prompts, tests and outputs of another tool into this project.

    PATH is a file or folder of the other tool; KIND is guessed where it can be. Nothing of it is
    run and nothing is fetched. What cannot be carried is listed with its place, and the exit code
    is 1 then, unless --lossy is given. Files that are there are never overwritten without --force.
    """
    kind, path = _operands(source)
    result = import_source(
        project,
        Path(path),
        kind,
        overwrite=force,
        lossy=lossy,
        mapping=_mapping(mapping),
        ask=_ask if sys.stdin.isatty() and not wants_json else None,
    )
    if wants_json:
        click.echo(dumps(imported_report(result)))
        return result.exit_code
    _tell(result)
    return result.exit_code


def _operands(source: tuple[str, ...]) -> tuple[str | None, str]:
    if len(source) > 2:
        raise RequestError("`promptci import` takes a kind and one path: import others one by one")
    return (source[0], source[1]) if len(source) == 2 else (None, source[0])


def _mapping(options: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for option in options:
        name, equals, column = option.partition("=")
        if not equals or not name or not column:
            raise RequestError(f"--map {option}: write NAME=COLUMN, such as expected=Queue")
        if name in found:
            raise RequestError(f"--map {name} is there twice: keep one")
        found[name] = column
    return found


def _ask(columns: list[str]) -> dict[str, str]:
    """Ask once what each column is."""
    asked = "What is each column? `id`, `expected`, `tags`, a variable's name, or - for nothing."
    click.echo(folded(asked, sys.stdout))
    found: dict[str, str] = {}
    for column in columns:
        answer = click.prompt(for_terminal(column), default=usual_name(column)).strip()
        if answer != "-":
            found[answer] = column
    return found


def _next(written: Sequence[str]) -> str:
    """What to try after `lint`: recorded outputs are judged at no cost."""
    for path in written:
        if path.endswith(_OUTPUTS):
            name = path.removeprefix("evals/").removesuffix(_OUTPUTS)
            judge = f"`promptci score {quote(name)} --outputs {quote(path)}`"
            return f"{judge}, which judges the recorded outputs and asks nothing"
    return "`promptci run --dry-run`"


def _tell(result: ImportResult) -> None:
    for path in result.written:
        click.echo(folded(for_terminal(f"wrote {path}"), sys.stdout))
    for fault in result.losses:
        click.echo(folded(for_terminal(f"lost: {fault}"), sys.stdout))
    for fault in result.notes:
        click.echo(folded(for_terminal(str(fault)), sys.stdout))
    if result.losses:
        count = len(result.losses)
        things = "one thing was" if count == 1 else f"{count:,} things were"
        say(f"{things} not carried, see above")
    say(f"now try `promptci lint`, then {_next(result.written)}")
