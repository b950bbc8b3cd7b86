"""Which files of a folder each commit changed, along first parents."""

from collections.abc import Iterator, Mapping

from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.lateclass import dataclass

_SHAPE = ("%H", "%P", "%aI", "%an", "%s")
_REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class FolderChange:
    """One commit that changed files of a folder; a merge by what it changed in its first parent.

    `files` are the objects of each before and after, by path; empty where it was not there.
    """

    revision: Revision
    date: str
    author: str
    subject: str
    parents: tuple[str, ...]
    files: Mapping[str, tuple[str, str]]


def folder_changes(
    repo: Repo, folder: str, start: Revision, *, since: str = ""
) -> Iterator[FolderChange]:
    """The commits that changed files of a folder, newest first, along first parents."""
    said = repo.git(
        "log",
        "--first-parent",
        "--diff-merges=first-parent",
        "-z",
        "--raw",
        "--no-abbrev",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--root",
        "--encoding=UTF-8",
        f"--format={'%x00'.join(_SHAPE)}",
        *[f"--since={since}"] * bool(since),
        start.id,
        "--",
        f"{repo.prefix}{folder}",
    )
    fields = said.decode("utf-8", "surrogateescape").split("\0")
    index = 0
    while index + len(_SHAPE) < len(fields):
        id_, above, date, *words = fields[index : index + len(_SHAPE)]
        author, subject = (
            word.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for word in words
        )
        index += len(_SHAPE)
        files: dict[str, tuple[str, str]] = {}
        while fields[index].startswith((":", "\n:")):
            old_mode, mode, before, blob, _ = fields[index].lstrip("\n:").split(" ")
            path = fields[index + 1].removeprefix(repo.prefix)
            files[path] = before if old_mode in _REGULAR else "", blob if mode in _REGULAR else ""
            index += 2
        revision, parents = Revision(id_), tuple(above.split())
        yield FolderChange(revision, date, author, subject, parents, files)
