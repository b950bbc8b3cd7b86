"""`promptci why`."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from promptci.check.baserevision import Base, choose_base
from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.compare.renames import Renames, find_renames
from promptci.errors import RepoError, RequestError, SpecError
from promptci.git.lineage import resolve
from promptci.git.repo import Tree
from promptci.history.partdiff import PartDiff, pair_tasks
from promptci.project.bases import build_if_installed
from promptci.project.project import Project
from promptci.records.record import Record
from promptci.render.json.jsontext import dumps
from promptci.render.json.why import why_report
from promptci.render.terminal import why as report
from promptci.run.plan import make_plan
from promptci.run.selection import Selection, select
from promptci.run.task import Task
from promptci.suite.loading import load_base


@click.command(epilog="NAME is an eval, a folder of evals, a prompt, or the path of one of them.")
@click.argument("name", shell_complete=complete_evals)
@click.option("--base", metavar="REV", help="Compare with this commit.  [default: the main branch]")
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Only this model.  [repeatable]"
)
@json_option
@pass_project
def command(
    project: Project, name: str, *, base: str | None, models: tuple[str, ...], wants_json: bool
) -> int:
    """Show which parts of an eval differ from the base, and how.

    The parts are what a score depends on: prompt, examples, scorers and model. Where none differs,
    the base's score still holds.
    """
    project.workspace.names = (name,)
    basis = _basis(project, base)
    head = make_plan(project.workspace.suite, Selection((name,)), build_if_installed(project)).tasks
    names = tuple(spec.name for spec in select(project.workspace.suite, (name,)))
    tree = project.workspace.repo.tree(basis.revision)
    renames, before = _base_tasks(project, tree, basis, names)
    pairs = pair_tasks(before, head, renames)
    found = [each for each in _diffs(project, tree, pairs) if _is_wanted(each, models)]
    if not found:
        raise RequestError(f"`{name}` runs on none of the models named: check --model")
    if wants_json:
        click.echo(dumps(why_report(found, basis)))
    else:
        click.echo(report.report(found, basis, look()), nl=False)
    return 0


def _basis(project: Project, base: str | None) -> Base:
    if base is None:
        return choose_base(project.workspace.repo, None, os.environ)
    return Base(resolve(project.workspace.repo, base), base)


def _is_wanted(found: PartDiff, models: Sequence[str]) -> bool:
    sides = [task.model.name for task in (found.base, found.head) if task is not None]
    return not models or any(name in models for name in sides)


def _base_tasks(
    project: Project, tree: Tree, basis: Base, names: Sequence[str]
) -> tuple[Renames, Sequence[Task]]:
    """What the base asks in evals of just these names, and what it calls those with another one."""
    try:
        suite = load_base(tree, names)
        renames = {
            n: was for n, was in find_renames(suite, project.workspace.suite).items() if n in names
        }
        there = tuple(was for name in names if (was := renames.get(name, name)) in suite.evals)
        build_of = build_if_installed(project)
        tasks = make_plan(suite, Selection(there), build_of).tasks if there else ()
        return renames, [task for task in tasks if task.spec.name in there]
    except SpecError as error:
        base = basis.revision.short
        raise RepoError(f"the files of the base {base} cannot be used: {error}") from error


def _diffs(
    project: Project, tree: Tree, pairs: Iterable[tuple[Task | None, Task | None]]
) -> Iterator[PartDiff]:
    for base, mine in pairs:
        record = _record(project, project.workspace.repo.worktree, mine)
        earlier = _record(project, tree, base)
        yield PartDiff(base, mine, record, earlier.build if earlier else None)


def _record(project: Project, tree: Tree, task: Task | None) -> Record | None:
    """The record of a task in a tree; a damaged one is as good as none."""
    if task is None:
        return None
    try:
        records: Mapping[str, Record] = project.workspace.records(tree, task.spec.name)
    except SpecError:
        return None
    return records.get(task.model.name)
