"""What models cost, looked up once each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from math import isfinite

from promptci.specs.completion import Completion
from promptci.specs.modelspec import ModelSpec
from promptci.specs.request import Request
from promptci.specs.tokenprice import NOTHING, Price
from promptci.spending.estimate import asked_tier, estimate


class PriceBook:
    """Prices by model: the project's own, else those of the table that comes along.

    The table is imported when first needed: it takes a tenth of a second.
    """

    def __init__(self) -> None:
        self._known: dict[str, Price | None] = {}

    def price(self, model: ModelSpec) -> Price | None:
        """US dollars per million tokens; None if no price is known."""
        if model.identity not in self._known:
            given = model.price
            if given is None:
                given = import_module("promptci.spending.prices").find_price(model)
            self._known[model.identity] = given
        return self._known[model.identity]

    def cost(self, request: Request, completion: Completion) -> Decimal | None:
        """What an answer costs in US dollars; None if no price is known, or no usage was told."""
        price = self.price(request.settings.model)
        if price is None or (completion.usage == NOTHING and price.is_charged):
            return None
        usage = completion.usage
        usage = replace(usage, service_tier=usage.service_tier or asked_tier(request.settings))
        taken = timedelta(seconds=completion.latency if isfinite(completion.latency) else 0)
        return price.cost(usage, datetime.now(UTC) - taken)

    def most(self, request: Request) -> Decimal | None:
        """An upper bound of what a request may cost; None if no price is known."""
        price = self.price(request.settings.model)
        return None if price is None else price.most(estimate(request))
