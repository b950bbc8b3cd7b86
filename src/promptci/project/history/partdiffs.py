"""Find which parts of an eval differ from a base: prompt, examples, scorers and model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.baserevision import Base
from promptci.compare.pairing.renames import Renames, find_origins
from promptci.errors import RepoError, RequestError, SpecError
from promptci.git.lineage import resolve
from promptci.git.repo import Tree
from promptci.history.edits import local_base
from promptci.history.partdiff import PartDiff, pair_tasks
from promptci.project.project import Project
from promptci.project.runrecords.bases import build_if_installed
from promptci.records.record import Record
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection, select
from promptci.run.planning.task import Task
from promptci.suite.golden import Golden
from promptci.suite.loading import load_base
from promptci.suite.suite import Suite

_Digests: TypeAlias = Mapping[str, Mapping[str, str]]
"""Names of evals by digests of examples, by eval."""


class PartDiffs(Struct, frozen=True):
    """The parts of an eval at the base and now, model by model."""

    found: tuple[PartDiff, ...]
    base: Base

    @property
    def exit_code(self) -> int:
        """0: whatever differs, it was found."""
        return 0


def diff_parts(
    project: Project, name: str, *, base: str | None = None, models: Sequence[str] = ()
) -> PartDiffs:
    """Compare the parts of an eval with those at a base, by default the main branch.

    Raises `RequestError` where the eval runs on none of the models, and `RepoError` where the
    files of the base cannot be used.
    """
    revision = _base(project, base)
    suite = project.workspace.suite
    head = make_plan(suite, Selection((name,)), build_if_installed(project)).tasks
    names = tuple(spec.name for spec in select(suite, (name,)))
    tree = project.workspace.repo.tree(revision.revision)
    renames, before, elsewhere, taken = _base_tasks(project, tree, revision, names)
    pairs = pair_tasks(before, head, renames)
    found = tuple(
        replace(
            each,
            elsewhere=elsewhere.get(each.task.spec.name, {}),
            taken=taken.get(each.task.spec.name, {}),
        )
        for each in _diffs(project, tree, pairs)
        if _is_wanted(each, models)
    )
    if not found:
        raise RequestError(f"`{name}` runs on none of the models named: check --model")
    return PartDiffs(found, revision)


def _base(project: Project, base: str | None) -> Base:
    repo = project.workspace.repo
    if base is None:
        return local_base(repo, None, project.environ)
    return Base(resolve(repo, base), base)


def _is_wanted(found: PartDiff, models: Sequence[str]) -> bool:
    sides = [task.model.name for task in (found.base, found.head) if task is not None]
    return not models or any(name in models for name in sides)


def _base_tasks(
    project: Project, tree: Tree, base: Base, names: Sequence[str]
) -> tuple[Renames, Sequence[Task], _Digests, _Digests]:
    """What the base asks in evals of just these names, and what it calls those with another one.

    Last come, by eval, the digests of examples that other parts of one that was split have now, and
    of those of evals that were joined into it.
    """
    try:
        suite = load_base(tree, names)
        origins, joins = find_origins(suite, project.workspace.suite)
        renames = {name: was for name, was in origins.items() if name in names}
        there = tuple(was for name in names if (was := renames.get(name, name)) in suite.evals)
        build_of = build_if_installed(project)
        tasks = make_plan(suite, Selection(there), build_of).tasks if there else ()
        elsewhere = {name: _elsewhere(project.workspace.suite, origins, name) for name in names}
        taken = {name: _taken(suite, joins, name) for name in names}
        return renames, [task for task in tasks if task.spec.name in there], elsewhere, taken
    except SpecError as error:
        wrong = f"the files of the base {base.revision.short} cannot be used"
        raise RepoError(f"{wrong}: {error}") from error


def _taken(base: Suite, joins: Mapping[str, str], name: str) -> dict[str, str]:
    """The digests of examples of the base's evals that were joined into one."""
    return {
        example.digest: was
        for was, into in joins.items()
        if into == name
        for example in Golden.of(base.tree, base.evals[was]).examples()
    }


def _elsewhere(suite: Suite, origins: Renames, name: str) -> dict[str, str]:
    """The digests of examples that other evals have which came from the same one."""
    was = origins.get(name, name)
    others = [each for each in suite.evals if each != name and origins.get(each, each) == was]
    return {
        example.digest: other
        for other in others
        for example in Golden.of(suite.tree, suite.evals[other]).examples()
    }


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
