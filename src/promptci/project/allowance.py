"""What a command may spend, over all its runs, shared with other runs of the same work."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec.structs import replace

from promptci.digest import long_digest
from promptci.project.project import Project
from promptci.run.planning.task import Task
from promptci.spending.limits import Limits, Progress
from promptci.spending.reservations import make_budget

if TYPE_CHECKING:
    from promptci.batching.receipt import Receipt
    from promptci.project.batchruns.batches import BatchRounds
    from promptci.run.driving.work import Work
    from promptci.run.driving.workers import ModelSource


class Allowance:
    """One budget for all runs of a command; what it spends is written down as it goes.

    It remembers what those that are over asked, so that the last one can say what all of them did.
    """

    def __init__(self, project: Project, limits: Limits) -> None:
        self._earlier = Progress(0)
        self.budget = make_budget(limits, project.models.most)
        self.budget.asks_again = limits.refresh
        self._ledger = project.ledger if self.budget.has_ceiling else None
        self.batches: BatchRounds | None = None
        project.uses_batches = limits.batch is not None
        if limits.batch is not None:
            rounds = import_module(
                "promptci.project.batchruns.batches"
            )  # late: it needs the HTTP client
            self.batches = rounds.BatchRounds(project, limits.batch, self.budget, self._ledger)
        if self._ledger is not None:
            self.budget.note = self._ledger.add
            self.budget.alone = self._ledger.alone

    @property
    def receipts(self) -> "tuple[Receipt, ...]":
        """The batches that were sent or collected so far."""
        return () if self.batches is None else tuple(self.batches.receipts.values())

    @property
    def calls(self) -> int:
        """The calls sent so far, those without an answer included."""
        return self.budget.spent.requests

    def count_batches(self, progress: Progress) -> None:
        """Add what batches have answered, which a run then found stored."""
        if self.batches is not None:
            asked, cost = self.batches.take_counts()
            progress.add(asked, -min(asked, progress.cached), cost)

    def with_batches(
        self, make_works: "Callable[[], Iterable[Work]] | None", limits: Limits, pool: "ModelSource"
    ) -> Limits:
        """The limits under which to run when batches have answered what was missing.

        `make_works` makes the work that is to be done, each time it is called.
        """
        if self.batches is None or make_works is None:
            return limits
        return self.batches.fill(make_works, limits, pool)

    def check_batches(self) -> None:
        """Raises `BudgetError` where a ceiling let no further batch be sent."""
        if self.batches is not None and self.batches.stopped is not None:
            raise self.batches.stopped

    def begin(self, tasks: Iterable[Task]) -> None:
        """Count what other commands have spent on the same work.

        Where everything is asked again that is only what is spent at the same time: nothing goes on
        from what was cut short.
        """
        if self._ledger is not None:
            self._ledger.counts_unfinished = not self.budget.asks_again
            works = {f"{t.spec.name} {t.model.name} {t.fingerprint}" for t in tasks}
            self.budget.count_others(self._ledger.begin(map(long_digest, works)))

    def count(self, progress: Progress) -> None:
        """Complete what a run asked that is over, and remember it."""
        self.count_batches(progress)
        progress.calls = self.calls
        cost = None if progress.has_unknown_cost else progress.cost
        self._earlier.add(progress.asked, progress.cached, cost)
        self._earlier.done += progress.done
        self._earlier.total += progress.total

    def with_earlier(self, progress: Progress) -> Progress:
        """How far a run is, with what those before it asked."""
        self.count_batches(progress)
        found, earlier = replace(progress), self._earlier
        cost = None if earlier.has_unknown_cost else earlier.cost
        found.add(earlier.asked, earlier.cached, cost)
        found.calls = self.calls
        found.done += earlier.done
        found.total += earlier.total
        return found
