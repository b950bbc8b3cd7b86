"""The files that an import may read: those below one folder, no links or devices.

Hidden ones are read where a person names them, and not where a file does.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path, PurePosixPath

from msgspec import Struct, field

from promptci.errors import SpecError
from promptci.parsing.source import Mark, excerpt

MAX_FILE = 200_000_000
MAX_FOUND = 10_000
_SHOWN = frozenset((".promptfoo", ".github", ".gitlab", ".agents", ".prompts", ".evals"))
"""Hidden folders that hold prompts and tests, and no credentials of any tool."""
_NOT_REGULAR = "is no regular file: put a file in its place"


class Sources(Struct, frozen=True):
    """Files below `root`, by their paths relative to it with slashes.

    `endpoints` are those that the project has already: names by address. `named` is the file or
    folder that a person asked for, which may be hidden. `project` is the folder where prompts are
    written to, where the files are of its repository.
    """

    root: Path
    endpoints: Mapping[str, str] = field(default_factory=dict)
    named: str = ""
    project: Path | None = None

    def read(self, path: str, mark: Mark | None = None) -> bytes:
        """The bytes of a file. Raises `SpecError` at `mark` (default: the file) if refused."""
        place = mark or Mark(path)
        real = self._guarded(path, place)
        try:
            data = real.read_bytes()
        except OSError as error:
            raise _refusal(place, f"`{excerpt(path)}`: {error.strerror or error}") from None
        _refuse_pointer(data, path, place)
        return data

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file, one by one. Raises `SpecError` if it is refused."""
        place = Mark(path)
        real = self._guarded(path, place)
        try:
            with real.open("rb") as file:
                first = file.readline()
                _refuse_pointer(first, path, place)
                yield from chain((first,) if first else (), file)
        except OSError as error:
            raise _refusal(place, f"`{excerpt(path)}`: {error.strerror or error}") from None

    def exists(self, path: str) -> bool:
        """Whether there is a file that may be read."""
        try:
            self._guarded(path, Mark(path))
        except SpecError:
            return False
        return True

    def folder_exists(self, path: str) -> bool:
        """Whether there is such a folder below the root."""
        clean = self._lexical(path)
        return clean is not None and self._stays(clean) and (self.root / clean).is_dir()

    def relative(self, base: str, path: str) -> str:
        """A path as it is written in the file `base`, relative to the root."""
        if path.startswith("/"):
            return path
        return os.path.normpath(PurePosixPath(base).parent / path).replace(os.sep, "/")

    def from_prompts(self, path: str) -> str | None:
        """A file as prompts and evals name it; None where it is no file of their repository."""
        if self.project is None or not self.exists(path):
            return None
        return os.path.relpath(self.root / path, self.project / "prompts").replace(os.sep, "/")

    def find(self, pattern: str, mark: Mark) -> list[str]:
        """The files that a pattern with `*`, `?`, `[…]` and `**` matches, in order.

        Raises `SpecError` for over 10,000 and for a pattern that leaves the root.
        """
        if self._lexical(pattern) is None:
            raise _refusal(mark, f"`{excerpt(pattern)}` leaves the folder that is imported")
        found = sorted(path for path in self._files() if _matches(path, pattern))
        if len(found) > MAX_FOUND:
            raise _refusal(mark, f"`{excerpt(pattern)}` matches over {MAX_FOUND:,} files")
        return found

    def below(self, folder: str) -> list[str]:
        """All files below a folder, in order."""
        prefix = "" if folder in (".", "") else f"{folder.rstrip('/')}/"
        return sorted(path for path in self._files() if path.startswith(prefix))

    def at(self, path: str, ending: str = "") -> list[str]:
        """The file alone; of a folder all files below it that end so, in order."""
        if not self.folder_exists(path):
            return [path]
        return [each for each in self.below(path) if each.endswith(ending)]

    def _files(self) -> Iterator[str]:
        yield from self._walk(self.root)
        if any(map(_is_hidden, PurePosixPath(self.named).parts)):
            yield from self._walk(self.root / self.named)

    def _walk(self, top: Path) -> Iterator[str]:
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(n for n in folders if not _is_hidden(n) and n != "node_modules")
            for name in files:
                real = Path(folder, name)
                if not name.startswith(".") and not real.is_symlink():
                    yield real.relative_to(self.root).as_posix()

    def _lexical(self, path: str) -> str | None:
        """The path without `..`, if it stays below the root."""
        clean = os.path.normpath(path).replace(os.sep, "/")
        return None if clean.startswith(("/", "../")) or clean == ".." else clean

    def _stays(self, clean: str) -> bool:
        """Whether a path, links followed, stays below the root; no loop of links does."""
        try:
            return (self.root / clean).resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError, ValueError):
            return False

    def _below_named(self, clean: str) -> PurePosixPath:
        """A path from what was named on, whose own parts were a person's choice."""
        path = PurePosixPath(clean)
        asked = bool(self.named) and path.is_relative_to(self.named)
        return path.relative_to(self.named) if asked else path

    def _guarded(self, path: str, mark: Mark) -> Path:
        clean = self._lexical(path)
        if clean is None or not self._stays(clean):
            cure = "copy the file into it"
            raise _refusal(mark, f"`{excerpt(path)}` leaves the folder that is imported: {cure}")
        *folders, name = self._below_named(clean).parts or ("",)
        if name.startswith(".") or any(map(_is_hidden, folders)):
            cure = "name it yourself, or rename it"
            raise _refusal(mark, f"`{excerpt(path)}` is hidden, which no file may name: {cure}")
        real = self.root / clean
        try:
            info = real.lstat()
        except OSError:
            if re.match(r"[a-z0-9]{2,12}:/", path):
                wrong = f"`{excerpt(path)}` is elsewhere and is not fetched: save it as a file"
                raise _refusal(mark, wrong) from None
            raise _refusal(mark, f"there is no file `{excerpt(path)}`: add it") from None
        if not stat.S_ISREG(info.st_mode):
            is_folder = stat.S_ISDIR(info.st_mode)
            wrong = "is a folder: name the file in it" if is_folder else _NOT_REGULAR
            raise _refusal(mark, f"`{excerpt(path)}` {wrong}")
        if info.st_size > MAX_FILE:
            raise _refusal(mark, f"`{excerpt(path)}` is over 200 MB: part it")
        return real


def _is_hidden(folder: str) -> bool:
    return folder.startswith(".") and folder not in _SHOWN


def _matches(path: str, pattern: str) -> bool:
    """Whether a path matches, part by part; `**` matches any folders."""
    return _match_parts(path.split("/"), pattern.removeprefix("./").split("/"))


def _match_parts(parts: list[str], patterns: list[str]) -> bool:
    """Whether parts match: `reached` are the patterns that the parts so far may precede."""
    reached = _beyond_stars({0}, patterns)
    for part in parts:
        held = {i for i in reached if i < len(patterns) and patterns[i] == "**"}
        moved = {
            i + 1 for i in reached - held if i < len(patterns) and fnmatchcase(part, patterns[i])
        }
        reached = _beyond_stars(held | moved, patterns)
    return len(patterns) in reached


def _beyond_stars(places: set[int], patterns: list[str]) -> set[int]:
    """The places and those behind a `**`, which may match no folder."""
    found = set(places)
    for i in sorted(places):
        while i < len(patterns) and patterns[i] == "**":
            i += 1
            found.add(i)
    return found


def _refusal(mark: Mark, message: str) -> SpecError:
    return SpecError([mark.fault(message)])


def _refuse_pointer(data: bytes, path: str, mark: Mark) -> None:
    """Raises `SpecError` for the pointer in a clone to a file that Git LFS holds."""
    if data.startswith(b"version https://git-lfs.github.com/spec/"):
        wrong = f"`{excerpt(path)}` is a pointer of Git LFS and not the file"
        raise _refusal(mark, f"{wrong}: fetch it with `git lfs pull`")
