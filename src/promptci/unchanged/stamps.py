"""What files looked like: a change of any of them changes the digest.

As git's index does it, without reading them: by size, times of change and inode. A time of change
is set by the system and cannot be set back, so files that are older than the look at them are told
from later ones. Files that a command read may also be looked at by what is in them.
"""

import hashlib
import os
from collections.abc import Container, Iterable, Iterator, Set
from stat import S_ISDIR, S_ISREG

from promptci.unchanged.latercommits import ref_of

STATE = ".promptci"
GIT = ".git"
OWN = "promptci"
"""The folder inside git's own that no commit can write to: answers are kept there."""

_WITHOUT_MEANING = frozenset(
    ("annex", "hooks", "lfs", "logs", "modules", "objects", "rr-cache", "svn", OWN)
)
"""Folders of git's that do not say which commits, branches and files there are."""

_MESSAGE = "COMMIT_EDITMSG"
"""What a commit leaves behind that says nothing of it."""

_MOST_READ = 32 * 2**20
"""Bytes of all files together whose contents are looked at."""

_AT_ONCE = 1 << 18
"""Bytes of a file that are in memory at a time."""


class Stamps:
    """A digest of what is looked at, and the newest time of change among it, in nanoseconds."""

    def __init__(self, written: Set[str] = frozenset()) -> None:
        """`written` are files whose newness makes no difference: we wrote them ourselves."""
        self._sha, self._written = hashlib.sha256(), written
        self.newest = 0
        self.devices: set[int] = set()
        """Of all that is in folders: one, but for what is mounted there."""

    def digest(self) -> str:
        """64 hex digits."""
        return self._sha.hexdigest()

    def add_file(self, path: str) -> None:
        """A file by itself, or that there is none; where it is a link, what that leads to."""
        try:
            self._add(path, os.stat(path))
        except (OSError, ValueError):
            self._sha.update(f"{path}\0-\0".encode("utf-8", "surrogateescape"))

    def add_folder(
        self,
        path: str,
        *,
        is_ours: bool = False,
        but: Container[str] = (),
        by_names: bool = False,
    ) -> None:
        """What is in a folder `but` for some paths, not what is in those below it.

        Links count with what they lead to. `is_ours` where only this program writes and takes
        out what is old: how new the folder itself is makes no difference. `by_names` where what
        was read is looked at by itself: of other files it counts that they are there, but for
        those that tell git something, whose names begin with a dot.
        """
        self._sha.update(f"{path}\0/\0".encode("utf-8", "surrogateescape"))
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
            for entry in entries:
                if entry.path not in but:
                    newest, seen = self.newest, entry.stat(follow_symlinks=False)
                    self.devices.add(seen.st_dev)
                    is_plain = S_ISREG(seen.st_mode) and not entry.name.startswith(".")
                    self._add(entry.name, seen, by_name=by_names and is_plain)
                    if entry.path in self._written:
                        self.newest = newest
                    if entry.is_symlink():
                        self.add_file(entry.path)
            if not is_ours:
                self.newest = max(self.newest, os.stat(path).st_ctime_ns)  # if one was taken out
        except OSError:
            self._sha.update(b"?\0")

    def _add(self, name: str, found: os.stat_result, *, by_name: bool = False) -> None:
        if by_name:
            self._sha.update(f"{name}\0{found.st_mode}\0".encode("utf-8", "surrogateescape"))
            return
        is_folder = S_ISDIR(found.st_mode)
        times = (0, 0, 0) if is_folder else (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        place = f"{found.st_dev} {found.st_ino}"
        stamp = f"{name}\0{found.st_mode} {found.st_uid} {place} {times}\0"
        self._sha.update(stamp.encode("utf-8", "surrogateescape"))
        self.newest = max(self.newest, times[2])


def look(root: str, folders: Iterable[str], written: Set[str] = frozenset()) -> Stamps:
    """How all looks that an answer followed from but the files that were read.

    That is which files there are, the state folder, and what git knows of the project, without
    what each commit changes.
    """
    stamps = Stamps(written)
    state, top = f"{root}/{STATE}", git_folder(root)
    apart = {f"{top}/{OWN}", f"{top}/{_MESSAGE}", *moving_files(top)}
    for folder in folders:
        is_ours = folder.startswith(f"{state}/")
        by_names = not is_ours and is_in_folder(folder, root)
        stamps.add_folder(folder, is_ours=is_ours, by_names=by_names)
    stamps.add_folder(state)
    for folder in sorted(_of_git(root)):
        stamps.add_folder(folder, but=apart, by_names=not is_in_folder(folder, top))
    for file in _settings():
        stamps.add_file(file)
    return stamps


def moving_files(top: str) -> list[str]:
    """The files of git's folder that each commit changes: its index, and a branch."""
    return [f"{top}/index", *filter(None, [ref_of(top)])]


def look_at_files(files: Iterable[str]) -> Stamps:
    """How files look that were read."""
    stamps = Stamps()
    for file in files:
        stamps.add_file(file)
    return stamps


def contents(files: Iterable[str]) -> str:
    """The digest of what is in files, and of which are none; empty for too much or a folder."""
    sha, left = hashlib.sha256(), _MOST_READ
    for path in files:
        sha.update(f"{path}\0".encode("utf-8", "surrogateescape"))
        size = _add_content(sha, path, left)
        if size is None:
            return ""
        left -= size
    return sha.hexdigest()


def _add_content(sha: "hashlib._Hash", path: str, most: int) -> int | None:
    """Add a regular file's size, mode and bytes, some at a time; gives how many there are.

    None of a folder, of more than so many bytes, and of a file that was written to meanwhile.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        sha.update(f"{type(error)!r}\0".encode())
        return 0
    try:
        stat = os.fstat(handle)
        size, read = stat.st_size if S_ISREG(stat.st_mode) else 0, 0
        if S_ISDIR(stat.st_mode) or size > most:
            return None
        sha.update(f"{size} {stat.st_mode}\0".encode())
        while read < size and (part := os.read(handle, _AT_ONCE)):
            sha.update(part)
            read += len(part)
    finally:
        os.close(handle)
    return size if read == size else None


def is_in_folder(folder: str, top: str) -> bool:
    """Whether a folder is another one, or inside it; nothing is inside none."""
    return bool(top) and f"{folder}/".startswith(f"{top}/")


def git_folder(start: str) -> str:
    """Git's folder around a folder; empty where it is none in a working tree of its own."""
    above, at = start, ""
    while above != at:
        at = above
        found = os.path.join(at, GIT)
        if os.path.lexists(found):
            return found if os.path.isdir(found) and not os.path.islink(found) else ""
        above = os.path.dirname(at)
    return ""


def _of_git(root: str) -> Iterator[str]:
    top = git_folder(root)
    at, last = root, os.path.dirname(top)
    while top and at.startswith(last):
        yield at
        at = os.path.dirname(at) if at != last else ""
    yield os.path.join(top, "objects", "info")
    for folder, names, _ in os.walk(top, followlinks=True):
        yield folder
        names[:] = [name for name in names if folder != top or name not in _WITHOUT_MEANING]


def _settings() -> Iterator[str]:
    """Files in which git is told what to ignore and whom to trust."""
    home = os.path.expanduser("~")
    yield from (os.path.join(home, ".gitconfig"), "/etc/gitconfig")
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    yield from (os.path.join(folder, "git", name) for name in ("config", "ignore", "attributes"))
