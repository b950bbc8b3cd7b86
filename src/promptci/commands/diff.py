"""`promptci diff`."""

import os
from dataclasses import replace
from importlib import import_module

import click

from promptci.check.baserevision import Base, choose_base
from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.commands.reading import pass_files, splitting
from promptci.errors import RepoError, RequestError
from promptci.git.lineage import resolve
from promptci.git.repo import Tree
from promptci.history.recorddiff import diff_records
from promptci.project.workspace import ProjectFiles
from promptci.render.json.diff import diff_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal import diff as report


@click.command()
@click.argument("base", required=False)
@click.option("--head", metavar="REV", help="Compare this commit instead of the files as they are.")
@click.option("--exit-code", "decides", is_flag=True, help="Exit 1 where something got worse.")
@json_option
@pass_files
def command(
    project: ProjectFiles, base: str | None, *, head: str | None, decides: bool, wants_json: bool
) -> int:
    """Show how the committed scores differ from those of another commit.

    Reads score records only and sends no request. BASE is a git revision, by default where this
    branch left the main one. With --exit-code, 1 says that an example was lost or a score fell, and
    3 that something could not be compared or that a record is older than its files.
    """
    if project.workspace.repo.head() is None:
        raise RepoError("there is no commit yet, so there is nothing to compare with: commit first")
    if head is not None and base is None:
        raise RequestError("--head needs a BASE to compare with: name both")
    basis = _basis(project, base)
    tree = project.workspace.repo.worktree if head is None else _tree(project, head)
    found = diff_records(project.workspace.repo.tree(basis.revision), tree, splitting(tree))
    found = replace(found, decides=decides, older=_older(project, basis, tree, head))
    if wants_json:
        click.echo(dumps(diff_report(found, basis, tree.name)))
    else:
        click.echo(report.report(found, basis, tree.name, look()), nl=False)
    return found.exit_code


def _older(project: ProjectFiles, basis: Base, tree: Tree, head: str | None) -> tuple[str, ...]:
    """Records that are older than their files; where only records differ nothing is read for it."""
    repo = project.workspace.repo
    revision = None if head is None else resolve(repo, head)
    edits = import_module("promptci.history.olderrecords")
    if not edits.has_edits(repo, basis.revision, revision):
        return ()
    return tuple(each.sentence for each in edits.older_records(tree))


def _tree(project: ProjectFiles, head: str) -> Tree:
    """A commit's files; one that was named by its id goes by the first digits of it."""
    revision = resolve(project.workspace.repo, head)
    is_id = revision.id.startswith(head)
    return project.workspace.repo.tree(replace(revision, name="") if is_id else revision)


def _basis(project: ProjectFiles, base: str | None) -> Base:
    if base is None:
        return choose_base(project.workspace.repo, None, os.environ)
    return Base(resolve(project.workspace.repo, base), base)
