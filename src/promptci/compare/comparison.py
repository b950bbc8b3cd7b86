"""Base against head, example by example: who was lost, who was won, what cannot be paired."""

from collections.abc import Mapping
from math import fsum
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.pairing.renamedetection import aligned
from promptci.records.record import Record, Result
from promptci.records.shared import SharedChunks, without_shared

ChangeFate: TypeAlias = Literal[
    "same", "lost", "won", "flaky", "changed", "new", "removed", "error"
]
"""`flaky`: a loss or a win that did not hold when it was asked again."""

OTHER_SCORERS = "the scorers changed"
"""The obstacle that judging the base's answers again takes away."""

_PAIRED = ("same", "lost", "won", "flaky")


class Change(Struct, frozen=True):
    """One example's fate between base and head; a side is None where it was not there."""

    id: str
    fate: ChangeFate
    base: Result | None
    head: Result | None

    @property
    def came_otherwise(self) -> bool:
        """Whether an example that both sides have unchanged has another outcome."""
        return self.fate not in ("changed", "new", "removed") and self.base != self.head


class ExampleEdits(Struct, frozen=True):
    """How many examples a side has edited, has alone, and lacks."""

    edited: int = 0
    added: int = 0
    removed: int = 0


class Comparison(Struct, frozen=True):
    """All examples of two records, in the order of their ids.

    `obstacle` says why the records as wholes are not comparable, and is empty if they are.
    `shared` are examples of large records that are the same on both sides and not among them.
    `firm` are those flaky examples of which only the base said otherwise when it was asked again.
    """

    changes: tuple[Change, ...]
    obstacle: str = ""
    shared: SharedChunks = SharedChunks()
    firm: frozenset[str] = frozenset()

    def ids(self, fate: ChangeFate) -> tuple[str, ...]:
        """The examples of one fate."""
        return tuple(change.id for change in self.changes if change.fate == fate)

    @property
    def edits(self) -> ExampleEdits:
        """How many examples the head has otherwise."""
        return ExampleEdits(*(len(self.ids(fate)) for fate in ("changed", "new", "removed")))

    def failing(self, ids: frozenset[str]) -> frozenset[str]:
        """Those of some examples that the head fails."""
        heads = ((change.id, change.head) for change in self.changes if change.id in ids)
        return frozenset(id_ for id_, head in heads if head and head.fate == "fail")

    def flipped_ids(self, fate: ChangeFate) -> tuple[str, ...]:
        """The lost or won examples; none where the records may not be compared."""
        return () if self.obstacle else self.ids(fate)

    @property
    def compared(self) -> int:
        """How many examples both sides have unchanged and answered."""
        return sum(each.fate in _PAIRED for each in self.changes) + self.shared.answered

    @property
    def delta(self) -> float | None:
        """Head minus base, the mean over the answered examples that both have; None without any."""
        pairs = [(each.base, each.head) for each in self.changes if each.fate in _PAIRED]
        moves = [head.score - base.score for base, head in pairs if base and head]
        count = len(moves) + self.shared.answered
        return fsum(moves) / count if count and not self.obstacle else None


def compare_records(base: Record, head: Record) -> Comparison:
    """Pair two records by id and digest of the example; one with another id alone is the same."""
    after = {result.id: result for result in head.results}
    base = aligned(base, {id_: result.digest for id_, result in after.items()})
    before = {result.id: result for result in base.results}
    ids = sorted(before.keys() | after.keys())
    return Comparison(tuple(_change(id_, before, after) for id_ in ids), obstacle(base, head))


def compare_differing(base: Record, head: Record) -> Comparison:
    """The same without the examples of chunks that both have, which are not read."""
    base, head, shared = without_shared(base, head)
    return replace(compare_records(base, head), shared=shared)


def obstacle(base: Record, head: Record) -> str:
    """Why scores of two records must not be compared; empty if they may.

    An answer that is picked from several is the one answer of its example, whatever the other side
    does, and flips are asked again with other samples.
    """
    if base.parts.scorers != head.parts.scorers:
        return OTHER_SCORERS
    if base.model_id == head.model_id and base.build != head.build:
        return "another build of the model"
    if base.sampling != head.sampling and "picked" not in (base.sampling, head.sampling):
        return f"sampling changed from {base.sampling} to {head.sampling}"
    return ""


def is_all_accepted(comparison: Comparison, accepted: frozenset[str]) -> bool:
    """Whether every example that both sides answered is lost and accepted: nothing is left open."""
    both = {change.id for change in comparison.changes if change.fate in _PAIRED}
    is_whole = not (comparison.obstacle or comparison.shared.answered)
    return is_whole and bool(both) and both <= accepted


def why_none(comparison: Comparison) -> str:
    """Why no example of a comparison counts."""
    fates = {change.fate for change in comparison.changes}
    if fates & {"same", "lost", "won"}:
        return "the loss of every example that is on both sides is accepted"
    sides = [(c.base, c.head) for c in comparison.changes if c.fate == "error"]
    if any(side is not None and side.is_unmeasured for pair in sides for side in pair):
        return "branches were merged and no example is measured on both sides"
    if sides:
        return "no example that is on both sides unchanged has an answer on both"
    return "no example is on both sides unchanged"


def reused_label(base: Record, head: Record) -> str:
    """What to say where a prompt's label named another text in the base; else nothing."""
    if not head.version or base.version != head.version or base.parts.prompt == head.parts.prompt:
        return ""
    said = f"prompt `{head.prompt}`: the label `{head.version}` named another text"
    return f"{said}: give this one its own"


def _change(id_: str, before: Mapping[str, Result], after: Mapping[str, Result]) -> Change:
    base, head = before.get(id_), after.get(id_)
    return Change(id_, _fate(base, head), base, head)


def _fate(base: Result | None, head: Result | None) -> ChangeFate:
    if base is None:
        return "new"
    if head is None:
        return "removed"
    if base.digest != head.digest:
        return "changed"
    if "error" in (base.fate, head.fate):
        return "error"
    if base.passed == head.passed:
        return "same"
    return "won" if head.passed else "lost"


def is_in_family(comparison: Comparison, *, asks_the_same: bool) -> bool:
    """Whether an eval is among those that a command tests: it asks, or found, something else.

    Holm's correction for what a change left alone would hide what it did. Nor do examples count
    that one side alone has.
    """
    return not asks_the_same or any(each.came_otherwise for each in comparison.changes)


def is_untouched(comparison: Comparison, *, asks_the_same: bool) -> bool:
    """Whether both sides have the same examples, ask the same, and every answer came as before.

    Tags may differ, or who accepted what: no number of examples would tell more.
    """
    is_still = all(each.fate == "same" for each in comparison.changes)
    return is_still and not is_in_family(comparison, asks_the_same=asks_the_same)
