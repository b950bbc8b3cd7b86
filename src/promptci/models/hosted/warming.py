"""One request first where many begin alike: the provider has the beginning in its cache by then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from promptci.digest import long_digest
from promptci.models.pacing.congestion import PROBE
from promptci.specs.request import Request

LEAST = 4_000
"""Letters that a beginning must have: providers keep none of less than some 1,000 tokens."""


class Warming:
    """Holds up requests with the same long beginning until the first of them is answered.

    All turns but the last are the beginning. They wait for `PROBE` seconds at most, and no longer
    than until a first one has failed. Where nothing is cached this costs the latency of one call.
    """

    def __init__(self) -> None:
        self._firsts: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Wait until the beginning is warm, or is to be warmed by this very request."""
        beginning = shared_beginning(request)
        if not beginning:
            yield
        elif (first := self._firsts.get(beginning)) is None:
            mine = self._firsts[beginning] = asyncio.Event()
            try:
                yield
            finally:
                mine.set()
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE):
                    await first.wait()
            yield


def shared_beginning(request: Request) -> str:
    """The identity of all turns but the last at a model; empty where they are too short."""
    before = request.messages[:-1]
    if not before or sum(len(turn.content) for turn in before) < LEAST:
        return ""
    return long_digest([request.settings.model.model_id, [turn.identity for turn in before]])
