"""What a coordinator knows of one run of a worker over its blocks."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from secrets import token_hex

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.cluster.messages import CallTurn, Leave
from promptci.specs.request import Request

PATIENCE = 1.0
"""Seconds that a worker's question for decisions waits for one."""

_REMEMBERED = 20_000
"""Turns that are known to have been taken up."""

GATHER = 0.002
"""Seconds in which decisions gather for one reply."""


class WorkerRun(Struct, eq=False):
    """What one run of a worker has to do with: turns taken up, leaves to fetch, open calls.

    `calls` are tickets by key, 0 for what was only admitted, `waits` what waits at the gate, with
    its task, and `places` the tickets of places there.
    """

    seen: set[int] = field(default_factory=set)
    leaves: list[Leave] = field(default_factory=list)
    turns: set["asyncio.Task[None]"] = field(default_factory=set)
    calls: dict[str, int] = field(default_factory=dict)
    waits: dict[str, tuple[Request, "asyncio.Task[None]"]] = field(default_factory=dict)
    places: set[int] = field(default_factory=set)
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    heard: float = 0.0
    life: str = field(default_factory=lambda: token_hex(8))

    def note_seen(self, turn: int) -> None:
        """Take up a turn no second time; what came long ago comes no more."""
        self.seen.add(turn)
        if len(self.seen) > _REMEMBERED:
            self.seen.difference_update(sorted(self.seen)[: _REMEMBERED // 2])

    async def decision(self) -> None:
        """Wait for a decision, and a moment for those that come with it.

        What the reply to another message has told meanwhile is none.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self.decided.wait()
                    await asyncio.sleep(GATHER)
                    if self.decided.is_set():
                        return

    def tell(self, turn: CallTurn, leave: Leave) -> None:
        """Have a leave fetched."""
        if leave.failure is None:
            self.calls[turn.key] = leave.ticket
            self.places |= {leave.ticket} - {0}
        self.leaves.append(leave)
        self.decided.set()

    def share(self, width: int, all_: Collection["WorkerRun"]) -> int:
        """How many of so many places it may fill again: all, unless other runs wait for some.

        Then those that wait have the same number of what the others leave.
        """
        waiting = [each for each in all_ if each.waits]
        if all(each is self for each in waiting):
            return width
        taken = sum(len(each.places) for each in all_ if not each.waits)
        return max(0, width - taken) // len(waiting)


def stand_in(turn: CallTurn) -> Request:
    """A request as far as ceilings and gates look at it: its key and its settings."""
    settings = replace(turn.settings, files={})
    request = Request(settings, ())
    request.__dict__["key"] = turn.key
    return request
