"""The files as they are staged."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from promptci.errors import RepoError, RequestError
from promptci.git.gitprocess import AT_ONCE
from promptci.git.repo import Repo
from promptci.git.tree import ODD, EntryKind, kind_listed, stray_paths
from promptci.parsing.gitmarks import has_conflict
from promptci.parsing.source import excerpt
from promptci.projectpaths import PROMPT_YML

_REGULAR = ("100644", "100755")


class IndexTree:
    """The files as they are staged. Raises `RepoError` while a merge conflict is unresolved."""

    name = "the index"

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        listed = repo.git("ls-files", "--stage", "-z").decode("utf-8", "surrogateescape")
        _refuse_unmerged(listed, repo.prefix)
        self._objects = dict(_staged(listed, repo.prefix, are_regular=True))
        odd = _staged(listed, repo.prefix, are_regular=False)
        self._strays = {path: ODD.get(mode, "special") for path, mode in odd}
        self._ahead: dict[str, bytes] = {}

    def files(self, folder: str) -> list[str]:
        """The paths of all regular files below a folder, sorted."""
        below = f"{folder}/" if folder else ""
        return sorted(path for path in self._objects if path.startswith(below))

    def prompt_ymls(self) -> list[str]:
        """The paths of all `*.prompt.yml` files."""
        return sorted(path for path in self._objects if path.endswith(PROMPT_YML))

    def exists(self, path: str) -> bool:
        """Whether a regular file is staged there."""
        return path in self._objects

    def strays(self, folder: str) -> list[str]:
        """The paths that are no regular files, of a folder or a path itself."""
        return stray_paths(self._strays, folder)

    def kind(self, path: str) -> EntryKind | None:
        """What is staged at a path."""
        return kind_listed(path, self._objects, self._strays)

    def object_id(self, path: str) -> str:
        """The id of a file's bytes in git; empty if it is not staged."""
        return self._objects.get(path, "")

    def open(self, path: str) -> BinaryIO:
        """A staged file's bytes. Raises `RequestError` if there is none."""
        if path not in self._objects:
            raise RequestError(f"{path}: there is no such file in the index")
        data = self._ahead.pop(path, None)
        return BytesIO(self.repo.blob(self._objects[path]) if data is None else data)

    def read_ahead(self, paths: Sequence[str]) -> None:
        """Read some files together, which is quicker; each is kept until it is opened."""
        there = [path for path in paths if path in self._objects]
        for start in range(0, len(there), AT_ONCE):
            some = there[start : start + AT_ONCE]
            found = self.repo.find_blobs([self._objects[path] for path in some])
            read = zip(some, found, strict=True)
            self._ahead.update({path: data for path, data in read if data is not None})


def sides_in_conflict(repo: Repo, path: str) -> tuple[bytes, bytes, bytes] | None:
    """A file of the project in its base, ours and theirs, where git could not merge it.

    A side without it is empty. None where it is in no conflict, and where git has no index. Git is
    asked where the files' listing or marks in the file tell of one: a merge may have begun since.
    """
    if not repo.worktree.is_unmerged(path) and not _has_marks(repo.root / path):
        return None
    try:
        listed = repo.git("ls-files", "--unmerged", "-z", "--", path, at=repo.root)
    except RepoError:
        return None
    ids = {}
    for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
        mode, _, rest = entry.partition("\t")[0].partition(" ")
        if mode in _REGULAR:
            ids[rest[-1]] = rest.partition(" ")[0]
    if not ids:
        return None
    base, ours, theirs = (repo.blob(ids[each]) if each in ids else b"" for each in "123")
    return base, ours, theirs


def _has_marks(path: Path) -> bool:
    """Whether git has left marks of a conflict in a file on disk."""
    try:
        return has_conflict(path.read_bytes())
    except OSError:
        return False


def unstaged(repo: Repo) -> tuple[str, ...]:
    """The project's files that the working tree has otherwise than the index, sorted."""
    listed = repo.git("diff", "--name-only", "-z", "--no-ext-diff", "--no-renames")
    paths = listed.decode("utf-8", "surrogateescape").split("\0")
    here = (path.removeprefix(repo.prefix) for path in paths if path.startswith(repo.prefix))
    return tuple(sorted(filter(None, here)))


def _refuse_unmerged(listed: str, prefix: str) -> None:
    """Refuse an index in which a merge is not done: of a file in conflict nothing is staged."""
    for entry in listed.split("\0"):
        meta, _, path = entry.partition("\t")
        if meta.endswith((" 1", " 2", " 3")) and path.startswith(prefix):
            name = path.removeprefix(prefix)
            cure = f"resolve it, then `git add {name}`"
            raise RepoError(f"{excerpt(name)} has an unresolved merge conflict: {cure}")


def _staged(listed: str, prefix: str, *, are_regular: bool) -> Iterator[tuple[str, str]]:
    """Path and object id of each regular file, or path and mode of all else."""
    for entry in listed.split("\0"):
        meta, _, path = entry.partition("\t")
        mode, _, rest = meta.partition(" ")
        is_whole = bool(mode) and not rest.endswith((" 1", " 2", " 3"))
        if is_whole and (mode in _REGULAR) is are_regular and path.startswith(prefix):
            yield path.removeprefix(prefix), rest.partition(" ")[0] if are_regular else mode
