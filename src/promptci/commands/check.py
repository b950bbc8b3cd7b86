"""`promptci check`."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from promptci.atomic import write_report
from promptci.check.baserevision import Base, base_of, choose_base
from promptci.check.check import Checker
from promptci.check.checked import Checked
from promptci.check.pullrequest import is_from_fork
from promptci.check.trust import under_terms_of
from promptci.commands.context import look, pass_project
from promptci.errors import RepoError, RequestError, SpecError
from promptci.git.commits import IndexTree
from promptci.git.lineage import resolve
from promptci.git.repo import CommitTree, Tree
from promptci.project.project import Project
from promptci.project.session import Session, confirm_option, limit_options, limits_of
from promptci.records.record import Record
from promptci.render import annotations, junit
from promptci.render.json import document
from promptci.render.markdown import report as markdown
from promptci.render.terminal import check as report
from promptci.secrets.display import CleanStream
from promptci.specs.config import Config
from promptci.specs.keys import missing_keys
from promptci.suite.suite import CONFIG, Suite, load_base, load_suite


@click.command()
@click.option(
    "--base", metavar="REV", help="Compare with this revision.  [default: the main branch]"
)
@click.option("--staged", is_flag=True, help="Check what is staged instead of the working tree.")
@click.option(
    "--frozen", is_flag=True, help="Ask nobody: hold the committed records against each other."
)
@click.option(
    "--head",
    metavar="REV",
    help="Check this commit without checking it out; the base is then HEAD unless named.",
)
@click.option(
    "--no-key",
    "no_key",
    type=click.Choice(["skip", "fail"]),
    default="skip",
    show_default=True,
    help="Without an endpoint's key leave its evals out, which is no verdict, or refuse to start.",
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
    head: str | None,
    no_key: str,
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
    basis, tree = _sides(project, base, head, staged=staged)
    before = project.repo.tree(basis.revision)
    base_suite, notes = _base_suite(before, basis.revision.short), list[str]()
    if basis.tip is not None and basis.tip.id != basis.revision.id:
        tip = _base_suite(project.repo.tree(basis.tip), basis.tip.name or basis.tip.short)
        base_suite, notes = under_terms_of(base_suite, tip)
    _need_same_root(project, before)
    if tree is not project.repo.worktree:
        project.suite = load_suite(tree)
    project.config = project.code_config = base_suite.config
    barred = _barred(base_suite.config) if no_key == "skip" else {}
    session = Session(project, replace(limits_of(options, base_suite.config), barred=barred))
    checker = Checker(
        basis=basis,
        base=base_suite,
        head=project.suite,
        base_records=_records(project, before),
        head_records=_records(project, tree),
        build_of=_no_build if frozen else project.build,
        run=session.run,
        find=project.cache.get,
        need_code=project.need_code,
        times=times,
        barred=barred,
        is_fork=is_from_fork(os.environ),
    )
    checked = _with_remarks(checker.check(frozen=frozen), project)
    checked = replace(checked, notes=(*notes, *checked.notes))
    _write_reports(checked, markdown_file, junit_file)
    click.echo(
        document.check(checked) if wants_json else report.report(checked, look()), nl=wants_json
    )
    return checked.exit_code


def _sides(
    project: Project, base: str | None, head: str | None, *, staged: bool
) -> tuple[Base, Tree]:
    """The base, and the files that are held against it."""
    repo = project.repo
    if head is None:
        tree: Tree = IndexTree(repo) if staged else repo.worktree
        return choose_base(repo, base, os.environ, staged=staged), tree
    if staged:
        raise RequestError("--head names a commit and --staged the index: leave one of them out")
    revision = resolve(repo, head)
    return base_of(repo, revision, base or "HEAD"), repo.tree(revision)


def _need_same_root(project: Project, base: CommitTree) -> None:
    """A change must not choose which project of a repository is checked. Raises `RepoError`.

    Where the base has a project at another of the folders above, that is the one it should be.
    """
    repo = project.repo
    here = repo.prefix
    for prefix in repo.prefixes:
        tree = base if prefix == here else base.below(prefix)
        if tree.exists(CONFIG) or tree.files("evals") or tree.files("prompts"):
            if prefix != here:
                there = f"`{prefix or '.'}` at the base and `{here or '.'}` here"
                raise RepoError(f"the project is in {there}: check both by their folders, with -C")
            return


def _barred(config: Config) -> dict[str, str]:
    """The endpoints that cannot be asked for want of a key, and why."""
    return missing_keys(config.endpoints, os.environ, is_fork=is_from_fork(os.environ))


def _with_remarks(checked: Checked, project: Project) -> Checked:
    remark = project.state_remark
    return replace(checked, notes=(*checked.notes, remark)) if remark else checked


def _base_suite(tree: Tree, name: str) -> Suite:
    try:
        return load_base(tree)
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
        write_report(markdown_file, [markdown.comment(checked)])
    if junit_file is not None:
        write_report(junit_file, junit.report(checked))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            CleanStream(file).write(markdown.summary(checked))
    if os.environ.get("GITHUB_ACTIONS"):
        write = getattr(sys.stderr, "write_commands", sys.stderr.write)
        write(annotations.report(checked))
