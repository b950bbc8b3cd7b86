"""The first call of each shape to a model goes alone: it may get a refusal that is for all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from promptci.errors import ModelError
from promptci.models.pacing.congestion import PROBE


class FirstCalls:
    """Holds up the calls to a model until the first one is over, for `PROBE` seconds at most.

    Where that says that no request gets an answer there, no other call is sent. Where a parameter
    was refused the next one goes alone as well, so that each parameter is refused once and no
    oftener. Calls are of one shape where the same may be refused of them; what is refused of the
    settings of one shape ends the calls of that shape alone. A body that was too large holds back
    those that are no smaller.
    """

    def __init__(self) -> None:
        self._over: dict[tuple[str, frozenset[str]], asyncio.Event] = {}
        self._in_vain: dict[str, ModelError] = {}
        self._unfit: dict[tuple[str, frozenset[str]], ModelError] = {}
        self._too_large: dict[str, tuple[int, ModelError]] = {}

    def is_past(self, model_id: str, shape: frozenset[str]) -> bool:
        """Whether the first call is over and was not in vain, so that a turn is had at once."""
        first = self._over.get((model_id, shape))
        is_over = first is not None and first.is_set()
        return is_over and model_id not in self._in_vain and (model_id, shape) not in self._unfit

    def note_size(self, model_id: str, size: int, error: ModelError) -> None:
        """A body of so many bytes, which was let out, was refused for its size."""
        self._too_large[model_id] = size, error

    def check_size(self, model_id: str, size: int) -> None:
        """Raises the `ModelError` that a body of that size has met."""
        least, error = self._too_large.get(model_id, (size + 1, None))
        if error is not None and size >= least:
            raise error.held_back()

    @asynccontextmanager
    async def turn(self, model_id: str, shape: frozenset[str]) -> AsyncIterator[None]:
        """Wait for leave to call. Raises the `ModelError` that ended the calls to this model."""
        place = model_id, shape
        while (first := self._over.get(place)) is not None:
            if first.is_set() or not await self._is_over(first):
                break
        else:
            async with self._leading(place):
                yield
            return
        error_before = self._in_vain.get(model_id) or self._unfit.get(place)
        if error_before is not None:
            raise error_before.held_back()
        yield

    @asynccontextmanager
    async def _leading(self, place: tuple[str, frozenset[str]]) -> AsyncIterator[None]:
        """Call while the others wait."""
        mine = self._over[place] = asyncio.Event()
        try:
            yield
        except ModelError as error:
            if error.ends_the_model:
                self._in_vain[place[0]] = error
            elif error.is_of_settings:
                self._unfit[place] = error
            if error.kind == "parameter":
                del self._over[place]
            raise
        finally:
            mine.set()

    @staticmethod
    async def _is_over(first: asyncio.Event) -> bool:
        """Wait for a call; false where that takes too long."""
        try:
            async with asyncio.timeout(PROBE):
                return await first.wait()
        except TimeoutError:
            return False
