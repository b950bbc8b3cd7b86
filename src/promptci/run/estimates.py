"""What a task would ask: requests, tokens and cost, at most."""

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from promptci.models.hosted.droppable import SEVERAL, droppable
from promptci.run.planning.task import Task
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Price, Usage
from promptci.spending.estimate import estimate, messages_tokens, usage_of

PriceOf = Callable[[ModelSpec], Price | None]

_NOTHING = Usage()

_MOST_KINDS = 100
"""Settings held while requests are counted; some samplers make new ones for every request."""


class Estimate(Struct):
    """One task: examples, those answered from the cache, and what the rest would take.

    `recorded` are examples for whose answers, not stored here, a committed record is used.
    Tokens are an upper guess, and so is what judges ask about answers that are not there yet.
    `cost` is in US dollars, None if a price is unknown. `again` counts those of the requests that
    are only sent if answers are asked for once more. `is_least` says that more may be asked, where
    not even that can be guessed. `refusals` are calls beside the requests that are only sent where
    a model refuses a parameter; `shapes` are what may be refused, by model. `form` tells apart
    tasks of one eval on one model, such as a variant's name.
    """

    task: Task
    examples: int = 0
    cached: int = 0
    recorded: int = 0
    requests: int = 0
    usage: Usage = _NOTHING
    cost: Decimal | None = Decimal(0)
    is_least: bool = False
    again: int = 0
    refusals: int = 0
    shapes: frozenset[tuple[str, frozenset[str]]] = frozenset()
    form: str = ""

    def add(self, request: Request, price: Price | None) -> None:
        """One more request."""
        self.meet(request)
        usage, before = estimate(request), self.usage
        self.requests += 1
        self.usage = Usage(
            before.input_tokens + usage.input_tokens, before.output_tokens + usage.output_tokens
        )
        self.cost = None if price is None or self.cost is None else self.cost + price.most(usage)

    def meet(self, request: Request) -> None:
        """Remember what a hosted model may refuse of requests with these settings."""
        settings = request.settings
        if settings.model.endpoint.base_url is not None:
            joined = frozenset({SEVERAL} if request.siblings > 1 else ())
            shape = settings.model.identity, droppable(settings) | joined
            if shape not in self.shapes:
                self.shapes |= {shape}

    def plus(self, other: "Estimate") -> "Estimate":
        """The same with further requests on the same examples."""
        usage = Usage(
            self.usage.input_tokens + other.usage.input_tokens,
            self.usage.output_tokens + other.usage.output_tokens,
        )
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        requests, again = self.requests + other.requests, self.again + other.again
        is_least = self.is_least or other.is_least
        return replace(
            self,
            requests=requests,
            usage=usage,
            cost=cost,
            again=again,
            is_least=is_least,
            shapes=self.shapes | other.shapes,
        )

    def times(self, number: int) -> "Estimate":
        """As much once more and once more, so many times in all."""
        usage = Usage(number * self.usage.input_tokens, number * self.usage.output_tokens)
        cost = None if self.cost is None else number * self.cost
        requests = number * self.requests
        return replace(self, requests=requests, usage=usage, cost=cost, again=requests)


class Sizes:
    """Requests counted by their settings and sizes: of those alike the cost is worked out once."""

    def __init__(self, found: Estimate, price_of: PriceOf, times: int) -> None:
        """`found` gets them when `fold` is called, so many times each."""
        self._found, self._price_of, self._times = found, price_of, times
        self._met: dict[int, Request] = {}
        self._last: tuple[Settings | None, int] = None, 0
        self._counts: Counter[tuple[int, int]] = Counter()

    def add(self, request: Request) -> None:
        """One more request."""
        self.add_like(request, messages_tokens(request))

    def add_like(self, request: Request, tokens: int) -> None:
        """One more with the settings of a request, whose messages take so many tokens."""
        settings, place = self._last
        if settings is not request.settings:
            place = self._place(request)
            self._last = request.settings, place
        self._counts[place, tokens] += 1

    def _place(self, request: Request) -> int:
        place = id(request.settings)
        if place not in self._met:
            if len(self._met) >= _MOST_KINDS:
                self.fold()
            self._met[place] = request
        return place

    def fold(self) -> None:
        """Count all that were added so far in the estimate."""
        found = self._found
        for (place, asked), count in self._counts.items():
            settings, count = self._met[place].settings, self._times * count
            usage, price = usage_of(settings, asked), self._price_of(settings.model)
            found.meet(self._met[place])
            found.requests += count
            found.usage = Usage(
                found.usage.input_tokens + count * usage.input_tokens,
                found.usage.output_tokens + count * usage.output_tokens,
            )
            if price is None or found.cost is None:
                found.cost = None
            else:
                found.cost += count * price.most(usage)
        self._met.clear()
        self._counts.clear()
        self._last = None, 0


def most_requests(estimates: Iterable[Estimate]) -> int:
    """All calls that there may be, those that a refused parameter calls for included."""
    return sum(found.requests + found.refusals for found in estimates)


def with_refusals(found: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    """The same estimates with the calls that may be made again without what a model refuses.

    Each model refuses a thing once, so it counts where the model is first asked.
    """
    seen: set[tuple[str, frozenset[str]]] = set()
    for each in found:
        each.refusals = sum(len(names) for _, names in each.shapes - seen)
        seen |= each.shapes
    return found
