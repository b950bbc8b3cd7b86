"""Work of many tasks that a first Ctrl-C ends in good order."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from promptci import interrupt

T = TypeVar("T")


def run_until_interrupted(
    work: Coroutine[Any, Any, T], hurry: Callable[[], None] = lambda: None
) -> T:
    """Run until it ends. An interrupt calls `hurry`, cancels it and raises `KeyboardInterrupt`.

    It is taken as that from before the loop is made until after it is closed. Raised within
    asyncio's own code, it might come when a task's next step has left the queue and not yet begun:
    such a task never ends, not even when it is cancelled.
    """
    begun: list[asyncio.Task[Any]] = []
    is_wanted = True

    def cancel() -> None:
        nonlocal is_wanted
        is_wanted = False
        hurry()
        for task in begun:
            with suppress(RuntimeError):  # the loop has been closed
                task.get_loop().call_soon_threadsafe(task.cancel)

    async def running() -> T:
        me = asyncio.current_task()
        assert me is not None
        begun.append(me)
        if not is_wanted:
            raise asyncio.CancelledError
        return await work

    try:
        with interrupt.ended_by(cancel):
            return asyncio.run(running())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        work.close()  # where it was not begun
