"""Batches of one command: what is missing is sent, waited for and stored, round after round.

A round drives the generators of a plan as a run does, but writes down what hosted models would be
asked. Judges ask when there are answers, so they come in a further round. When nothing is missing
any more the command runs as if all had been stored before.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias, TypeVar

from msgspec.structs import replace

from promptci.batching.following import follow, state_of
from promptci.batching.offering import Offer, leave_undone
from promptci.batching.receipt import BatchFolder, Receipt, names_of
from promptci.batching.sending import Sender, Services, with_retries
from promptci.errors import BudgetError, PromptCIError
from promptci.models.batchapis.service import ENDED, BatchService, BatchState
from promptci.project.batchruns.batchcollecting import BatchCollector, UnreadableResultsError
from promptci.project.batchruns.batchservices import opened_services
from promptci.project.project import Project
from promptci.run.driving.interrupted import run_until_interrupted
from promptci.run.driving.runner import run_plan
from promptci.run.driving.work import Work
from promptci.run.driving.workers import ModelSource
from promptci.spending.ledger import Ledger
from promptci.spending.limits import BatchMode, Limits, Progress
from promptci.spending.reservations import HoldingBudget

CROWDED_WAIT = 60.0
"""Seconds before lines are sent again that a service had no room for."""

_Source: TypeAlias = Callable[[], Iterable[Work]]
"""The work of a plan, again each time."""

T = TypeVar("T")


class BatchesPendingError(PromptCIError):
    """Batches are under way and are not waited for. Exit 3."""

    def __init__(self, receipts: Sequence[Receipt]) -> None:
        self.receipts = tuple(receipts)
        what = "1 batch is" if len(receipts) == 1 else f"{len(receipts)} batches are"
        cure = "run the same command again to collect, or `promptci batch collect`"
        super().__init__(f"{what} under way ({names_of(receipts)}): {cure}")


class BatchRounds:
    """The batches of one command. `receipts` are those it has sent or waited for, by their uid.

    `asked` and `cost` count their answers, and those to the first request of each model, which is
    asked live; `cost` is None once a price was unknown.
    """

    def __init__(
        self, project: Project, mode: BatchMode, budget: HoldingBudget, ledger: Ledger | None
    ) -> None:
        self.receipts: dict[str, Receipt] = {}
        self.asked = 0
        self.cost: Decimal | None = Decimal(0)
        self.stopped: BudgetError | None = None
        self._project, self._mode, self._budget, self._ledger = project, mode, budget, ledger
        self._folder = BatchFolder(project.workspace.batches_path)
        find = project.workspace.cache.get
        self._offer = Offer(self._folder, budget, project.models.refused, mode, find)
        self._collector = BatchCollector(project, self._folder, budget, ledger)
        self._unreadable: UnreadableResultsError | None = None
        self._sent: set[str] = set()

    def fill(self, source: _Source, limits: Limits, pool: ModelSource) -> Limits:
        """Have everything asked that is missing; the limits under which to run afterwards.

        `pool` is where models come from that are asked live. Where a ceiling lets nothing more be
        sent, `stopped` says so, and the run afterwards leaves undone what has no answer.
        Raises `BatchesPendingError` where batches are not waited for and `ModelError` where an
        endpoint takes none.
        """
        self._project.workspace.keep_out_of_git()
        try:
            self._fill(source, limits, pool)
        except BudgetError as error:
            self.stopped = error
            limits = replace(limits, deferred=leave_undone)
        return replace(limits, unanswered=self._offer.unanswered)

    def _fill(self, source: _Source, limits: Limits, pool: ModelSource) -> None:
        """Round after round, until nothing is missing. Raises `BudgetError`."""
        while True:
            sent = self._send_missing(source, limits, pool)
            if self._offer.has_asked or self._offer.is_outdated:
                continue
            before = self._offer.awaited
            for receipt in (*before, *sent):
                self.receipts[receipt.uid] = receipt
            if before or sent:
                self._collect(before, sent, limits)
            else:
                if self._offer.no_room.requests:
                    self._budget.hold("", self._offer.no_room)  # says which ceiling it is
                return

    def _send_missing(self, source: _Source, limits: Limits, pool: ModelSource) -> list[Receipt]:
        """Send what is missing and not under way; nothing where a model refused a parameter."""
        with self._folder.sending():
            self._folder.tidy(time.time())
            self._run(self._recover())
            self._offer.begin(self._folder.open())
            try:
                self._gather(source, limits, pool)
                self._offer.spool.close()
                is_early = self._offer.has_asked or self._offer.is_outdated
                return [] if is_early else self._run(self._send())
            finally:
                self._offer.spool.discard()

    def _gather(self, source: _Source, limits: Limits, pool: ModelSource) -> None:
        """Drive everything as far as there are answers."""
        progress = Progress(0)
        run_plan(
            source(),
            pool=pool,
            cache=self._project.workspace.cache,
            limits=replace(limits, deferred=self._offer, unanswered=self._offer.unanswered),
            sink=lambda _: None,
            progress=progress,
            budget=self._budget,
            sharing=self._project.sharing,
        )
        self._count(progress.asked, None if progress.has_unknown_cost else progress.cost)

    def _count(self, asked: int, cost: Decimal | None) -> None:
        self.asked += asked
        self.cost = None if cost is None or self.cost is None else self.cost + cost

    def take_counts(self) -> tuple[int, Decimal | None]:
        """What was asked since the last time, and what that cost; None if it is not known."""
        found = self.asked, self.cost
        self.asked, self.cost = 0, Decimal(0)
        return found

    async def _recover(self) -> None:
        async with opened_services(self._project) as services:
            await self._sender(services).recover(self._forget)

    def _forget(self, receipt: Receipt) -> None:
        """A batch that was set aside for was never sent, also where this command thought so."""
        if receipt.uid in self._sent:
            self._budget.let_go(receipt.uid, receipt.count)
        elif self._ledger is not None:
            self._ledger.correct(receipt.ledger, -receipt.held_back)

    async def _send(self) -> list[Receipt]:
        sent: list[Receipt] = []
        async with opened_services(self._project) as services:
            sender = self._sender(services)
            for draft in self._offer.spool.drafts:
                sent += await sender.send(draft)
        self._sent.update(each.uid for each in sent)
        return sent

    def _sender(self, services: Services) -> Sender:
        return Sender(
            self._folder,
            self._budget,
            services,
            lambda: "" if self._ledger is None else self._ledger.name,
            self._project.observer.remark,
        )

    def _collect(self, before: Sequence[Receipt], sent: Sequence[Receipt], limits: Limits) -> None:
        """Store what has come of batches; waits for all, or looks at those of before once."""
        waits = self._mode.waits
        step = self._wait_for([*before, *sent], limits) if waits else self._look_at(before, limits)
        left = [*self._run(step), *([] if waits else sent)]
        if left or self._unreadable is not None:
            self._project.was_cut_short = True
            raise self._unreadable or BatchesPendingError(left)

    async def _wait_for(self, receipts: Sequence[Receipt], limits: Limits) -> list[Receipt]:
        """Wait until all have ended: none is left. Raises `BudgetError` when time is over."""
        say = self._project.observer.remark
        try:
            async with (
                asyncio.timeout(self._budget.time_left),
                opened_services(self._project) as services,
                asyncio.TaskGroup() as group,
            ):
                for receipt in receipts:
                    state = follow(services(receipt), receipt, say)
                    group.create_task(self._take(receipt, services(receipt), state, limits))
        except TimeoutError:
            self._budget.check_time()
            raise
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        if self._offer.is_crowded:
            say(f"the service has no room for more batches now: waiting {CROWDED_WAIT:.0f} s")
            await asyncio.sleep(CROWDED_WAIT)
        return []

    async def _look_at(self, receipts: Sequence[Receipt], limits: Limits) -> list[Receipt]:
        """Store what has come of batches that have ended; gives those that have not."""
        left = []
        async with opened_services(self._project) as services:
            for receipt in receipts:
                state = await with_retries(partial(state_of, services(receipt), receipt))
                if state.status in ENDED:
                    await self._take(receipt, services(receipt), _as_is(state), limits)
                else:
                    left.append(receipt)
        return left

    async def _take(
        self,
        receipt: Receipt,
        service: BatchService,
        ended: Awaitable[BatchState],
        limits: Limits,
    ) -> None:
        """Store what has come of a batch when it has ended, and remember what has not."""
        state = await ended
        try:
            found = await self._collector.take(receipt, service, state)
        except UnreadableResultsError as error:
            self._unreadable = error
            return
        if found is None:  # another process has collected it, or it is another's
            if (now := self._folder.read(receipt.uid)) and not now.batch:
                self.receipts.pop(receipt.uid, None)
            return
        self.receipts[receipt.uid], collected = found
        limits.fresh.update(collected.answered)
        self._count(len(collected.answered), collected.cost)
        if state.is_crowded and receipt.count > 1:
            self._offer.shrink(receipt)
        else:
            self._offer.note_failures(collected.failures)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run until it ends or is interrupted."""
        return run_until_interrupted(work, self._project.workspace.cache.hurry)


async def _as_is(state: BatchState) -> BatchState:
    return state
