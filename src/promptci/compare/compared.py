"""Base against head: both sides on the same golden examples, paired, confirmed and judged."""

from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.compare.comparison import is_all_accepted, is_untouched
from promptci.compare.outcomes.costs import CostChange, cost_change, known_costs

if TYPE_CHECKING:  # whoever shows one need not load what makes it
    from promptci.compare.confirmed import Confirmed
    from promptci.compare.gate.gate import Block
    from promptci.compare.judgement import Judgement
    from promptci.compare.lostexamples import LostExample
    from promptci.compare.outcomes.outcome import EvalOutcome
    from promptci.compare.pairing.pairs import Pair
    from promptci.scorers.base.preference import Contest


class Compared(Struct, frozen=True):
    """One eval on one pair of models.

    `confirmed` holds the fates after asking flipped examples again, `judgement` the inference from
    the first answers, `blocks` the reasons why the change may not pass. `churn` counts examples
    answered in other words, None where the base's words are not known. `contests` say which side's
    answers a judge prefers. `open_loss` is a net loss that would block and was not asked again.
    `base_truncated` counts the base's answers that were cut off at the token limit, None where a
    record is used for them. `untaken` are steps of a flow that no example takes any more, or though
    their prompt was changed, each with its prompt.
    """

    pair: "Pair"
    base: "EvalOutcome"
    head: "EvalOutcome"
    confirmed: "Confirmed"
    judgement: "Judgement"
    blocks: "tuple[Block, ...]"
    lost: "tuple[LostExample, ...]"
    churn: int | None
    contests: "tuple[Contest, ...]" = ()
    open_loss: str = ""
    base_truncated: int | None = None
    untaken: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The eval."""
        return self.pair.head.spec.name

    @property
    def cost(self) -> CostChange | None:
        """What answers take on both sides, where that is known and changed."""
        if self.base.record.fingerprint == self.head.record.fingerprint:
            return None
        sides = (side.costs or known_costs(side.record) for side in (self.base, self.head))
        return cost_change(*sides)

    @property
    def title(self) -> str:
        """The eval, and what the base calls it if otherwise."""
        return f"{self.name} (was {self.pair.was})" if self.pair.was else self.name

    @property
    def is_untouched(self) -> bool:
        """Whether neither what is asked of the same examples nor any answer differs."""
        return is_untouched(self.confirmed.comparison, asks_the_same=self.pair.asks_the_same)

    @property
    def is_undecided(self) -> bool:
        """Whether a side lacks too many answers, the two cannot be compared, or a loss is open."""
        if self.base.is_undecided or self.head.is_undecided or self.open_loss:
            return True
        is_apart = self.judgement.verdict == "not comparable"
        return is_apart and not is_all_accepted(self.confirmed.comparison, self.pair.accepted)

    @property
    def is_blocked(self) -> bool:
        """Whether it has a verdict, which is that the change may not pass."""
        return bool(self.blocks) and not self.is_undecided

    @property
    def stale_accepted(self) -> tuple[str, ...]:
        """Accepted losses that are not lost; not those the base accepts, too, that still fail."""
        found = self.confirmed.comparison
        rightly = found.failing(self.pair.known).union(found.ids("lost"))
        return tuple(sorted(self.pair.accepted - rightly))
