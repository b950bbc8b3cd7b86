"""Prices of models as `promptci.yaml` writes them."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from promptci.specs.tokenprice import HourPrice, LongPrice, Price

Dollars = Annotated[float, Meta(ge=0)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class RateFile(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens."""

    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None
    written_input: Dollars | None = None


class LongPriceFile(RateFile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for all of a request whose input has more tokens than `above`."""

    above: Annotated[int, Meta(ge=1)]


class TierPriceFile(RateFile, frozen=True, forbid_unknown_fields=True):
    """The same of answers of one service tier."""

    long: LongPriceFile | None = None


class HourPriceFile(TierPriceFile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same from one time of day to another, in UTC; the times may have midnight between."""

    start: Clock = field(name="from")
    end: Clock = field(name="to")


class PriceFile(TierPriceFile, frozen=True, forbid_unknown_fields=True):
    """What a model costs; `batch`, `flex` and `priority` are the prices of these service tiers."""

    batch: TierPriceFile | None = None
    flex: TierPriceFile | None = None
    priority: TierPriceFile | None = None
    hours: list[HourPriceFile] = []


def read_price(file: RateFile) -> Price:
    """The price of one model."""
    price = _rate(file)
    if isinstance(file, TierPriceFile) and file.long is not None:
        price = replace(price, long=LongPrice(file.long.above, _rate(file.long)))
    if not isinstance(file, PriceFile):
        return price
    tiers = (file.batch, file.flex, file.priority)
    batch, flex, priority = (each and read_price(each) for each in tiers)
    hours = tuple(
        HourPrice(_minutes(each.start), _minutes(each.end), read_price(each)) for each in file.hours
    )
    return replace(price, batch=batch, flex=flex, priority=priority, hours=hours)


def _rate(file: RateFile) -> Price:
    """The four prices of tokens."""
    cached, written = (
        None if each is None else Decimal(str(each))
        for each in (file.cached_input, file.written_input)
    )
    plain = Price(Decimal(str(file.input)), Decimal(str(file.output)), cached)
    return replace(plain, written_input=written)


def _minutes(clock: str) -> int:
    """The minutes of the day at a time such as `16:30`."""
    hour, _, minute = clock.partition(":")
    return 60 * int(hour) + int(minute)
