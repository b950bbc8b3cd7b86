"""Compare the committed scores of two states of the project; no request is sent."""

from collections.abc import Mapping
from importlib import import_module

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.baserevision import Base
from promptci.compare.outcomes.costs import CostChange, cost_change, known_costs
from promptci.errors import RepoError, RequestError
from promptci.git.lineage import day_of, resolve
from promptci.git.repo import CommitTree, Tree
from promptci.history.edits import edited_chunks, has_edits, local_base
from promptci.history.recordchanges import DiffRow, RecordDiff
from promptci.history.recorddiff import diff_records
from promptci.project.history.splitting import Splitting
from promptci.project.workspace import ProjectFiles
from promptci.remembered import REMEMBERED


class ScoreDiff(Struct, frozen=True):
    """What differs between the records of a base and those of a head, with their names."""

    found: RecordDiff
    base: Base
    head: str

    @property
    def exit_code(self) -> int:
        """That of what differs."""
        return self.found.exit_code


def diff_scores(
    project: ProjectFiles,
    base: str | None,
    head: str | None,
    environ: Mapping[str, str],
    *,
    decides: bool = False,
) -> ScoreDiff:
    """Compare score records with those of a base, by default where this branch left the main one.

    The head is the files as they are unless it names a commit. `environ` is what a continuous
    integration service says of its job; with `decides` a fall is an exit code. Raises `RepoError`
    before the first commit and `RequestError` for a head without a base.
    """
    repo = project.workspace.repo
    if repo.head() is None:
        raise RepoError("there is no commit yet, so there is nothing to compare with: commit first")
    if head is not None and base is None:
        raise RequestError("--head needs a BASE to compare with: name both")
    tree = repo.worktree if head is None else _tree(project, head)
    before = _base(project, base, environ)
    at = tree.revision if isinstance(tree, CommitTree) else repo.head()
    day = day_of(repo, at, before.revision)
    there = repo.tree(before.revision)
    chunks = edited_chunks(repo, there, tree)
    splits = Splitting(tree)
    found = diff_records(there, tree, splits.between(there, tree), day=day, chunks=chunks)
    with REMEMBERED.kept_in(lambda: project.workspace.cache_path.parent):
        older = _older(project, before, tree, head, found, splits)
        rows = tuple(replace(row, cost=_cost(row)) for row in found.rows)
    found = replace(found, decides=decides, older=older, rows=rows)
    return ScoreDiff(found, before, tree.name)


def _cost(row: DiffRow) -> CostChange | None:
    """What the answers of both sides took, where runs on this machine stored it."""
    if row.base.fingerprint == row.head.fingerprint:
        return None
    return cost_change(known_costs(row.base), known_costs(row.head))


def _older(
    project: ProjectFiles,
    base: Base,
    tree: Tree,
    head: str | None,
    found: RecordDiff,
    splits: Splitting,
) -> tuple[str, ...]:
    """Records of either side that are older than its files, also where both sides say the same.

    Where only records differ, nothing but those evals is read of the base.
    """
    repo = project.workspace.repo
    revision = None if head is None else resolve(repo, head)
    edits = import_module("promptci.history.olderrecords")
    here = repo.head()
    is_here = revision is None or (here is not None and here.id == revision.id)
    known = project.workspace.known_configuration if head is None else None
    at = "" if is_here or revision is None else revision.short
    now = edits.older_records(tree, at=at, known=known, goldens=splits.goldens)
    is_edited = has_edits(repo, base.revision, revision)
    names = tuple(sorted({row.base.eval for row in found.rows}))
    before = ()
    if is_edited or names:
        there = repo.tree(base.revision), () if is_edited else names
        before = edits.older_records(*there, at=base.revision.short)
    both = (each for each in (*now, *before) if each in now or each.has_record)
    said: tuple[str, ...] = edits.older_sentences(both)
    return said


def _tree(project: ProjectFiles, head: str) -> Tree:
    """A commit's files; one that was named by its id goes by the first digits of it."""
    revision = resolve(project.workspace.repo, head)
    is_id = revision.id.startswith(head)
    return project.workspace.repo.tree(replace(revision, name="") if is_id else revision)


def _base(project: ProjectFiles, base: str | None, environ: Mapping[str, str]) -> Base:
    if base is None:
        return local_base(project.workspace.repo, None, environ)
    return Base(resolve(project.workspace.repo, base), base)
