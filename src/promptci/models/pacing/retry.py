"""Asking again: for which errors, after how long, how often, and never past the deadline."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from math import inf

from promptci.errors import ModelError
from promptci.models.pacing.minutelimits import LONGEST_PAUSE, too_long
from promptci.models.pacing.rategate import TOO_MANY, RateGate, Ticket
from promptci.specs.completion import Completion
from promptci.specs.request import Model, Request

RETRIES = 6

FIRST_WAIT = {"transient": 0.5, "timeout": 0.5, "rate_limit": 0.5}
"""Seconds at most before the first retry, by kind of error; of the others only `parameter` is
retried: at once, since the next call does not hold what was refused."""

LONGEST_BACKOFF = 30.0

SPREAD, LONGEST_SPREAD = 0.25, 1.0
"""A share of the time that a server asks to wait, and seconds: whoever waits that long waits up to
so much longer, at the first retry."""

DEADLINE = 600.0
"""Seconds for a request with all its retries, from when it is first sent."""

BeforeCall = Callable[[Request, ModelError | None], None]
"""Asked before every call, with the error of the one before; raises what forbids the call."""

Pause = Callable[[Awaitable[object], ModelError], Awaitable[None]]
"""Handed the wait before a further call, to await it, and why there has to be one."""


async def _just_wait(wait: Awaitable[object], _: ModelError) -> None:
    await wait


def delay(attempt: int, error: ModelError, chance: float) -> float | None:
    """The seconds to wait after failed attempt number `attempt` (from 0); None: give up.

    `chance` is uniform in [0, 1). Exponential backoff with full jitter (Marc Brooker, "Exponential
    Backoff And Jitter", AWS Architecture Blog, 2015). What the server asked for is obeyed, and
    the jitter on top of it is small: it only keeps those apart who got the same.
    """
    asked = error.retry_after or 0.0
    if error.kind not in FIRST_WAIT or attempt >= RETRIES or asked > LONGEST_PAUSE:
        return None
    first = min(LONGEST_SPREAD, SPREAD * asked) if asked else FIRST_WAIT[error.kind]
    return asked + chance * min(LONGEST_BACKOFF, first * float(2**attempt))


class Retrying:
    """A `Model` that asks another one again when that may help.

    At most `RETRIES` times for each request, within its deadline and, over all requests that
    pass the gate, as often as that allows. `before_call` is asked before each call, `pause` is
    handed each wait. A call ends by itself after the `longest` seconds that it may take.
    """

    def __init__(
        self,
        model: Model,
        *,
        gate: RateGate,
        deadline: float = DEADLINE,
        longest: float = inf,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.before_call: BeforeCall = lambda *_: None
        self.pause: Pause = _just_wait
        self._model = model
        self._gate = gate
        self._deadline, self._longest = deadline, longest
        self._chance = chance

    async def complete(self, request: Request) -> Completion:
        """The first answer. Raises the last `ModelError` and says how often was asked."""
        error: ModelError | None = None
        attempt, ends, waits = 0, None, False
        while True:
            if error is None or ends is None:
                ticket = await self._gate.enter(request)
                ends = ticket.at + self._deadline
            else:
                ticket = await self._enter_again(request, error, ends, waits=waits)
            try:
                return await self._ask(request, ticket, error, ends)
            except ModelError as failure:
                error = failure
            waits = self._gate.is_crowded(error)
            if error.kind != "parameter":
                wait = self._wait(attempt, error, ends)
                waits = waits or not self._claims(error)
                await self.pause(self._gate.sleep(wait), error)
                attempt += 1

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()

    async def _enter_again(
        self, request: Request, before: ModelError, ends: float, *, waits: bool
    ) -> Ticket:
        """Leave to send. Where there is none, the call before may still have to be paid for.

        What `waits` has claimed no extra call, and is let in when there is room for one.
        """
        try:
            async with asyncio.timeout(max(0.0, ends - self._gate.clock())):
                return await self._gate.enter(request, after=before, is_claimed=not waits)
        except TimeoutError:
            raise _ended(before, _too_late(self._deadline)) from None
        except ModelError as error:
            ended = error.reworded(str(error), may_cost=error.may_cost or before.may_cost)
            ended.was_sent = before.was_sent
            raise ended from None

    async def _ask(
        self, request: Request, ticket: Ticket, before: ModelError | None, ends: float
    ) -> Completion:
        """One call; whatever comes of it, the gate learns of it."""
        try:
            self.before_call(request, before)
            left = ends - self._gate.clock()
            if left >= self._longest:
                completion = await self._model.complete(request)
            else:
                completion = await self._in_time(request, max(0.0, left))
        except ModelError as error:
            self._gate.failed(request, ticket, error, self._chance())
            raise
        except BaseException:
            self._gate.left(request)
            raise
        self._gate.answered(request, ticket, completion)
        return completion

    async def _in_time(self, request: Request, left: float) -> Completion:
        """A call, which may only take what is left of the time."""
        try:
            async with asyncio.timeout(left):
                return await self._model.complete(request)
        except TimeoutError:
            raise ModelError(_too_late(self._deadline), "timeout") from None

    def _wait(self, attempt: int, error: ModelError, ends: float) -> float:
        """The seconds until the next call. Raises the error where there is to be none."""
        wait = delay(attempt, error, self._chance())
        if wait is None:
            raise _given_up(error, attempt) from None
        if self._gate.clock() + wait >= ends:
            raise _ended(error, _too_late(self._deadline)) from None
        return wait

    def _claims(self, error: ModelError) -> bool:
        """Whether there is room for one more call. Raises the error where nothing is answered."""
        has_room = self._gate.claims_extra()
        if not has_room and not self._gate.is_answering:
            raise _ended(error, TOO_MANY) from None
        return has_room


def _given_up(error: ModelError, attempt: int) -> ModelError:
    if error.kind not in FIRST_WAIT:
        return error
    asked = error.retry_after or 0.0
    end = too_long(asked) if asked > LONGEST_PAUSE else f"no answer in {attempt + 1} attempts"
    return _ended(error, end)


def _ended(error: ModelError, end: str) -> ModelError:
    return error.reworded(f"{error}; {end}")


def _too_late(deadline: float) -> str:
    return f"no answer within {deadline:g} s, retries included"
