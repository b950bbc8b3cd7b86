"""What a request may cost at most, and what makes that unknowable."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from promptci.errors import RequestError
from promptci.specs.request import Request

MostOf: TypeAlias = Callable[[Request], Decimal | None]
"""An upper bound of what a request may take, in dollars or tokens; None if no price is known."""

_REPRICING = {"best_of", "models", "plugins", "route", "service_tier", "web_search_options"}
"""Fields of a request by which it is answered by more than its model, or at another price."""

_NO_DEARER = ("default", "flex", "batch")
"""Service tiers that cost no more than the usual one."""


def dollars_at_most(request: Request, most: MostOf) -> Decimal:
    """What a request may cost. Raises `RequestError` where that has no bound or no price."""
    extra = request.settings.parameters.get("extra_body")
    dear = sorted(_REPRICING.intersection(extra)) if isinstance(extra, dict) else []
    if isinstance(extra, dict) and extra.get("service_tier") in _NO_DEARER:
        dear.remove("service_tier")
    tier = request.settings.model.tier
    field = f"extra_body.{dear[0]}" if dear else f"tier: {tier}"
    if dear or tier not in ("", *_NO_DEARER):
        wrong = f"a ceiling on cost cannot hold with `{field}`"
        raise RequestError(f"{wrong}, which changes what is paid for: take one of them out")
    bound = most(request)
    if bound is None:
        name = request.settings.model.name
        cure = "add it to `prices` in promptci.yaml"
        raise RequestError(f"a ceiling on cost needs a price for `{name}`: {cure}")
    return bound
