"""Tokens of an answer, and what they cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Usage:
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


NOTHING = Usage()


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens.

    `cached_input` is for what a provider has read from its cache, None where that costs the same.
    """

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None

    @property
    def is_charged(self) -> bool:
        """Whether anything is."""
        return bool(self.input or self.output)

    def cost(self, usage: Usage, at: datetime | None = None) -> Decimal:
        """What one answer costs in US dollars; `at` is when it was asked for, now if None."""
        saved = Decimal(0)
        if self.cached_input is not None:
            saved = usage.cached_tokens * (self.input - self.cached_input)
        spent = usage.input_tokens * self.input + usage.output_tokens * self.output
        return (spent - saved) / 1_000_000

    def most(self, usage: Usage) -> Decimal:
        """What one answer may cost at most: nothing of it comes from a cache."""
        dearest = max(self.input, self.cached_input or self.input)
        return (usage.input_tokens * dearest + usage.output_tokens * self.output) / 1_000_000
