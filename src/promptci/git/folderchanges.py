"""What a row of commits did to the files below a folder, from one `git log`."""

from msgspec import Struct

from promptci.git.folderhistory import folder_changes
from promptci.git.repo import Repo
from promptci.git.revision import Revision

_SPARE = 4
"""Commits listed for one that is wanted: some change other files of the folder only."""


class ChangedFile(Struct, frozen=True):
    """A file with its object after a commit and before it; empty where it was not there."""

    path: str
    blob: str
    before: str


class CommitChanges(Struct, frozen=True):
    """A commit with what it changed against its first parent; the date is in ISO 8601."""

    revision: Revision
    parent: str
    date: str
    author: str
    subject: str
    files: tuple[ChangedFile, ...]


def changes_below(
    repo: Repo, folder: str, ending: str, start: Revision, *, most: int
) -> list[CommitChanges]:
    """The newest commits along first parents that changed files of this ending, newest first.

    Paths are from the project's folder. What git has no object of is left out.
    """
    found: list[CommitChanges] = []
    for each in folder_changes(repo, folder, start, most=_SPARE * most):
        files = tuple(
            ChangedFile(path, blob, before)
            for path, (before, blob) in each.files.items()
            if path.endswith(ending) and path.isprintable()
        )
        if files and len(found) < most:
            above = each.parents[0] if each.parents else ""
            words = each.date, each.author, each.subject
            found.append(CommitChanges(each.revision, above, *words, files))
    return found
