"""An event loop whose time passes only while everybody sleeps: hours in milliseconds."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from math import inf, nextafter
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time starts at 1000. Where no task is left that could go on, it raises instead of hanging."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.now


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else")
        if timeout > 0:
            now = self._loop.now
            self._loop.now = max(now + timeout, nextafter(now, inf))
        return super().select(0)


def run_virtually(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function on a loop of its own; gives its result."""

    async def main() -> Any:
        return await work()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def now() -> float:
    """The time of the running loop."""
    return asyncio.get_running_loop().time()
