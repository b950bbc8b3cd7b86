"""The files of the working tree, opened so that no link is followed and no submodule entered."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from pathlib import Path
from subprocess import CompletedProcess
from typing import BinaryIO, NoReturn, TypeAlias

from promptci.errors import RequestError, StorageError
from promptci.git.gitprocess import Git
from promptci.git.tree import ON_DISK, REGULAR, EntryKind, visible_paths
from promptci.projectpaths import PROMPT_YML

_FILES = ("ls-files", "-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
READ = "promptci.read"
"""The event of Python's audit hooks for a file: the project's folder, and the path."""

Look: TypeAlias = tuple[int, int, int]
"""When a file was written, how many bytes it has, and its inode."""

_NOT_REGULAR = (errno.ELOOP, errno.ENOTDIR, errno.ENXIO)


class WorkTree:
    """The files below a folder as they are on disk; links and submodules are not followed.

    A submodule is what git takes for one, be it checked out or not, and a repository inside this
    one, which would be committed as such. What a sparse checkout leaves out is read from the index.
    `looks`, where it is one, is told how files and folders were at first; None if not there.
    """

    name = ON_DISK

    def __init__(self, git: Git, root: Path) -> None:
        self._git = git
        self._root = root
        self.looks: dict[str, Look | None] | None = None
        sys.audit(READ, str(root), "")

    @cached_property
    def _listing(self) -> CompletedProcess[bytes]:
        return self._git.run(*_FILES, at=self._root)

    @cached_property
    def _entries(self) -> list[str]:
        """Those of the index: tag, mode, object id and stage, and after a tab the path.

        Beside them files that are neither tracked nor ignored: a question mark and the path.
        """
        return self._listing.stdout.decode("utf-8", "surrogateescape").split("\0")

    def _need_listing(self) -> None:
        """Raise `RepoError` where git cannot read its index."""
        if self._listing.returncode:
            self._git.output(*_FILES, at=self._root)

    @cached_property
    def _left_out(self) -> dict[str, str]:
        """Object ids by path of what a sparse checkout leaves out, which is in the index alone."""
        found = {}
        for entry in self._entries:
            if not entry.startswith("S "):
                continue
            meta, _, path = entry.partition("\t")
            _, mode, id_, *_ = (*meta.split(" "), "", "", "")
            if mode.encode() in REGULAR and not self._is_there(path):
                found[path] = id_
        return found

    def tracked(self, name: str) -> list[str]:
        """The paths in the index of a file, or of those in a folder.

        Raises `RepoError` where git cannot read its index.
        """
        self._need_listing()
        paths = (entry.partition("\t")[2] for entry in self._entries)
        return [path for path in paths if path == name or path.startswith(f"{name}/")]

    def is_unmerged(self, path: str) -> bool:
        """Whether git left a file in conflict when it was first asked for the listing."""
        unmerged = (entry for entry in self._entries if entry.startswith("M "))
        return any(entry.partition("\t")[2] == path for entry in unmerged)

    def _is_there(self, path: str) -> bool:
        """Whether anything is on disk, or a link on the way to it."""
        return os.path.lexists(self._root / path) or self._leads_away(path)

    def prompt_ymls(self) -> list[str]:
        """Those that git tracks, and those that it does not ignore, as of the first look."""
        self._need_listing()
        named = (entry for entry in self._entries if entry.endswith(PROMPT_YML))
        paths = {entry.partition("\t")[2] or entry.removeprefix("? ") for entry in named}
        found = sorted(path for path in paths if self.exists(path))
        for folder in {path.rpartition("/")[0] for path in found} - {""}:
            self._note(folder)  # one more may come there
        return found

    def files(self, folder: str) -> list[str]:
        if self._leads_away(folder):
            return []
        self._note(folder)
        found = set(visible_paths(self._left_out, folder))
        if stat.S_ISDIR(_mode(f"{self._root}/{folder}")):
            found.update(self._visible_files(folder))
        return sorted(found)

    def exists(self, path: str) -> bool:
        self._note(path)
        is_regular = stat.S_ISREG(_mode(f"{self._root}/{path}"))
        return not self._leads_away(path) if is_regular else path in self._left_out

    def open(self, path: str) -> BinaryIO:
        if self._is_in_submodule(path):
            raise RequestError(f"{path}: not read, since it is in a submodule")
        self._note(path)
        try:
            return os.fdopen(_open_below(self._root, path), "rb")
        except FileNotFoundError:
            if path in self._left_out:
                return BytesIO(self._git.content(self._left_out[path]))
            raise RequestError(f"{path}: there is no such file") from None
        except OSError as error:
            if isinstance(error, IsADirectoryError) or error.errno in _NOT_REGULAR:
                why = "not a regular file; links and folders are not read"
                raise RequestError(f"{path}: {why}") from None
            raise StorageError(f"{path}: cannot be read: {error.strerror}") from error

    def strays(self, folder: str) -> list[str]:
        if self._leads_away(folder):
            return [folder] if self.kind(folder) in ("link", "submodule") else []
        top = self._root / folder
        if stat.S_ISDIR(_mode(str(top))):
            return sorted(self._odd_below(folder))
        return [folder] if _mode(str(top)) and not self.exists(folder) else []

    def kind(self, path: str) -> EntryKind | None:
        mode = _mode(f"{self._root}/{path}")
        if not mode:
            return "file" if path in self._left_out else None
        if stat.S_ISDIR(mode):
            return "submodule" if self._is_submodule(path) else "folder"
        return "file" if stat.S_ISREG(mode) else "link" if stat.S_ISLNK(mode) else "special"

    def _note(self, path: str) -> None:
        if self.looks is not None:
            self.looks.setdefault(path, look_of(f"{self._root}/{path}")[0])

    @cached_property
    def _submodules(self) -> frozenset[str]:
        """The paths of submodules by the index, checked out or not."""
        entries = (each.partition("\t") for each in self._entries)
        return frozenset(path for meta, _, path in entries if " 160000 " in f" {meta}")

    def _is_submodule(self, path: str) -> bool:
        """Whether a folder is a repository of its own, by the index or by what is in it."""
        return path in self._submodules or os.path.lexists(f"{self._root}/{path}/.git")

    def _is_in_submodule(self, path: str) -> bool:
        return any(self._is_submodule(step) for step in _steps(path))

    def _leads_away(self, path: str) -> bool:
        """Whether a link or a submodule is anywhere on the way."""
        steps = _steps(path)
        if any(stat.S_ISLNK(_mode(f"{self._root}/{step}")) for step in steps):
            return True
        return self._is_in_submodule(path)

    def _visible_files(self, folder: str) -> Iterator[str]:
        """The regular files below a folder, from the root on, but for what begins with a dot."""
        for path, entry in self._entries_of(folder):
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._visible_files(path)
            elif entry.is_file(follow_symlinks=False):
                yield path

    def _odd_below(self, folder: str) -> Iterator[str]:
        """What is no regular file below a folder, submodules included."""
        for path, entry in self._entries_of(folder):
            if entry.is_dir(follow_symlinks=False):
                yield from [path] if self._is_submodule(path) else self._odd_below(path)
            elif not entry.is_file(follow_symlinks=False):
                yield path

    def _entries_of(self, folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """What is in a folder by its path from the root; nothing of a submodule is."""
        if folder and self._is_submodule(folder):
            return
        self._note(folder)
        try:
            with os.scandir(f"{self._root}/{folder}") as found:
                entries = list(found)
        except OSError as error:
            _refuse(error)
        for entry in entries:
            yield f"{folder}/{entry.name}" if folder else entry.name, entry


def _steps(path: str) -> list[str]:
    """A path and the folders on the way to it, from the top: `a`, `a/b`, `a/b/c`."""
    parts = [part for part in path.split("/") if part]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _open_below(root: Path, path: str) -> int:
    """A descriptor of a regular file, opened step by step so that no link is ever followed.

    Looking for links first and opening then would leave a moment to put one in.
    """
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if not steps or path.startswith("/") or ".." in steps:
        raise FileNotFoundError(errno.ENOENT, "not below", path)
    *folders, name = steps
    sys.audit(READ, str(root), path)
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            above, at = at, os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(above)
        found = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    if stat.S_ISREG(os.fstat(found).st_mode):
        return found
    os.close(found)
    raise IsADirectoryError(errno.EISDIR, "not a regular file", path)


def look_of(path: str) -> tuple[Look | None, int]:
    """How a path looks and what it is, a link not being followed; None and 0 for nothing."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None, 0
    return (found.st_mtime_ns, found.st_size, found.st_ino), found.st_mode


def _mode(path: str) -> int:
    return look_of(path)[1]


def _refuse(error: OSError) -> NoReturn:
    raise StorageError(f"{error.filename}: cannot be read: {error.strerror}") from error
