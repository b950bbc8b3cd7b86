"""What has been used: calls, tokens and money."""

from decimal import Decimal

from msgspec import Struct

from promptci.spending.ceiling import NO_MONEY


class Spending(Struct, frozen=True):
    """What has been used: calls, failed ones included, tokens, and US dollars."""

    requests: int = 0
    tokens: int = 0
    cost: Decimal = NO_MONEY

    def __add__(self, other: "Spending") -> "Spending":
        return Spending(
            self.requests + other.requests, self.tokens + other.tokens, self.cost + other.cost
        )

    @property
    def at_least_nothing(self) -> "Spending":
        """The same without negative figures, which a ledger that lost a line may have."""
        return Spending(max(0, self.requests), max(0, self.tokens), max(NO_MONEY, self.cost))

    def __neg__(self) -> "Spending":
        if self is NOTHING_SPENT:  # as for each question where there is no ceiling
            return self
        return Spending(-self.requests, -self.tokens, -self.cost)


NOTHING_SPENT = Spending()
