"""How many calls an endpoint is given at a time: few at first, fewer where many are refused."""

from bisect import insort
from collections import deque
from math import ceil

from promptci.models.pacing.suspicion import Suspicion

FIRST_WIDTH = 25
"""Calls side by side after the first reply, where more are allowed at all.

A hundred are two doublings from there; a server with one slot refuses less than a fifth of 300.
"""

PROBE = 5.0
"""Seconds that all calls wait for the first reply, which may say that no request is let in."""

_MOST_PATIENCE = 32
"""Windowfuls of answers before more is tried, where more was refused time and again."""

_SAME = 1.15
"""A server's capacity is unchanged if it is no more than so many times the last one."""

_FEWEST = 4
"""Refusals that concern everybody, where they are most of the calls sent together."""


class Congestion:
    """A window on the calls under way, which a rate of refusals narrows and a single one does not.

    Additive increase after Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for
    Congestion Avoidance in Computer Networks" (1989), with TCP's slow start (RFC 5681). One call
    goes out first. Where refusals are more than `Suspicion` takes for chance, the window shrinks
    to the calls sent together that were not refused, which is what the server is known to handle;
    from there it tries one more, then two, four and so on, ever later where that is refused again.
    A refused call keeps its place for as long as an answer takes, so that refusals, which come
    faster than answers, do not count for more.
    """

    def __init__(self, most: int) -> None:
        """`most` calls may be under way at a time, however well all goes."""
        self.most = most
        self.in_flight = 0
        self.is_probing = True
        self._suspicion = Suspicion()
        self._width = 1
        self._shown = most
        self._stride = self._patience = 1
        self._credit = 0
        self._sent = self._full_at = self._together = 0
        self._latency = 0.0
        self._held: deque[float] = deque()
        self._unweighed: list[tuple[int, float]] = []
        self._cut_at = self._cut_to = self._cut_before = 0
        self._patience_before = 1
        self._accepted = self._refused = 0
        self._floor = 1
        self._has_stopped = False

    @property
    def width(self) -> int:
        """How many calls may be under way."""
        return self._width

    @property
    def room(self) -> int:
        """How many more calls may go out."""
        return self._width - self.in_flight - len(self._held)

    def room_in(self, now: float) -> float | None:
        """Seconds until one more call may go out; 0 for at once, None for after some reply."""
        while self._held and self._held[0] <= now:
            self._held.popleft()
        if self.room > 0:
            return 0.0
        return self._held[0] - now if self._held and self.in_flight < self._width else None

    def sent(self) -> int:
        """One more call goes out; gives its number."""
        self.in_flight += 1
        self._sent += 1
        together = self.in_flight + len(self._held)
        self._together = max(self._together, together)
        if together >= self._width:
            self._full_at = self._sent
        return self._sent

    def opened(self, width: int = FIRST_WIDTH) -> None:
        """End the probe: the first answer is there, or too long in coming for a refusal."""
        if self.is_probing:
            self.is_probing = False
            self._width = min(self.most, width)

    def unsent(self) -> None:
        """A call that was let through did not go out after all, or is no longer waited for."""
        self.in_flight -= 1

    def answered(self, number: int, *, sent: float, now: float) -> None:
        """A call sent then was answered: widen the window, if it was full then."""
        was_full = number <= self._full_at and not self.is_probing
        self.in_flight -= 1
        self.opened()
        self._latency += (now - sent - self._latency) / (8 if self._latency else 1)
        if self._unweighed:
            self._weigh(number, now)
        self._suspicion.answered(is_usual=self._is_usual)
        if number > self._cut_at:
            self._has_stopped = False
        if was_full and number > self._cut_at and self._width < self.most:
            self._widen()

    @property
    def _is_usual(self) -> bool:
        """Whether no more is asked than the server is known to handle."""
        return self._width <= self._shown and (self._cut_at > 0 or self._width == self.most)

    def _widen(self) -> None:
        """Up to what was handled before quickly; a step beyond it when enough answers have come."""
        self._credit += 1
        if self._width < self._shown:
            self._width = min(self._shown, self._width + 1)
            self._credit = 0
        elif self._width > self._shown and self._credit >= self._width:
            if not self._suspicion.is_any:
                self._shown, self._patience = self._width, 1
                self._stride *= 2
                self._try_more()
        elif self._width == self._shown and self._credit >= self._width * self._patience:
            self._try_more()

    def _try_more(self) -> None:
        self._width = min(self.most, self._width + self._stride)
        self._credit = 0

    def refused(self, number: int, *, sent: float, now: float) -> bool:
        """A call sent then was refused; whether that concerns everybody, and not only its request.

        So it does where most of the calls under way are refused; the window opens from one call on
        then.
        """
        self.in_flight -= 1
        if self.is_probing or self._has_stopped:
            return True
        if number <= self._cut_at:
            self._accepted -= 1
            self._refused += 1
            return self._cut()
        until = max(now, sent + self._latency, self._held[-1] if self._held else 0.0)
        self._held.append(until)
        insort(self._unweighed, (number, until + self._latency))
        if len(self._held) >= max(_FEWEST, self.in_flight + 1):
            self._begin_cut()
            return self._cut()
        return self._weigh(0, now)

    def _weigh(self, number: int, now: float) -> bool:
        """Take refusals in the order in which the calls went out, since they come before answers.

        They wait for an answer to a later call, or for the time that two answers take.
        """
        due = [each for each in self._unweighed if each[0] < number or each[1] <= now]
        del self._unweighed[: len(due)]
        for _ in due:
            if self._suspicion.refused(self._width, is_usual=self._is_usual):
                self._begin_cut()
                return self._cut()
        return False

    def _begin_cut(self) -> None:
        """Back to what was handled before where more was tried, else to what is handled now."""
        is_trying = self._width > self._shown
        self._floor = ceil(0.85 * self._shown) if is_trying else 1
        self._shown = self._width
        self._cut_at = self._sent
        known = self._suspicion.take() + len(self._unweighed)
        self._accepted = max(self.in_flight, min(self._width, self._together) - known)
        self._refused = known
        self._unweighed.clear()
        self._held.clear()
        self._together = self.in_flight
        self._cut_before, self._patience_before = self._cut_to, self._patience
        self._stride = 1
        self._credit = 0

    def _cut(self) -> bool:
        """Shrink to what was not refused."""
        self._has_stopped = self._refused >= max(_FEWEST, self._accepted + 1)
        floor = 1 if self._has_stopped else self._floor
        self._shown = max(floor, min(self._shown, self._accepted))
        self._cut_to = self._shown
        is_same = self._shown <= _SAME * self._cut_before + 1
        self._patience = min(_MOST_PATIENCE, 2 * self._patience_before) if is_same else 1
        self._width = 1 if self._has_stopped else min(self._width, self._shown)
        return self._has_stopped
