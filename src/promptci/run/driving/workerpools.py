"""The worker pools of a run, one per endpoint, each opened when it first has something to ask."""

import asyncio
from collections.abc import Iterable

from promptci.run.driving.stopsignal import StopSignal
from promptci.run.driving.workers import AnswerReceiver, ModelSource, WorkerPool
from promptci.specs.request import Request
from promptci.spending.budget import Budget


class WorkerPools:
    """Takes each request to the pool of its endpoint.

    `concurrency` is how many workers each has, what its model can take where that is None; `widest`
    is how many the largest pool so far has.
    """

    def __init__(
        self,
        source: ModelSource,
        *,
        concurrency: int | None,
        budget: Budget,
        stop_signal: StopSignal,
        receiver: AnswerReceiver,
    ) -> None:
        self.widest = 0
        self._source, self._concurrency = source, concurrency
        self._budget, self._stop_signal, self._receiver = budget, stop_signal, receiver
        self._pools: dict[tuple[str, str], WorkerPool] = {}

    def put(self, requests: Iterable[Request], group: asyncio.TaskGroup, *, is_begun: bool) -> None:
        """Put requests in line; workers that they need first run in the group.

        Those of examples that have been begun go before those of new ones.
        """
        for request in requests:
            self._pool(request, group).line.put(request, is_begun=is_begun)

    def _pool(self, request: Request, group: asyncio.TaskGroup) -> WorkerPool:
        endpoint = request.settings.model.endpoint
        place = (endpoint.name, endpoint.address)
        if place not in self._pools:
            count = self._concurrency or self._source.concurrency(endpoint)
            self._pools[place] = pool = WorkerPool(
                self._source.model(endpoint, count),
                budget=self._budget,
                stop_signal=self._stop_signal,
                receiver=self._receiver,
            )
            pool.open(group, count)
            self.widest = max(self.widest, count)
        return self._pools[place]

    @property
    def is_low(self) -> bool:
        """Whether the line of one will soon be empty."""
        return any(pool.is_low for pool in self._pools.values())

    def close(self) -> None:
        """Let the workers go, once nothing more is to be asked."""
        for pool in self._pools.values():
            pool.close()

    async def close_models(self) -> None:
        """Let go of the models."""
        for pool in self._pools.values():
            await pool.model.aclose()
