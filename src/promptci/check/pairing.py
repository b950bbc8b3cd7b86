"""Changed evals paired with their base, as new ones, or as beyond comparison."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.basestate import BaseState, is_current
from promptci.check.staleness import Committed
from promptci.compare.pairing.comparedside import revision_side
from promptci.compare.pairing.pairs import Pair, beside_base, make_pairs
from promptci.compare.pairing.renamedetection import aligned
from promptci.records.acceptedlosses import in_force
from promptci.records.record import Record
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.wellknown import LOCAL
from promptci.suite.outlines import outlines
from promptci.suite.suite import Suite


class SortedTasks(Struct, frozen=True):
    """Changed tasks by what can be done with them."""

    pairs: list[Pair]
    fresh: list[Task]
    unknown: list[tuple[str, str]]
    notes: list[str]


class Pairing(Struct, frozen=True):
    """Pairs tasks of the head with the base. `barred` says of endpoints why they are not asked.

    What flips is then asked again where no request can be sent, by the answers that are stored;
    not where it would pay for one side alone.

    `day` is that on which the change was made, by which accepted losses end.
    """

    base: BaseState
    head: Suite
    committed: Committed
    build_of: BuildOf
    barred: Mapping[str, str]
    day: str = ""

    def sort(self, changed: Sequence[Task], *, frozen: bool) -> SortedTasks:
        """What can be done with changed tasks; with `frozen`, records count whatever was edited."""
        names = {task.spec.name for task in changed}
        specs = [self.head.evals[name] for name in sorted(names) if self.base.spec(name)]
        before = revision_side(
            self.base.suite, self.base.revision.revision.short, self.base.renames
        )
        if self.base.stand_ins:
            from promptci.check.lastfitting import with_stand_ins  # late: few bases need one

            before = with_stand_ins(before, self.base.stand_ins)
        after = revision_side(self.head, "head")
        pairs, obstacles = make_pairs(self.head, specs, before, after, self.build_of)
        wanted = {task_name(task) for task in changed}
        kept = [self.dress(p, frozen=frozen) for p in pairs if task_name(p.head) in wanted]
        paired = {task_name(pair.head) for pair in kept}
        rest = [task for task in changed if task_name(task) not in paired]
        return SortedTasks(
            pairs=kept,
            fresh=[task for task in rest if task.spec.name not in obstacles],
            unknown=[task_name(task) for task in rest if task.spec.name in obstacles],
            notes=[
                *(f"{name}: {said}" for name, said in self.base.passed_over()),
                *(f"{name}: not comparable: {why}" for name, why in sorted(obstacles.items())),
            ],
        )

    def dress(self, pair: Pair, *, frozen: bool) -> Pair:
        """A pair with the base's gate, the base's record where it holds, and accepted losses."""
        record = self.base.record(pair.head.spec.name, pair.base.model.name)
        head = self.committed.of(pair.head)
        its = self.aligned_record(record, pair) if record else None
        accepted = in_force(head, its, self.day) if head else frozenset()
        asked = (pair.base.endpoints | pair.head.endpoints) - {LOCAL.name}
        is_half_barred = bool(asked & self.barred.keys()) and not asked <= self.barred.keys()
        is_used = record is not None and (frozen or is_current(record, pair.base))
        base, mine = self.base.gated(pair.base), self.base.gated(pair.head)
        known = self._beside_base(record, pair)
        return replace(
            known,
            base=base,
            head=mine,
            gate=mine.spec.gate,
            can_repeat=pair.can_repeat and not is_half_barred,
            base_record=its if is_used else None,
            accepted=accepted,
            known=accepted.intersection(loss.id for loss in its.accepted) if its else frozenset(),
            apart=frozenset() if is_used else known.apart,
        )

    def _beside_base(self, record: Record | None, pair: Pair) -> Pair:
        """A pair that knows how its examples differ from the base's, where both answer them."""
        if record is not None and record.parts.examples == pair.head.parts.examples:
            return pair
        return beside_base(pair, self.base.suite, self.base.came_from(pair.head.spec.name))

    def aligned_record(self, record: Record, pair: Pair) -> Record:
        """A base's record by the ids of now, without what other parts of its eval have now.

        Equal examples are not read again: their digest covers their ids.
        """
        if record.parts.examples == pair.head.parts.examples:
            return record
        now = {example.id: example.digest for example in outlines(pair.head.golden)}
        return aligned(record, now, self.base.elsewhere(pair.head.spec.name))


def task_name(task: Task) -> tuple[str, str]:
    """The eval and model of a task."""
    return task.spec.name, task.model.name
