"""The end of a run by Ctrl-C: what is under way is cancelled, and what has arrived is kept."""

import asyncio
from collections.abc import Awaitable

from promptci import interrupt
from promptci.cache.cache import Cache


async def until_interrupted(run: Awaitable[None], cache: Cache) -> None:
    """Run; an interrupt cancels this task and ends the cache's waits for others."""
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    assert me is not None

    def cancel() -> None:
        cache.hurry()
        me.cancel()
        loop.call_soon_threadsafe(int)  # wakes the loop where it waits for a socket

    with interrupt.ended_by(cancel):
        await run
