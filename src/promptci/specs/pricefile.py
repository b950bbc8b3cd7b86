"""Prices of models as `promptci.yaml` writes them."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from promptci.specs.tokenprice import Price


class BatchPriceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens, of answers that come as a batch."""

    input: Annotated[float, Meta(ge=0)]
    output: Annotated[float, Meta(ge=0)]
    cached_input: Annotated[float, Meta(ge=0)] | None = None


class PriceFile(BatchPriceFile, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens; `batch` is the price of answers that come as a batch."""

    batch: BatchPriceFile | None = None


def read_price(file: BatchPriceFile) -> Price:
    """The price of one model."""
    cached = None if file.cached_input is None else Decimal(str(file.cached_input))
    batch = read_price(file.batch) if isinstance(file, PriceFile) and file.batch else None
    return Price(Decimal(str(file.input)), Decimal(str(file.output)), cached, batch)
