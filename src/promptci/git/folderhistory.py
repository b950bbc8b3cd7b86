"""Which files of a folder each commit changed, along first parents."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.git.commits import has_commit, parents
from promptci.git.rawlog import raw_log
from promptci.git.repo import Repo
from promptci.git.revision import Revision


class FolderChange(Struct, frozen=True):
    """One commit that changed files of a folder; a merge by what it changed in its first parent.

    `files` are the objects of each before and after, by path; empty where it was not there.
    """

    revision: Revision
    date: str
    author: str
    subject: str
    parents: tuple[str, ...]
    files: Mapping[str, tuple[str, str]]


def folder_changes(
    repo: Repo, folder: str, start: Revision, *, since: str = "", most: int | None = None
) -> Iterator[FolderChange]:
    """The commits that changed files of a folder, newest first, along first parents.

    At most `most` from each folder that the project was in.

    Where the whole project was moved it is followed, and what that commit changed is read from the
    paths inside of it.
    """
    limits = [f"--since={since}"] * bool(since) + [f"--max-count={most}"] * (most is not None)
    at, prefix = start, repo.folder_at(start)
    while True:
        last: FolderChange | None = None
        for change in _changes(repo, f"{prefix}{folder}", prefix, at, limits):
            if last is not None:
                yield last
            last = change
        if last is None:
            return
        if not last.parents or repo.folder_at(above := Revision(last.parents[0])) == prefix:
            yield last
            return
        yield replace(last, files=moved_files(repo, folder, last.revision, above))
        at, prefix = above, repo.folder_at(above)


def first_parents(repo: Repo, start: Revision, paths: Sequence[str], *, most: int) -> Iterator[str]:
    """The ids of commits that changed any of some paths, newest first, along first parents.

    A move of the whole project is followed.
    """
    at = start
    while most > 0:
        folder = repo.folder_at(at)
        names = [f"{folder}{path}" for path in paths]
        shape = ("--first-parent", "--no-renames", "--format=%H", f"--max-count={most}")
        found = repo.git("log", *shape, at.id, "--", *names).decode().split()
        yield from found
        most -= len(found)
        above = parents(repo, Revision(found[-1]))[:1] if found else ()
        if not above or not has_commit(repo, above[0]):
            return
        at = Revision(above[0])
        if repo.folder_at(at) == folder:
            return


def moved_files(
    repo: Repo, folder: str, revision: Revision, parent: Revision
) -> dict[str, tuple[str, str]]:
    """The objects before and after of each file that differs, by its path in the project."""
    before, after = repo.tree(parent), repo.tree(revision)
    paths = sorted({*before.files(folder), *after.files(folder)})
    sides = {path: (before.object_id(path), after.object_id(path)) for path in paths}
    return {path: pair for path, pair in sides.items() if pair[0] != pair[1]}


def _changes(
    repo: Repo, folder: str, prefix: str, start: Revision, limits: Sequence[str]
) -> Iterator[FolderChange]:
    along = ("--first-parent", "--diff-merges=first-parent")
    for commit in raw_log(repo, (*along, *limits), (start.id,), folder):
        yield FolderChange(
            commit.revision,
            commit.date,
            commit.author,
            commit.subject,
            commit.parents,
            {file.path.removeprefix(prefix): (file.before, file.after) for file in commit.files},
        )
