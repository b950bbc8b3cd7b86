"""The first call of each shape to a model goes alone: it may say what all others would hear."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from promptci.errors import ModelError
from promptci.models.pacing.congestion import PROBE

SAME = 3
"""Requests refused in the same words, with no answer before, after which no more are sent."""

_OF_ONE = re.compile(
    r"flagged|moderation|safety|polic(y|ies)|filter|too (long|large|many)|tokens?\b|context"
    r"|images?\b|pictures?\b|audio|files?\b|generat",
    re.IGNORECASE,
)
"""What is likely to be about one request, however many are refused for it."""

_VARIES = re.compile(r"\S*\d\S*")
"""Words with digits: numbers, and the ids of requests."""


class FirstCalls:
    """Holds up the calls to a model until the first one is over, for `PROBE` seconds at most.

    Where that says that no request gets an answer there, no other call is sent. Where a parameter
    was refused the next one goes alone as well, so that each parameter is refused once and no
    oftener; and where a request was refused in words that may mean all, up to `SAME` go alone, to
    see whether they do. Calls are of one shape where the same may be refused of them.
    """

    def __init__(self) -> None:
        self._answered: set[str] = set()
        self._refused: dict[str, list[str]] = {}
        self._over: dict[tuple[str, frozenset[str]], asyncio.Event] = {}
        self._in_vain: dict[str, ModelError] = {}

    def is_past(self, model_id: str, shape: frozenset[str]) -> bool:
        """Whether the first call is over and was not in vain, so that a turn is had at once."""
        first = self._over.get((model_id, shape))
        return first is not None and first.is_set() and model_id not in self._in_vain

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
        error_before = self._in_vain.get(model_id)
        if error_before is not None:
            raise error_before.reworded(str(error_before), may_cost=False)
        yield
        self._answered.add(model_id)

    @asynccontextmanager
    async def _leading(self, place: tuple[str, frozenset[str]]) -> AsyncIterator[None]:
        """Call while the others wait."""
        model_id = place[0]
        mine = self._over[place] = asyncio.Event()
        try:
            yield
            self._answered.add(model_id)
        except ModelError as error:
            if error.kind == "parameter" or self._asks_on(model_id, error):
                del self._over[place]
            meant = self._weighed(model_id, error)
            if meant.ends_the_model:
                self._in_vain[model_id] = meant
            raise meant from None
        finally:
            mine.set()

    def _asks_on(self, model_id: str, error: ModelError) -> bool:
        """Whether the next call goes alone as well, since this one says what all may hear."""
        is_told = error.kind == "bad_request" and model_id not in self._answered
        if not is_told or _OF_ONE.search(str(error)):
            return False
        said = self._refused.setdefault(model_id, [])
        said.append(_VARIES.sub("", str(error)))
        return len(said) < SAME and len(set(said)) == 1

    def _weighed(self, model_id: str, error: ModelError) -> ModelError:
        """The error, or what it means where all first requests were refused in the same words."""
        said = self._refused.get(model_id, ())
        if error.kind != "bad_request" or len(said) != SAME or len(set(said)) > 1:
            return error
        text = (
            f"{error}; the first {SAME} requests were all refused like that, so no more were sent"
        )
        return ModelError(text, "unusable")

    @staticmethod
    async def _is_over(first: asyncio.Event) -> bool:
        """Wait for a call; false where that takes too long."""
        try:
            async with asyncio.timeout(PROBE):
                return await first.wait()
        except TimeoutError:
            return False
