"""The commits that changed an eval's record, on the lines of history that they are on."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.git.branches import (
    HistoryLine,
    Lines,
    find_lines,
    line_names,
    read_graph,
)
from promptci.git.commits import object_at
from promptci.git.filechanges import FileChange, file_changes
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.recordhistory import Place, RecordedCommit
from promptci.history.recordorigins import Origin, other_evals, record_origin
from promptci.records.chunkfiles import chunk_folder

_CHUNKS = "chunks changed and the summary did not"


class RecordLines(Struct, frozen=True):
    """The points of an eval's history, newest first; what a merge brought in comes after it.

    `earlier` is the place of the next point along first parents. `hidden` counts points on
    branches that made no difference to the line they were merged into.
    """

    points: tuple[RecordedCommit, ...]
    earlier: Mapping[int, int]
    hidden: int = 0


def record_lines(
    repo: Repo,
    path: str,
    head: Revision,
    later: Sequence[RecordedCommit] = (),
    *,
    since: str = "",
    shows_all: bool = False,
    others: dict[str, bool] | None = None,
) -> RecordLines:
    """The history of a record before a commit: the main line, and in it what merges brought.

    `later` are points whose scores were computed afterwards. With `shows_all` branches are opened,
    too, that left no trace. `others` is what is known of pairs of records (see `other_evals`).
    """
    graph = read_graph(repo, head)
    lines = find_lines(graph, head.id)
    has_merges = len(lines.all) > 1
    others = {} if others is None else others
    asked = _Asked(repo, path, head, since, has_merges)
    found = _steps(asked, others)
    points: dict[str, list[RecordedCommit]] = {}
    for each in later:
        points.setdefault(each.step.revision.id, []).append(each)
    for id_, step in found.items():
        points.setdefault(id_, []).append(RecordedCommit(step, {}))
    for step in _chunks_alone(asked):
        if step.revision.id not in found:
            points.setdefault(step.revision.id, []).append(RecordedCommit(step, {}, damage=_CHUNKS))
    open_ = set(lines.all) if shows_all else _opened(lines, points)
    shown = [id_ for id_ in lines.in_order() if id_ in points and lines.of(id_) in open_]
    names = _names(repo, lines, shown) if has_merges else {}
    made = [
        replace(point, place=_place(lines.of(id_), names)) for id_ in shown for point in points[id_]
    ]
    hidden = sum(len(each) for each in points.values()) - len(made)
    return RecordLines(tuple(made), _earlier(made, lines), hidden)


class _Asked(Struct, frozen=True):
    """Which commits are looked at: those before `head` that changed a path, `since` a date.

    Without `has_merges` the history is one line, which git lists faster.
    """

    repo: Repo
    path: str
    head: Revision
    since: str
    has_merges: bool

    def changes(self, name: str, starts: tuple[str, ...]) -> Iterator[FileChange]:
        """The commits before some that changed another path."""
        return file_changes(self.repo, name, starts, since=self.since, has_merges=self.has_merges)


def _steps(asked: _Asked, others: dict[str, bool]) -> dict[str, FileChange]:
    """Every commit that changed a record, under whatever name it had then."""
    repo = asked.repo
    found: dict[str, FileChange] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(f"{repo.prefix}{asked.path}", (asked.head.id,))]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        name, starts = waiting.pop()
        seen.add((name, starts))
        sources: dict[str, list[str]] = {}
        listed = _own(repo, list(asked.changes(name, starts)), others)
        for step, origin in listed:
            if origin is not None:
                source = origin.path.removeprefix(repo.prefix)
                step = replace(step, before=origin.blob, source=source)
                sources.setdefault(origin.path, []).append(step.parents[0])
            known = found.get(step.revision.id)
            if known is None or (step.blob and not known.blob):
                found[step.revision.id] = step
        for former, above in sources.items():
            sides = _other_sides(repo, [step for step, _ in listed], name)
            if (further := (former, (*above, *sides))) not in seen:
                waiting.append(further)
    return found


def _chunks_alone(asked: _Asked) -> Iterator[FileChange]:
    """The commits that changed any chunk of a large record."""
    folder = chunk_folder(asked.path)
    if asked.repo.has(asked.head, folder):
        name = f"{asked.repo.folder_at(asked.head)}{folder}/"
        for step in asked.changes(name, (asked.head.id,)):
            yield replace(step, path=asked.path, blob="", before="")


def _own(
    repo: Repo, listed: Sequence[FileChange], others: dict[str, bool]
) -> list[tuple[FileChange, Origin | None]]:
    """The commits at which a file was this eval's, each with where the record came from.

    Before a commit that gave the file's name to this eval, it was another one's.
    """
    strangers = other_evals(repo, listed, others)
    found = [
        (step, record_origin(repo, step, is_other=step.revision.id in strangers)) for step in listed
    ]
    cut = [
        step.parents[0]
        for step, origin in found
        if origin is not None and step.revision.id in strangers
    ]
    before = set(_before(repo, cut)) if cut else set()
    return [(step, origin) for step, origin in found if step.revision.id not in before]


def _before(repo: Repo, ids: Sequence[str]) -> list[str]:
    """Commits and all before them."""
    return repo.git("rev-list", *ids).decode().split()


def _other_sides(repo: Repo, listed: Sequence[FileChange], name: str) -> Iterator[str]:
    """What was merged into a renamed record from branches that do not know its new name."""
    for step in listed:
        yield from (side for side in step.parents[1:] if not object_at(repo, side, name))


def _opened(lines: Lines, points: Mapping[str, object]) -> set[HistoryLine]:
    """The main line, and those whose merge changed the record on a line that is opened."""
    found = set(lines.all[:1])
    for line in lines.all[1:]:
        if line.merge in points and lines.of(line.merge) in found:
            found.add(line)
    return found


def _names(repo: Repo, lines: Lines, shown: Sequence[str]) -> dict[tuple[str, int], str]:
    names = line_names(repo, list(dict.fromkeys(lines.of(id_) for id_ in shown)))
    return names | {("", 0): repo.branch}


def _place(line: HistoryLine, names: Mapping[tuple[str, int], str]) -> Place:
    return Place(names.get((line.merge, line.side), ""), line.merge, line.depth)


def _earlier(points: Sequence[RecordedCommit], lines: Lines) -> dict[int, int]:
    """The place of the next older point of each, along first parents."""
    places: dict[str, int] = {}
    for index, point in enumerate(points):
        places.setdefault(point.step.revision.id, index)
    found: dict[int, int] = {}
    for index, point in enumerate(points):
        id_ = point.step.revision.id
        if index + 1 < len(points) and points[index + 1].step.revision.id == id_:
            found[index] = index + 1
            continue
        before = next((places[each] for each in lines.before(id_) if each in places), None)
        if before is not None:
            found[index] = before
    return found
