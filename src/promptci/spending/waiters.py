"""Tasks that wait until something changes, or for their turn."""

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Future


class Waiters:
    """Whoever waits for the next change, of whatever event loop."""

    def __init__(self) -> None:
        self._changes: list[Future[None]] = []

    def next_change(self) -> "Future[None]":
        """Done at the next `wake`."""
        import asyncio

        change = asyncio.get_running_loop().create_future()
        self._changes.append(change)
        return change

    def wake(self) -> None:
        """Something has changed: all go on."""
        if not self._changes:
            return
        changes, self._changes = self._changes, []
        for change in changes:
            if not change.done():
                change.set_result(None)


class WaitingTurn:
    """A place in line; `called` is done when it may be the first."""

    def __init__(self) -> None:
        self.called: Future[None] | None = None


class WaitingLine:
    """Tasks that wait for their turn, in the order in which they came.

    Whoever leaves calls as many as there is room for: one after the other they would take a round
    of the event loop each, and those who come meanwhile would find a line for ever.
    """

    def __init__(self) -> None:
        self._turns: deque[WaitingTurn] = deque()

    def __bool__(self) -> bool:
        """Whether anyone waits."""
        return bool(self._turns)

    def join(self) -> WaitingTurn:
        """A turn behind all others."""
        self._turns.append(WaitingTurn())
        return self._turns[-1]

    async def first(self, turn: WaitingTurn) -> None:
        """Wait until a turn is the first."""
        import asyncio

        while self._turns[0] is not turn:
            turn.called = asyncio.get_running_loop().create_future()
            await turn.called

    def leave(self, turn: WaitingTurn, *, room: int) -> None:
        """Go, and call those for whom there is room, the first in any case."""
        self._turns.remove(turn)
        for each in islice(self._turns, max(1, room)):
            if each.called is not None and not each.called.done():
                each.called.set_result(None)
