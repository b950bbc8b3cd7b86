"""Tokens of an answer, and what they cost."""

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

BATCH = "batch"
"""What the service tier is called of requests that are sent as a batch."""


class Usage(Struct, frozen=True):
    """Tokens of one answer, as the endpoint counted them; both 0 if it did not say.

    Of the input, `cached_tokens` were read from the provider's cache and `written_tokens` written
    to it; of the output, `thought_tokens` were thoughts, as far as that is said. `service_tier` is
    the tier that answered, empty where that is not known.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    service_tier: str = ""
    thought_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Of input and output together."""
        return self.input_tokens + self.output_tokens


FLEX = "flex"
"""What the service tier is called of requests that may take minutes."""

NOTHING = Usage()


PRIORITY = "priority"
"""What the service tier is called of requests that are answered first."""


class Price(Struct, frozen=True):
    """US dollars per million tokens.

    `cached_input` is for what a provider has read from its cache and `written_input` for what it
    has written there, None where that costs the same. `batch`, `flex` and `priority` are what holds
    for answers of these service tiers, `long` for those to a long input, `hours` at some times of
    day, None or none where those cost the same.
    """

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    batch: "Price | None" = None
    flex: "Price | None" = None
    written_input: Decimal | None = None
    priority: "Price | None" = None
    long: "LongPrice | None" = None
    hours: "tuple[HourPrice, ...]" = ()

    @property
    def halved(self) -> "Price":
        """Half of it, for everything, and for a long input."""
        cached, written = (
            None if each is None else each / 2 for each in (self.cached_input, self.written_input)
        )
        long = self.long and LongPrice(self.long.above, self.long.price.halved)
        half = Price(self.input / 2, self.output / 2, cached)
        return replace(half, written_input=written, long=long)

    @property
    def is_charged(self) -> bool:
        """Whether anything is."""
        return bool(self.input or self.output)

    @property
    def goes_by_hours(self) -> bool:
        """Whether anything costs more or less at some time of day."""
        long = None if self.long is None else self.long.price
        others = (self.batch, self.flex, self.priority, long)
        return bool(self.hours) or any(each is not None and each.goes_by_hours for each in others)

    def cost(self, usage: Usage, at: datetime | None = None) -> Decimal:
        """What one answer costs in US dollars; `at` is when it was asked for, now if None."""
        if usage.service_tier or self.hours:
            tiers = {BATCH: self.batch, FLEX: self.flex, PRIORITY: self.priority}
            own = tiers.get(usage.service_tier) or self._now(at)
            if own is not None:
                return own.cost(usage, at)
        if self.long is not None and usage.input_tokens > self.long.above:
            return self.long.price.cost(usage, at)
        spent = usage.input_tokens * self.input + usage.output_tokens * self.output
        for tokens, price in (
            (usage.cached_tokens, self.cached_input),
            (usage.written_tokens, self.written_input),
        ):
            if tokens and price is not None:
                spent += tokens * (price - self.input)
        return spent / 1_000_000

    def _now(self, at: datetime | None) -> "Price | None":
        """What holds at this time of day instead; None if nothing does."""
        if not self.hours:
            return None
        moment = (at or datetime.now(UTC)).astimezone(UTC)
        minute = 60 * moment.hour + moment.minute
        return next((each.price for each in self.hours if each.holds(minute)), None)

    def most(self, usage: Usage) -> Decimal:
        """What one answer may cost at most: at any hour, nothing of it read from a cache.

        An answer may come in another tier than was asked for, but not as a batch.
        """
        dearest = max(self.input, self.cached_input or 0, self.written_input or 0)
        own = (usage.input_tokens * dearest + usage.output_tokens * self.output) / 1_000_000
        others = [self.flex, self.priority, *(each.price for each in self.hours)]
        if self.long is not None and usage.input_tokens > self.long.above:
            others.append(self.long.price)
        return max([own, *(other.most(usage) for other in others if other is not None)])

    def most_in_batch(self, usage: Usage) -> Decimal:
        """The same of an answer that comes as a batch."""
        return (self.batch or self).most(usage)


class LongPrice(Struct, frozen=True):
    """What a request costs, all of it, whose input has more than so many tokens."""

    above: int
    price: Price


class HourPrice(Struct, frozen=True):
    """What holds from one minute of the day to another, in UTC; midnight may lie between."""

    start: int
    end: int
    price: Price

    def holds(self, minute: int) -> bool:
        """Whether it holds at this minute of the day."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


FREE = Price(Decimal(0), Decimal(0))
