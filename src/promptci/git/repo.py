"""The git repository: which commits it has, and the files in them.

Names of refs, the branch checked out and git's folders come from GitPython; ids, commits and files
from git itself, since GitPython 3.2.1 resolves no ids in repositories with SHA-256.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from promptci.errors import RepoError, RequestError, SeveralError
from promptci.git.discovery import (
    ask_repository,
    current_branch,
    find_top,
    git_folders,
    git_names,
    is_project,
    project_root,
    ref_names,
    remote_names,
    where_git_was_called,
)
from promptci.git.gitprocess import AT_ONCE, Git
from promptci.git.hookenv import hook_variables, safe_directories
from promptci.git.projectfolder import MARKERS, file_called, former_folder, project_files
from promptci.git.revision import Revision, how_to_have
from promptci.git.tree import CommitTree, Tree, inside, is_plain, open_file, read_file
from promptci.git.worktree import WorkTree
from promptci.latepattern import late
from promptci.parsing.source import excerpt

__all__ = [
    "CommitTree",
    "Repo",
    "Tree",
    "WorkTree",
    "inside",
    "open_file",
    "read_file",
]

_PARSE = ("-c", "core.warnAmbiguousRefs=true", "rev-parse", "--verify", "--end-of-options")
_PLAIN = late(r"HEAD[~^\d]*|(?!(?:.*-g)?[0-9a-fA-F]+$)[\w./+-]+")
"""A name that is no beginning of an id and asks for no log, so that it needs no process."""


class Repo:
    """A git repository and the project inside it.

    The project is the nearest folder, from the current folder up to the top of the working tree,
    that holds `promptci.yaml`, `evals` or `prompts`; else the top itself. `prefix` is its path
    from the top, ending in `/`, or empty.
    """

    def __init__(
        self,
        top: Path,
        root: Path,
        start: Path | None = None,
        variables: Mapping[str, str] | None = None,
        *,
        is_bare: bool = False,
    ) -> None:
        self.is_bare = is_bare
        self.top = top
        self.root = root
        self.prefix = "" if root == top else f"{root.relative_to(top).as_posix()}/"
        self._variables = dict(variables or {})
        self._git = Git(top, variables, is_bare=is_bare)
        self._folders: dict[str, str] = {}
        begin = root if start is None else start
        above = [each for each in (begin, *begin.parents) if each.is_relative_to(top)]
        self.prefixes = tuple(
            "" if each == top else f"{each.relative_to(top).as_posix()}/" for each in above
        )
        """Where the project may be, seen from the current folder: the nearest folder first."""

    @property
    def has_project(self) -> bool:
        """Whether there are files of a project already."""
        return is_project(self.root)

    @classmethod
    def discover(cls, start: Path) -> "Repo":
        """The repository around a folder. Raises `RepoError` if there is none to work in."""
        start = start.resolve()
        top, git_dir = find_top(start)
        if git_dir == top:
            given = hook_variables(os.environ, top, git_dir) | safe_directories(os.environ)
            return cls(top, top, start, given, is_bare=True)
        variables = hook_variables(os.environ, top, git_dir)
        start = where_git_was_called(start, top)
        given = variables | safe_directories(os.environ)
        return cls(top, project_root(start, top), start, given)

    @cached_property
    def worktree(self) -> WorkTree:
        """The files as they are on disk. Raises `RepoError` in a bare repository."""
        if self.is_bare:
            known = "`log`, `check --head HEAD`, `diff BASE --head HEAD` and `report BASE HEAD`"
            cure = f"work in a clone of it; of its commits alone there are {known}"
            raise RepoError(f"{self.top} is a bare repository, which has no files: {cure}")
        return WorkTree(self._git, self.root)

    def tree(self, revision: Revision) -> CommitTree:
        """The files of a commit."""
        return CommitTree(self._git, revision, self.prefix, self._former)

    def folder_at(self, revision: Revision) -> str:
        """Where the project is at a commit: its `prefix`, unless the whole folder was moved since.

        It ends in `/`, or is empty.
        """
        if (known := self._folders.get(revision.id)) is None:
            here = (f"{revision.id}:{self.prefix}{name}" for name in MARKERS)
            is_here = any(self._git.named(name) is not None for name in here)
            known = self.prefix if is_here else self.tree(revision).folder
            self._folders[revision.id] = known
        return known

    def has(self, revision: Revision, path: str) -> bool:
        """Whether a file or a folder of the project is in a commit; it takes no process."""
        return self._git.named(f"{revision.id}:{self.folder_at(revision)}{path}") is not None

    def _former(self, paths: Collection[str]) -> str | None:
        """The folder among a commit's paths that this project was in."""
        if self.is_bare:
            return None
        return former_folder(paths, self._files, lambda each: is_project(self.top / each))

    @cached_property
    def _files(self) -> frozenset[str]:
        """The project's files on disk."""
        return project_files((p for n in MARKERS for p in self._listed(n)), "")

    def _listed(self, name: str) -> list[str]:
        tree = self.worktree
        return [name] if tree.exists(name) else tree.files(name)

    def resolve(self, name: str) -> Revision:
        """The commit that a user calls `name`. Raises `RequestError` if there is none."""
        found = self.find(name)
        if found is None:
            wrong = f"there is no commit `{excerpt(name, 100)}` in this repository"
            listed = "`git log --oneline --all` lists those that are"
            raise RequestError(f"{wrong}: {self.how_to_have(name) or listed}")
        return found

    def how_to_have(self, name: str) -> str:
        """What to do where there is no commit of this name; empty where nothing is known."""
        if not self.is_bare and (path := file_called(name, self._files)):
            return f"name one, or a branch or a tag, not the file `{excerpt(path)}`"
        if name.startswith("HEAD") and self.head() is None:
            return "there is none yet, commit first"
        return how_to_have(name, git_names(self.top, ref_names), git_names(self.top, remote_names))

    def find(self, name: str) -> Revision | None:
        """The commit that a user may call `name`; None if there is none.

        Raises `RequestError` for what is no commit's name, `SeveralError` for that of several.
        """
        if not name or name[0] in "-^" or not is_plain(name):
            raise RequestError(f"`{excerpt(name)}` is no git revision")
        kinds = (f"refs/{kind}/{name}" for kind in ("heads", "tags"))
        is_one = _PLAIN.fullmatch(name) and None in map(self._git.named, kinds)
        ask = self._git.named if is_one else self._parsed
        found = ask(f"{name}^{{commit}}")
        return None if found is None else Revision(found, name)

    @cached_property
    def git_folders(self) -> tuple[Path, Path]:
        """Git's folder of this worktree, and that which all worktrees of the repository share."""
        return git_folders(self.top)

    @property
    def is_shallow(self) -> bool:
        """Whether this clone lacks part of the history."""
        return (self.git_folders[1] / "shallow").exists()

    @property
    def branch(self) -> str:
        """The branch that is checked out; `HEAD` where none is."""
        return ask_repository(self.top, current_branch)

    def projects_below(self) -> list[str]:
        """The folders below the project's that have a `promptci.yaml`."""
        listed = self._git.output("ls-files", "-co", "--exclude-standard", "-z", at=self.root)
        names = listed.decode("utf-8", "replace").split("\0")
        return sorted({n.rpartition("/")[0] for n in names if n.endswith("/promptci.yaml")})

    def head(self) -> Revision | None:
        """The commit checked out; None before the first one.

        Raises `RepoError` if this clone does not have the commit that HEAD names.
        """
        if found := self._git.named("HEAD^{commit}"):
            return Revision(found, "HEAD")
        if self._parsed("HEAD") is not None:
            raise RepoError("HEAD names a commit that this clone does not have: fetch it")
        return None

    def blob(self, name: str) -> bytes:
        """The bytes of an object, by id or as `COMMIT:PATH`. Raises `RepoError` without it."""
        return self._git.content(name)

    def find_blob(self, name: str) -> bytes | None:
        """The same; None if there is none, or this clone does not have it."""
        return self._git.find(name)

    def find_blobs(self, names: Sequence[str]) -> list[bytes | None]:
        """The same of several, asked for at once: `AT_ONCE` at most."""
        return self._git.find_all(names)

    def blobs(self, ids: Sequence[str]) -> Iterator[bytes]:
        """The bytes of objects by id, read some way ahead. Raises `RepoError` if one is missing."""
        for index in range(0, len(ids), AT_ONCE):
            yield from self._git.contents(ids[index : index + AT_ONCE])

    def git(self, *arguments: str, at: Path | None = None) -> bytes:
        """The output of a git command. Raises `RepoError` with git's words if it fails."""
        return self._git.output(*arguments, at=at)

    def plumbing(self, variables: Mapping[str, str]) -> Git:
        """Git in this repository with further variables in its environment."""
        return Git(self.top, {**self._variables, **variables}, is_bare=self.is_bare)

    def close(self) -> None:
        """End the process that reads objects."""
        self._git.close()

    def _parsed(self, name: str) -> str | None:
        """What `find` does. Raises `RepoError` where git refuses the whole repository, too."""
        found = self._git.run(*_PARSE, name)
        if b"ambiguous" in found.stderr:
            raise SeveralError(excerpt(name.removesuffix("^{commit}")), is_ref=not found.returncode)
        if not found.returncode:
            return found.stdout.decode().strip()
        if not self._git.is_accepted:
            self._git.output("rev-parse", "--git-dir")
            self._git.is_accepted = True
        return None
