"""What models cost, looked up once each."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from math import isfinite

from msgspec.structs import replace

from promptci.specs.completion import Completion
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import BATCH, FREE, NOTHING, Price, Usage
from promptci.specs.wellknown import WELL_KNOWN
from promptci.spending.estimate import asked_tier, estimate

_MOST_COSTS = 1000
"""Numbers of tokens whose cost is remembered."""


class PriceBook:
    """Prices by model: the project's own, else those of the table that comes along.

    The table is imported when first needed: it takes a tenth of a second.
    """

    def __init__(self) -> None:
        self._known: dict[str, Price | None] = {}
        self._last: tuple[Settings | None, Price | None, str, bool] = None, None, "", False
        self._costs: dict[tuple[int, Usage], Decimal] = {}

    def price(self, model: ModelSpec) -> Price | None:
        """US dollars per million tokens; None if no price is known."""
        if model.identity not in self._known:
            given = model.price
            if given is not None and given.batch is None and _halves(model.endpoint):
                given = replace(given, batch=given.halved)
            if given is None:
                given = import_module("promptci.spending.prices").find_price(model)
            self._known[model.identity] = given
        return self._known[model.identity]

    def price_in_batch(self, model: ModelSpec) -> Price | None:
        """The price of answers that come as a batch, where there is one; None if none is known."""
        price = self.price(model)
        return None if price is None else BatchedPrice(price.input, price.output, of=price)

    def cost(self, request: Request, completion: Completion) -> Decimal | None:
        """What an answer costs in US dollars; None if no price or no usage is known."""
        if request.settings is not self._last[0]:
            self._last = request.settings, *self._terms(request.settings)
        _, price, tier, goes_by_hours = self._last
        usage = completion.usage
        if price is None or (usage == NOTHING and price.is_charged):
            return None
        if tier and not usage.service_tier:
            usage = replace(usage, service_tier=tier)
        if not goes_by_hours:
            return self._cost(price, usage)
        taken = timedelta(seconds=completion.latency if isfinite(completion.latency) else 0)
        return price.cost(usage, datetime.now(UTC) - taken)

    def _cost(self, price: Price, usage: Usage) -> Decimal:
        """The cost of an answer; many have as many tokens as one before."""
        found = self._costs.get((id(price), usage))
        if found is None:
            if len(self._costs) >= _MOST_COSTS:
                self._costs.clear()
            found = self._costs[id(price), usage] = price.cost(usage)
        return found

    def _terms(self, settings: Settings) -> tuple[Price | None, str, bool]:
        """Price, tier and whether the hour counts: found out once for what many have in common."""
        price = self.price(settings.model)
        return price, asked_tier(settings), price is not None and price.goes_by_hours

    def most(self, request: Request) -> Decimal | None:
        """An upper bound of what a request may cost; None if no price is known."""
        price = self.price(request.settings.model)
        if price is None:
            return None
        in_batch = request.settings.model.tier == BATCH
        return (price.most_in_batch if in_batch else price.most)(estimate(request))


class BatchedPrice(Price, frozen=True):
    """A price with all that is asked at it asked in a batch."""

    of: Price = FREE

    def cost(self, usage: Usage, at: datetime | None = None) -> Decimal:
        """What one answer costs in US dollars."""
        return self.of.cost(replace(usage, service_tier=BATCH), at)

    def most(self, usage: Usage) -> Decimal:
        """What one answer may cost at most."""
        return self.of.most_in_batch(usage)


_HALF = {WELL_KNOWN[name].address for name in ("openai", "anthropic", "google", "mistral")}
"""Where an answer of a batch costs half; elsewhere as much as others, unless `prices` say so."""


def _halves(endpoint: EndpointSpec) -> bool:
    return endpoint.kind == "azure" or endpoint.address in _HALF
