"""`promptci init`."""

from collections.abc import Iterator
from pathlib import Path

import click

from promptci.atomic import write_text
from promptci.commands.context import pass_project
from promptci.commands.installedfrom import UNKNOWN, own_requirement
from promptci.commands.options import json_option
from promptci.commands.starter import WORKFLOW, starter_files
from promptci.errors import RequestError
from promptci.parsing.source import decode
from promptci.project.fileschemas import write_schemas
from promptci.project.mergedriver import ATTRIBUTES, install_driver, with_record_line
from promptci.project.project import Project
from promptci.project.workspace import STATE
from promptci.render.json.init import InitV1
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import for_terminal

_UNKNOWN = (
    f"{WORKFLOW} installs promptci from {UNKNOWN}, since nothing says where yours is from: "
    "set PROMPTCI there to an address that its jobs can read"
)
_IGNORED = (STATE, f"{STATE}/", f"/{STATE}", f"/{STATE}/")


@click.command()
@click.option(
    "--workflow", "is_workflow", is_flag=True, help="Write the workflow for GitHub and no more."
)
@json_option
@pass_project
def command(project: Project, *, is_workflow: bool, wants_json: bool) -> int:
    """Write a small working project into this repository.

    It goes where you stand, since a folder of the repository can be a project. One prompt with its
    eval, a configuration, a line in .gitignore and one in .gitattributes, by which git merges score
    records, and a workflow for GitHub. Files that are there are never overwritten.
    """
    requirement = own_requirement()
    written = list(
        _write_workflow(project, requirement) if is_workflow else _write(project, requirement)
    )
    if requirement is None and WORKFLOW in written:
        project.observer.remark(_UNKNOWN)
    if wants_json:
        click.echo(dumps(InitV1(written=written)))
        return 0
    for path in written:
        click.echo(for_terminal(f"wrote {path}"))
    if not is_workflow:
        click.echo("now try `promptci run`, then commit what it wrote")
    return 0


def _write_workflow(project: Project, requirement: str | None) -> Iterator[str]:
    """Write the workflow alone, at the top of the repository, where workflows run."""
    path = project.workspace.repo.top / WORKFLOW
    if path.exists() or path.is_symlink():
        raise RequestError(f"{WORKFLOW} is there already: move it away first")
    write_text(path, starter_files(requirement)[WORKFLOW])
    yield WORKFLOW


def _write(project: Project, requirement: str | None) -> Iterator[str]:
    """Write the files; gives their paths. Raises `RequestError` before writing over one."""
    root = project.workspace.new_root
    files = starter_files(requirement)
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
