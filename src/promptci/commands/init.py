"""`promptci init`."""

from collections.abc import Iterator
from pathlib import Path

import click

from promptci.atomic import write_text
from promptci.commands.context import pass_project
from promptci.commands.options import json_option
from promptci.commands.schema import write_schemas
from promptci.commands.starter import WORKFLOW, starter_files
from promptci.errors import RequestError
from promptci.parsing.source import decode
from promptci.project.mergedriver import ATTRIBUTES, install_driver, with_record_line
from promptci.project.project import Project
from promptci.project.workspace import STATE
from promptci.render.json.init import InitV1
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import for_terminal

_IGNORED = (STATE, f"{STATE}/", f"/{STATE}", f"/{STATE}/")


@click.command()
@json_option
@pass_project
def command(project: Project, wants_json: bool) -> int:
    """Write a small working project into this repository.

    It goes where you stand, since a folder of the repository can be a project. One prompt with its
    eval, a configuration, a line in .gitignore and one in .gitattributes, by which git merges score
    records, and a workflow for GitHub. Files that are there are never overwritten.
    """
    written = list(_write(project))
    if wants_json:
        click.echo(dumps(InitV1(written=written)))
        return 0
    for path in written:
        click.echo(for_terminal(f"wrote {path}"))
    click.echo("now try `promptci run`, then commit what it wrote")
    return 0


def _write(project: Project) -> Iterator[str]:
    """Write the files; gives their paths. Raises `RequestError` before writing over one."""
    root = project.workspace.new_root
    files = starter_files()
    if root != project.workspace.repo.top:  # workflows only run from the top of a repository
        del files[WORKFLOW]
    there = [path for path in files if (root / path).exists() or (root / path).is_symlink()]
    if there:
        which = f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already"
        raise RequestError(f"{which}: nothing was written; move away what is to be replaced")
    ignored = _with_ignored(root / ".gitignore")
    begun: list[Path] = []
    try:
        for path, text in files.items():
            begun.append(root / path)
            write_text(root / path, text)
    except BaseException:  # what is there in part would stand in the way of another try
        for each in begun:
            each.unlink(missing_ok=True)
        raise
    yield from files
    if write_text(root / ".gitignore", ignored):
        yield ".gitignore"
    attributes = root / ATTRIBUTES
    before = decode(attributes.read_bytes(), ATTRIBUTES) if attributes.exists() else ""
    if write_text(attributes, with_record_line(before)):
        yield ATTRIBUTES
    install_driver(project.workspace.repo)
    yield from write_schemas(root)


def _with_ignored(path: Path) -> str:
    """The text of `.gitignore` that keeps stored answers and logs out of git."""
    before = decode(path.read_bytes(), path.name) if path.exists() else ""
    if any(line.strip() in _IGNORED for line in before.splitlines()):
        return before
    gap = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{gap}{STATE}/\n"
