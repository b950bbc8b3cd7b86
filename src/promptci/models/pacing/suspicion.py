"""Whether refusals are so many that they concern everybody, and not each its own request."""

from math import log

_LEAST, _MOST = 0.02, 0.1
"""Between these is the share of calls that is refused by chance."""

_AT_FIRST = 0.05

_OFTEN = 0.25
"""From this share on, or three times the usual one, refusals have a cause."""

_ENOUGH = 6.0
"""So much must speak for a cause: a likelihood ratio of 400."""

_MANY = 20
"""Calls side by side that make up for one unit of what must speak for a cause."""

_MEMORY = 100
"""Calls over which the usual share is taken."""


class Suspicion:
    """A cumulative sum test (Page, "Continuous Inspection Schemes", 1954) on the refused share.

    `usual` is learned while no more is asked of the server than it is known to handle: what it
    refuses then is chance.
    """

    def __init__(self) -> None:
        self._usual = _AT_FIRST
        self._sum = 0.0
        self._refusals = 0

    @property
    def is_any(self) -> bool:
        """Whether the last refusals are not yet outweighed by answers."""
        return self._sum > 0

    def answered(self, *, is_usual: bool) -> None:
        """One call more was not refused."""
        if is_usual:
            self._usual -= self._usual / _MEMORY
        if self._sum:
            low, high = self._shares
            self._sum = max(0.0, self._sum + log((1 - high) / (1 - low)))
            self._refusals *= self._sum > 0

    def refused(self, width: int, *, is_usual: bool) -> bool:
        """One call more was refused, of `width` side by side; whether that is no chance any more.

        Where more is asked than usual that is a likely cause, and less has to speak for it; least
        with few side by side, each of whom counts for more.
        """
        low, high = self._shares
        if is_usual:
            self._usual = min(_MOST, self._usual + (1 - self._usual) / _MEMORY)
        self._sum += log(high / low)
        self._refusals += 1
        return self._sum >= (_ENOUGH if is_usual else min(_ENOUGH, _ENOUGH / 2 + width / _MANY))

    def take(self) -> int:
        """How many refusals made up the suspicion, which starts over."""
        refusals, self._sum, self._refusals = self._refusals, 0.0, 0
        return refusals

    @property
    def _shares(self) -> tuple[float, float]:
        low = max(_LEAST, self._usual)
        return low, max(_OFTEN, 3 * low)
