"""Before every call: one gate per endpoint and key, which all workers of a command pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Any

from msgspec import Struct

from promptci.errors import ModelError
from promptci.models.pacing.congestion import PROBE, Congestion
from promptci.models.pacing.minutelimits import AHEAD, LONGEST_PAUSE, MinuteLimits, Sent, too_long
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage
from promptci.spending.waiters import Waiters, WaitingLine

EXTRA_SHARE = 0.2
EXTRA_FLOOR = 20
"""Calls beyond the first of each request: a share of those, and so many in any case."""

_EPISODE_WAIT, _LONGEST_EPISODE = 0.5, 30.0
"""Seconds at most that everybody waits after refusals in a row that name no time themselves."""

TOO_MANY = "too many calls have failed to ask once more"

_PUSHES_BACK = ("rate_limit", "transient", "timeout")
"""Kinds of error by which a server may say that it has too much to do."""


class Ticket(Struct, frozen=True):
    """A call under way: its number, when it went out, and what it was counted as."""

    number: int
    at: float
    sent: Sent


class RateGate:
    """Lets calls through in the order of their arrival, and as many as an endpoint can handle.

    A refusal concerns its own request, unless there are many: then the gate is narrow, and shut as
    long as the server asks to wait. It keeps to the limits per minute, and closes for good once
    no request is let in. It belongs to no event loop, so that several runs of one command may pass
    it one after the other.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        *,
        most: int = 1000,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        tokens_of: Callable[[Request], Usage] = lambda _: Usage(),
    ) -> None:
        """`most` calls at a time; `tokens_of` guesses what a request will take."""
        self.clock, self.sleep = clock, sleep
        self.congestion = Congestion(most)
        now = clock()
        self._limits = MinuteLimits(requests_per_minute, tokens_per_minute, tokens_of, now)
        self._under_way: dict[str, Ticket] = {}
        self._opens = self._longest = self._probed = now
        self._closed: ModelError | None = None
        self._episodes = 0
        self._has_answered = False
        self._first = self._extra = 0
        self._since_answer = 0
        self._troubled: float | None = None
        self._lines = {False: WaitingLine(), True: WaitingLine()}
        self._waiters = Waiters()

    # Passing

    async def enter(
        self, request: Request, *, after: ModelError | None = None, is_claimed: bool = False
    ) -> Ticket:
        """Wait for leave to send. Raises `ModelError` where that is too far off or in vain.

        A request sent again `after` an error waits for room among the extra calls, unless that
        `is_claimed`.
        """
        tokens = self._limits.guess(request)
        extra = None if is_claimed else after
        if self._lines[extra is not None] or self._wait(request, tokens, extra):
            await self._stand_in_line(request, tokens, extra)
        self._extra += extra is not None
        self._first += after is None
        return self._admit(request, tokens)

    async def _stand_in_line(self, request: Request, tokens: int, extra: ModelError | None) -> None:
        """Wait for one's turn, and then for leave; only the first in line looks at the clock."""
        line = self._lines[extra is not None]
        turn = line.join()
        try:
            await line.first(turn)
            while wait := self._wait(request, tokens, extra):
                await self._nap(wait)
        finally:
            line.leave(turn, room=self.congestion.room - 1)

    @property
    def lets_follow(self) -> bool:
        """Whether the next call may take the place of one that is answered without asking here.

        Not where a limit is near, a refused call waits, or fewer calls are wanted than there are.
        """
        now = self.clock()
        is_open = self._closed is None and now >= self._opens and not self._lines[True]
        is_wide = not self.congestion.is_probing and self.congestion.room >= 0
        return is_open and is_wide and self._limits.spare(now) > AHEAD * self.congestion.most

    def follow(self, request: Request) -> Ticket:
        """A first call that took the place of one that was answered."""
        self._first += 1
        return self._admit(request, self._limits.guess(request))

    def claims_extra(self) -> bool:
        """Claim one more call beyond the first ones; false where there is no room for it."""
        has_room = self.has_extra
        self._extra += has_room
        return has_room

    @property
    def is_answering(self) -> bool:
        """Whether there is an answer among the last calls; who waits for room may hope for it.

        Calls under way when the first of them failed tell of one moment; only later ones count.
        """
        return self._since_answer < EXTRA_FLOOR

    @property
    def has_extra(self) -> bool:
        """Whether there is room for one more call beyond the first ones."""
        return self._extra < max(EXTRA_FLOOR, EXTRA_SHARE * self._first)

    def _wait(self, request: Request, tokens: int, extra: ModelError | None) -> float:
        """Seconds to wait; 0 for go, infinite for until something changes.

        `extra` is the error after which an extra call is wanted.
        """
        now = self.clock()
        if self._closed is not None:
            raise self._closed.held_back()
        if (pause := self._opens - now) > 0:
            if pause > LONGEST_PAUSE:
                raise ModelError(too_long(pause), "rate_limit", retry_after=pause)
            return pause
        if extra is not None and not self.has_extra:
            if not self.is_answering and not self.is_crowded(extra):
                raise extra.reworded(f"{extra}; {TOO_MANY}")
            if self.congestion.in_flight or self._lines[False]:
                return inf
        if self.congestion.is_probing and now >= self._probed + PROBE:
            self.congestion.opened(self.congestion.most)
        room_in = self.congestion.room_in(now)
        if room_in is None:
            return self._probed + PROBE - now if self.congestion.is_probing else inf
        return room_in or self._limits.wait(request.settings.model.model_id, tokens, now)

    def _admit(self, request: Request, tokens: int) -> Ticket:
        now = self.clock()
        if self.congestion.is_probing and not self.congestion.in_flight:
            self._probed = now
        number = self.congestion.sent()
        sent = self._limits.take(request.settings.model.model_id, tokens, now)
        ticket = Ticket(number, now, sent)
        self._under_way[request.key] = ticket
        return ticket

    # What comes back

    def read_headers(self, request: Request, headers: Mapping[str, str], now: float) -> None:
        """The headers of a response, whatever its status; `now` is in seconds since 1970."""
        ticket = self._under_way.get(request.key)
        if ticket is not None:
            self._limits.read_headers(ticket.sent, headers, at=now, clock=self.clock)

    def answered(self, request: Request, ticket: Ticket, completion: Completion) -> None:
        """A call was answered."""
        self._under_way.pop(request.key, None)
        now = self.clock()
        used = completion.usage.tokens
        self._limits.settle(ticket.sent, used, now)
        self._episodes = self._since_answer = 0
        self._troubled = None
        self._has_answered = True
        self.congestion.answered(ticket.number, sent=ticket.at, now=now)
        self._waiters.wake()

    def failed(self, request: Request, ticket: Ticket, error: ModelError, chance: float) -> None:
        """A call was not answered; `chance` is uniform in [0, 1)."""
        self._under_way.pop(request.key, None)
        if error.stops_the_run:
            self.congestion.unsent()
            self._closed = self._closed or error
        elif error.kind in _PUSHES_BACK:
            self._pushed_back(ticket, error, chance)
        else:
            self.congestion.unsent()
        self._waiters.wake()

    def _pushed_back(self, ticket: Ticket, error: ModelError, chance: float) -> None:
        """The server has too much, or trouble; where many calls meet that, all wait."""
        now = self.clock()
        self._troubled = now if self._troubled is None else self._troubled
        self._since_answer += ticket.at >= self._troubled
        self._longest = max(self._longest, now + (error.retry_after or 0.0))
        if not self.congestion.refused(ticket.number, sent=ticket.at, now=now):
            return
        if self._longest > now:
            self._opens = max(self._opens, self._longest)
        elif error.kind == "rate_limit" and now >= self._opens:
            self._episodes += 1
            self._opens = now + self._episode_wait(chance)

    def left(self, request: Request) -> None:
        """A call was let through and is not under way any more, and nothing is known of it."""
        if self._under_way.pop(request.key, None) is not None:
            self.congestion.unsent()
            self._waiters.wake()

    def is_crowded(self, error: ModelError) -> bool:
        """Whether a call failed because there were too many: asked more slowly it may succeed.

        A server that is too slow for so many at a time has answered before.
        """
        return error.kind == "rate_limit" or (error.kind == "timeout" and self._has_answered)

    def _episode_wait(self, chance: float) -> float:
        """Longer and longer, as long as nothing is answered between."""
        return chance * min(_LONGEST_EPISODE, _EPISODE_WAIT * float(2 ** min(self._episodes, 20)))

    # Waiting

    async def _nap(self, seconds: float) -> None:
        """Until something changes, or so many seconds are over."""
        change = self._waiters.next_change()
        if seconds == inf:
            await change
            return
        alarm = asyncio.ensure_future(self.sleep(seconds))
        try:
            either: set[asyncio.Future[Any]] = {change, alarm}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
