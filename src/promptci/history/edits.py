"""Whether anything but records differs between two states of the files."""

from promptci.errors import RepoError
from promptci.git.repo import Repo
from promptci.git.revision import Revision

_ENDING = ".scores.yaml"


def has_edits(repo: Repo, base: Revision, head: Revision | None) -> bool:
    """Whether anything but records differs between a commit and another, or the working tree.

    It takes git milliseconds, and where nothing does no record can be older than it was.
    """
    sides = [base.id] if head is None else [base.id, head.id]
    filters = _filters(repo) if head is None else []
    if any("=" in name for name in filters):  # which git could not be told to leave alone
        return True
    unused = [part for name in filters for part in ("-c", f"{name}=")]
    question = (*unused, "diff", "--name-only", "-z", *sides, "--", ".")
    listed = repo.git(*question, at=repo.root).split(b"\0")
    if head is None:
        new = ("ls-files", "-o", "--exclude-standard", "-z", "--", ".")
        listed += repo.git(*new, at=repo.root).split(b"\0")
    return any(path and not path.endswith(_ENDING.encode()) for path in listed)


def _filters(repo: Repo) -> list[str]:
    """The settings that name a program through which git would read files of the working tree."""
    wanted = r"^filter\..*\.(clean|smudge|process|required)$"
    try:
        found = repo.git("config", "-z", "--name-only", "--get-regexp", wanted)
    except RepoError:  # there is none
        return []
    return [name for name in found.decode("utf-8", "surrogateescape").split("\0") if name]
