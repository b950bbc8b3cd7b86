"""Lines of history: the main one along first parents, and those that merges brought into it."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from promptci.git.lineage import commits
from promptci.git.repo import Repo
from promptci.git.revision import Revision

Graph = Mapping[str, Sequence[str]]
"""The parents of each commit."""

_NAMED = (
    re.compile(r"Merge pull request #\d+ from [^/\s]+/(?P<name>\S+)"),
    re.compile(
        r"Merge (?:remote-tracking )?branch(?:es)? (?P<names>'[^']+'(?:(?:, | and )'[^']+')*)"
    ),
    re.compile(r"Merged in (?P<name>\S+) \(pull request"),
    re.compile(r"Merged (?P<name>PR \d+)"),
)


class HistoryLine(Struct, frozen=True):
    """Commits of which each is the first parent of the one before it, the newest first.

    `merge` brought them in as its parent number `side`; both are empty for the main line. `fork` is
    the commit where the line began, which is on another one.
    """

    commits: tuple[str, ...]
    merge: str = ""
    side: int = 0
    fork: str = ""
    depth: int = 0


class Lines(Struct, frozen=True):
    """All lines before a commit, the main one first; each commit is on one of them."""

    all: tuple[HistoryLine, ...]
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """The line of a commit, and its place there."""

    def of(self, commit: str) -> HistoryLine:
        """The line that a commit is on."""
        return self.all[self.places[commit][0]]

    def in_order(self) -> Iterator[str]:
        """The commits, newest first; what a merge brought in comes after it, line by line."""
        brought: dict[str, list[HistoryLine]] = {}
        for line in self.all[1:]:
            brought.setdefault(line.merge, []).append(line)
        waiting = [iter(self.all[0].commits)] if self.all else []
        while waiting:
            at = next(waiting[-1], None)
            if at is None:
                waiting.pop()
                continue
            yield at
            waiting += (iter(line.commits) for line in reversed(brought.get(at, ())))

    def before(self, commit: str) -> Iterator[str]:
        """The commits before one, along first parents."""
        index, place = self.places[commit]
        while True:
            line = self.all[index]
            yield from line.commits[place + 1 :]
            if line.fork not in self.places:
                return
            yield line.fork
            index, place = self.places[line.fork]


def read_graph(repo: Repo, start: Revision) -> dict[str, tuple[str, ...]]:
    """A commit and all before it, with their parents as far as this clone has them."""
    listed = repo.git("rev-list", "--parents", start.id).decode().splitlines()
    return {id_: tuple(above) for id_, *above in map(str.split, listed)}


def find_lines(graph: Graph, start: str) -> Lines:
    """The lines of a history. A commit that several merges brought in is on the oldest's."""
    places: dict[str, tuple[int, int]] = {}
    found: list[HistoryLine] = []

    def claim(tip: str, merge: str, side: int, depth: int) -> None:
        row, at = list[str](), tip
        while at in graph and at not in places:
            places[at] = len(found), len(row)
            row.append(at)
            at = graph[at][0] if graph[at] else ""
        found.append(HistoryLine(tuple(row), merge, side, at, depth))

    claim(start, "", 0, 0)
    waiting = [_brought_in(graph, found[0])]
    while waiting:
        brought = next(waiting[-1], None)
        if brought is None:
            waiting.pop()
        elif brought[2] in graph and brought[2] not in places:
            merge, side, tip = brought
            claim(tip, merge, side, len(waiting))
            waiting.append(_brought_in(graph, found[-1]))
    return Lines(tuple(found), places)


def _brought_in(graph: Graph, line: HistoryLine) -> Iterator[tuple[str, int, str]]:
    """What each merge on a line brought in, the oldest first: its number and its last commit."""
    for merge in reversed(line.commits):
        for side, tip in enumerate(graph[merge][1:], 1):
            yield merge, side, tip


def line_names(repo: Repo, lines: Sequence[HistoryLine]) -> dict[tuple[str, int], str]:
    """What branches are called by the merges that brought them in, by merge and side."""
    merges = list(dict.fromkeys(line.merge for line in lines if line.merge))
    subjects = {
        each.revision.id: each.subject for each in commits(repo, [Revision(id_) for id_ in merges])
    }
    return {(line.merge, line.side): _name(subjects.get(line.merge, ""), line) for line in lines}


def _name(subject: str, line: HistoryLine) -> str:
    """The name that a merge's message gives a branch, or else where it is found."""
    for pattern in _NAMED:
        match = pattern.match(subject)
        if match is None:
            continue
        named = match.groupdict()
        names = re.findall(r"'([^']+)'", named.get("names") or "") or [named.get("name") or ""]
        if line.side <= len(names) and names[line.side - 1]:
            return str(names[line.side - 1])
    return f"{line.merge[:7]}^{line.side + 1}" if line.merge else ""
