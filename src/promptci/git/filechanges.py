"""The commits that changed a file, and what they changed, under whatever name it had."""

from collections.abc import Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

from msgspec import Struct
from msgspec.structs import replace

from promptci.git.commits import object_at, regular_object
from promptci.git.rawlog import raw_log
from promptci.git.repo import Repo
from promptci.git.revision import Revision

_Renames = Mapping[str, tuple[str, str]]
_RENAMES = WeakKeyDictionary[Repo, dict[tuple[str, str], _Renames]]()


class FileChange(Struct, frozen=True):
    """One commit that changed a file: where the file was then, who changed it, when (ISO 8601).

    `blob` is the file's object after the commit, `before` that in its first parent; empty where it
    was not there. `source` is the path that it had there, if otherwise.
    """

    revision: Revision
    path: str
    date: str
    author: str
    subject: str
    blob: str = ""
    before: str = ""
    parents: tuple[str, ...] = ()
    source: str = ""


def steps(
    repo: Repo, path: str, start: Revision, *, most: int | None = None, since: str = ""
) -> Iterator[FileChange]:
    """The commits that changed a file, newest first, through renames.

    Merges are among them only where the file differs from all parents. `since` is any date that
    git understands. `git log --follow` is not used: it shows merges either all or not at all, and
    takes a file for a copy of another one that is still there.
    """
    prefix = repo.folder_at(start)
    name, at, left = f"{prefix}{path}", start.id, most
    while True:
        found = _log(repo, name, at, prefix, most=left, since=since)
        origin = _origin(repo, found[-1], name) if found else None
        if origin is None:
            yield from found
            return
        name, blob = origin
        *newer, last = found
        yield from (*newer, replace(last, before=blob))
        at, left = last.parents[0], None if left is None else left - len(found)
        prefix = repo.folder_at(Revision(at))


def file_changes(
    repo: Repo, name: str, starts: Sequence[str], *, since: str = "", has_merges: bool = True
) -> Iterator[FileChange]:
    """Every commit before some others, and these, in which a file is not as in its first parent.

    `name` is from the top of the repository; of a folder, which ends in a slash, any file counts,
    and objects are those of one. Nothing is left out that another branch undid or overwrote. No
    renames are followed.
    """
    limits = [f"--since={since}"] * bool(since)
    single = ("--full-history", "--no-merges", *limits)
    yield from _listed(repo, name, starts, single, prefix=repo.prefix)
    if has_merges:  # of which git lists only those that differ from every parent, but for --sparse
        whole = ("--full-history", "--sparse", "--merges", "--diff-merges=first-parent")
        found = _listed(repo, name, starts, (*whole, *limits), prefix=repo.prefix)
        yield from (step for step in found if step.blob != step.before)


def _log(
    repo: Repo, name: str, at: str, prefix: str, *, most: int | None, since: str
) -> list[FileChange]:
    """The commits that changed the file of this name, which is from the top of the repository."""
    limits = [f"--max-count={most}"] * (most is not None) + [f"--since={since}"] * bool(since)
    found = _listed(repo, name, (at,), ("--diff-merges=off", *limits), prefix=prefix)
    return [_merged(repo, step, name) if len(step.parents) > 1 else step for step in found]


def _listed(
    repo: Repo, name: str, starts: Sequence[str], options: Sequence[str], *, prefix: str
) -> Iterator[FileChange]:
    order = ("--topo-order", "--no-follow")  # dates may be any: none comes before its children
    for commit in raw_log(repo, (*order, *options), starts, name):
        files = [
            file
            for file in commit.files
            if file.path == name or (name.endswith("/") and file.path.startswith(name))
        ]
        yield FileChange(
            commit.revision,
            name.removeprefix(prefix),
            commit.date,
            commit.author,
            commit.subject,
            blob=files[-1].after if files else "",
            before=files[-1].before if files else "",
            parents=commit.parents,
        )


def _merged(repo: Repo, step: FileChange, name: str) -> FileChange:
    """A merge with the file before and after it: asking `git log` for those would list them all."""
    before, blob = (object_at(repo, id_, name) for id_ in (step.parents[0], step.revision.id))
    return replace(step, before=before, blob=blob)


def _origin(repo: Repo, step: FileChange, name: str) -> tuple[str, str] | None:
    """Name and object that a file had before the commit that added it; None if it was new."""
    if step.before or not step.blob or not step.parents:
        return None
    return _renames(repo, step.parents[0], step.revision.id).get(name)


def _renames(repo: Repo, before: str, after: str) -> _Renames:
    """The former name and object of each file that a commit renamed, by its new name.

    Kept, since many files may have come with one commit.
    """
    kept = _RENAMES.setdefault(repo, {})
    if (before, after) not in kept:
        kept[before, after] = dict(_list_renames(repo, before, after))
    return kept[before, after]


def _list_renames(repo: Repo, before: str, after: str) -> Iterator[tuple[str, tuple[str, str]]]:
    shape = ("-r", "-z", "--raw", "--no-abbrev", "-M", "--diff-filter=R")
    said = repo.git("diff-tree", *shape, before, after).decode("utf-8", "surrogateescape")
    fields = said.split("\0")
    for meta, source, target in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
        mode, _, object_, *_ = meta[1:].split(" ")
        yield target, (source, regular_object(mode, object_))
