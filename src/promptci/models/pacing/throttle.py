"""Limits per minute, kept before a server has to remind of them: our own and those it tells."""

from math import inf

from msgspec import Struct

MINUTE = 60.0


class PerMinute:
    """At most so much in any 60 seconds, spread evenly, with bursts of one second's worth.

    The generic cell rate algorithm (ITU-T I.371) with weights: `_due` is when all that was
    admitted would have been sent at an even pace. Servers enforce limits over spans shorter than
    the minute, so that a minute's worth at once would be refused.
    """

    def __init__(self, limit: int, *, now: float) -> None:
        """`limit` a minute; times are in seconds of any one clock."""
        burst = limit // int(MINUTE)
        self._each = MINUTE / (limit - burst)
        self._slack = burst * self._each
        self._due = now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much may go out; 0 for at once."""
        return max(0.0, self._due + (amount - 1) * self._each - self._slack - now)

    def take(self, amount: float, now: float) -> None:
        """So much goes out; a negative amount gives back what was not needed."""
        self._due = (
            max(self._due, now) + amount * self._each
            if amount > 0
            else (self._due + amount * self._each)
        )


class AnnouncedLimit(Struct, frozen=True):
    """What a server says of one of its limits: so much is left, all of it in `reset` seconds."""

    remaining: float
    reset: float


class Remaining:
    """What a server has said is left of a limit, less what has gone out since.

    `total` is what has gone out so far. What a server says in an answer holds for the moment at
    which it let that call in, so all that went out after the call counts against it.
    """

    def __init__(self) -> None:
        self.total = 0.0
        self._ends_at = 0.0
        self._as_of = -1.0
        self._until = 0.0

    def update(self, told: AnnouncedLimit, sent_at: float, now: float) -> None:
        """Take a server's word; `sent_at` is what `total` was after the call it answers."""
        if sent_at >= self._as_of:
            self._as_of = sent_at
            self._ends_at = sent_at + told.remaining
            self._until = now + told.reset

    def left(self, now: float) -> float:
        """What may go out at once; infinite where nothing has been said that still holds."""
        return inf if now >= self._until else self._ends_at - self.total

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much may go out; 0 for at once."""
        if now >= self._until or self.total + amount <= self._ends_at:
            return 0.0
        return self._until - now
