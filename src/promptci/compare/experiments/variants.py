"""Variants of a prompt side by side: accuracy against cost, and which of them pays."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from promptci.compare.judgement import Judgement
from promptci.compare.outcomes.outcome import EvalOutcome


class VariantResult(Struct, frozen=True):
    """One variant on one model.

    `judgement` is that against the first, None for the first itself; p values are adjusted over
    all pairs. `thought_tokens` are those of the output that were thoughts, as far as that is
    said. `is_efficient` marks the Pareto set: no other variant is at least as right and as cheap,
    and better in one of the two.
    """

    variant: str
    outcome: EvalOutcome
    judgement: Judgement | None
    thought_tokens: int
    is_efficient: bool


class VariantPair(Struct, frozen=True):
    """Two variants on the same examples: what the second does otherwise than the first."""

    first: str
    second: str
    judgement: Judgement

    @property
    def adjusted_p(self) -> float | None:
        """Adjusted over all pairs; None where nothing can be tested."""
        return None if self.judgement.p is None else self.judgement.adjusted_p


class VariantsResult(Struct, frozen=True):
    """All variants of an eval's prompt, the prompt itself first, and each two of them.

    The pairs with the prompt itself come first.
    """

    eval: str
    found: tuple[VariantResult, ...]
    pairs: tuple[VariantPair, ...] = ()

    @property
    def among(self) -> tuple[VariantPair, ...]:
        """The pairs without the prompt itself, the surest first."""
        found = self.pairs[max(0, len(self.found) - 1) :]

        def sureness(pair: VariantPair) -> tuple[float, float]:
            p = pair.adjusted_p
            return 2.0 if p is None else p, -abs(pair.judgement.delta)

        return tuple(sorted(found, key=sureness))

    @property
    def exit_code(self) -> int:
        """3 where answers are missing so that there is no saying, else 0: nothing is gated."""
        return 3 if any(each.outcome.is_undecided for each in self.found) else 0


def efficient(outcomes: Sequence[EvalOutcome]) -> tuple[bool, ...]:
    """Which outcomes no other dominates in score and cost, or tokens where those tell more."""
    by_price = tells_cost(outcomes)
    points = [(each.record.score, _cost(each, by_price=by_price)) for each in outcomes]
    return tuple(not any(_dominates(other, one) for other in points) for one in points)


def tells_cost(outcomes: Sequence[EvalOutcome]) -> bool:
    """Whether every price is known and any is above 0."""
    costs = [each.spent.cost for each in outcomes]
    return None not in costs and any(costs)


def _cost(outcome: EvalOutcome, *, by_price: bool) -> Decimal:
    spent = outcome.spent
    if by_price and spent.cost is not None:
        return spent.cost
    return Decimal(spent.input_tokens + spent.output_tokens)


def _dominates(other: tuple[float, Decimal], one: tuple[float, Decimal]) -> bool:
    return other != one and other[0] >= one[0] and other[1] <= one[1]
