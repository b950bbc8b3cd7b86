"""The way from a worker to its coordinator: turns and events there, and leaves back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from promptci.cluster.messages import CallTurn, Event, Leave, Reply

PAUSE, LONG_PAUSE = 0.003, 0.03
"""Seconds between two messages, in which turns and events gather: a message takes as much processor
time as two calls. The long one is for what is not waited for, where calls follow each other."""

BEAT = 3.0
"""Seconds after which a worker that has nothing to say tells that it is there."""


class Link(Protocol):
    """Calls a method of the coordinator by its name, again where it was lost meanwhile.

    Each raises `PromptCIError` where there is none any more.
    """

    def ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Wait for the answer, in a thread that has no event loop."""
        ...

    async def ask_soon(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Await the answer."""
        ...


class Exchange:
    """Takes turns and events to the coordinator in batches, and its leaves back.

    Turns whose leave has not come are sent again where the coordinator knows of none any more.
    """

    def __init__(self, link: Link, owner: str) -> None:
        self.owner = owner
        self.has_extra = self.is_answering = True
        self.keeps = 0
        self._link = link
        self._number = 0
        self._new: list[CallTurn] = []
        self._events: list[Event] = []
        self._after: list[Callable[[], object]] = []
        self._open: dict[int, tuple[CallTurn, asyncio.Future[Leave]]] = {}
        self._life = ""
        self._any, self._asked, self._urgent = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def next_number(self) -> int:
        """The number of the next turn."""
        self._number += 1
        return self._number

    def tell(self, event: Event, *, is_urgent: bool = False) -> None:
        """Tell what became of a call, with the next exchange; soon where somebody waits for it."""
        self._events.append(event)
        self._any.set()
        if is_urgent:
            self._urgent.set()

    def when_told(self, do: Callable[[], object]) -> None:
        """Do something once the coordinator has heard all that was told so far."""
        self._after.append(do)
        self._any.set()

    def turn(
        self, turn: CallTurn, *, is_urgent: bool
    ) -> tuple["asyncio.Future[Leave]", "asyncio.Future[Leave]"]:
        """Ask for leave: what the ceilings say, and what the gate says."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
            self._task.add_done_callback(_heard)
        admitted: asyncio.Future[Leave] = loop.create_future()
        entered: asyncio.Future[Leave] = loop.create_future()
        for each in (admitted, entered):
            each.add_done_callback(_heard)
        if turn.again is None:
            self._open[turn.number] = turn, admitted
        if turn.gate:
            self._open[turn.gate] = turn, entered
        self._new.append(turn)
        self._any.set()
        self._asked.set()
        if is_urgent:
            self._urgent.set()
        return admitted, entered

    def forget(self, number: int) -> None:
        """Wait for a leave no more."""
        self._open.pop(number, None)

    async def flush(self) -> None:
        """Tell what is left to tell, after the run and its event loop are over."""
        self._open.clear()
        await self._once()

    async def _run(self) -> None:
        """Send and receive side by side; what ends either ends whoever waits for a leave."""
        tasks = [asyncio.ensure_future(self._send()), asyncio.ensure_future(self._listen())]
        for task in tasks:
            task.add_done_callback(_heard)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        except BaseException as error:
            waiting, self._open = [future for _, future in self._open.values()], {}
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
            raise
        finally:
            for task in tasks:
                task.cancel()

    async def _send(self) -> None:
        """Take turns and events there, those together that come together."""
        while True:
            await self._any.wait()
            self._any.clear()
            self._urgent.clear()
            await self._once()
            await asyncio.sleep(PAUSE)
            if self.keeps:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LONG_PAUSE):
                        await self._urgent.wait()

    async def _listen(self) -> None:
        """Wait for decisions, as long as there are any to wait for; else send a sign of life."""
        while True:
            if not self._open:
                self._asked.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT):
                        await self._asked.wait()
            waits = bool(self._open)
            self._hear(await self._link.ask_soon("exchange", self.owner, (), (), waits=waits))

    async def _once(self) -> None:
        turns, self._new = self._new, []
        events, self._events = self._events, []
        after, self._after = self._after, []
        if turns or events or after:
            said = await self._link.ask_soon("exchange", self.owner, turns, events, waits=False)
            self._hear(said)
        for do in after:
            do()

    def _hear(self, reply: Reply) -> None:
        if self._life and reply.life != self._life:
            self._new = list({turn.number: turn for turn, _ in self._open.values()}.values())
            self._any.set()
        self._life = reply.life
        self.has_extra, self.is_answering = reply.has_extra, reply.is_answering
        self.keeps = reply.keeps
        for leave in reply.leaves:
            _, future = self._open.pop(leave.number, (None, None))
            if future is not None and not future.done():
                future.set_result(leave)


def _heard(future: "asyncio.Future[Any]") -> None:
    """Whoever waited was woken; where a call ended before it entered, there is none who waits."""
    if not future.cancelled():
        future.exception()
