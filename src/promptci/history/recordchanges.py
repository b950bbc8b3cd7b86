"""Everything in which the score records of two states differ."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from promptci.compare.comparison import Comparison, is_all_accepted, is_untouched
from promptci.compare.outcomes.costs import CostChange
from promptci.compare.outcomes.splits import ResultSplit
from promptci.errors import verdict_code
from promptci.records.record import Accepted, Record

if TYPE_CHECKING:
    from promptci.compare.judgement import Judgement


class DiffRow(Struct, frozen=True):
    """One eval on one model whose record differs between base and head.

    `splits` are its expected values, where there are few, and its tags; `in_force` are the examples
    whose loss the head accepts. `cost` is what answers take, where that is known and changed.
    """

    base: Record
    head: Record
    comparison: Comparison
    judgement: "Judgement"
    splits: tuple[ResultSplit, ...] = ()
    in_force: frozenset[str] = frozenset()
    cost: CostChange | None = None

    @property
    def title(self) -> str:
        """The eval, and what the base calls it if otherwise."""
        is_same = self.base.eval == self.head.eval
        return self.head.eval if is_same else f"{self.head.eval} (was {self.base.eval})"

    @property
    def what(self) -> tuple[str, ...]:
        """The parts of the fingerprint that differ."""
        return self.head.changed_since(self.base)

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """Lost examples whose loss the head's record accepts."""
        lost = self.in_force.intersection(self.comparison.ids("lost"))
        return tuple(loss for loss in self.head.accepted if loss.id in lost)

    @property
    def is_untouched(self) -> bool:
        """Whether neither what is asked of the same examples nor any answer differs."""
        asks_the_same = self.base.parts.asks_like(self.head.parts)
        return is_untouched(self.comparison, asks_the_same=asks_the_same)

    @property
    def is_comparable(self) -> bool:
        """Whether there is anything to compare."""
        return self.judgement.verdict != "not comparable"

    @property
    def compared(self) -> int:
        """How many examples the change is over: those that both sides have and answered."""
        return self.comparison.compared

    @property
    def is_worse(self) -> bool:
        """Whether an example was lost, or the score fell, beyond what was accepted."""
        lost = len(self.comparison.ids("lost")) - len(self.accepted)
        return self.is_comparable and (lost > 0 or self.judgement.delta < 0)

    @property
    def is_open(self) -> bool:
        """Whether there is nothing to compare, and not for the reason that all is accepted."""
        return not (self.is_comparable or is_all_accepted(self.comparison, self.in_force))


class Damaged(Struct, frozen=True):
    """A record that cannot be read, by its path and the state it is in."""

    path: str
    where: str
    why: str


class RecordDiff(Struct, frozen=True):
    """Everything in which the records of two states differ, sorted by eval and model.

    `decides` says whether something worse is to fail.
    """

    rows: tuple[DiffRow, ...] = ()
    added: tuple[Record, ...] = ()
    removed: tuple[Record, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The base's names of evals that have another one at the head."""
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The evals of the head among which each of these was split."""
    joined: Mapping[str, str] = field(default_factory=dict)
    """The evals of the head into which these of the base were joined."""
    decides: bool = False
    older: tuple[str, ...] = ()
    """Of each record that is older than its files, a sentence."""

    @property
    def exit_code(self) -> int:
        """3 where a record cannot be read; 1 and the rest of 3 only where it decides."""
        return verdict_code(
            is_worse=self.decides and self.is_worse,
            is_open=bool(self.damaged) or (self.decides and self.is_undecided),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.rows or self.added or self.removed or self.damaged or self.renamed)

    @property
    def is_worse(self) -> bool:
        """Whether anything got worse."""
        return any(row.is_worse for row in self.rows)

    @property
    def is_undecided(self) -> bool:
        """Whether anything cannot be compared or read, or is older than its files."""
        unread = bool(self.damaged or self.older)
        return unread or any(row.is_open for row in self.rows)
