"""What many requests may take together: set aside before they are sent, and settled as one."""

from promptci.errors import RequestError
from promptci.specs.request import Request
from promptci.spending.bounds import MostOf
from promptci.spending.budget import Budget
from promptci.spending.estimate import OUTPUT_LIMITS, most_tokens
from promptci.spending.limits import Limits
from promptci.spending.spent import NOTHING_SPENT, Spending


class HoldingBudget(Budget):
    """A budget that also sets aside what a batch may take. Once sent it cannot be stopped midway:
    no request of it goes out that could take the spending past a ceiling.
    """

    def bound_in_batch(self, request: Request) -> Spending:
        """The most that a request of a batch may take, as far as there are ceilings on that.

        Raises `RequestError` where that has no bound: a live run ends when answers turn out longer
        than thought, a batch goes on.
        """
        settings = request.settings
        limited = settings.task != "chat" or any(
            isinstance(settings.parameters.get(name), int) for name in OUTPUT_LIMITS
        )
        if not limited and not self._accounts.is_empty:
            wrong = f"a ceiling cannot hold for a batch to `{settings.model.name}` whose answers"
            cure = "add it to `parameters` of the prompt, or of the judge"
            raise RequestError(f"{wrong} have no `max_tokens`: {cure}")
        return self.bound_of(request)

    def bound_of(self, request: Request) -> Spending:
        """What a request may take, as far as there are ceilings on that. Raises `RequestError`."""
        return self._accounts.bound(request)

    def has_room(self, more: Spending) -> bool:
        """Whether so much may be set aside."""
        return self._why_no_room(more) is None

    def _why_no_room(self, more: Spending) -> str | None:
        """The ceiling that prevents it."""
        used = self._before.requests + self._used_requests
        if self._max_requests is not None and used + more.requests > self._max_requests:
            return f"{self._max_requests} requests"
        return self._accounts.without_room(more)

    def hold(self, name: str, most: Spending) -> None:
        """Set aside what a batch of that name may take. Raises `BudgetError`."""
        with self._by_itself():
            self.check_time()
            if (ceiling := self._why_no_room(most)) is not None:
                raise self._reached(ceiling)
            self._accounts.hold(name, most)
            self._note(most.requests, held=self.held(name))

    def settle_batch(self, name: str, took: Spending) -> None:
        """Replace what was set aside by what the answers took; their calls are counted already."""
        held = self.held(name)
        self._accounts.settle_batch(name, took)
        self._note(took.requests, took.tokens, took.cost, held=-held)

    def let_go(self, name: str, requests: int) -> None:
        """Nothing was sent after all: give back what was set aside, and the calls."""
        self.settle_batch(name, NOTHING_SPENT)
        self._used_requests -= requests

    def held(self, name: str) -> Spending:
        """What is set aside for a batch of that name; the calls are counted already."""
        return self._accounts.held(name)


def make_budget(limits: Limits, most: MostOf) -> HoldingBudget:
    """What the ceilings of a run leave to spend; `most` bounds the cost of one request."""
    return HoldingBudget(
        max_requests=limits.max_requests,
        max_cost=limits.max_cost,
        max_tokens=limits.max_tokens,
        max_time=limits.max_time,
        most=most,
        tokens=most_tokens,
    )
