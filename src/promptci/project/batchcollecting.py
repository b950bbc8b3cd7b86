"""What has come of a batch, stored and counted once, whoever collects it."""

import asyncio
from collections.abc import AsyncIterator

from msgspec.structs import replace

from promptci.batching import following
from promptci.batching.collecting import CollectedBatch, collect_batch
from promptci.batching.receipt import BatchFolder, Receipt
from promptci.errors import ModelError
from promptci.models.batches.service import BatchLine, BatchService, BatchState
from promptci.project.batchservices import cost_of
from promptci.project.project import Project
from promptci.render.figures import counted
from promptci.spending.ledger import Ledger
from promptci.spending.reservations import HoldingBudget


class BatchCollector:
    """Collects batches for a command that spends from a budget, written down in a ledger."""

    def __init__(
        self, project: Project, folder: BatchFolder, budget: HoldingBudget, ledger: Ledger | None
    ) -> None:
        self._project, self._folder = project, folder
        self._budget, self._ledger = budget, ledger

    async def take(
        self, receipt: Receipt, service: BatchService, state: BatchState
    ) -> tuple[Receipt, CollectedBatch] | None:
        """Store the answers of a batch that has ended; None where another process has done so.

        Raises `ModelError` and `StorageError`; what was stored until then stays.
        """
        with self._folder.collecting(receipt.uid) as now:
            if now is None or now.stage != "sent":
                self._budget.settle_batch(receipt.uid, self._budget.held(receipt.uid))
                return None
            found = await self._results(now, service, state)
            self._settle(now, found)
            ended = self._folder.read(now.uid) or now
        self._project.observer.remark(_said(ended, found))
        return ended, found

    async def _results(
        self, receipt: Receipt, service: BatchService, state: BatchState
    ) -> CollectedBatch:
        """What a batch came to; results that are not there are asked for some times more."""
        wait = following.FIRST_WAIT
        for left in reversed(range(following.MOST_DOUBTS)):
            try:
                found = await self._collect(receipt, state, service.lines(receipt.batch, state))
                if not (left and found.is_empty and state.status == "ended"):
                    return found
                why = "no result could be read"
            except ModelError as error:
                if error.kind != "bad_request":
                    raise
                why = str(error)
            await asyncio.sleep(wait if left else 0)
            wait *= 2
        gone = replace(state, status="failed", word="gone", why=why)
        return await self._collect(receipt, gone, _nothing())

    async def _collect(
        self, receipt: Receipt, state: BatchState, lines: AsyncIterator[BatchLine]
    ) -> CollectedBatch:
        return await collect_batch(
            receipt,
            state,
            lines,
            folder=self._folder,
            cache=self._project.workspace.cache,
            cost_of=cost_of(self._project, receipt),
        )

    def _settle(self, receipt: Receipt, found: CollectedBatch) -> None:
        """Count what the answers took, in place of what was set aside for them."""
        ledger = self._ledger
        is_others = ledger is not None and receipt.ledger != ledger.name
        change = found.took + -receipt.held_back
        if ledger is not None and is_others and ledger.correct(receipt.ledger, change):
            return
        self._budget.settle_batch(receipt.uid, found.took)


async def _nothing() -> AsyncIterator[BatchLine]:
    """No line at all."""
    lines: tuple[BatchLine, ...] = ()
    for line in lines:
        yield line


def _said(receipt: Receipt, found: CollectedBatch) -> str:
    said = f"batch {receipt.batch} is {receipt.state}: {counted(len(found.answered), 'answer')}"
    if found.failures:
        first = next(iter(found.failures.values()))
        said += f", {len(found.failures):,} without ({first.why})"
    if found.strange:
        said += f", {found.strange:,} that were not asked for"
    return said
