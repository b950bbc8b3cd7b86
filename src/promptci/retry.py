"""Asking again: for which errors, after how long, and one pause for all when a server says so."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from promptci.completion import Completion, Model, Request
from promptci.errors import ModelError

RETRIES = 4

FIRST_WAIT = {"transient": 0.5, "timeout": 0.5, "rate_limit": 2.0}
"""Seconds at most before the first retry, by kind of error; other kinds are never retried."""

LONGEST_BACKOFF = 30.0
LONGEST_PAUSE = 120.0
"""Seconds that a server may ask to wait; whoever asks for more gets no further request."""


def delay(attempt: int, error: ModelError, chance: float) -> float | None:
    """The seconds to wait after failed attempt number `attempt` (from 0); None: give up.

    `chance` is uniform in [0, 1). Exponential backoff with full jitter (Marc Brooker, "Exponential
    Backoff And Jitter", AWS Architecture Blog, 2015), on top of what the server asked for.
    """
    asked = error.retry_after or 0.0
    if error.kind not in FIRST_WAIT or attempt >= RETRIES or asked > LONGEST_PAUSE:
        return None
    return asked + chance * min(LONGEST_BACKOFF, FIRST_WAIT[error.kind] * float(2**attempt))


class Gate:
    """Shut for everybody as long as a server has asked anybody to wait."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self.sleep = sleep
        self._opens = clock()

    def shut(self, seconds: float) -> None:
        """Stay shut for this long; the latest end of all holds."""
        self._opens = max(self._opens, self._clock() + seconds)

    async def passed(self) -> None:
        """Wait until it is open. Raises `ModelError` when that is too far off."""
        while (left := self._opens - self._clock()) > 0:
            if left > LONGEST_PAUSE:
                raise ModelError(_too_long(left), "rate_limit", retry_after=left)
            await self.sleep(left)


class Retrying:
    """A `Model` that asks another one again when that may help, at most `RETRIES` times."""

    def __init__(
        self, model: Model, *, gate: Gate, chance: Callable[[], float] = random.random
    ) -> None:
        self._model = model
        self._gate = gate
        self._chance = chance

    async def complete(self, request: Request) -> Completion:
        """The first answer. Raises the last `ModelError` and says how often was asked."""
        attempt = 0
        while True:
            await self._gate.passed()
            try:
                return await self._model.complete(request)
            except ModelError as error:
                if error.kind in FIRST_WAIT:
                    self._gate.shut(error.retry_after or 0.0)
                wait = delay(attempt, error, self._chance())
                if wait is None:
                    raise _given_up(error, attempt) from None
            await self._gate.sleep(wait)
            attempt += 1

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()


def _given_up(error: ModelError, attempt: int) -> ModelError:
    if error.kind not in FIRST_WAIT:
        return error
    asked = error.retry_after or 0.0
    end = _too_long(asked) if asked > LONGEST_PAUSE else f"no answer in {attempt + 1} attempts"
    return ModelError(f"{error}; {end}", error.kind, retry_after=error.retry_after)


def _too_long(seconds: float) -> str:
    limit = f"{LONGEST_PAUSE:g} s at most"
    return f"the endpoint asks to wait {seconds:.0f} s, promptci waits {limit}: run again later"
