"""What `git log --raw` is asked, and read from it: commits with the objects that each changed."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from promptci.git.commits import regular_object
from promptci.git.repo import Repo
from promptci.git.revision import Revision

_FIELDS = ("%H", "%P", "%aI", "%an", "%s")
_OPTIONS = (
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--root",
    "--encoding=UTF-8",
    f"--format={'%x00'.join(_FIELDS)}",
)


class LoggedFile(Struct, frozen=True):
    """A file that a commit changed, from the top of the repository.

    `before` and `after` are its objects; empty where it was not there, or no regular file.
    """

    path: str
    before: str
    after: str


class LoggedCommit(Struct, frozen=True):
    """A commit as `git log` tells of it; its date is in ISO 8601."""

    revision: Revision
    parents: tuple[str, ...]
    date: str
    author: str
    subject: str
    files: tuple[LoggedFile, ...]


def raw_log(
    repo: Repo, options: Sequence[str], starts: Sequence[str], path: str
) -> Iterator[LoggedCommit]:
    """The commits before some others, and these, that changed a file or folder.

    `path` is from the top of the repository. Raises `RepoError`.
    """
    said = repo.git("log", *_OPTIONS, *options, *starts, "--", path)
    return _commits(said.decode("utf-8", "surrogateescape").split("\0"))


def _commits(fields: Sequence[str]) -> Iterator[LoggedCommit]:
    """Each commit: its fields, then the changes: modes, objects and letter, then a path."""
    index = 0
    while index + len(_FIELDS) < len(fields):
        id_, above, date, *words = fields[index : index + len(_FIELDS)]
        author, subject = (
            word.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for word in words
        )
        index += len(_FIELDS)
        files = []
        while fields[index].startswith((":", "\n:")):
            files.append(_logged_file(fields[index].lstrip("\n:"), fields[index + 1]))
            index += 2
        revision, parents = Revision(id_), tuple(above.split())
        yield LoggedCommit(revision, parents, date, author, subject, tuple(files))


def _logged_file(change: str, path: str) -> LoggedFile:
    old_mode, mode, before, after, _ = change.split(" ")
    return LoggedFile(path, regular_object(old_mode, before), regular_object(mode, after))
