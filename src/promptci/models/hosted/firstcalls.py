"""The first call to each model of an endpoint goes alone: it may say what all others would hear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from promptci.errors import ModelError
from promptci.models.pacing.congestion import PROBE


class FirstCalls:
    """Holds up the calls to a model until the first one is over, for `PROBE` seconds at most.

    Where that says that nobody gets an answer there, no other call is sent.
    """

    def __init__(self) -> None:
        self._over: dict[str, asyncio.Event] = {}
        self._in_vain: dict[str, ModelError] = {}

    @asynccontextmanager
    async def turn(self, model_id: str) -> AsyncIterator[None]:
        """Wait for leave to call. Raises the `ModelError` that ended the calls to this model."""
        first = self._over.get(model_id)
        if first is None:
            first = self._over[model_id] = asyncio.Event()
            try:
                yield
            except ModelError as error:
                if error.ends_the_model:
                    self._in_vain[model_id] = error
                raise
            finally:
                first.set()
            return
        if not first.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE):
                    await first.wait()
        error_before = self._in_vain.get(model_id)
        if error_before is not None:
            raise error_before.reworded(str(error_before), may_cost=False)
        yield
