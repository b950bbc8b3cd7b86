"""Ceilings and rate gates as a worker sees them: the coordinator's, asked once for each call."""

import asyncio
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from promptci.cluster.failure import Failure, as_failure
from promptci.cluster.link import Exchange
from promptci.cluster.messages import CallTurn, Event, Leave
from promptci.errors import ModelError, PromptCIError
from promptci.models.pacing.minutelimits import KnownLimits, Sent
from promptci.models.pacing.rategate import RateGate, Ticket
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage
from promptci.spending.bounds import MostOf, dollars_at_most
from promptci.spending.budget import Budget
from promptci.spending.estimate import estimate, most_tokens

_NOTHING = Decimal(0)

WhenSafe: TypeAlias = Callable[[str, Callable[[], None]], None]
"""Does something once the answer with a key outlives this worker."""


class Turns:
    """Asks for leave once for both, the ceilings and the gate; keeps what the gate will say."""

    def __init__(self, exchange: Exchange, most: MostOf) -> None:
        self._exchange, self._most = exchange, most
        self.entering: dict[str, asyncio.Future[Leave]] = {}
        self.waiting: dict[str, Request] = {}
        self.under_way = 0
        self._gates: dict[str, int] = {}

    async def admit(self, request: Request) -> None:
        """Leave by the ceilings for a first call. Raises what they say."""
        admitted, _ = self._ask(request, None, is_claimed=False)
        leave = await admitted
        if leave.failure is not None:
            self.end(request)
            raise leave.failure.as_error()

    async def enter(self, request: Request) -> Leave:
        """Leave by the gate for a first call, or the place of one that was answered."""
        self.waiting[request.key] = request
        try:
            return await self.entering[request.key]
        finally:
            self.waiting.pop(request.key, None)

    def follow(self, request: Request, ticket: int) -> str:
        """Give the place of an answered call to the one that waits longest; empty where none may.

        Gives its key. The coordinator learns of it afterwards.
        """
        if self.under_way > self._exchange.keeps:
            return ""
        endpoint = request.settings.model.endpoint
        for key, other in self.waiting.items():
            future = self.entering[key]
            if not future.done() and other.settings.model.endpoint == endpoint:
                self._exchange.forget(self._gates[key])
                future.set_result(Leave(self._gates[key], ticket))
                return key
        return ""

    async def enter_again(self, request: Request, failed: ModelError, *, is_claimed: bool) -> Leave:
        """Leave by both for one more call."""
        _, entered = self._ask(request, failed, is_claimed=is_claimed)
        return await entered

    def end(self, request: Request) -> None:
        """What the gate says is not of interest any more."""
        self.entering.pop(request.key, None)
        self._exchange.forget(self._gates.pop(request.key, 0))

    def _ask(
        self, request: Request, again: ModelError | None, *, is_claimed: bool
    ) -> tuple["asyncio.Future[Leave]", "asyncio.Future[Leave]"]:
        dollars, wrong = self._dollars(request)
        is_hosted = request.settings.model.endpoint.base_url is not None
        turn = CallTurn(
            number=self._exchange.next_number(),
            gate=self._exchange.next_number() if is_hosted else 0,
            key=request.key,
            settings=request.settings,
            dollars=dollars,
            tokens=int(most_tokens(request)),
            usage=estimate(request),
            again=None if again is None else as_failure(again),
            is_claimed=is_claimed,
            wrong=wrong,
        )
        is_short = again is not None or len(self.waiting) <= self.under_way
        found = self._exchange.turn(turn, is_urgent=is_short)
        self.entering[request.key], self._gates[request.key] = found[1], turn.gate
        return found

    def _dollars(self, request: Request) -> tuple[Decimal, Failure | None]:
        try:
            return dollars_at_most(request, self._most), None
        except PromptCIError as error:
            return _NOTHING, as_failure(error)


class RemoteBudget(Budget):
    """The run's ceilings. What becomes of a call is sent and not waited for."""

    def __init__(self, turns: Turns, exchange: Exchange, *, max_time: float | None) -> None:
        super().__init__(most=lambda _: None, max_time=max_time)
        self._turns, self._exchange = turns, exchange

    async def admit(self, request: Request) -> None:
        """See `Budget.admit`."""
        self.check_time()
        await self._turns.admit(request)

    def admits(self, request: Request) -> bool:
        """Never at once: the coordinator has to be asked."""
        return False

    def again(self, request: Request, failed: ModelError) -> None:
        """One more call: the gate has asked the ceilings, too."""
        self.check_time()

    def settle(self, request: Request, cost: Decimal | None, tokens: int | None) -> None:
        """See `Budget.settle`."""
        self._turns.end(request)
        self._exchange.tell(Event("settle", request.key, cost=cost, tokens=tokens))

    def release(
        self, request: Request, failed: ModelError | None = None, *, was_sent: bool = True
    ) -> None:
        """See `Budget.release`."""
        self._turns.end(request)
        failure = None if failed is None else as_failure(failed)
        self._exchange.tell(Event("release", request.key, failure=failure, was_sent=was_sent))


class RemoteGate(RateGate):
    """The gate that calls of all workers pass."""

    def __init__(self, turns: Turns, exchange: Exchange, when_safe: WhenSafe) -> None:
        super().__init__(time.monotonic, asyncio.sleep)
        self._when_safe = when_safe
        self._turns, self._exchange = turns, exchange
        self._failed: dict[str, ModelError] = {}
        self._tickets: dict[str, int] = {}

    async def enter(
        self, request: Request, *, after: ModelError | None = None, is_claimed: bool = False
    ) -> Ticket:
        """See `RateGate.enter`. One more call is let in by the ceilings, too."""
        if after is not None:
            failed = self._failed.pop(request.key)
            leave = await self._turns.enter_again(request, failed, is_claimed=is_claimed)
        else:
            leave = await self._turns.enter(request)
        if leave.failure is not None:
            raise leave.failure.as_error()
        self._tickets[request.key] = leave.ticket
        self._turns.under_way = len(self._tickets)
        return Ticket(leave.ticket, self.clock(), Sent(0, KnownLimits(), 0, 0))

    def claims_extra(self) -> bool:
        """See `RateGate.claims_extra`, as far as was said with the last leave."""
        if self._exchange.has_extra:
            self._exchange.tell(Event("claim"))
        return self._exchange.has_extra

    @property
    def is_answering(self) -> bool:
        """See `RateGate.is_answering`."""
        return self._exchange.is_answering

    def read_headers(self, request: Request, headers: Mapping[str, str], now: float) -> None:
        """Only those that say something of limits travel."""
        told = {name.lower(): text for name, text in headers.items() if _is_of_limits(name)}
        if told and request.key in self._tickets:
            ticket = self._tickets[request.key]
            self._exchange.tell(Event("headers", ticket=ticket, headers=told, at=now))

    def answered(self, request: Request, ticket: Ticket, completion: Completion) -> None:
        """See `RateGate.answered`. Its place is free once the answer is safe.

        So no more is asked again than there are places.
        """
        self._has_answered = True
        usage: Usage = completion.usage
        tokens = usage.input_tokens + usage.output_tokens
        free = partial(self._free, request, ticket.number, tokens)
        if request.is_stored:
            self._when_safe(request.key, free)
        else:
            free()

    def failed(self, request: Request, ticket: Ticket, error: ModelError, chance: float) -> None:
        """See `RateGate.failed`."""
        self._failed[request.key] = error
        self._done_with(request)
        event = Event("failed", ticket=ticket.number, failure=as_failure(error), chance=chance)
        self._exchange.tell(event, is_urgent=True)

    def left(self, request: Request) -> None:
        """See `RateGate.left`."""
        ticket = self._done_with(request)
        if ticket is not None:
            self._exchange.tell(Event("left", ticket=ticket), is_urgent=True)

    def _free(self, request: Request, ticket: int, tokens: int) -> None:
        follower = self._turns.follow(request, ticket)
        self._done_with(request)
        event = Event("answered", ticket=ticket, tokens=tokens, follower=follower)
        self._exchange.tell(event, is_urgent=not follower)

    def _done_with(self, request: Request) -> int | None:
        ticket = self._tickets.pop(request.key, None)
        self._turns.under_way = len(self._tickets)
        return ticket


def _is_of_limits(header: str) -> bool:
    name = header.lower()
    return name.startswith(("retry-after", "x-ratelimit", "anthropic-ratelimit", "ratelimit"))
