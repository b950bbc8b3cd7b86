"""Requests that another process on the same cache is asking: waited for, or taken over."""

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from time import monotonic
from typing import Protocol

from promptci.cache.cache import Cache
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.spending.limits import Progress

POLL = 0.05
"""Seconds between two looks."""

SILENCE = 2.0
"""So many timeouts of an endpoint without an answer of any other process, and they are stuck."""


class InFlightReceiver(Protocol):
    """Whoever handed in the requests."""

    def found(self, answers: Mapping[str, Completion]) -> None:
        """Here are answers that another process has kept, by key."""
        ...

    def ask(self, requests: Iterable[Request], group: asyncio.TaskGroup) -> None:
        """No other process asks these any more, and there is no answer."""
        ...

    def dropped(self, request: Request) -> None:
        """It is not waited for any more, because the run was stopped."""
        ...

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is to be asked."""
        ...


class InFlightElsewhere:
    """The requests of one run that others are asking.

    A process that dies loses its claims at once; one that hangs is passed by after a while.
    """

    def __init__(
        self, cache: Cache, disk: Executor, receiver: InFlightReceiver, progress: Progress
    ) -> None:
        """The cache is only used on `disk`; `progress` receives how many are waited for."""
        self._progress = progress
        self.requests: dict[str, Request] = {}
        self._cache, self._disk, self._receiver = cache, disk, receiver
        self._any = asyncio.Event()
        self._version = -1
        self._last_change = 0.0

    def add(self, request: Request) -> None:
        """Wait for a request's answer."""
        if not self.requests:
            self._last_change = monotonic()
        self.requests[request.key] = request
        self._progress.elsewhere = len(self.requests)
        self._any.set()

    async def watch(self, group: asyncio.TaskGroup) -> None:
        """Look again and again, for as long as there is anything to wait for."""
        loop = asyncio.get_running_loop()
        while True:
            await self._any.wait()
            await asyncio.sleep(POLL)
            known, mine = await loop.run_in_executor(self._disk, self._look, list(self.requests))
            found = {key: known[key] for key in known if self.requests.pop(key, None)}
            self._receiver.found(found)
            free = [*self.requests] if self._may_end else [k for k in self.requests if k in mine]
            requests = [self.requests.pop(key) for key in free]
            if self._receiver.is_stopped:
                for request in requests:
                    self._receiver.dropped(request)
            else:
                self._receiver.ask(requests, group)
            self._progress.elsewhere = len(self.requests)
            if not self.requests:
                self._any.clear()

    @property
    def _may_end(self) -> bool:
        """Whether to wait no longer: the run was stopped, or the others hang."""
        timeouts = [each.settings.model.endpoint.timeout for each in self.requests.values()]
        silence = monotonic() - self._last_change
        return self._receiver.is_stopped or silence > SILENCE * max(timeouts, default=0)

    def _look(self, keys: list[str]) -> tuple[dict[str, Completion], set[str]]:
        version = self._cache.version()
        if version != self._version:
            self._version, self._last_change = version, monotonic()
        self._cache.take_in()
        return self._cache.get_or_claim(keys)
