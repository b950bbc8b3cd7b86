"""What tokens cost: the project's own prices first, else the table that comes with genai-prices."""

from genai_prices import Usage, calc_price

from promptci.specs.completion import ModelSpec, Price
from promptci.specs.config import WELL_KNOWN

_PROVIDERS = {spec.address: name for name, spec in WELL_KNOWN.items() if spec.base_url}

_TOKENS = 1000
"""Asked for so few, since some providers charge more for a long prompt."""


def find_price(model: ModelSpec) -> Price | None:
    """Dollars per million tokens of a model; None if nobody knows.

    The table is asked only for the providers' own addresses: the same model elsewhere may cost
    anything.
    """
    endpoint = model.endpoint
    provider = _PROVIDERS.get(endpoint.address)
    if model.price is not None or provider is None:
        return model.price
    usages = Usage(input_tokens=_TOKENS), Usage(output_tokens=_TOKENS)
    try:
        input_, output = (
            calc_price(usage, model.model_id, provider_id=provider).total_price for usage in usages
        )
    except LookupError:
        return None
    return Price(input_ * 1_000_000 / _TOKENS, output * 1_000_000 / _TOKENS)
