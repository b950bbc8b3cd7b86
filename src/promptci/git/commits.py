"""Questions about commits: parents, merge bases, ancestors, and files in them."""

import os
import sys
from pathlib import Path

from promptci.errors import RepoError
from promptci.git.gitprocess import OBJECTS
from promptci.git.repo import Repo
from promptci.git.revision import Revision

_REGULAR = ("100644", "100755")


DEEPENING = (
    'set `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: "0"` in GitLab, or run '
    "`git fetch --unshallow`"
)
"""How a shallow clone comes by what it lacks."""


def parents(repo: Repo, revision: Revision) -> tuple[str, ...]:
    """The parents' ids as the commit itself names them, whether or not this clone has them."""
    header = repo.blob(revision.id).decode("utf-8", "replace").partition("\n\n")[0]
    sys.audit(OBJECTS, (f"{revision.id}^@",))
    return tuple(line[7:] for line in header.split("\n") if line.startswith("parent "))


def merge_base(repo: Repo, one: Revision, other: Revision) -> Revision | None:
    """The best common ancestor of two commits that this clone has; None if there is none."""
    try:
        found = repo.git("merge-base", one.id, other.id).decode().split()
    except RepoError:
        return None
    return Revision(found[0]) if found else None


def main_worktree(repo: Repo) -> Path | None:
    """The top of the worktree that this one is linked to; None for one that is not linked."""
    inner = repo.top / ".git"
    if inner.is_dir() and not (inner / "commondir").exists():
        return None
    try:
        inner, common = (Path(os.path.normpath(repo.top / folder)) for folder in repo.git_folders)
    except RepoError:
        return None
    return None if inner == common or common.name != ".git" else common.parent


def has_commit(repo: Repo, id_: str) -> bool:
    """Whether this clone has a commit."""
    try:
        repo.git("cat-file", "-e", f"{id_}^{{commit}}")
    except RepoError:
        return False
    return True


def file_at(repo: Repo, revision: Revision, path: str) -> bytes | None:
    """A file as a commit has it, without listing the commit; None if it is not there."""
    if "\n" in path:
        return None
    try:
        return repo.find_blob(f"{revision.id}:{repo.folder_at(revision)}{path}")
    except RepoError:
        return None


def ancestors(repo: Repo, start: Revision, *, since: str = "") -> list[str]:
    """The ids of a commit and of all before it, newest first."""
    limits = [f"--since={since}"] * bool(since)
    return repo.git("rev-list", "--topo-order", *limits, start.id).decode().split()


def commits_between(repo: Repo, first: Revision, last: Revision) -> list[str]:
    """The ids of the commits that `last` has and `first` has not, parents before children."""
    listed = repo.git("rev-list", "--reverse", "--topo-order", last.id, f"^{first.id}")
    return listed.decode().split()


def object_at(repo: Repo, commit: str, name: str) -> str:
    """The object of a file in a commit, by its name from the top; empty if it has none."""
    listed = repo.git("ls-tree", "-z", "--full-tree", commit, "--", name)
    meta = listed.partition(b"\t")[0].decode().split(" ")
    return regular_object(meta[0], meta[-1])


def regular_object(mode: str, id_: str) -> str:
    """The object of a regular file; empty for one that is not there, and for a link."""
    return id_ if mode in _REGULAR else ""
