"""What bounds a run, and how far it is."""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from time import monotonic
from typing import Protocol

from promptci.lateclass import dataclass
from promptci.specs.config import Config
from promptci.specs.request import Request

CONFIRM = 2
"""How often a lost or won example is asked again on each side, unless said otherwise."""


@dataclass(frozen=True, slots=True)
class BatchMode:
    """How a command uses batches: whether it `waits` for them, and whether what they leave open is
    asked live instead of by the next one.
    """

    waits: bool = True
    live_rest: bool = False


class Deferred(Protocol):
    """Whoever takes requests that are asked later."""

    def __call__(self, request: Request, waiting: object, *, replaces: bool) -> bool:
        """Take a request for which `waiting` waits; False where it is to be asked at once."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings of one run. `concurrency` is calls in flight per endpoint; None means no ceiling.

    `batch` says that hosted models are asked by batches; `deferred` then takes a request, and with
    the work that waits for it and whether the answer is to replace a stored one, and says whether
    it is asked later. `unanswered` says of keys why there will be no answer.
    `max_time` is in seconds; `fail_fast` ends the run when a gate can no longer pass,
    `sequential` when an eval is worse beyond doubt; `barred` are endpoints that are not asked, by
    name, and why. `stopped` says why nothing is asked any more, where a ceiling was reached before.
    """

    concurrency: int | None = None
    max_requests: int | None = None
    max_cost: Decimal | None = None
    max_tokens: int | None = None
    max_time: float | None = None
    offline: bool = False
    refresh: bool = False
    refresh_judges: bool = False
    fail_fast: bool = False
    sequential: bool = False
    fresh: set[str] = field(default_factory=set, compare=False)
    barred: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    batch: "BatchMode | None" = None
    deferred: "Deferred | None" = field(default=None, compare=False)
    unanswered: Mapping[str, str] = field(default_factory=dict, compare=False)


def limits_under(config: Config) -> Limits:
    """The ceilings that a configuration sets, with nothing said beside it."""
    return Limits(
        max_requests=config.max_requests,
        max_cost=config.max_cost,
        max_tokens=config.max_tokens,
        max_time=config.max_time,
    )


@dataclass(frozen=True, slots=True)
class EvalProgress:
    """An eval on a model of which every example is done: so many passed, the mean of the scores.

    The mean is over the examples that have one.
    """

    name: str
    model: str
    passed: int
    total: int
    score: float


@dataclass(slots=True)
class Progress:
    """How far a run is; counts only what is safely stored.

    `calls` are all that were sent by the command so far, those without an answer included. Of what
    was asked `input_tokens` were sent, and `read_tokens` of them came from a provider's cache.
    `evals` are those that are done, of several.
    """

    total: int
    done: int = 0
    asked: int = 0
    cached: int = 0
    errors: int = 0
    calls: int = 0
    input_tokens: int = 0
    read_tokens: int = 0
    cost: Decimal = Decimal(0)
    has_unknown_cost: bool = False
    started: float = field(default_factory=monotonic)
    evals: list[EvalProgress] = field(default_factory=list)

    def add(self, asked: int, cached: int, cost: Decimal | None) -> None:
        """Count what was asked beside the plan; `cost` is None where a price is unknown."""
        self.asked += asked
        self.cached += cached
        self.cost += cost or 0
        self.has_unknown_cost |= cost is None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command asked, what it found stored, and what that cost; None if that is not known.

    `calls` are all that were sent, those without an answer included.
    """

    asked: int
    cached: int
    cost: Decimal | None
    calls: int = 0


NOTHING_TAKEN = Taken(0, 0, Decimal(0))
