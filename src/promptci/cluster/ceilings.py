"""The ceilings of all workers together: one budget, and a ledger that outlives its process."""

from decimal import Decimal
from pathlib import Path

from promptci.cluster.messages import CallTurn, Event, Setup
from promptci.specs.request import Request
from promptci.spending.budget import Budget
from promptci.spending.ledger import Ledger
from promptci.spending.spent import Spending


class ClusterCeilings:
    """A budget that receives calls by their keys."""

    def __init__(self, setup: Setup, ledger: Ledger) -> None:
        limits = setup.limits
        self._bounds: dict[str, tuple[Decimal, int]] = {}
        self._requests: dict[str, Request] = {}
        self._ledger = ledger
        self._budget = Budget(
            max_requests=limits.max_requests,
            max_cost=limits.max_cost,
            max_tokens=limits.max_tokens,
            most=lambda request: self._bounds[request.key][0],
            tokens=lambda request: Decimal(self._bounds[request.key][1]),
        )
        self._before = ledger.begin([setup.run])
        self._budget.count_others(setup.earlier + self._before)
        if self._budget.has_ceiling:  # else nothing has to outlive this process
            self._budget.note = ledger.add

    @property
    def spent(self) -> Spending:
        """What this run has used; in full what was under way when a coordinator was lost."""
        return self._before + self._budget.spent

    async def admit(self, request: Request, turn: CallTurn) -> None:
        """Leave for a first call. Raises `BudgetError`, or what the turn says is wrong."""
        self._note(request, turn)
        if turn.wrong is not None and self._counts_money:
            raise turn.wrong.as_error()
        await self._budget.admit(request)

    def again(self, request: Request, turn: CallTurn) -> None:
        """Leave for one more call. Raises `BudgetError`."""
        self._note(request, turn)
        assert turn.again is not None
        self._budget.again(request, turn.again.as_model_error())

    def on_event(self, event: Event) -> None:
        """A call ended. One that another coordinator admitted is in its ledger already, in full."""
        request = self._requests.pop(event.key, None)
        if request is None:
            return
        if event.what == "settle":
            self._budget.settle(request, event.cost, event.tokens)
        else:
            failed = None if event.failure is None else event.failure.as_model_error()
            self._budget.release(request, failed, was_sent=event.was_sent)
        self._bounds.pop(event.key, None)

    def close(self) -> None:
        self._ledger.close()

    @property
    def _counts_money(self) -> bool:
        return self._budget.counts_money

    def _note(self, request: Request, turn: CallTurn) -> None:
        self._bounds[turn.key] = turn.dollars, turn.tokens
        self._requests[turn.key] = request


def make_ceilings(setup: Setup, folder: Path) -> ClusterCeilings:
    """The budget of a run, with what was spent on it before in the same folder."""
    return ClusterCeilings(setup, Ledger(folder))
