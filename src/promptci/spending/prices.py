"""What tokens cost by the table that comes with genai-prices: by usage, moment and service tier."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import genai_prices

from promptci.specs.modelspec import ModelSpec
from promptci.specs.tokenprice import BATCH, Price, Usage
from promptci.specs.wellknown import WELL_KNOWN

_PROVIDERS: Mapping[str, str] = {
    **{spec.address: name for name, spec in WELL_KNOWN.items() if spec.base_url},
    "https://api.cerebras.ai/v1": "cerebras",
    "https://api.deepseek.com": "deepseek",
    "https://api.deepseek.com/v1": "deepseek",
    "https://api.fireworks.ai/inference/v1": "fireworks",
    "https://api.moonshot.ai/v1": "moonshotai",
    "https://api.perplexity.ai": "perplexity",
    "https://api.together.xyz/v1": "together",
    "https://api.x.ai/v1": "x-ai",
}
"""The table's providers by their own addresses: elsewhere the same model may cost anything."""

_TOKENS = 1000
_DAY = [timedelta(minutes=30 * step) for step in range(48)]


class TablePrice(Price, frozen=True):
    """A model's price in the table; `input` and `output` are those of a short prompt now."""

    provider: str = ""
    model_id: str = ""

    def cost(self, usage: Usage, at: datetime | None = None) -> Decimal:
        """What one answer costs in US dollars, at its moment and in its tier."""
        return _table(self, usage, usage.service_tier, at or datetime.now(UTC))

    def most(self, usage: Usage) -> Decimal:
        """What an answer may cost at most: at any time of day, nothing of it from a cache."""
        bare = Usage(usage.input_tokens, usage.output_tokens)
        return _most(self, bare, frozenset({"", usage.service_tier}))

    def most_in_batch(self, usage: Usage) -> Decimal:
        """The same of an answer that comes as a batch."""
        return _most(self, Usage(usage.input_tokens, usage.output_tokens), frozenset({BATCH}))


def find_price(model: ModelSpec) -> Price | None:
    """What a model costs: as the project says, else as the table says; None if neither knows.

    Nor has a model a price that costs more than its input and output: Perplexity's deep research
    counts sources, thoughts and searches beside these, and they are most of what it costs.
    """
    provider = _PROVIDERS.get(model.endpoint.address)
    if model.price is not None or provider is None:
        return model.price
    nothing = Decimal(0)
    bare = TablePrice(nothing, nothing, provider=provider, model_id=model.model_id)
    now = datetime.now(UTC)
    try:
        asked, said = (
            _table(bare, usage, "", now) * 1_000_000 / _TOKENS
            for usage in (Usage(_TOKENS, 0), Usage(0, _TOKENS))
        )
    except LookupError:
        return None
    if _has_other_parts(bare, now):
        return None
    return TablePrice(asked, said, provider=provider, model_id=model.model_id)


def _has_other_parts(price: TablePrice, at: datetime) -> bool:
    """Whether the table prices sources, or thoughts at a rate of their own."""
    rates = _calculated(price, Usage(_TOKENS), "", at).model_price
    thoughts = rates.output_reasoning_mtok
    return rates.output_citation_mtok is not None or thoughts not in (None, rates.output_mtok)


_HALVED = ("mistral",)
"""Providers whose batches cost half, which the table does not say."""


def _table(price: TablePrice, usage: Usage, tier: str, at: datetime) -> Decimal:
    """The table's price of some usage. Raises `LookupError` for a model that is not in it."""
    found = _calculated(price, usage, tier, at)
    is_half = tier == BATCH and price.provider in _HALVED
    return found.total_price / 2 if is_half else found.total_price


def _calculated(
    price: TablePrice, usage: Usage, tier: str, at: datetime
) -> genai_prices.types.PriceCalculation:
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens or None,
        output_tokens=usage.output_tokens or None,
        cache_read_tokens=usage.cached_tokens or None,
        cache_write_tokens=usage.written_tokens or None,
    )
    return genai_prices.calc_price(
        counted,
        price.model_id,
        provider_id=price.provider,
        genai_request_timestamp=at,
        price_context=_context(tier),
    )


def _context(tier: str) -> dict[str, str] | None:
    """What the table calls a tier."""
    if not tier:
        return None
    return {"processing": "batch"} if tier == BATCH else {"service_tier": tier}


@lru_cache(maxsize=10_000)
def _most(price: TablePrice, usage: Usage, tiers: frozenset[str]) -> Decimal:
    """The dearest of all moments, of all these tiers, written to a cache or not."""
    written = Usage(usage.input_tokens, usage.output_tokens, 0, usage.input_tokens)
    return max(
        _table(price, each, named, at)
        for at in _moments(price)
        for named in tiers
        for each in (usage, written)
    )


@lru_cache(maxsize=100)
def _moments(price: TablePrice) -> tuple[datetime, ...]:
    """Moments of the coming day, one for each of a model's prices then."""
    return tuple({rate: at for at, rate in _rates(price)}.values())


def _rates(price: TablePrice) -> Iterator[tuple[datetime, str]]:
    now = datetime.now(UTC)
    for step in _DAY:
        at = now + step
        found = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=1),
            price.model_id,
            provider_id=price.provider,
            genai_request_timestamp=at,
        )
        yield at, repr(found.model_price)
