"""What came of asking flipped examples again."""

from collections.abc import Sequence

from msgspec import Struct

from promptci.compare.comparison import Comparison

MOST_CONFIRMED = 60
"""Flips of one pair that are asked again: more would cost much and decide nothing else."""


class Confirmed(Struct, frozen=True):
    """A comparison in which flips that did not hold are `flaky`; `note` says what was done.

    `was_asked` is false where nothing was asked again; `times` is how often each flip was asked
    again on each side, at most. Where there are many flips only some are: `unasked` are the others,
    which stay as they are, and `held` is the share of those asked that held, of the lost and of
    the won. `is_sure` says that a net loss is hardly chance: few flipped, or many of them held, the
    models are deterministic, or the answers are all there is. `averaged` has, where judges vary,
    for each flip the means of what its repeats scored in the place of the first scores.
    """

    comparison: Comparison
    was_asked: bool
    note: str
    times: int = 0
    unasked: frozenset[str] = frozenset()
    held: tuple[float, float] = (1.0, 1.0)
    is_sure: bool = True
    averaged: Comparison | None = None

    @property
    def remark(self) -> str:
        """What was not confirmed of what flipped; empty where all was."""
        if not flipped(self.comparison) or (self.was_asked and not self.unasked):
            return ""
        return f"only {self.note}" if self.was_asked else self.note

    def net_loss(self, accepted: frozenset[str]) -> float:
        """How many more are lost than won, those not asked again by the share that held."""
        lost = [id_ for id_ in self.comparison.ids("lost") if id_ not in accepted]
        return self._weigh(lost, self.held[0]) - self._weigh(
            self.comparison.ids("won"), self.held[1]
        )

    def _weigh(self, ids: Sequence[str], share: float) -> float:
        unasked = sum(id_ in self.unasked for id_ in ids)
        return len(ids) - unasked + share * unasked


def flipped(comparison: Comparison) -> frozenset[str]:
    """The examples that were lost or won."""
    return frozenset((*comparison.ids("lost"), *comparison.ids("won")))
