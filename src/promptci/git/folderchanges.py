"""What a row of commits did to the files below a folder, from one `git log`."""

from collections.abc import Iterator
from itertools import islice

from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.lateclass import dataclass

_SHAPE = ("%H", "%P", "%aI", "%an", "%s")
_SPARE = 4
"""Commits listed for one that is wanted: some change other files of the folder only."""

_GONE = "000000"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file with its object after a commit and before it; empty where it was not there."""

    path: str
    blob: str
    before: str


@dataclass(frozen=True, slots=True)
class CommitChanges:
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
    said = repo.git(
        "log",
        "--first-parent",
        "-z",
        "--raw",
        "--no-abbrev",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--root",
        "--diff-merges=first-parent",
        "--encoding=UTF-8",
        f"--format={'%x00'.join(_SHAPE)}",
        f"--max-count={_SPARE * most}",
        start.id,
        "--",
        f"{repo.prefix}{folder}",
    )
    fields = said.decode("utf-8", "surrogateescape").split("\0")
    found = (each for each in _commits(fields, repo.prefix, ending) if each.files)
    return list(islice(found, most))


def _commits(fields: list[str], prefix: str, ending: str) -> Iterator[CommitChanges]:
    """Each commit: five fields, then a field of modes and objects and one with a path per file."""
    index = 0
    while index + len(_SHAPE) < len(fields):
        id_, above, date, author, subject = fields[index : index + len(_SHAPE)]
        index += len(_SHAPE)
        files = []
        while index < len(fields) and fields[index].startswith((":", "\n:")):
            old_mode, mode, before, blob, _ = fields[index].lstrip("\n:").split(" ")
            path = fields[index + 1]
            index += 2
            if path.endswith(ending) and path.isprintable():
                blob, before = (
                    "" if m == _GONE else b for m, b in ((mode, blob), (old_mode, before))
                )
                files.append(ChangedFile(path.removeprefix(prefix), blob, before))
        first = above.partition(" ")[0]
        words = _text(author), _text(subject)
        yield CommitChanges(Revision(id_), first, date, *words, tuple(files))


def _there(mode: str, id_: str) -> str:
    """An object's id; empty for a file that is not there."""
    return "" if mode.endswith(_GONE) else id_


def _text(field: str) -> str:
    return field.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
