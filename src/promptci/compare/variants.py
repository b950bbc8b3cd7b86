"""Variants of a prompt side by side: accuracy against cost, and which of them pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from promptci.compare.judgement import Judgement
from promptci.compare.outcome import EvalOutcome


@dataclass(frozen=True, slots=True)
class VariantResult:
    """One variant on one model.

    `judgement` is that against the first, None for the first itself; p values are adjusted over
    all variants. `thought_tokens` are those of the output that were thoughts, as far as that is
    said. `is_efficient` marks the Pareto set: no other variant is at least as right and as cheap,
    and better in one of the two.
    """

    variant: str
    outcome: EvalOutcome
    judgement: Judgement | None
    thought_tokens: int
    is_efficient: bool


@dataclass(frozen=True, slots=True)
class VariantsResult:
    """All variants of an eval's prompt, the prompt itself first."""

    eval: str
    found: tuple[VariantResult, ...]

    @property
    def exit_code(self) -> int:
        """3 where answers are missing so that there is no saying, else 0: nothing is gated."""
        return 3 if any(each.outcome.is_undecided for each in self.found) else 0


def efficient(outcomes: Sequence[EvalOutcome]) -> tuple[bool, ...]:
    """Which outcomes no other dominates in score and cost; by tokens where a price is unknown."""
    has_prices = all(each.spent.cost is not None for each in outcomes)
    is_free = has_prices and not any(each.spent.cost for each in outcomes)
    points = [
        (each.record.score, _cost(each, by_price=has_prices and not is_free)) for each in outcomes
    ]
    return tuple(not any(_dominates(other, one) for other in points) for one in points)


def _cost(outcome: EvalOutcome, *, by_price: bool) -> Decimal:
    spent = outcome.spent
    if by_price and spent.cost is not None:
        return spent.cost
    return Decimal(spent.input_tokens + spent.output_tokens)


def _dominates(other: tuple[float, Decimal], one: tuple[float, Decimal]) -> bool:
    return other != one and other[0] >= one[0] and other[1] <= one[1]
