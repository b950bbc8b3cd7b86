"""Where the repository is and what it keeps where; the only module that imports GitPython.

It is imported where a repository is not of the ordinary form: that takes a fifth of the start.
"""

import os
import re
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from promptci import interrupt
from promptci.errors import RepoError
from promptci.git.hookenv import without_git_variables
from promptci.git.projectfolder import MARKERS, is_part_of_one
from promptci.latepattern import late
from promptci.projectpaths import CONFIG

if TYPE_CHECKING:
    import git

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a machine without git gets our sentence

T = TypeVar("T")
PASSED = "promptci.passed"
"""The event of Python's audit hooks for a folder that is no project."""

_MOST_CONFIGURATION = 100_000
_EXTRAORDINARY = late(rb"include|worktree|bare(?!\s*=\s*false\s)", re.IGNORECASE)
"""What in git's configuration says where files are, or that there are none."""


def where_git_was_called(start: Path, top: Path) -> Path:
    """Where a hook's command was given: git starts hooks at the top, and tells the folder."""
    prefix = os.environ.get("GIT_PREFIX", "")
    folder = (top / prefix).resolve()
    is_hook = start == top and bool(prefix) and not is_project(top)
    return folder if is_hook and folder.is_relative_to(top) and folder.is_dir() else start


def find_top(start: Path) -> tuple[Path, Path]:
    """The top of the working tree around a folder, the nearest that holds `.git`, and git's folder.

    Files that look like a bare repository are nothing but files: a change may bring them along.
    """
    top = next((each for each in (start, *start.parents) if (each / ".git").exists()), start)
    if not (top / ".git").exists() and _is_git_folder(start):
        return start, start
    inner = top / ".git"
    if _is_ordinary(inner):
        return top, inner
    import git

    try:
        place = inner if inner.is_dir() else top
        with interrupt.deferred(), without_git_variables(), _opened(place) as found:
            git_dir, has_files = Path(found.git_dir), found.working_tree_dir is not None
    except git.InvalidGitRepositoryError:
        cure = "run `git init`, or go to the one with your prompts"
        raise RepoError(f"{start} is in no git repository: {cure}") from None
    except (git.GitError, OSError, ValueError) as error:
        raise _unopened(start, error) from error
    if not inner.exists() or not has_files:
        raise RepoError(f"{start} is a bare repository: run promptci in a clone with files")
    return top, git_dir


def _is_ordinary(inner: Path) -> bool:
    """Whether a `.git` is a folder beside its files, as `git init` and `git clone` make it."""
    is_shared = (inner / "commondir").exists()
    if not _is_git_folder(inner) or is_shared or not (inner / "config").is_file():
        return False
    with (inner / "config").open("rb") as file:
        configuration = file.read(_MOST_CONFIGURATION + 1)
    is_read = len(configuration) <= _MOST_CONFIGURATION
    return is_read and not _EXTRAORDINARY.search(configuration + b"\n")


def _opened(folder: Path) -> "closing[git.Repo]":
    """The repository, for a block; what GitPython left half made would complain on stderr.

    Objects are read as they are: none is replaced by another, none fetched.
    """
    import git

    found = git.Repo(folder, expand_vars=False)
    found.git.update_environment(GIT_NO_REPLACE_OBJECTS="1", GIT_NO_LAZY_FETCH="1")
    return closing(found)


def _unopened(folder: Path, error: Exception) -> RepoError:
    return RepoError(f"the git repository at {folder} cannot be opened: {error}")


def _is_git_folder(folder: Path) -> bool:
    """Whether a folder holds what a repository does."""
    is_there = (folder / "HEAD").is_file() and (folder / "refs").is_dir()
    return is_there and (folder / "objects").is_dir()


def project_root(start: Path, top: Path) -> Path:
    """The nearest folder that looks like a project, else the top of the working tree."""
    for folder in (start, *start.parents):
        if folder == top or not folder.is_relative_to(top):
            break
        is_part = is_part_of_one(folder.relative_to(top).as_posix())
        if (folder / CONFIG).exists() if is_part else is_project(folder):
            return folder
        sys.audit(PASSED, str(folder))
    return top


def is_project(folder: Path) -> bool:
    return any((folder / name).exists() for name in MARKERS)


def ask_repository(top: Path, question: "Callable[[git.Repo], T]") -> T:
    """What GitPython says of a repository. Raises `RepoError` where it cannot read it."""
    import git

    try:
        with interrupt.deferred(), without_git_variables(), _opened(top) as found:
            return question(found)
    except (git.GitError, git.exc.ODBError, OSError, ValueError, TypeError) as error:
        raise _unopened(top, error) from error


def git_names(top: Path, question: "Callable[[git.Repo], list[str]]") -> list[str]:
    """The names of branches and tags, or of remotes; none where GitPython cannot read them."""
    with suppress(RepoError):
        return ask_repository(top, question)
    return []


def git_folders(top: Path) -> tuple[Path, Path]:
    """Git's folder of this worktree, and that which all worktrees of the repository share."""
    inner = top / ".git"
    if _is_ordinary(inner):
        return inner, inner
    return ask_repository(top, lambda found: (Path(found.git_dir), Path(found.common_dir)))


def current_branch(found: "git.Repo") -> str:
    """The branch that is checked out; `HEAD` where none is."""
    try:
        return found.head.reference.name
    except (TypeError, ValueError):  # a commit is; of SHA-256 GitPython knows no ids
        return "HEAD"


def ref_names(found: "git.Repo") -> list[str]:
    """Branches, those of remotes too, and tags, as people write them."""
    return [ref.name for ref in found.references]


def remote_names(found: "git.Repo") -> list[str]:
    """What the remotes are called here."""
    return [remote.name for remote in found.remotes]


def origin_address(found: "git.Repo") -> str:
    """Where the clone is from, as git's configuration has it. Raises `ValueError` without one."""
    return str(next(found.remote("origin").urls))


def checked_out(found: "git.Repo") -> str:
    """The full id of the commit checked out. Raises `ValueError` before the first one."""
    return found.head.commit.hexsha
