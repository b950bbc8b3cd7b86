"""Files of a project as they are saved."""

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePath
from time import sleep
from typing import TypeAlias

from promptci.errors import PromptCIError
from promptci.git.worktree import Look, look_of
from promptci.project.workspace import STATE
from promptci.suite.filenames import FOLDERS

STEP = 20
"""Milliseconds without another change after which those seen are one."""
MOST = 200
"""Milliseconds after which they are, whatever comes."""
LOOK = 50
"""Milliseconds between looks at single files."""

_NOT_OURS = (
    "*.scores.yaml",
    "*.scores.yml",
    "*.chunk",
    "*~",
    ".*",
    "#*",
    "*.sw?",
    "*.tmp",
    "*.pyc",
    "4913",
    "*___jb_*___",
    "sed??????",
)
_NO_FOLDERS = (".git", STATE, "__pycache__")

Before: TypeAlias = Look | None
"""How a file was when it was read; None if it was not there."""

_Looks = Mapping[Path, Look]


def saved_files(root: Path, files: Mapping[Path, Before]) -> Iterator[list[str]]:
    """The names of files that were saved, again and again; the first time there are none.

    Folders are watched by the system. Single `files` elsewhere are looked at: editors put a new
    file in the place of an old one, which whoever watches the file does not notice. Each has how it
    was when it was read, so that what is saved meanwhile is not missed.
    """
    before, emptied = _known(files), set[Path]()
    for changed in _changed_below(root):
        now = settled(partial(_looks, files), before)
        found = changed | emptied
        found |= {path for path in {*now, *before} if now.get(path) != before.get(path)}
        before = now
        if any(size == 0 for _, size, _ in _looks(found).values()) and found != emptied:
            emptied = found  # what fills them is seen by the next look
            continue
        emptied = set()
        yield sorted(str(path.relative_to(root)) for path in found)
        before = _known(files)


def _changed_below(root: Path) -> Iterator[set[Path]]:
    """What changed in the folders of a project, again and again, every moment.

    The system forgets a folder that is taken away, as git does at a branch that has none.
    """
    try:
        from watchfiles import Change
        from watchfiles import watch as watch_folders
    except ImportError as error:
        cure = "pip install watchfiles"
        raise PromptCIError(f"--watch needs the package watchfiles ({error}): {cure}") from None

    def wanted(_: Change, path: str) -> bool:
        return is_of_interest(str(Path(path).relative_to(root)))

    watch = partial(
        watch_folders,
        watch_filter=wanted,
        debounce=MOST,
        step=STEP,
        rust_timeout=LOOK,
        yield_on_timeout=True,
    )
    moved = set[Path]()
    while True:
        folders = _folders(root)
        with suppress(FileNotFoundError):  # one was taken away just now
            for changes in watch(*folders):
                yield {Path(path) for _, path in changes} | moved
                moved = {path for path, _ in folders.items() ^ _folders(root).items()}
                if moved:
                    break
            else:
                return


def _folders(root: Path) -> dict[Path, int]:
    """The inodes of the folders that are there."""
    looks = ((root / name, *look_of(str(root / name))) for name in FOLDERS)
    return {path: look[2] for path, look, mode in looks if look and stat.S_ISDIR(mode)}


def settled(
    look: Callable[[], _Looks], before: _Looks, *, wait: Callable[[float], None] = sleep
) -> _Looks:
    """How files look once they are no longer written to: many an editor empties a file first."""
    now = look()
    for _ in range(MOST // STEP):
        if now == before:
            break
        wait(STEP / 1000)
        before, now = now, look()
    return now


def _known(files: Mapping[Path, Before]) -> _Looks:
    return {path: look for path, look in files.items() if look is not None}


def _looks(files: Iterable[Path]) -> _Looks:
    looks = {path: look_of(str(path))[0] for path in files}
    return _known(looks)


def is_of_interest(path: str) -> bool:
    """Whether a file that was saved may be one of the project's, and not an editor's or our own."""
    parts = PurePath(path).parts
    if any(part in _NO_FOLDERS for part in parts):
        return False
    return not any(fnmatch(parts[-1], pattern) for pattern in _NOT_OURS)
