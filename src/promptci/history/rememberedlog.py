"""Lines of a history that earlier processes worked out, kept on this machine.

A line follows from its commit and all older ones, whose ids, objects and places are one chain of
digests; and, where examples fell, from what the eval expects today. None is kept that other files
of a commit had a part in, nor any of a history with records computed later.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import Struct, field, msgpack

from promptci.compare.outcomes.splits import SplitBy
from promptci.git.filechanges import FileChange
from promptci.history.recordentries import SplitAt, Update
from promptci.history.recordhistory import RecordedCommit
from promptci.history.recordlog import Entry
from promptci.records.record import Records
from promptci.remembered import Remembered, key_of

MOST = 20_000
"""Commits of an eval whose lines are kept."""


class _Lines(Struct, frozen=True, array_like=True):
    """The entries of one point; `is_split` where what is expected had a part in them."""

    entries: list[Entry]
    is_split: bool


class _Kept(Struct, frozen=True, array_like=True):
    """Lines by the digest of their chain; `expected` is that of what was expected for them."""

    expected: str = ""
    lines: dict[bytes, _Lines] = field(default_factory=dict)


class RememberedLog:
    """The entries of one eval's history that are known, by the place of their point."""

    def __init__(self, found: Remembered, eval_name: str, expected: Callable[[], str]) -> None:
        """`expected` gives a digest of all that records are split by; it is asked for if needed."""
        self.found, self._expected = found, expected
        self._key = key_of("log", eval_name)
        self._chain: list[bytes] = []
        self._kept = _Kept()
        self._others_key = key_of("other evals")
        self._new: dict[bytes, _Lines] = {}
        self._is_split = self._is_plain = False
        self.is_whole = True
        """Whether all entries that were given or noted can be kept."""
        self.is_split = False
        """Whether what is expected had a part in any of them."""

    @contextmanager
    def others(self) -> Iterator[dict[str, bool]]:
        """What is known of pairs of records, for `other_evals`; what it learns is kept."""
        found = self.found.get(self._others_key, dict[str, bool]) or {}
        known = len(found)
        yield found
        if known < len(found) <= MOST:
            self.found.put(self._others_key, found)

    def begin(
        self, points: Sequence[RecordedCommit], earlier: Mapping[int, int], cut: frozenset[str]
    ) -> None:
        """Look for what is known of these points, which go from newest to oldest."""
        if len(points) <= MOST and not any(point.is_later for point in points):
            self._chain = _chain(points, earlier, cut)
            self._kept = self.found.get(self._key, _Kept) or _Kept()

    def at(self, index: int) -> list[Entry] | None:
        """The entries of a point; None where they are not known."""
        self._is_split, self._is_plain = False, True
        lines = self._kept.lines.get(self._chain[index]) if self._chain else None
        if lines is None or not self._holds(lines):
            return None
        self.is_split |= lines.is_split
        return lines.entries

    def note(self, index: int, entries: list[Entry]) -> None:
        """Keep the entries of a point that were worked out since it was looked for."""
        if self._chain and self._is_plain and not any(entry.joined for entry in entries):
            self._new[self._chain[index]] = _Lines(entries, self._is_split)
        else:
            self.is_whole = False

    def updating(self, update: Update) -> Update:
        """The same update, which is noted: what comes of it is not kept."""

        def noted(step: FileChange, records: Records) -> Records:
            self._is_plain = False
            return update(step, records)

        return noted

    def splitting(self, split_at: SplitAt) -> SplitAt:
        """The same splits, which are noted: what comes of them holds for what is expected now."""

        def noted(older: str, newer: str) -> SplitBy:
            self._is_split = self.is_split = True
            return split_at(older, newer)

        return noted

    def save(self) -> None:
        """Leave what is new for later processes, beside what was known of the same history."""
        if self._new:
            before = self._kept.lines
            there = {at: before[at] for at in self._chain if at in before}
            known = {at: lines for at, lines in there.items() if self._holds(lines)}
            self.found.put(self._key, _Kept(self._expected(), known | self._new))
        self.found.write()

    def _holds(self, lines: _Lines) -> bool:
        """Whether what had a part in lines is what it was."""
        return not lines.is_split or self._kept.expected == self._expected()


def _chain(
    points: Sequence[RecordedCommit], earlier: Mapping[int, int], cut: frozenset[str]
) -> list[bytes]:
    """For each point a digest of all that is known of it and of those after it, the older ones."""
    found, last = [], b""
    for index in range(len(points) - 1, -1, -1):
        point = points[index]
        is_cut = point.step.revision.id in cut
        told = [point.step, point.place, is_cut, earlier.get(index, index) - index, last]
        last = hashlib.sha256(msgpack.encode(told)).digest()
        found.append(last)
    return found[::-1]
