"""Waiting that a first Ctrl-C ends in good order."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from promptci import interrupt

T = TypeVar("T")


def run_until_interrupted(work: Coroutine[Any, Any, T], hurry: Callable[[], None]) -> T:
    """Run until it ends. An interrupt calls `hurry`, cancels it and raises `KeyboardInterrupt`."""

    async def running() -> T:
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        assert me is not None

        def cancel() -> None:
            hurry()
            me.cancel()
            loop.call_soon_threadsafe(int)  # wakes the loop where it waits for a socket

        with interrupt.ended_by(cancel):
            return await work

    try:
        return asyncio.run(running())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
