"""Files of a project as they are saved."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePath
from time import sleep

from promptci.errors import PromptCIError
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

_Stamps = Mapping[Path, tuple[int, int, int]]
"""When files were written, how many bytes they have, and their inodes."""


def saved_files(root: Path, files: list[Path]) -> Iterator[list[str]]:
    """The names of files that were saved, again and again; the first time there are none.

    Folders are watched by the system. Single `files` elsewhere are looked at: editors put a new
    file in the place of an old one, which whoever watches the file does not notice.
    """
    try:
        from watchfiles import Change
        from watchfiles import watch as watch_folders
    except ImportError as error:
        cure = "pip install watchfiles"
        raise PromptCIError(f"--watch needs the package watchfiles ({error}): {cure}") from None
    folders = [root / name for name in FOLDERS if (root / name).is_dir()]
    before, emptied = _stamps(files), set[Path]()

    def wanted(_: Change, path: str) -> bool:
        return is_of_interest(str(Path(path).relative_to(root)))

    for changes in watch_folders(
        *folders,
        watch_filter=wanted,
        debounce=MOST,
        step=STEP,
        rust_timeout=LOOK,
        yield_on_timeout=True,
    ):
        now = settled(partial(_stamps, files), before)
        found = {Path(path) for _, path in changes} | emptied
        found |= {path for path in {*now, *before} if now.get(path) != before.get(path)}
        before = now
        if any(size == 0 for _, size, _ in _stamps(found).values()) and found != emptied:
            emptied = found  # what fills them is seen by the next look
            continue
        emptied = set()
        yield sorted(str(path.relative_to(root)) for path in found)
        before = {path: before.get(path, stamp) for path, stamp in _stamps(files).items()}


def settled(
    look: Callable[[], _Stamps], before: _Stamps, *, wait: Callable[[float], None] = sleep
) -> _Stamps:
    """How files look once they are no longer written to: many an editor empties a file first."""
    now = look()
    for _ in range(MOST // STEP):
        if now == before:
            break
        wait(STEP / 1000)
        before, now = now, look()
    return now


def _stamps(files: Iterable[Path]) -> _Stamps:
    found = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = status.st_mtime_ns, status.st_size, status.st_ino
    return found


def is_of_interest(path: str) -> bool:
    """Whether a file that was saved may be one of the project's, and not an editor's or our own."""
    parts = PurePath(path).parts
    if any(part in _NO_FOLDERS for part in parts):
        return False
    return not any(fnmatch(parts[-1], pattern) for pattern in _NOT_OURS)
