"""What has come of a batch, stored and counted once, whoever collects it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from msgspec.structs import replace

from promptci.batching import following
from promptci.batching.collecting import CollectedBatch, collect_batch
from promptci.batching.receipt import ASSUMED, CANCELLING, BatchFolder, Receipt
from promptci.errors import ModelError, PromptCIError
from promptci.models.batchapis.service import BatchLine, BatchService, BatchState
from promptci.models.pacing.minutelimits import LONGEST_PAUSE
from promptci.project.batchruns.batchservices import cost_of
from promptci.project.project import Project
from promptci.render.figures import counted
from promptci.spending.ledger import Ledger
from promptci.spending.reservations import HoldingBudget


class UnreadableResultsError(PromptCIError):
    """A batch was sent whose results may be paid and cannot be had. Exit 3."""


def _unreadable(receipt: Receipt, why: str) -> UnreadableResultsError:
    fault = f"batch {receipt.batch} has ended, and its results cannot be read ({why})"
    return _with_cure(receipt, fault, "collect them later, or give them up")


def _unknown(receipt: Receipt, why: str) -> UnreadableResultsError:
    """What was sent with another key, or is kept no longer, may be paid all the same."""
    fault = f"batch {receipt.batch} was sent, and `{receipt.endpoint}` {why}"
    return _with_cure(receipt, fault, "use the key that sent it, or give it up")


def _with_cure(receipt: Receipt, fault: str, way: str) -> UnreadableResultsError:
    """What to do about results; a batch that may be another's must not be cancelled."""
    cure = f"{way} with `promptci batch cancel {receipt.batch}`"
    if receipt.state == ASSUMED:
        path = f".promptci/batches/{receipt.uid}.json"
        cure = f"it may be another project's, so collect it later, or delete {path}"
    return UnreadableResultsError(f"{fault}: {cure}, and the same command asks and pays again")


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
        """Store the answers of a batch that has ended.

        None where another process has done so, or where it is not the batch that it was taken for.

        Raises `ModelError`, `StorageError` and `UnreadableResultsError`, also of a batch that its
        service does not know; what was stored until then stays.
        """
        with self._folder.collecting(receipt.uid) as now:
            if now is None or now.stage != "sent":
                self._budget.settle_batch(receipt.uid, self._budget.held(receipt.uid))
                return None
            if state.word == following.UNKNOWN and now.state != CANCELLING:
                raise _unknown(now, state.why)
            found = await self._results(now, service, state)
            if now.state == ASSUMED and found.is_anothers:
                self._folder.write(replace(now, stage="planned", batch="", state=""))
                self._project.observer.remark(f"batch {now.batch} is another's: ours is sought")
                return None
            self._settle(now, found)
            ended = self._folder.read(now.uid) or now
        self._project.observer.remark(_said(ended, found))
        return ended, found

    async def _results(
        self, receipt: Receipt, service: BatchService, state: BatchState
    ) -> CollectedBatch:
        """The outcome of a batch; results that are not there are asked for some times more.

        So are those that are fewer than the service counts: a file may be cut off, or late. Answers
        that it counts are paid, and are not given up unless the batch was cancelled here.
        """
        least = max(int(state.status == "ended"), state.lines_paid(receipt.count))
        likely = max(least, state.lines_done(receipt.count))
        wait, gone = following.FIRST_WAIT, state
        for left in reversed(range(following.MOST_DOUBTS)):
            pause = wait if left else 0.0
            try:
                lines = service.lines(receipt.batch, state)
                wanted = likely if left else least
                found = await self._collect(receipt, state, lines, least=wanted)
                is_anothers = receipt.state == ASSUMED and found.is_anothers
                if found.reported >= wanted or is_anothers:
                    return found
                came = f"only {found.reported:,} of {wanted:,} results"
                why = f"{came if found.reported else 'no result'} could be read"
            except ModelError as error:
                why, is_gone = str(error), error.kind == "bad_request"
                asked = error.retry_after or 0.0
                passes = error.kind in following.PASSING and left and asked <= LONGEST_PAUSE
                if not is_gone and not passes:
                    raise following.not_now(receipt, error) from None
                if is_gone:
                    gone = replace(state, status="failed", word="gone", why=why)
                else:
                    pause = max(wait, asked)
            await asyncio.sleep(pause)
            wait *= 2
        if (state.done or state.results or state.answered) and receipt.state != CANCELLING:
            raise _unreadable(receipt, why)
        return await self._collect(receipt, gone, _readable(service.lines(receipt.batch, state)))

    async def _collect(
        self,
        receipt: Receipt,
        state: BatchState,
        lines: AsyncIterator[BatchLine],
        *,
        least: int = 0,
    ) -> CollectedBatch:
        return await collect_batch(
            receipt,
            state,
            lines,
            folder=self._folder,
            cache=self._project.workspace.cache,
            cost_of=cost_of(self._project, receipt),
            least=least,
        )

    def _settle(self, receipt: Receipt, found: CollectedBatch) -> None:
        """Count what the answers took, in place of what was set aside for them."""
        ledger = self._ledger
        is_others = ledger is not None and receipt.ledger != ledger.name
        change = found.took + -receipt.held_back
        if ledger is not None and is_others and ledger.correct(receipt.ledger, change):
            return
        self._budget.settle_batch(receipt.uid, found.took)


async def _readable(lines: AsyncIterator[BatchLine]) -> AsyncIterator[BatchLine]:
    """The lines before the first fault: of results that are given up these are kept."""
    with suppress(ModelError):
        async for line in lines:
            yield line


def _said(receipt: Receipt, found: CollectedBatch) -> str:
    said = f"batch {receipt.batch} is {receipt.state}: {counted(len(found.answered), 'answer')}"
    if found.failures:
        first = next(iter(found.failures.values()))
        said += f", {len(found.failures):,} without ({first.why})"
    if found.strange:
        said += f", {found.strange:,} that were not asked for"
    return said
