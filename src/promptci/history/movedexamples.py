"""The examples that moved between two versions of a record, which share nearly all of them."""

from msgspec.structs import replace

from promptci.compare.comparison import Comparison, compare_records
from promptci.records.record import Record
from promptci.records.shared import without_shared


def compare_moved(base: Record, head: Record) -> tuple[Comparison, float | None]:
    """The comparison of the examples that differ, and the mean difference over all of them.

    The same as `compare_records` says, without a word on each example that is as it was. The mean
    is head minus base, in -1..1; None where no example is in both and answered.
    """
    base, head, shared = without_shared(base, head)
    there = {result.id: result for result in base.results}
    still = {r.id: r for r in head.results if (its := there.get(r.id)) is r or its == r}
    same = sum(result.fate != "error" for result in still.values()) + shared.answered
    base, head = (
        replace(side, results=tuple(r for r in side.results if r.id not in still))
        for side in (base, head)
    )
    found = compare_records(base, head)
    moved = sum(change.fate in ("same", "lost", "won") for change in found.changes)
    if found.obstacle or not same + moved:
        return found, None
    return found, (found.delta or 0.0) * moved / (same + moved)
