"""The way to an endpoint: requests in line, and workers that take them to its model."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from decimal import Decimal
from typing import Protocol

from promptci.errors import BudgetError, ModelError, PromptCIError
from promptci.models.pacing.retry import Retrying
from promptci.run.driving.stopsignal import StopSignal
from promptci.specs.completion import Completion
from promptci.specs.modelspec import EndpointSpec
from promptci.specs.request import Model, Request
from promptci.spending.budget import Budget

MOST_IN_A_ROW = 20
"""Requests in a row without an answer before the rest is not asked any more.

Each of them has been retried already, so that thousands of them would take hours.
"""


MOST_STAND_INS = 5
"""Times the workers there are to be at most, with those who wait before asking again."""


class _StoppedError(PromptCIError):
    """A call was not made, because the run has been stopped meanwhile."""


class AnswerReceiver(Protocol):
    """Whoever handed in the requests."""

    def arrived(self, request: Request, completion: Completion) -> None:
        """Here is the answer."""
        ...

    async def kept(self) -> None:
        """Wait while too much that has arrived is not safe: so much may be lost in a crash."""
        ...

    def refused(self, request: Request, error: ModelError) -> None:
        """There is no answer."""
        ...

    def dropped(self, request: Request) -> None:
        """It was not asked, because the run was stopped."""
        ...


class ModelSource(Protocol):
    """Where models come from."""

    def model(self, endpoint: EndpointSpec, concurrency: int) -> Model:
        """Whoever answers for an endpoint, so many requests at a time."""
        ...

    def concurrency(self, endpoint: EndpointSpec) -> int:
        """How many calls it should have in flight."""
        ...

    def cost(self, request: Request, completion: Completion) -> Decimal | None:
        """What an answer costs in US dollars; None if no price is known."""
        ...

    def most(self, request: Request) -> Decimal | None:
        """An upper bound of what a request may cost; None if no price is known."""
        ...


class RequestLine:
    """Requests in line, those of examples that have been begun before those of new ones.

    The last `few` of the new ones go first: else the examples that take several answers would end
    one by one, with ever more workers idle.
    """

    def __init__(self) -> None:
        self.few = 0
        self._begun, self._new = deque[Request](), deque[Request]()
        self._takers: deque[asyncio.Future[None]] = deque()

    def __bool__(self) -> bool:
        """Whether any is there."""
        return bool(self._begun or self._new)

    def __len__(self) -> int:
        return len(self._begun) + len(self._new)

    def put(self, request: Request, *, is_begun: bool) -> None:
        """One more, for whoever waits longest."""
        (self._begun if is_begun else self._new).append(request)
        while self._takers:
            taker = self._takers.popleft()
            if not taker.done():
                taker.set_result(None)
                return

    async def get(self) -> Request:
        """The first, once there is one."""
        while not self:
            taker = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            await taker
        begun, new = self._begun, self._new
        return (begun if begun and not 0 < len(new) <= self.few else new).popleft()


class WorkerPool:
    """Asks an endpoint's model, as many requests at a time as there are workers.

    For a worker that waits before it asks again another one starts, within limits.
    """

    def __init__(
        self, model: Model, *, budget: Budget, stop_signal: StopSignal, receiver: AnswerReceiver
    ) -> None:
        self.model = model
        if isinstance(model, Retrying):
            model.before_call = self._pay
            model.pause = self._pause
        self._budget, self._stop_signal, self._receiver = budget, stop_signal, receiver
        self.line = RequestLine()
        self._workers: list[asyncio.Task[None]] = []
        self._group: asyncio.TaskGroup | None = None
        self._wanted = self._awake = 0
        self._in_a_row = 0

    def open(self, group: asyncio.TaskGroup, workers: int) -> None:
        """Put workers to work."""
        self._group, self._wanted = group, workers
        self.line.few = workers
        self._hire(workers)

    def _hire(self, workers: int) -> None:
        assert self._group is not None
        self._awake += workers
        self._workers += (self._group.create_task(self._ask()) for _ in range(workers))

    @property
    def is_low(self) -> bool:
        """Whether the line will soon be empty: in that time more can be looked up."""
        return len(self.line) < 2 * self._wanted

    @property
    def _may_hire(self) -> bool:
        me = asyncio.current_task()
        is_ending = me is not None and me.cancelling() > 0
        is_short = self._awake < self._wanted
        return is_short and not is_ending and len(self._workers) < MOST_STAND_INS * self._wanted

    async def _pause(self, wait: Awaitable[object], error: ModelError) -> None:
        """Wait before asking again; another worker starts."""
        self._budget.last_failure = error
        self._awake -= 1
        try:
            if self._may_hire:
                self._hire(1)
            await wait
        finally:
            self._awake += 1

    def close(self) -> None:
        """Send the workers home."""
        for worker in self._workers:
            worker.cancel()

    async def _ask(self) -> None:
        """Ask one request after the other; a run that was stopped asks no more."""
        while self._is_needed():
            request = await self.line.get()
            if not await self._is_admitted(request):
                self._release(request)
                self._receiver.dropped(request)
                continue
            try:
                completion = await self.model.complete(request)
            except ModelError as error:
                self._release(request, error)
                self._fail(request, error)
            except PromptCIError as error:
                self._release(request)
                self._stop_signal.pull(error)
                self._receiver.dropped(request)
            except asyncio.CancelledError:
                self._budget.abandon(request)
                raise
            else:
                self._in_a_row, self._budget.last_failure = 0, None
                self._receiver.arrived(request, completion)
                await self._receiver.kept()

    def _is_needed(self) -> bool:
        """Whether to go on; those started for others go when these are back."""
        if self._awake <= self._wanted:
            return True
        self._awake -= 1
        me = asyncio.current_task()
        self._workers = [worker for worker in self._workers if worker is not me]
        return False

    async def _is_admitted(self, request: Request) -> bool:
        try:
            if self._stop_signal.why is None and request.asks_model:
                if not self._budget.admits(request):
                    await self._budget.admit(request)
                if self._stop_signal.why is not None:
                    self._budget.release(request, was_sent=False)
        except PromptCIError as error:
            self._stop_signal.pull(error)
        return self._stop_signal.why is None

    def _release(self, request: Request, failed: ModelError | None = None) -> None:
        if request.asks_model:
            self._budget.release(request, failed)

    def _pay(self, request: Request, failed: ModelError | None) -> None:
        """One call is about to go out. Raises `PromptCIError` where none may any more."""
        why = self._stop_signal.why
        if why is not None and not isinstance(why, BudgetError):  # what was admitted is paid for
            self._budget.release(request, failed, was_sent=failed is not None)
            raise _StoppedError
        if failed is None:
            try:
                self._budget.check_time()
            except BudgetError:
                self._budget.release(request, was_sent=False)
                raise
        else:
            self._budget.again(request, failed)

    def _fail(self, request: Request, error: ModelError) -> None:
        """There is no answer; where no request is let in or nothing comes back, that is the end."""
        self._in_a_row += 1
        if error.stops_the_run:
            self._stop_signal.pull(error)
            self._receiver.dropped(request)
            return
        self._receiver.refused(request, error)
        if error.ends_the_model or error.is_of_settings:  # says nothing of the others there
            self._in_a_row -= 1
        if self._in_a_row >= MOST_IN_A_ROW:
            end = f"{MOST_IN_A_ROW} requests in a row got no answer, so no more were sent"
            self._stop_signal.pull(ModelError(f"{error}; {end}", error.kind))
