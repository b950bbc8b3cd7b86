"""What has been used: calls, tokens and money."""

from decimal import Decimal

from msgspec import Struct

from promptci.errors import BudgetError
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


def ceiling_reached(
    ceiling: str, before: Spending, *, failing: str, starts_over: str
) -> BudgetError:
    """What ends a command: `before` is what other runs took, `failing` what the model says now.

    `starts_over` says that nothing goes on from there; empty where it does.
    """
    kept = "what was answered is kept: raise the ceiling to go on from here"
    kept = f"{starts_over}: raise the ceiling" if starts_over else kept
    reached = f"the ceiling of {ceiling} is reached"
    if before == NOTHING_SPENT:
        return BudgetError(f"{reached}{failing}; {kept}")
    spent = f"{counted_requests(before.requests)} for ${before.cost.normalize():f}"
    if "tokens" in ceiling:
        spent = f"{before.tokens:,} tokens"
    earlier = f"other runs of the same work, unfinished or at the same time, took {spent}"
    return BudgetError(f"{reached} ({earlier}){failing}; {kept}")


def counted_requests(count: int) -> str:
    """So many requests, in words."""
    return "1 request" if count == 1 else f"{count:,} requests"
