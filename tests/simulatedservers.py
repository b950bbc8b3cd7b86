"""Servers in virtual time that refuse for many reasons, and none, and ways of asking them.

    seen = ask(SERVERS["saturating"](), Gated(100), count=2000)
    assert seen.share_refused < 0.2

A day of a server passes in a second. What is simulated is the server; what asks is promptci's own
`Retrying` and its gate, or the loop that most clients have.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from promptci.errors import ModelError
from promptci.models.pacing.rategate import RateGate
from promptci.models.pacing.retry import Retrying
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Usage
from virtualtime import now, run_virtually

SETTINGS = Settings(ModelSpec("m", "m", EndpointSpec("e", "openai", "http://e.test")))
ROUND_TRIP = 0.002
"""Seconds that a refusal takes."""

Refusal: TypeAlias = Callable[["Server"], ModelError | None]


def question(number: int) -> Request:
    return Request(SETTINGS, (Message("user", str(number)),))


def refusal(wait: float | None = None) -> ModelError:
    return ModelError("model endpoint `e` has too much to do", "rate_limit", retry_after=wait)


@dataclass
class Server:
    """Refuses when `refuses` gives an error, else answers after `latency(dice)` seconds."""

    refuses: Refusal
    latency: Callable[[random.Random], float] = lambda dice: dice.uniform(0.08, 0.12)
    seed: int = 1
    answered: int = 0
    refused: int = 0
    busy: int = 0
    calls: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    @property
    def at(self) -> float:
        """Seconds since the start."""
        return now() - 1000.0

    async def complete(self, request: Request) -> Completion:
        self.calls.append(self.at)
        if error := self.refuses(self):
            self.refused += 1
            await asyncio.sleep(ROUND_TRIP)
            raise error
        self.busy += 1
        try:
            await asyncio.sleep(self.latency(self.dice))
        finally:
            self.busy -= 1
        self.answered += 1
        return Completion("yes", usage=Usage(10, 10))

    async def aclose(self) -> None:
        pass


def at_once(capacity: Callable[[float], int], wait: float | None = None) -> Refusal:
    """So many at a time, by the time that it is."""
    return lambda server: refusal(wait) if server.busy >= capacity(server.at) else None


def per_window(limit: int, seconds: float) -> Refusal:
    """So many in each window, which every refusal names the end of."""
    used: dict[int, int] = {}

    def refuses(server: Server) -> ModelError | None:
        window = int(server.at // seconds)
        used[window] = used.get(window, 0) + 1
        return refusal((window + 1) * seconds - server.at) if used[window] > limit else None

    return refuses


def by_chance(share: float, wait: float | None) -> Refusal:
    return lambda server: refusal(wait) if server.dice.random() < share else None


def scattered(server: Server) -> ModelError | None:
    """Now and then too many, trouble, and a body that is cut off."""
    dice = server.dice.random()
    if dice < 0.05:
        return refusal(1.0)
    return ModelError("model endpoint `e` is in trouble", "transient") if dice < 0.09 else None


def after(count: int, wait: float) -> Refusal:
    """Nothing more once so many calls have been let in."""
    return lambda server: refusal(wait) if len(server.calls) - server.refused > count else None


def _long_tail(dice: random.Random) -> float:
    return dice.lognormvariate(-2.5, 0.6) * (30 if dice.random() < 0.01 else 1)


SERVERS: Mapping[str, Callable[[], Server]] = {
    "isolated 429": lambda: Server(by_chance(0.05, 1.0)),
    "all faults": lambda: Server(scattered),
    "saturating": lambda: Server(at_once(lambda at: 20)),
    "per-minute bucket": lambda: Server(per_window(600, 60.0)),
    "daily quota": lambda: Server(after(300, 3600.0)),
    "one slot": lambda: Server(at_once(lambda at: 1)),
    "slow start": lambda: Server(at_once(lambda at: min(80, 5 * 2 ** int(at // 5)))),
    "flapping": lambda: Server(at_once(lambda at: 4 if int(at // 10) % 2 else 40, 1.0)),
    "long-tailed latency": lambda: Server(lambda server: None, latency=_long_tail),
}


@dataclass(frozen=True)
class Seen:
    """What came of it: seconds, calls, and requests without an answer."""

    seconds: float
    calls: int
    refused: int
    answered: int
    errors: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    @property
    def share_refused(self) -> float:
        """Of all calls."""
        return self.refused / self.calls


Ask: TypeAlias = Callable[[Request], Awaitable[Completion]]


@dataclass(frozen=True)
class Gated:
    """promptci: retries behind the gate, which may let `most` through."""

    most: int

    @property
    def askers(self) -> int:
        """Whoever waits before asking again has a stand-in."""
        return 4 * self.most

    def over(self, server: Server) -> Ask:
        dice = random.Random(2)
        gate = RateGate(now, asyncio.sleep, most=self.most)
        return Retrying(server, gate=gate, chance=dice.random).complete


@dataclass(frozen=True)
class Alone:
    """The usual client: `most` side by side, each waits as it was told or ever longer."""

    most: int
    retries: int = 6

    @property
    def askers(self) -> int:
        """As many as may call, whether they wait or not."""
        return self.most

    def over(self, server: Server) -> Ask:
        dice = random.Random(2)

        async def ask(request: Request) -> Completion:
            for attempt in range(self.retries):
                try:
                    return await server.complete(request)
                except ModelError as error:
                    wait = min(8.0, 0.5 * 2**attempt) * (1 - 0.25 * dice.random())
                    await asyncio.sleep(error.retry_after or wait)
            return await server.complete(request)

        return ask


def ask(server: Server, how: Gated | Alone, *, count: int, askers: int | None = None) -> Seen:
    """Ask so many questions; `askers` are at work at a time."""

    async def main() -> Seen:
        one, numbers, failed = how.over(server), iter(range(count)), []

        async def work() -> None:
            for number in numbers:
                try:
                    await one(question(number))
                except ModelError as error:
                    failed.append(error)

        await asyncio.gather(*(work() for _ in range(askers or how.askers)))
        return Seen(server.at, len(server.calls), server.refused, server.answered, len(failed))

    seen: Seen = run_virtually(main)
    return seen
