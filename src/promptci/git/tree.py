"""Files of the working tree and of any commit, read the same way: regular files only, no links."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NoReturn, Protocol

from promptci.errors import RequestError, StorageError
from promptci.git.gitprocess import Git
from promptci.git.revision import Revision
from promptci.parsing.source import excerpt

PROMPT_YML = (".prompt.yml", ".prompt.yaml")
_REGULAR = (b"100644", b"100755")
_NOT_REGULAR = (errno.ELOOP, errno.ENOTDIR, errno.ENXIO)


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


def read_file(tree: Tree, path: str) -> bytes:
    """All bytes of a file."""
    with tree.open(path) as file:
        return file.read()


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


class WorkTree:
    """The files below a folder as they are on disk; links are not followed."""

    name = "the working tree"

    def __init__(self, git: Git, root: Path) -> None:
        self._git = git
        self._root = root

    def prompt_ymls(self) -> list[str]:
        """Those that git tracks, and those that it does not ignore."""
        listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        shown = self._git.output(*listing, at=self._root)
        paths = set(shown.decode("utf-8", "surrogateescape").split("\0"))
        return sorted(path for path in paths if path.endswith(PROMPT_YML) and self.exists(path))

    def files(self, folder: str) -> list[str]:
        if self._leads_away(folder) or not (self._root / folder).is_dir():
            return []
        found = []
        for parent, folders, names in os.walk(self._root / folder, onerror=_refuse):
            folders[:] = [name for name in folders if not name.startswith(".")]
            paths = (Path(parent, name) for name in names if not name.startswith("."))
            found += [
                path.relative_to(self._root).as_posix() for path in paths if _is_regular(path)
            ]
        return sorted(found)

    def exists(self, path: str) -> bool:
        return _is_regular(self._root / path) and not self._leads_away(path)

    def open(self, path: str) -> BinaryIO:
        try:
            return os.fdopen(_open_below(self._root, path), "rb")
        except FileNotFoundError:
            raise RequestError(f"{path}: there is no such file") from None
        except OSError as error:
            if isinstance(error, IsADirectoryError) or error.errno in _NOT_REGULAR:
                why = "not a regular file; links and folders are not read"
                raise RequestError(f"{path}: {why}") from None
            raise StorageError(f"{path}: cannot be read: {error.strerror}") from error

    def strays(self, folder: str) -> list[str]:
        top = self._root / folder
        if top.is_dir() and not self._leads_away(folder):
            below = (Path(at, name) for at, _, names in os.walk(top) for name in names)
            odd = (path for path in below if not _is_regular(path))
            return sorted(path.relative_to(self._root).as_posix() for path in odd)
        is_there = top.is_symlink() or top.exists()
        return [folder] if is_there and not self.exists(folder) else []

    def _leads_away(self, path: str) -> bool:
        """Whether a link stands anywhere on the way."""
        step = self._root
        for part in PurePosixPath(path).parts:
            step /= part
            if step.is_symlink():
                return True
        return False


def _open_below(root: Path, path: str) -> int:
    """A descriptor of a regular file, opened step by step so that no link is ever followed.

    Looking for links first and opening then would leave a moment to put one in.
    """
    *folders, name = PurePosixPath(path).parts
    if path.startswith("/") or ".." in folders or name == "..":
        raise FileNotFoundError(errno.ENOENT, "not below", path)
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


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _refuse(error: OSError) -> NoReturn:
    raise StorageError(f"{error.filename}: cannot be read: {error.strerror}") from error


class CommitTree:
    """The files of one commit, read from git objects without a checkout.

    `prefix` is where the project is in the repository, ending in `/`, or empty.
    """

    def __init__(self, git: Git, revision: Revision, prefix: str) -> None:
        self.revision = revision
        self.name = revision.name or revision.short
        self._git = git
        self._prefix = prefix
        self._objects: dict[str, str] | None = None
        self._strays: list[str] = []

    def below(self, prefix: str) -> "CommitTree":
        """The same commit as a project in another folder sees it."""
        return CommitTree(self._git, self.revision, prefix)

    def files(self, folder: str) -> list[str]:
        return sorted(_visible(self._listing(), folder))

    def prompt_ymls(self) -> list[str]:
        return sorted(path for path in self._listing() if path.endswith(PROMPT_YML))

    def exists(self, path: str) -> bool:
        return path in self._listing()

    def strays(self, folder: str) -> list[str]:
        self._listing()
        return stray_paths(self._strays, folder)

    def object_id(self, path: str) -> str:
        """The id of a file's bytes in git; empty if it is not there."""
        return self._listing().get(path, "")

    def open(self, path: str) -> BinaryIO:
        if path not in self._listing():
            raise RequestError(f"{path}: there is no such file in {self.name}")
        return BytesIO(self._git.content(self._listing()[path]))

    def _listing(self) -> dict[str, str]:
        """Object ids of regular files by path; links and submodules are left out."""
        if self._objects is None:
            listed = self._git.output("ls-tree", "-r", "-z", "--full-tree", self.revision.id)
            self._objects = dict(_entries(listed, self._prefix, are_regular=True))
            self._strays = [path for path, _ in _entries(listed, self._prefix, are_regular=False)]
        return self._objects


def stray_paths(paths: Iterable[str], folder: str) -> list[str]:
    """Those that are a folder itself or below it."""
    return sorted(path for path in paths if path == folder or path.startswith(f"{folder}/"))


def _entries(listed: bytes, prefix: str, *, are_regular: bool) -> Iterator[tuple[str, str]]:
    """Path and object id of each file in the output of `git ls-tree -r -z`, or of all else."""
    for entry in listed.split(b"\0"):
        meta, _, raw = entry.partition(b"\t")
        path = raw.decode("utf-8", "surrogateescape")
        if meta and (meta[:6] in _REGULAR) is are_regular and path.startswith(prefix):
            yield path.removeprefix(prefix), meta.split(b" ")[2].decode()


def _visible(paths: Iterable[str], folder: str) -> Iterator[str]:
    """The paths below a folder whose parts do not begin with a dot from there on."""
    below = f"{folder}/" if folder else ""
    for path in paths:
        if path.startswith(below) and "/." not in f"/{path[len(below) :]}":
            yield path
