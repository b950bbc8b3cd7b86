"""`promptci init`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.options import json_option
from promptci.project.project import Project
from promptci.project.schemas.fileschemas import SCHEMA_FOLDER
from promptci.project.starter.installedfrom import UNKNOWN
from promptci.project.starter.writing import write_starter
from promptci.render.json.init import InitV1
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import for_terminal

_UNKNOWN = (
    f"installs promptci from {UNKNOWN}, since nothing says where yours is from: "
    "set PROMPTCI there to an address that its jobs can read"
)
_NONE = (
    "no workflow was written, since those run from the repository's top alone: "
    "`promptci init --workflow` writes one for this folder there"
)


def _shown(path: str) -> str:
    """A file that was written; of the schemas, which editors read, their folder."""
    return f"{SCHEMA_FOLDER}/, for editors" if path.startswith(f"{SCHEMA_FOLDER}/") else path


@click.command()
@click.option(
    "--workflow", "is_workflow", is_flag=True, help="Write the workflow for GitHub and no more."
)
@json_option
@pass_project
def command(project: Project, *, is_workflow: bool, wants_json: bool) -> int:
    """Write a small working project into this repository.

    It goes into the current folder, since a folder of the repository can be a project; below a
    project, it goes there. One prompt with its eval, a configuration, a line in .gitignore and one
    in .gitattributes, by which git merges score records, and a workflow for GitHub. Files that are
    there are never overwritten.
    """
    started = write_starter(project, workflow_alone=is_workflow)
    if wants_json:
        click.echo(dumps(InitV1(written=list(started.written))))
    else:
        for path in dict.fromkeys(map(_shown, started.written)):
            click.echo(for_terminal(f"wrote {path}"))
    if not started.workflow:
        project.observer.remark(_NONE)
    elif not started.names_source:
        project.observer.remark(f"{started.workflow} {_UNKNOWN}")
    if wants_json:
        return started.exit_code
    if not is_workflow:
        click.echo("now try `promptci run`, then commit what it wrote")
    return started.exit_code
