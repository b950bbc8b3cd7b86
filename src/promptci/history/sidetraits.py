"""What evals are known by on two sides, where large records that are alike are not read whole."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec.structs import replace

from promptci.compare.pairing.renamedetection import Traits, traits_of_records
from promptci.records.record import Records
from promptci.records.recordfile import chunked
from promptci.records.results import ChunkLine
from promptci.records.shared import without_shared

_Sides: TypeAlias = tuple[Records, Records]
"""The records of one eval before and after."""


def side_traits(
    read: Mapping[str, _Sides],
) -> tuple[dict[str, Traits], dict[str, Traits]]:
    """What the evals of each side are known by; of those without a record there is nothing.

    A chunk that an eval has on both sides counts for its examples as if it were a single one: as
    both have it, it tells neither a rename nor a split. Where a side has no record at all nothing
    is read, since nothing can have come from it, or gone there.
    """
    known: dict[str, Traits] = {}
    now: dict[str, Traits] = {}
    if not (any(base for base, _ in read.values()) and any(head for _, head in read.values())):
        return known, now
    for name, sides in read.items():
        before, after, shared = unshared(*sides)
        marks = {f"\0{chunk}": line.digest for chunk, line in shared.items()}
        for found, side in ((known, before), (now, after)):
            if side:
                traits = traits_of_records(side.values())
                found[name] = replace(traits, examples={**traits.examples, **marks})
    return known, now


def new_digests(before: Records, after: Records) -> set[str]:
    """The digests of examples that are only on the later side."""
    one, other, _ = unshared(before, after)
    return digests_of(other) - digests_of(one)


def digests_of(records: Records) -> set[str]:
    """The digests of all examples in some records."""
    return {result.digest for record in records.values() for result in record.results}


def unshared(before: Records, after: Records) -> tuple[Records, Records, dict[str, ChunkLine]]:
    """The same records without chunks that both sides have, and these."""
    if not (chunked(before) and before.keys() == after.keys()):
        return before, after, {}
    shared: dict[str, ChunkLine] = {}
    base, head = dict(before), dict(after)
    for model in base:
        base[model], head[model], same = without_shared(before[model], after[model])
        shared |= same.lines
    return base, head, shared
