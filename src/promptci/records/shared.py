"""What two large records have in common: chunks of equal digests, which need not be read."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.records.chunkfiles import chunk_name
from promptci.records.record import Record, Result
from promptci.records.results import ChunkedResults, ChunkLine

Counts: TypeAlias = dict[tuple[float, bool], int]
"""How often each score came up, with whether it passed."""


class SharedChunks(Struct, frozen=True):
    """Chunks of equal digests in two records, and the results in which they are."""

    lines: Mapping[str, ChunkLine] = field(default_factory=dict)
    results: ChunkedResults | None = None

    @property
    def answered(self) -> int:
        """How many examples with an answer they hold, the same on both sides."""
        return sum(line.answered for line in self.lines.values())

    def counts(self) -> Counts:
        """How often each score came up among those answered, with whether it passed.

        Only chunks with other scores than 0 and 1 are read for it.
        """
        found: Counts = {(1.0, True): 0, (0.0, False): 0}
        for name, line in self.lines.items():
            if line.score is None:
                found[1.0, True] += line.passed
                found[0.0, False] += line.answered - line.passed
                continue
            for result in self.results.chunk(name) if self.results is not None else ():
                if result.fate != "error":
                    key = result.score, result.passed
                    found[key] = found.get(key, 0) + 1
        return found


def without_shared(base: Record, head: Record) -> tuple[Record, Record, SharedChunks]:
    """Two records without the results in chunks that both have, and these chunks.

    Only the others are read. Those with accepted losses count as others. Of records that are not
    both in chunks nothing is left out.
    """
    before, after = base.results, head.results
    if not (isinstance(before, ChunkedResults) and isinstance(after, ChunkedResults)):
        return base, head, SharedChunks()
    digits = len(next(iter(after.lines), ""))
    own = {chunk_name(loss.id, digits) for loss in (*base.accepted, *head.accepted)}
    shared = {
        name: line
        for name, line in after.lines.items()
        if before.lines.get(name) == line and not line.is_merged and name not in own
    }
    base, head = (
        replace(record, results=_others(results, shared))
        for record, results in ((base, before), (head, after))
    )
    return base, head, SharedChunks(shared, after)


def _others(results: ChunkedResults, shared: Mapping[str, ChunkLine]) -> tuple[Result, ...]:
    names = [name for name in results.lines if name not in shared]
    found = (result for name in names for result in results.chunk(name))
    return tuple(sorted(found, key=lambda result: result.id))
