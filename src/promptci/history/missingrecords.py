"""Commits that have no record of what their files ask, so that it can be computed afterwards."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.check.trust import trusted
from promptci.errors import NothingToRunError, PromptCIError, RequestError, SpecError
from promptci.git.commits import parents
from promptci.git.repo import CommitTree, Repo, Tree
from promptci.git.revision import Revision
from promptci.history.laterrecords import LaterRecords
from promptci.records.record import Record
from promptci.run.planning.oldrecords import update_record
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection, select
from promptci.run.planning.task import BuildOf, Task
from promptci.suite.loading import load_base
from promptci.suite.suite import Suite

_RecordsOf: TypeAlias = Callable[[Tree, str], Mapping[str, Record]]
"""The records of an eval in a tree, by model. Raises `SpecError` if they are damaged."""

_Question: TypeAlias = tuple[str, str, str]
"""Eval, model and fingerprint."""


class Gap(Struct, frozen=True):
    """What a commit's files ask without a record of it; `obstacle` says why it cannot be asked."""

    revision: Revision
    tasks: tuple[Task, ...] = ()
    obstacle: str = ""


class MissingRecords(Struct, frozen=True):
    """Looks for gaps in a repository. `now` is the suite whose endpoints are trusted with keys."""

    repo: Repo
    now: Suite
    selection: Selection
    build_of: BuildOf
    records: _RecordsOf
    later: LaterRecords
    _asked: dict[str, frozenset[_Question]] = field(default_factory=dict)

    def gaps(self, ids: Sequence[str]) -> Iterator[Gap]:
        """The commits among these that need evaluation, parents before children as they are given.

        A commit that asks what its first parent asks, and whose parent is among them, needs none.
        Raises `NothingToRunError` after the last if there was nothing to ask in any.
        """
        can_ask = False
        for id_ in ids:
            revision = Revision(id_)
            tree = self.repo.tree(revision)
            try:
                tasks = self._tasks(tree)
            except PromptCIError as error:
                can_ask = True
                yield Gap(revision, obstacle=str(error).partition("\n")[0])
                continue
            can_ask = can_ask or bool(tasks)
            missing = tuple(task for task in self._news(revision, tasks) if self._lacks(tree, task))
            if missing:
                yield Gap(revision, missing)
        if not can_ask:
            raise NothingToRunError("none of these commits has such an eval: check the names")

    def _tasks(self, tree: CommitTree) -> tuple[Task, ...]:
        """What a commit asks; nothing where it has no such eval."""
        suite, _ = trusted(load_base(tree, self.selection.names), self.now, is_own=True)
        names = tuple(name for name in self.selection.names if _is_known(suite, name))
        if not suite.evals or (self.selection.names and not names):
            return ()
        return make_plan(suite, replace(self.selection, names=names), self.build_of).tasks

    def _news(self, revision: Revision, tasks: Sequence[Task]) -> list[Task]:
        """What a commit asks and its first parent did not."""
        self._asked[revision.id] = frozenset(map(_question, tasks))
        above = parents(self.repo, revision)
        inherited = self._asked.get(above[0], frozenset()) if above else frozenset()
        return [task for task in tasks if _question(task) not in inherited]

    def _lacks(self, tree: CommitTree, task: Task) -> bool:
        """Whether there is neither a committed record of a task nor one computed later."""
        later = self.later.get(tree.revision.id, task.spec.name).get(task.model.name)
        if later is not None and update_record(later, task).fingerprint == task.fingerprint:
            return later.build != task.settings.build
        try:
            record = self.records(tree, task.spec.name).get(task.model.name)
        except SpecError:
            return True
        return record is None or not _stands(record, task)


def _is_known(suite: Suite, name: str) -> bool:
    """Whether a suite has an eval that is called so."""
    try:
        return bool(select(suite, (name,)))
    except (RequestError, NothingToRunError):
        return False


def _question(task: Task) -> _Question:
    return task.spec.name, task.model.name, task.fingerprint


def _stands(record: Record, task: Task) -> bool:
    """Whether a record was made from what a task asks, at whatever address the model was then."""
    parts = replace(record.parts, model=task.parts.model)
    known_as = record.model_id.partition(" ")[2]
    return parts == task.parts and known_as == task.model.model_id
