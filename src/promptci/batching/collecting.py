"""The results of a batch that has ended, stored as any answers are."""

from collections.abc import AsyncIterator, Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct, field, structs
from msgspec.structs import replace

from promptci.batching.receipt import BatchEntry, BatchFolder, BatchStage, Receipt
from promptci.cache.cache import Cache
from promptci.models.batchapis.reading import MISSING, AnswerShape, LineFailure, read_batch_line
from promptci.models.batchapis.service import BatchLine, BatchState
from promptci.specs.completion import Completion
from promptci.spending.spent import NOTHING_SPENT, Spending

CHUNK = 500
"""Answers that are stored in one transaction."""

CostOf: TypeAlias = Callable[[Completion], Decimal | None]
"""What an answer costs in US dollars; None if no price is known."""

_WHOLE = ("completed", "ended", "success", "succeeded", "partially_succeeded")
"""Words of services for a batch whose every line was tried."""

_Entries: TypeAlias = Mapping[str, BatchEntry]


class CollectedBatch(Struct):
    """The outcome of a batch: the keys that were answered, and why others were not.

    `cost` is None once a price was unknown. `strange` counts lines that were not asked for.
    """

    answered: set[str] = field(default_factory=set)
    failures: dict[str, LineFailure] = field(default_factory=dict)
    took: Spending = NOTHING_SPENT
    cost: Decimal | None = Decimal(0)
    strange: int = 0

    @property
    def reported(self) -> int:
        """Of how many lines anything was said: none where a proxy answers with a page."""
        return len(self.answered) + sum(not each.is_missing for each in self.failures.values())

    @property
    def is_anothers(self) -> bool:
        """Whether there are results, and none of what was asked."""
        return self.strange > 0 and not self.reported


async def collect_batch(
    receipt: Receipt,
    state: BatchState,
    lines: AsyncIterator[BatchLine],
    *,
    folder: BatchFolder,
    cache: Cache,
    cost_of: CostOf,
    least: int = 0,
) -> CollectedBatch:
    """Store every answer of a batch and write down that it is collected.

    That is not written down where results of fewer lines than `least` came. Lines may come in any
    order. Of one that comes twice the first answer counts, and an answer counts more than an
    error. Raises `StorageError` and `ModelError`; what was stored until then stays, and collecting
    again stores the rest.
    """
    entries = {entry.key: entry for entry in folder.entries(receipt.uid)}
    shapes = [AnswerShape(receipt.task, each.sampling, each.stops) for each in receipt.shapes]
    found = CollectedBatch()
    chunk: dict[str, Completion] = {}
    try:
        async for line in lines:
            entry = entries.get(line.key)
            if entry is None or entry.shape >= len(shapes):
                found.strange += 1
                continue
            if line.key in found.answered:
                continue
            answer = read_batch_line(line, shapes[entry.shape])
            if isinstance(answer, LineFailure):
                found.failures.setdefault(line.key, answer)
                continue
            chunk[line.key] = _counted(found, line.key, answer, cost_of)
            if len(chunk) >= CHUNK:
                _store(cache, chunk, entries)
                chunk = {}
    finally:  # also where a further file is refused, or the connection breaks
        _store(cache, chunk, entries)
    _note_missing(found, entries, state)
    if found.reported >= least:
        folder.write(_ended(receipt, state, len(found.answered)))
    return found


def _counted(found: CollectedBatch, key: str, answer: Completion, cost_of: CostOf) -> Completion:
    """An answer with its cost."""
    found.answered.add(key)
    found.failures.pop(key, None)
    cost, usage = cost_of(answer), answer.usage
    found.cost = None if cost is None or found.cost is None else found.cost + cost
    found.took += Spending(0, usage.input_tokens + usage.output_tokens, cost or Decimal(0))
    return replace(answer, cost=cost)


def _store(
    cache: Cache, chunk: Mapping[str, Completion], entries: Mapping[str, BatchEntry]
) -> None:
    """Keep answers; those that were asked again take the place of what is there."""
    cache.put((key, each) for key, each in chunk.items() if not entries[key].replaces)
    if replaced := [(key, each) for key, each in chunk.items() if entries[key].replaces]:
        cache.replace(replaced)


def _note_missing(found: CollectedBatch, entries: _Entries, state: BatchState) -> None:
    """Say of lines without a result why there is none."""
    why = MISSING
    if state.status == "failed":
        why = replace(MISSING, why=f"the batch was not begun: {state.why or state.word}")
    elif state.word.lower() not in _WHOLE:
        why = replace(MISSING, why=f"the batch ended before ({state.word})")
    for key in entries:
        if key not in found.answered and key not in found.failures:
            found.failures[key] = why


def _ended(receipt: Receipt, state: BatchState, answered: int) -> Receipt:
    stage: BatchStage = "failed" if state.status == "failed" else "collected"
    return structs.replace(receipt, stage=stage, state=state.word[:100], answered=answered)
