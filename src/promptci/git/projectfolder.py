"""Where a project was at a commit, though its folder was moved as a whole since."""

from collections.abc import Callable, Collection, Iterable

from promptci.projectpaths import CONFIG, FOLDERS

MARKERS = (CONFIG, *FOLDERS)
"""What makes a folder a project."""


def project_files(paths: Iterable[str], prefix: str) -> frozenset[str]:
    """The files of the project in a folder, seen from there: configuration, prompts, evals."""
    inner = (path.removeprefix(prefix) for path in paths if path.startswith(prefix))
    return frozenset(p for p in inner if p == CONFIG or p.partition("/")[0] in FOLDERS)


def is_part_of_one(folder: str) -> bool:
    """Whether a folder is in the prompts, evals or flows of a project, by its path from the top.

    Then it is no project of its own without a configuration, whatever its folders are called.
    """
    return any(part in FOLDERS for part in folder.split("/"))


def file_called(name: str, files: Collection[str]) -> str:
    """The file that somebody may mean by a name, of those of a project; empty without one."""
    paths = (name, *(f"{folder}/{name}.yaml" for folder in FOLDERS))
    return next((path for path in paths if path in files), "")


def former_folder(
    paths: Collection[str], mine: Collection[str], is_project_now: Callable[[str], bool]
) -> str | None:
    """The folder among all paths of a commit from which the project of the files `mine` was moved.

    It is a project no more, and has at least half of the files of the smaller of the two under the
    names that they have here. None where there is no such folder, or several are as good: what
    is a project must not be a guess. Folders end in `/`; the top is the empty text.
    """
    shares: dict[str, int] = {}
    for folder in {found for path in paths if (found := _folder_of(path)) is not None}:
        theirs = project_files(paths, folder)
        shared = len(theirs.intersection(mine))
        if shared and 2 * shared >= min(len(theirs), len(mine)) and not is_project_now(folder):
            shares[folder] = shared
    best = [folder for folder, shared in shares.items() if shared == max(shares.values())]
    return best[0] if len(best) == 1 else None


def _folder_of(path: str) -> str | None:
    """The folder of the project that a file may belong to; None for any other file."""
    parts = path.split("/")
    at = next((i for i, part in enumerate(parts[:-1]) if part in FOLDERS), None)
    if at is None and parts[-1] == CONFIG:
        at = len(parts) - 1
    return None if at is None else "".join(f"{part}/" for part in parts[:at])
