"""Ceilings on money, tokens, calls and time: reserved before a request goes out, settled after."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from decimal import Decimal

from promptci.errors import BudgetError, ModelError
from promptci.specs.request import Request
from promptci.spending.accounts import Accounts
from promptci.spending.bounds import MostOf
from promptci.spending.ceiling import NO_MONEY
from promptci.spending.spent import NOTHING_SPENT, Spending, ceiling_reached, counted_requests
from promptci.spending.waiters import Waiters

_STARTS_OVER = "what was answered is kept, but whoever asks again begins at the first example"


class Budget:
    """What a command may still spend, over all its runs. With no ceiling it admits everything.

    `spent` is what has been used, upper bounds where a failed call may have cost something. `note`
    is called with every change: of what was used, and of what is set aside for calls under way,
    which counts until it is known what they took. `alone`, where it is set, keeps other commands on
    the same work from spending while a call is admitted, and gives what they have spent. With
    `asks_again` nothing goes on from where a ceiling ends it. `last_failure` had no answered call
    since.
    """

    def __init__(
        self,
        *,
        max_requests: int | None = None,
        max_cost: Decimal | None = None,
        max_tokens: int | None = None,
        max_time: float | None = None,
        most: MostOf,
        tokens: MostOf = lambda _: NO_MONEY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`most` bounds the dollars and `tokens` the tokens of a request; time counts from now."""
        self.note: Callable[[Spending], None] | None = None
        self.alone: Callable[[], AbstractContextManager[Spending]] | None = None
        self.asks_again = False
        self.last_failure: ModelError | None = None
        self._used_requests = self._used_tokens = 0
        self._used_cost = NO_MONEY
        self._max_requests = max_requests
        self._before = Spending()
        self._accounts = Accounts(max_cost, max_tokens, most=most, tokens=tokens)
        self._clock = clock
        self._max_time = max_time
        self._ends = None if max_time is None else clock() + max_time
        self._waiters = Waiters()
        self._under_way: set[str] = set()

    @property
    def has_ceiling(self) -> bool:
        """Whether anything is counted against a ceiling that outlasts the command."""
        return self._max_requests is not None or not self._accounts.is_empty

    @property
    def counts_money(self) -> bool:
        """Whether a ceiling on cost is set."""
        return self._accounts.counts_money

    @property
    def time_left(self) -> float | None:
        """Seconds until the time is over; None where it has no end."""
        return None if self._ends is None else max(0.0, self._ends - self._clock())

    @property
    def spent(self) -> Spending:
        """What has been used."""
        return Spending(self._used_requests, self._used_tokens, self._used_cost)

    def count_others(self, spent: Spending) -> None:
        """Count what other runs have spent on the same work so far, in all."""
        self._accounts.count(spent + -self._before)
        self._before = spent

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        """While a call is admitted no other command spends on the same work."""
        with nullcontext() if self.alone is None else self.alone() as others:
            if others is not None:
                self.count_others(others)
            yield

    async def admit(self, request: Request) -> None:
        """Reserve what a request may take, waiting while only calls under way prevent it.

        Raises `BudgetError` when a ceiling is reached whatever those take, and `RequestError`
        when there is a ceiling on cost but no price.
        """
        while not self.admits(request):
            await self._waiters.next_change()

    def admits(self, request: Request) -> bool:
        """Reserve what a request may take; False while only calls under way prevent it."""
        if self.alone is None:  # as nearly always, and this is done for every call
            is_admitted = self._reserves(request)
        else:
            with self._by_itself():
                is_admitted = self._reserves(request)
        if is_admitted:
            self._under_way.add(request.key)
        return is_admitted

    def _reserves(self, request: Request) -> bool:
        self.check_time()
        if self._is_out_of_requests and self._under_way:
            return False  # one that is not sent after all is given back
        self._check_requests()
        if self._accounts.is_empty:
            self._note(1)
            return True
        if not self._accounts.reserve(request, self._reached):
            return False
        self._note(1, held=self._accounts.held(request.key))
        return True

    def again(self, request: Request, failed: ModelError) -> None:
        """One more call for a request, after one that failed. Raises `BudgetError`."""
        if failed.may_cost:
            self.settle(request, None, None)
        with self._by_itself():
            self.check_time()
            self._check_requests()
            if failed.may_cost:
                self._accounts.reserve_again(request, self._reached)
            self._under_way.add(request.key)
            held = self._accounts.held(request.key) if failed.may_cost else NOTHING_SPENT
            self._note(1, held=held)

    def settle(self, request: Request, cost: Decimal | None, tokens: int | None) -> None:
        """Replace what was set aside by what an answer took; None where that is not known."""
        self._under_way.discard(request.key)
        held = self._accounts.held(request.key)
        cost, tokens = self._accounts.settle(request, cost, tokens)
        self._note(0, tokens or 0, cost or NO_MONEY, held=-held)

    def release(
        self, request: Request, failed: ModelError | None = None, *, was_sent: bool = True
    ) -> None:
        """There was no answer: give back what was set aside, unless the failure may have cost.

        A request that was not sent, or was held back, is no call.
        """
        if failed is not None and failed.may_cost:
            self.settle(request, None, None)
            return
        self._under_way.discard(request.key)
        held, is_call = (
            self._accounts.held(request.key),
            was_sent and (failed is None or failed.was_sent),
        )
        self._accounts.give_back(request)
        self._note(0 if is_call else -1, held=-held)

    def abandon(self, request: Request) -> None:
        """Whoever asked is gone: what was set aside stays, but nothing waits for the answer."""
        self._under_way.discard(request.key)

    def check_time(self) -> None:
        """Raises `BudgetError` when the time is over."""
        if self._ends is not None and self._clock() >= self._ends:
            kept = "what was answered is kept, so a further run goes on from here"
            kept = _STARTS_OVER if self.asks_again else kept
            raise BudgetError(f"the time of {self._max_time:g} s is over{self._failing}; {kept}")

    @property
    def _failing(self) -> str:
        """What the model says, where no call has been answered since it failed."""
        return "" if self.last_failure is None else f" while calls fail ({self.last_failure})"

    def _note(
        self,
        requests: int,
        tokens: int = 0,
        cost: Decimal = NO_MONEY,
        *,
        held: Spending = NOTHING_SPENT,
    ) -> None:
        """Add to what was used: three numbers, since this is done twice for every call.

        `held` is by how much more, or less, is set aside now.
        """
        self._used_requests += requests
        self._used_tokens += tokens
        self._used_cost += cost
        if self.note is not None:
            self.note(Spending(requests, tokens, cost) + held)
        self._waiters.wake()

    @property
    def _is_out_of_requests(self) -> bool:
        most = self._max_requests
        return most is not None and self._before.requests + self._used_requests >= most

    def _check_requests(self) -> None:
        if self._max_requests is not None and self._is_out_of_requests:
            raise self._reached(counted_requests(self._max_requests))

    def _reached(self, ceiling: str) -> BudgetError:
        starts_over = _STARTS_OVER if self.asks_again else ""
        return ceiling_reached(
            ceiling, self._before, failing=self._failing, starts_over=starts_over
        )
