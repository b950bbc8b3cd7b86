"""Go on with a search inside a merge: the commit that broke an eval is rarely the merge itself."""

from collections.abc import Iterator

from msgspec.structs import replace

from promptci.errors import PromptCIError, RequestError
from promptci.git.commits import merge_base, parents
from promptci.git.lineage import way
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.culprit import Culprit, CulpritSearch, find_culprit
from promptci.history.timeline import Timeline, make_timeline


def find_in_merges(repo: Repo, timeline: Timeline, search: CulpritSearch) -> Culprit:
    """Search a timeline; where a merge is found, go on along the branch that it brought.

    That branch is searched from where it left the other, if it was good there and is bad at its
    end. A merge whose sides are good by themselves stays the culprit, with a note. Raises as
    `find_culprit` does.
    """
    found = find_culprit(timeline, search)
    merges: list[Revision] = []
    while not found.between and (sides := parents(repo, found.first.revision)[1:]):
        inner = None
        for branch in _branches(repo, found, sides):
            inner = _searched(branch, replace(search, below=found.limit))
            if inner is not None:
                break
        if inner is None:
            return replace(found, note=_kept(found, merges))
        merges.append(found.first.revision)
        found = replace(inner, evaluated=found.evaluated + inner.evaluated)
    return replace(found, note=_brought(merges)) if merges else found


def _branches(repo: Repo, found: Culprit, sides: tuple[str, ...]) -> Iterator[Timeline]:
    """What a merge brought in, each from where it left the first parent."""
    first = Revision(parents(repo, found.first.revision)[0])
    for side in sides:
        tip = Revision(side)
        base = merge_base(repo, first, tip)
        if base is not None and base.id != tip.id:
            yield make_timeline(repo, way(repo, base, tip), found.timeline.standard)


def _searched(branch: Timeline, search: CulpritSearch) -> Culprit | None:
    """The result of a branch; None where its ends are not good and bad."""
    try:
        return find_culprit(branch, search)
    except PromptCIError as error:
        if type(error) not in (PromptCIError, RequestError):
            raise
        return None


def _kept(found: Culprit, merges: list[Revision]) -> str:
    said = (
        f"{found.first.revision.short} is a merge, and no commit that it brought in is bad by "
        "itself: what was merged does not go together"
    )
    return f"{said}; {_brought(merges)}" if merges else said


def _brought(merges: list[Revision]) -> str:
    names = ", ".join(each.short for each in merges)
    return f"it was brought in by the merge{'s' if len(merges) > 1 else ''} {names}"
