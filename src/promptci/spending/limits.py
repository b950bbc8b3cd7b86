"""What bounds a run, and how far it is."""

from collections.abc import Mapping
from decimal import Decimal
from time import monotonic
from typing import Protocol

from msgspec import Struct, field

from promptci.specs.config import Config
from promptci.specs.request import Request
from promptci.withasides import WithAsides

CONFIRM, MOST_CONFIRM = 2, 20
"""How often a lost or won example is asked again on each side, unless said otherwise; at most."""


class BatchMode(Struct, frozen=True):
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


class Limits(WithAsides, frozen=True):
    """Ceilings of one run. `concurrency` is calls in flight per endpoint; None means no ceiling.

    `batch` says that hosted models are asked by batches; `deferred` then takes a request, and with
    the work that waits for it and whether the answer is to replace a stored one, and says whether
    it is asked later. `unanswered` says of keys why there will be no answer.
    `max_time` is in seconds; `fail_fast` ends the run when a gate can no longer pass,
    `sequential` when an eval is worse beyond doubt; `barred` are endpoints that are not asked, by
    name, and why. `stopped` says why nothing is asked any more, where a ceiling was reached before.
    With `missing` no record is used for answers that are not stored; with `only_stored` a run ends,
    as if it had not begun, where one is not.
    """

    ASIDES = frozenset({"fresh", "deferred", "unanswered"})

    concurrency: int | None = None
    max_requests: int | None = None
    max_cost: Decimal | None = None
    max_tokens: int | None = None
    max_time: float | None = None
    offline: bool = False
    refresh: bool = False
    refresh_judges: bool = False
    missing: bool = False
    fail_fast: bool = False
    sequential: bool = False
    fresh: set[str] = field(default_factory=set)
    barred: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    only_stored: bool = False
    batch: "BatchMode | None" = None
    deferred: "Deferred | None" = None
    unanswered: Mapping[str, str] = field(default_factory=dict)


def limits_under(config: Config) -> Limits:
    """The ceilings that a configuration sets, with nothing said beside it."""
    return Limits(
        max_requests=config.max_requests,
        max_cost=config.max_cost,
        max_tokens=config.max_tokens,
        max_time=config.max_time,
    )


class EvalProgress(Struct, frozen=True):
    """An eval on a model of which every example is done: so many passed, the mean of the scores.

    The mean is over the examples that have one.
    """

    name: str
    model: str
    passed: int
    total: int
    score: float


class Progress(Struct):
    """How far a run is; counts only what is safely stored.

    `calls` are all that were sent by the command so far, those without an answer included. Of what
    was asked `input_tokens` were sent, and `read_tokens` of them came from a provider's cache.
    `tasks` are the names of all evals and models, `evals` those that are done, of several. So many
    requests as `elsewhere` says another process is asking, whose answers this run waits for.
    """

    total: int
    done: int = 0
    asked: int = 0
    cached: int = 0
    errors: int = 0
    elsewhere: int = 0
    calls: int = 0
    input_tokens: int = 0
    read_tokens: int = 0
    cost: Decimal = Decimal(0)
    has_unknown_cost: bool = False
    started: float = field(default_factory=monotonic)
    tasks: tuple[tuple[str, str], ...] = ()
    evals: list[EvalProgress] = field(default_factory=list)

    def add(self, asked: int, cached: int, cost: Decimal | None) -> None:
        """Count what was asked beside the plan; `cost` is None where a price is unknown."""
        self.asked += asked
        self.cached += cached
        self.cost += cost or 0
        self.has_unknown_cost |= cost is None


class Taken(Struct, frozen=True):
    """What a command asked, what it found stored, and what that cost; None if that is not known.

    `calls` are all that were sent, those without an answer included.
    """

    asked: int
    cached: int
    cost: Decimal | None
    calls: int = 0


NOTHING_TAKEN = Taken(0, 0, Decimal(0))
