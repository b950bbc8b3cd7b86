"""The limits per minute of one endpoint: those configured, and those that its answers tell."""

from collections.abc import Callable, Mapping
from math import inf

from msgspec import Struct, field

from promptci.models.pacing.ratelimits import read_told, tells_limits
from promptci.models.pacing.throttle import PerMinute, Remaining
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage

LONGEST_PAUSE = 120.0
"""Seconds that a server may ask to wait; whoever asks for more gets no further request."""

AHEAD = 10
"""Times the calls at a time that limits must have to spare where calls just follow each other."""


class KnownLimits(Struct):
    """What one model's answers have said of its limits."""

    requests: Remaining = field(default_factory=Remaining)
    tokens: Remaining = field(default_factory=Remaining)


class Sent(Struct, frozen=True):
    """What a call was counted as: its tokens as guessed, and what had gone out with it."""

    tokens: int
    known: KnownLimits
    requests_sent: float
    tokens_sent: float


class MinuteLimits:
    """Says how long a call must wait for limits on requests and tokens, and counts what goes out.

    `tokens_of` guesses what a request will take; it is asked only where tokens are limited.
    """

    def __init__(
        self,
        requests_per_minute: int | None,
        tokens_per_minute: int | None,
        tokens_of: Callable[[Request], Usage],
        now: float,
    ) -> None:
        self._requests = PerMinute(requests_per_minute, now=now) if requests_per_minute else None
        self._tokens = PerMinute(tokens_per_minute, now=now) if tokens_per_minute else None
        self._tokens_of = tokens_of
        self._known: dict[str, KnownLimits] = {}
        self._reports_tokens = False

    def guess(self, request: Request) -> int:
        """The tokens of a request; 0 where they are not limited."""
        if self._tokens is None and not self._reports_tokens:
            return 0
        usage = self._tokens_of(request)
        return max(1, usage.tokens)

    def wait(self, model_id: str, tokens: int, now: float) -> float:
        """Seconds until a call may go out; 0 for at once."""
        longest = 0.0
        if self._requests is not None:
            longest = self._requests.wait(1, now)
        if self._tokens is not None:
            longest = max(longest, self._tokens.wait(tokens, now))
        known = self._known.get(model_id)
        if known is None:
            return longest
        return max(longest, known.requests.wait(1, now), known.tokens.wait(tokens, now))

    def spare(self, now: float) -> float:
        """How many calls may go out at once; none where a limit was configured, which is a pace."""
        if self._requests is not None or self._tokens is not None:
            return 0.0
        spare = inf
        for known in self._known.values():
            each = known.tokens.total / max(1.0, known.requests.total)
            tokens = known.tokens.left(now) / max(1.0, each)
            spare = min(spare, known.requests.left(now), tokens)
        return spare

    def take(self, model_id: str, tokens: int, now: float) -> Sent:
        """Count a call that goes out."""
        if self._requests is not None:
            self._requests.take(1, now)
        if self._tokens is not None:
            self._tokens.take(tokens, now)
        known = self._known.get(model_id)
        if known is None:
            known = self._known[model_id] = KnownLimits()
        known.requests.total += 1
        known.tokens.total += tokens
        return Sent(tokens, known, known.requests.total, known.tokens.total)

    def settle(self, sent: Sent, used: int, now: float) -> None:
        """Count the tokens of an answer in the place of the guess."""
        if self._tokens is not None and used:
            self._tokens.take(used - sent.tokens, now)

    def read_headers(
        self, sent: Sent, headers: Mapping[str, str], *, at: float, clock: Callable[[], float]
    ) -> None:
        """Read the headers of an answer; `at` is in seconds since 1970."""
        if not tells_limits(headers):
            return
        requests = read_told(headers, "requests", at)
        if requests is not None and requests.reset <= LONGEST_PAUSE:
            sent.known.requests.update(requests, sent.requests_sent, clock())
        tokens = read_told(headers, "tokens", at)
        if tokens is not None and tokens.reset <= LONGEST_PAUSE:
            self._reports_tokens = True
            sent.known.tokens.update(tokens, sent.tokens_sent, clock())


def too_long(seconds: float) -> str:
    """Why a wait is too long."""
    limit = f"{LONGEST_PAUSE:g} s at most"
    said = f"{seconds:.0f} s" if seconds < 10**7 else "more than a hundred days"
    return f"the endpoint asks to wait {said}, promptci waits {limit}: run again later"
