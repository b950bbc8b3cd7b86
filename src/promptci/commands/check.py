"""`promptci check`."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from promptci.atomic import write_text
from promptci.basis import choose_basis
from promptci.check import Checked, Checker
from promptci.commands.context import look, pass_project
from promptci.commands.session import Session, confirm_option, limit_options, limits_of
from promptci.errors import RepoError, SpecError
from promptci.history import IndexTree
from promptci.project import Project
from promptci.record import Record
from promptci.render import annotations, document, junit, markdown
from promptci.render import check as report
from promptci.repo import Tree
from promptci.suite import Suite, load_suite
from promptci.vault import redact


@click.command()
@click.option(
    "--base", metavar="REV", help="Compare with this revision.  [default: the main branch]"
)
@click.option("--staged", is_flag=True, help="Check what is staged instead of the working tree.")
@click.option(
    "--frozen", is_flag=True, help="Ask nobody: hold the committed records against each other."
)
@confirm_option
@click.option(
    "--markdown",
    "markdown_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a report for a pull request.",
)
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write JUnit XML.",
)
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON document instead.")
@limit_options
@pass_project
def command(
    project: Project,
    *,
    base: str | None,
    staged: bool,
    frozen: bool,
    times: int,
    markdown_file: Path | None,
    junit_file: Path | None,
    wants_json: bool,
    **options: Any,
) -> int:
    """Hold a change against its base, as continuous integration does.

    Evaluates what changed between base and head, reuses the rest, verifies that the committed
    records match, and applies the gate. Writes nothing into the tree. Exits 1 where the change
    may not pass and 3 where there is no verdict.
    """
    basis = choose_basis(project.repo, base, os.environ)
    tree: Tree = IndexTree(project.repo) if staged else project.repo.worktree
    before = project.repo.tree(basis.revision)
    base_suite = _base_suite(before, basis.revision.short)
    if staged:
        project.suite = load_suite(tree)
    session = Session(project, limits_of(options, base_suite.config))
    checker = Checker(
        basis=basis,
        base=base_suite,
        head=project.suite,
        base_records=_records(project, before),
        head_records=_records(project, tree),
        build_of=_no_build if frozen else project.build,
        run=session.run,
        find=project.cache.get,
        times=times,
    )
    checked = checker.check(frozen=frozen)
    _write_reports(checked, markdown_file, junit_file)
    click.echo(
        document.check(checked) if wants_json else report.report(checked, look()), nl=wants_json
    )
    return checked.exit_code


def _base_suite(tree: Tree, name: str) -> Suite:
    try:
        return load_suite(tree)
    except SpecError as error:
        raise RepoError(f"the files of the base {name} cannot be used: {error}") from error


def _records(project: Project, tree: Tree) -> Callable[[str], Mapping[str, Record]]:
    """The records of a tree, each file read once."""
    known: dict[str, Mapping[str, Record]] = {}

    def find(name: str) -> Mapping[str, Record]:
        if name not in known:
            known[name] = project.records(tree, name)
        return known[name]

    return find


def _no_build(_: object) -> str:
    return ""


def _write_reports(checked: Checked, markdown_file: Path | None, junit_file: Path | None) -> None:
    """The reports that were asked for, and those that GitHub takes by itself."""
    if markdown_file is not None:
        write_text(markdown_file, markdown.comment(checked))
    if junit_file is not None:
        write_text(junit_file, junit.report(checked))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(redact(markdown.summary(checked)))
    if os.environ.get("GITHUB_ACTIONS"):
        sys.stderr.write(annotations.report(checked))
