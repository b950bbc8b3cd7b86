"""The way from one commit to a later one, and what commits say of themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from promptci.errors import PromptCIError, RepoError, RequestError
from promptci.git.commits import DEEPENING, merge_base
from promptci.git.repo import Repo
from promptci.git.revision import Revision

_FIELD = "\x1f"
_MOST_AFTER = 200
"""Commits looked through for what they changed."""


class Commit(Struct, frozen=True):
    """A commit as people know it; `date` is the author's (ISO 8601)."""

    revision: Revision
    date: str
    author: str
    subject: str


def resolve(repo: Repo, name: str) -> Revision:
    """The commit that a user calls `name`.

    Raises `RequestError` if there is none, and `RepoError` with the cure where it may be one that
    a shallow clone lacks.
    """
    try:
        return repo.resolve(name)
    except RequestError as error:
        if repo.is_shallow:
            raise RepoError(_shallow(str(error).partition(": ")[0])) from None
        raise


def way(repo: Repo, good: Revision, bad: Revision) -> tuple[Revision, ...]:
    """The commits from `good` to `bad`, both included, each a parent of the next.

    It follows first parents wherever these lead to `good`. Raises `RequestError` if `bad` does not
    come after `good`, `RepoError` if that cannot be known in a shallow clone.
    """
    if good.id == bad.id:
        raise RequestError(f"{_called(good)} is both good and bad: name two commits")
    listed = repo.git("rev-list", "--ancestry-path", "--parents", bad.id, f"^{good.id}").decode()
    parents = {line[0]: line[1:] for line in map(str.split, listed.splitlines())}
    if bad.id not in parents:
        raise _apart(repo, good, bad)
    found, at = [bad], bad.id
    while at != good.id:
        at = next(id_ for id_ in parents[at] if id_ == good.id or id_ in parents)
        found.append(good if at == good.id else Revision(at))
    return tuple(reversed(found))


def commits(repo: Repo, revisions: Sequence[Revision]) -> tuple[Commit, ...]:
    """What some commits say of themselves, in the same order."""
    if not revisions:
        return ()
    ids = [revision.id for revision in revisions]
    shape = _FIELD.join(("%H", "%aI", "%an", "%s"))
    said = repo.git("log", "--no-walk=unsorted", f"--format={shape}", *ids)
    rows = [line.split(_FIELD, 3) for line in said.decode("utf-8", "replace").split("\n") if line]
    known = {id_: Commit(Revision(id_), *rest) for id_, *rest in rows}
    return tuple(known[id_] for id_ in ids)


def day_of(repo: Repo, *revisions: Revision | None) -> str:
    """The day on which the latest of some commits was made, in UTC; empty without any.

    It is the committer's: unlike the clock's, the same for the same commits wherever it is asked.
    """
    ids = [revision.id for revision in revisions if revision is not None]
    if not ids:
        return ""
    latest = max(map(_committed_at, repo.blobs(ids)))
    return datetime.fromtimestamp(latest, UTC).date().isoformat()


def _committed_at(commit: bytes) -> int:
    """When a commit was made, in seconds, as its own bytes say: `git log` would be a process."""
    header = commit.partition(b"\n\n")[0]
    [line] = [each for each in header.split(b"\n") if each.startswith(b"committer ")]
    return int(line.rsplit(b" ", 2)[1])


def author_of_now(repo: Repo) -> tuple[str, str]:
    """Who would author a commit now, and the day in UTC; no name where git knows none."""
    try:
        said = repo.git("var", "GIT_AUTHOR_IDENT").decode("utf-8", "replace").strip()
    except RepoError:
        return "", datetime.now(UTC).date().isoformat()
    name, _, moment = said.rpartition("> ")
    seconds = int(moment.split()[0])
    return name.rpartition(" <")[0], datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _apart(repo: Repo, good: Revision, bad: Revision) -> PromptCIError:
    """Why there is no way from one commit to the other."""
    fault = f"{_called(bad)} does not come after {_called(good)}"
    base = merge_base(repo, good, bad)
    if base is not None and base.id == bad.id:
        return RequestError(f"{_called(bad)} comes before {_called(good)}: swap --good and --bad")
    if repo.is_shallow:
        return RepoError(_shallow(f"{fault} in this clone"))
    if base is None:
        return RequestError(f"{fault}: the two have no commit in common")
    return RequestError(f"{fault}: take the commit where they part, `--good {base.short}`")


def _called(revision: Revision) -> str:
    return f"`{revision.name}`" if revision.name else revision.short


def _shallow(fault: str) -> str:
    return f"{fault}, which is shallow: {DEEPENING}"


def changed_since(repo: Repo, first: Revision, last: Revision) -> frozenset[str] | None:
    """The paths that were changed by commits which follow one another from one to another.

    None where they do not, since histories parted or were joined, and where they are many. What was
    changed and changed back counts.
    """
    shape = ("-z", f"-{_MOST_AFTER}", "--no-renames", "--no-relative", "--name-only")
    said = repo.git("log", *shape, "--format=%x02%H %P%x03", last.id, f"^{first.id}")
    at, paths = last.id, set[str]()
    for each in said.decode("utf-8", "surrogateescape").split("\x02")[1:]:
        ids, _, listed = each.partition("\x03")
        id_, *above = ids.split()
        if id_ != at or len(above) != 1:
            return None
        at = above[0]
        paths.update(path.strip("\n") for path in listed.split("\0"))
    return frozenset(paths - {""}) if at == first.id else None
