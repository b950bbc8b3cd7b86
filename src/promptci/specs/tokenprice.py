"""Tokens of an answer, and what they cost."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

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


FLEX = "flex"
"""What the service tier is called of requests that may take minutes."""

NOTHING = Usage()


class Price(Struct, frozen=True):
    """US dollars per million tokens.

    `cached_input` is for what a provider has read from its cache, None where that costs the same.
    `batch` and `flex` are what holds for answers of these service tiers, None where those cost the
    same.
    """

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    batch: "Price | None" = None
    flex: "Price | None" = None

    @property
    def halved(self) -> "Price":
        """Half of it, for everything."""
        cached = None if self.cached_input is None else self.cached_input / 2
        return Price(self.input / 2, self.output / 2, cached)

    @property
    def is_charged(self) -> bool:
        """Whether anything is."""
        return bool(self.input or self.output)

    def cost(self, usage: Usage, at: datetime | None = None) -> Decimal:
        """What one answer costs in US dollars; `at` is when it was asked for, now if None."""
        own = {BATCH: self.batch, FLEX: self.flex}.get(usage.service_tier)
        if own is not None:
            return own.cost(usage, at)
        saved = Decimal(0)
        if self.cached_input is not None:
            saved = usage.cached_tokens * (self.input - self.cached_input)
        spent = usage.input_tokens * self.input + usage.output_tokens * self.output
        return (spent - saved) / 1_000_000

    def most(self, usage: Usage) -> Decimal:
        """What one answer may cost at most: nothing of it comes from a cache."""
        dearest = max(self.input, self.cached_input or self.input)
        own = (usage.input_tokens * dearest + usage.output_tokens * self.output) / 1_000_000
        return own if self.flex is None else max(own, self.flex.most(usage))

    def most_in_batch(self, usage: Usage) -> Decimal:
        """The same of an answer that comes as a batch."""
        return (self.batch or self).most(usage)


FREE = Price(Decimal(0), Decimal(0))
