"""Prices of models as `promptci.yaml` writes them."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from promptci.specs.tokenprice import Price


class TierPriceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens, of answers of one service tier."""

    input: Annotated[float, Meta(ge=0)]
    output: Annotated[float, Meta(ge=0)]
    cached_input: Annotated[float, Meta(ge=0)] | None = None


class PriceFile(TierPriceFile, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens; `batch` and `flex` are the prices of these service tiers."""

    batch: TierPriceFile | None = None
    flex: TierPriceFile | None = None


def read_price(file: TierPriceFile) -> Price:
    """The price of one model."""
    cached = None if file.cached_input is None else Decimal(str(file.cached_input))
    price = Price(Decimal(str(file.input)), Decimal(str(file.output)), cached)
    if not isinstance(file, PriceFile):
        return price
    batch, flex = (each and read_price(each) for each in (file.batch, file.flex))
    return replace(price, batch=batch, flex=flex)
