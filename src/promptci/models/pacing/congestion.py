"""How many calls an endpoint is given at a time: few at first, half after a refusal, then more."""

FIRST_WIDTH = 20
"""Calls side by side after the first reply, where more are allowed at all."""

PROBE = 5.0
"""Seconds that everybody waits for the first reply, which may say that nobody is let in."""


_EAGERNESS = 3
"""Calls more for each answer below the threshold, so that four times as many go out next."""

_MOST_PATIENCE = 16
"""Windowfuls of answers before one call more is tried, where that was refused time and again."""


class Congestion:
    """A window on the calls under way: additive increase, multiplicative decrease.

    After Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion
    Avoidance in Computer Networks" (1989), with TCP's slow start (RFC 5681). One call goes out
    first. A refusal for its rate halves the window once for all calls sent before it; an answer
    widens it, below the threshold by some, above it by one for each windowful, or more of them
    where a width is refused as soon as it is tried again. Trouble of the server's own, such as a
    503, only holds the growth up for a windowful.
    """

    def __init__(self, most: int) -> None:
        """`most` calls may be under way at a time, however well all goes."""
        self.most = most
        self.in_flight = 0
        self.is_probing = True
        self._width = 1
        self._threshold = most
        self._credit = 0
        self._sent = 0
        self._full_at = self._cut_at = 0
        self._refused_at = 0
        self._grown_at = 0
        self._patience = 1

    @property
    def width(self) -> int:
        """How many calls may be under way."""
        return self._width

    @property
    def has_room(self) -> bool:
        """Whether one more call may go out."""
        return self.in_flight < self._width

    def sent(self) -> int:
        """One more call goes out; gives its number."""
        self.in_flight += 1
        self._sent += 1
        if not self.has_room:
            self._full_at = self._sent
        return self._sent

    def opened(self, width: int = FIRST_WIDTH) -> None:
        """End the probe: the first reply is there, or too long in coming for a refusal."""
        if self.is_probing:
            self.is_probing = False
            self._width = min(self.most, width)

    def unsent(self) -> None:
        """A call that was let through did not go out after all, or nobody waits for it."""
        self.in_flight -= 1

    def answered(self, number: int) -> None:
        """A call was answered: widen the window, if it was full then, and not cut since."""
        is_used = number <= self._full_at and not self.is_probing
        self.in_flight -= 1
        self.opened()
        if not is_used or number <= self._cut_at or self._width >= self.most:
            return
        self._credit += 1
        if self._width < self._threshold:
            self._width = min(self._threshold, self._width + _EAGERNESS)
            self._credit = 0
        elif self._credit >= self._width * self._patience:
            self._width += 1
            self._credit = 0
            self._grown_at = self._sent

    def failed(self) -> None:
        """A call failed for a reason that is not its rate."""
        self.in_flight -= 1
        self.opened()
        self._credit = -self._width

    def refused(self, number: int, *, pauses: bool) -> bool:
        """A call was refused for its rate; true if that begins a new episode.

        Where the server `pauses` everybody, the window opens from one call on when that is over.
        """
        self.in_flight -= 1
        self.opened()
        if number <= self._cut_at:
            return False
        is_fresh = number <= self._grown_at + self._width
        again = is_fresh and self._width == self._refused_at
        self._patience = min(_MOST_PATIENCE, 2 * self._patience) if again else 1
        self._refused_at = self._width
        self._cut_at = self._sent
        self._threshold = max(1, self._width // 2)
        self._width = 1 if pauses else self._threshold
        self._credit = 0
        return True
