"""What a check reads: the files of base and head, with their records."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from promptci.check.baserevision import Base, base_of
from promptci.check.pullrequest import is_from_fork
from promptci.check.trust import trusted
from promptci.errors import RepoError, RequestError, SpecError
from promptci.git.index import IndexTree
from promptci.git.lineage import resolve
from promptci.git.projectfolder import is_part_of_one
from promptci.git.repo import CommitTree, Repo, Tree
from promptci.history.edits import local_base
from promptci.project.project import Project
from promptci.projectpaths import CONFIG
from promptci.records.record import Record
from promptci.run.planning.task import no_build
from promptci.specs.config import Config
from promptci.specs.credentials import missing_keys
from promptci.suite.filenames import FOLDERS
from promptci.suite.loading import load_base
from promptci.suite.suite import Suite

if TYPE_CHECKING:
    from promptci.check.lastfitting import FindLastFitting, FittingRecords, LastFitting


def left_out(suite: Suite) -> list[str]:
    """Why files of the change are not evaluated, in a sentence each."""
    firsts = {
        fault.path: fault for fault in reversed(suite.warnings) if fault.path in suite.optional
    }
    return [f"left out: {fault}" for _, fault in sorted(firsts.items())]


def find_last_fitting(
    project: Project, base: Base, base_suite: Suite, *, frozen: bool
) -> "FindLastFitting":
    """Finds the last commit whose record of an eval fits its files, from the base on."""

    def adopt(suite: Suite) -> Suite:
        found, _ = trusted(suite, base_suite, is_own=True)
        return replace(found, code_base=base_suite.code_base or base_suite)

    build_of = no_build if frozen else project.models.build

    @cache
    def finder() -> "FittingRecords":
        from promptci.check.lastfitting import FittingRecords  # late: where records do not fit

        return FittingRecords(project.workspace.repo, build_of, adopt)

    def last(name: str, model: str, is_only: bool) -> "LastFitting | None":
        return finder().last(base.revision, name, model, is_only=is_only)

    return last


def compared_files(
    project: Project, base: str | None, head: str | None, *, staged: bool
) -> tuple[Base, Tree]:
    """The base, and the files that are compared with it."""
    repo = project.workspace.repo
    if head is None:
        tree: Tree = IndexTree(repo) if staged else repo.worktree
        return local_base(repo, base, project.environ, staged=staged), tree
    if staged:
        raise RequestError("--head names a commit and --staged the index: leave one of them out")
    revision = resolve(repo, head)
    return base_of(repo, revision, base or "HEAD"), repo.tree(revision)


def barred_endpoints(project: Project, config: Config) -> dict[str, str]:
    """The endpoints that cannot be asked for want of a key, and why."""
    environ = project.environ
    return missing_keys(config.endpoints, environ, is_fork=is_from_fork(environ))


def base_suite_of(tree: Tree, name: str) -> Suite:
    """What the base, called `name`, has to evaluate. Raises `RepoError`."""
    try:
        return load_base(tree)
    except SpecError as error:
        raise RepoError(f"the files of the base {name} cannot be used: {error}") from error


def records_of(project: Project, tree: Tree) -> Callable[[str], Mapping[str, Record]]:
    """The records of a tree, each file read once."""
    known: dict[str, Mapping[str, Record]] = {}

    def find(name: str) -> Mapping[str, Record]:
        if name not in known:
            known[name] = project.workspace.records(tree, name)
        return known[name]

    return find


def need_same_root(repo: Repo, base: CommitTree) -> None:
    """A change must not choose which project of a repository is checked. Raises `RepoError`.

    Where the base has a project at another of the folders above, that is the one it should be,
    unless the whole folder was moved.
    """
    for prefix in repo.prefixes:
        tree = base if prefix in (repo.prefix, base.folder) else base.below(prefix)
        has_files = not is_part_of_one(prefix) and any(map(tree.files, FOLDERS))
        if tree.exists(CONFIG) or has_files:
            if tree is not base:
                there, here = prefix or ".", repo.prefix or "."
                raise RepoError(
                    f"the project is in `{there}` at the base, and `{here}` is new: check `{there}`"
                    f" with `promptci -C FOLDER check`, and `{here}` when it is merged"
                )
            return


def moved_root(repo: Repo, base: CommitTree) -> Iterator[str]:
    """That the whole project was in another folder at the base."""
    if base.folder != repo.prefix:
        here, there = repo.prefix or ".", base.folder or "."
        yield f"the project is in `{here}` here and in `{there}` at the base"
