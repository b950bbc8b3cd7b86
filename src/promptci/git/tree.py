"""Files of the working tree and of any commit, read the same way: regular files only, no links."""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO, Literal, Protocol, TypeAlias

from promptci.errors import Fault, RequestError, SpecError
from promptci.git.gitprocess import AT_ONCE, OBJECTS, Git
from promptci.git.projectfolder import project_files
from promptci.git.revision import Revision
from promptci.parsing.gitmarks import POINTER_BYTES, is_lfs_pointer
from promptci.parsing.source import excerpt
from promptci.projectpaths import PROMPT_YML

ON_DISK = "the working tree"
REGULAR = (b"100644", b"100755")


EntryKind: TypeAlias = Literal["file", "folder", "link", "submodule", "special"]
"""What can be at a path: `special` are devices, pipes and sockets."""
ODD: Mapping[str, EntryKind] = {"120000": "link", "160000": "submodule"}
"""Kinds by the modes that git gives them."""


class Tree(Protocol):
    """Files of a project at one state. Paths are relative to the project, with `/`."""

    name: str

    def files(self, folder: str) -> list[str]:
        """The paths of all regular files below a folder, sorted; none if it is not there.

        Files and folders whose names begin with a dot are left out.
        """
        ...

    def prompt_ymls(self) -> list[str]:
        """The paths of all `*.prompt.yml` and `*.prompt.yaml` files, wherever they are, sorted."""
        ...

    def exists(self, path: str) -> bool:
        """Whether a regular file is there."""
        ...

    def open(self, path: str) -> BinaryIO:
        """A file's bytes. Raises `RequestError` for a path that is no regular file inside."""
        ...

    def strays(self, folder: str) -> list[str]:
        """The paths below a folder, or the path itself, that are not read, such as links."""
        ...

    def kind(self, path: str) -> EntryKind | None:
        """What is at a path; None for nothing. Only asked where no link leads there."""
        ...


def read_file(tree: Tree, path: str) -> bytes:
    """All bytes of a file. Raises `SpecError` for a pointer that Git LFS put in its place."""
    with open_file(tree, path) as file:
        return file.read()


def open_file(tree: Tree, path: str) -> BinaryIO:
    """A file, opened. Raises `SpecError` for a pointer that Git LFS put in its place."""
    file = tree.open(path)
    is_pointer = is_lfs_pointer(file.read(POINTER_BYTES))
    file.seek(0)
    if not is_pointer:
        return file
    file.close()
    where = "" if tree.name == ON_DISK else f" in {tree.name}"
    cure = "run `git lfs pull`"
    if where:
        cure = f"take it out of LFS with `git lfs untrack {path}`, and commit the file itself"
    wrong = f"only a Git LFS pointer is here{where}, not the file: {cure}"
    raise SpecError([Fault(path, 1, 1, wrong)])


@lru_cache(1 << 10)
def inside(path: str, *, start: str = "") -> str:
    """A path as written in a file of folder `start`, made relative to the project.

    Raises `RequestError` for one that is absolute, leaves the project, or is no plain path.
    """
    has_drive = path[1:2] == ":" and path[0].isalpha()
    if path.startswith("/") or has_drive or "\\" in path or not is_plain(path):
        wrong = f"`{excerpt(path)}` is no path inside the project"
        raise RequestError(f"{wrong}: write it relative, with `/`")
    parts: list[str] = []
    for part in PurePosixPath(start, path).parts:
        if part != "..":
            parts.append(part)
        elif not parts:
            wrong = f"`{excerpt(path)}` leads out of the project"
            raise RequestError(f"{wrong}: keep the file inside it")
        else:
            parts.pop()
    return "/".join(parts)


def is_plain(name: str) -> bool:
    """Whether the system can be asked for a name: no control characters, text that has bytes."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return all(ord(char) >= 32 for char in name)


class CommitTree:
    """The files of one commit, read from git objects without a checkout.

    `prefix` is where the project is in the repository, ending in `/`, or empty. Where nothing of a
    project is there, `former` finds among all paths of the commit where it was before it was moved.
    """

    def __init__(
        self,
        git: Git,
        revision: Revision,
        prefix: str,
        former: Callable[[Collection[str]], str | None] = lambda _: None,
    ) -> None:
        self.revision = revision
        self.name = revision.name or revision.short
        self._git = git
        self._prefix = prefix
        self._former = former
        self._objects: dict[str, str] | None = None
        self._strays: dict[str, EntryKind] = {}
        self._ahead: dict[str, bytes] = {}

    def below(self, prefix: str) -> "CommitTree":
        """The same commit as a project in another folder sees it."""
        return CommitTree(self._git, self.revision, prefix)

    @property
    def folder(self) -> str:
        """Where the project is at this commit, from the top, ending in `/`, or empty."""
        self._listing()
        return self._prefix

    def files(self, folder: str) -> list[str]:
        return sorted(visible_paths(self._listing(), folder))

    def prompt_ymls(self) -> list[str]:
        return sorted(path for path in self._listing() if path.endswith(PROMPT_YML))

    def exists(self, path: str) -> bool:
        return path in self._listing()

    def strays(self, folder: str) -> list[str]:
        self._listing()
        return stray_paths(self._strays, folder)

    def kind(self, path: str) -> EntryKind | None:
        return kind_listed(path, self._listing(), self._strays)

    def object_id(self, path: str) -> str:
        """The id of a file's bytes in git; empty if it is not there."""
        found = self._listing().get(path, "")
        sys.audit(OBJECTS, (found,))
        return found

    def open(self, path: str) -> BinaryIO:
        if path not in self._listing():
            raise RequestError(f"{path}: there is no such file in {self.name}")
        data = self._ahead.pop(path, None)
        return BytesIO(self._git.content(self._listing()[path]) if data is None else data)

    def read_ahead(self, paths: Sequence[str]) -> None:
        """Read some files together, which is quicker; each is kept until it is opened."""
        there = [path for path in paths if path in self._listing()]
        for start in range(0, len(there), AT_ONCE):
            some = there[start : start + AT_ONCE]
            found = self._git.contents([self._listing()[path] for path in some])
            self._ahead.update(zip(some, found, strict=True))

    def _listing(self) -> dict[str, str]:
        """Object ids of regular files by path; links and submodules are left out."""
        if self._objects is None:
            listed = self._git.listing(self.revision.id)
            self._objects = dict(_entries(listed, self._prefix))
            if not project_files(self._objects, ""):
                self._move(listed)
            modes = (each for each in listed.split(b"\0") if not each.startswith(REGULAR))
            self._strays = dict(_odd(modes, self._prefix))
        return self._objects

    def _move(self, listed: bytes) -> None:
        """Take the folder where the project was at this commit for its own, if there is one."""
        former = self._former([path for path, _ in _entries(listed, "")])
        if former is not None:
            self._prefix = former
            self._objects = dict(_entries(listed, former))


def stray_paths(paths: Iterable[str], folder: str) -> list[str]:
    """Those that are a folder itself or below it."""
    return sorted(path for path in paths if path == folder or path.startswith(f"{folder}/"))


def kind_listed(
    path: str, files: Collection[str], odd: Mapping[str, EntryKind]
) -> EntryKind | None:
    """What is at a path by a listing of all files, and of links and submodules."""
    if path in files:
        return "file"
    if any(each.startswith(f"{path}/") for each in (*odd, *files)):
        return "folder"
    return odd.get(path)


def _odd(entries: Iterable[bytes], prefix: str) -> Iterator[tuple[str, EntryKind]]:
    """Path and kind of each entry of `git ls-tree -r -z` that is no regular file."""
    for entry in entries:
        meta, _, raw = entry.partition(b"\t")
        path = raw.decode("utf-8", "surrogateescape")
        if meta and path.startswith(prefix):
            yield path.removeprefix(prefix), ODD.get(meta[:6].decode(), "special")


def _entries(listed: bytes, prefix: str) -> Iterator[tuple[str, str]]:
    """Path and object id of each regular file in the output of `git ls-tree -r -z`."""
    for entry in listed.split(b"\0"):
        meta, _, raw = entry.partition(b"\t")
        path = raw.decode("utf-8", "surrogateescape")
        if meta[:6] in REGULAR and path.startswith(prefix):
            yield path.removeprefix(prefix), meta.split(b" ")[2].decode()


def visible_paths(paths: Iterable[str], folder: str) -> Iterator[str]:
    """The paths below a folder whose parts do not begin with a dot from there on."""
    below = f"{folder}/" if folder else ""
    for path in paths:
        if path.startswith(below) and "/." not in f"/{path[len(below) :]}":
            yield path
