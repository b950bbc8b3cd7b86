"""Tasks that wait until something changes."""

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
