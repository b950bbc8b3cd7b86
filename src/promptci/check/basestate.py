"""What a change is compared with: the base's evals by today's names, with gates and records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.check.baserevision import Base
from promptci.check.staleness import RecordsOf
from promptci.compare.gate.gatechanges import must_pass_now
from promptci.compare.pairing.renames import Renames
from promptci.errors import SpecError
from promptci.records.record import Parts, Record
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.evalspec import EvalSpec
from promptci.suite.golden import Golden
from promptci.suite.outlines import outlines
from promptci.suite.suite import Suite

if TYPE_CHECKING:
    from promptci.check.lastfitting import FindLastFitting, LastFitting


class BaseState(Struct, frozen=True):
    """The base of a check. Names of evals are those that the head has; `renames` translates.

    `head` is the suite of the change, and `joins` names its evals into which some of the base were
    joined. `records` are what is committed there.
    `unaskable` says of its evals why they may not be asked any more.
    `last_fitting` says which commit an eval is compared with where the base's record does not fit
    its files.
    """

    revision: Base
    suite: Suite
    records: RecordsOf
    last_fitting: "FindLastFitting" = lambda *_: None
    renames: Renames = field(default_factory=dict)
    stand_ins: "dict[str, list[LastFitting]]" = field(default_factory=dict)
    head: Suite | None = None
    unaskable: Mapping[str, str] = field(default_factory=dict)
    joins: Mapping[str, str] = field(default_factory=dict)

    def was(self, name: str) -> str:
        """What the base calls an eval of the head."""
        return self.renames.get(name, name)

    def came_from(self, name: str) -> tuple[str, ...]:
        """The base's evals of which an eval of the head has examples: what was joined into it."""
        return *(was for was, now in self.joins.items() if now == name), self.was(name)

    def spec(self, name: str) -> EvalSpec | None:
        """The base's eval; None for a new one."""
        return self.suite.evals.get(self.was(name))

    def gated(self, task: Task) -> Task:
        """The same task under the base's gate, with the ids that its examples have now."""
        base = self.spec(task.spec.name)
        if base is None:
            return task
        wanted = [self.suite.evals[name] for name in self.came_from(task.spec.name)]
        ids = [id_ for spec in wanted for id_ in must_pass_now(self.suite, spec, task.golden)]
        gate = replace(base.gate, must_pass=tuple(dict.fromkeys(ids)))
        return replace(task, spec=replace(task.spec, gate=gate))

    def parts_of(self, name: str) -> tuple[str, ...]:
        """The evals of the head that came from the one which an eval of the head came from."""
        others, was = self.head.evals if self.head else (), self.was(name)
        parts = {now for now, before in self.renames.items() if before == was and now in others}
        return tuple(sorted(parts if was in self.renames or was not in others else {*parts, was}))

    def elsewhere(self, name: str, *, anywhere: bool = False) -> dict[str, str]:
        """The examples that other parts of the same eval of the base have now, by digest.

        With `anywhere` those of all other evals; a part comes first.
        """
        others = sorted(self.head.evals) if self.head is not None and anywhere else ()
        return {
            example.digest: other
            for other in (*others, *self.parts_of(name))
            if other != name and self.head is not None
            for example in outlines(Golden.of(self.head.tree, self.head.evals[other]))
        }

    def removed(self, head: Suite) -> tuple[str, ...]:
        """The base's evals that the head does not have under any name."""
        there = {self.was(name) for name in head.evals} | self.joins.keys()
        return tuple(sorted(self.suite.evals.keys() - there))

    def record(self, name: str, model: str) -> Record | None:
        """The base's record of an eval of the head; a damaged one is as good as none.

        Where the base's does not fit its files it is that of the last commit whose record does.
        """
        for other in self.stand_ins.get(name, ()):
            if other.found is not None and other.found.record.model == model:
                return other.found.record
        try:
            return self.records(self.was(name)).get(model)
        except SpecError:
            return None

    def current_record(self, task: Task) -> Record | None:
        """The base's record, if it says what running a task of the base would."""
        record = self.record(task.spec.name, task.model.name)
        return record if record and is_current(record, task) else None

    def parts(self, task: Task) -> Parts | None:
        """Of examples and scorers at the base; a record of another model says the same of them."""
        try:
            records = self.records(self.was(task.spec.name))
        except SpecError:
            return None
        record = records.get(task.model.name) or next(iter(records.values()), None)
        return record.parts if record else None

    def find_stand_ins(self, head: Suite, changed: Sequence[Task], build_of: BuildOf) -> None:
        """Look for the commits that replace records which do not fit their files."""
        for task in changed:
            if self._fits(task, build_of):  # most do, and what tells it is read already
                continue
            name, models = task.spec.name, head.models(task.spec)
            found = self.last_fitting(self.was(name), task.model.name, len(models) == 1)
            if found is not None and found.why:
                self.stand_ins.setdefault(name, []).append(found)

    def _fits(self, task: Task, build_of: BuildOf) -> bool:
        """Whether the base's record is seen to fit its files, which are under its own terms."""
        tip, was = self.revision.tip, self.was(task.spec.name)
        if tip is not None and tip.id != self.revision.revision.id:
            return False
        try:
            records = self.records(was)
        except SpecError:
            return False
        from promptci.check.evalstate import fits_as_read  # late: of what changed alone

        return fits_as_read(self.suite, was, task.model.name, records, build_of)

    def passed_over(self) -> Iterator[tuple[str, str]]:
        """Evals with a sentence on the record that is no base, and on what replaces it."""
        for name, found in sorted(self.stand_ins.items()):
            for said in dict.fromkeys(each.said("the base") for each in found):
                yield name, said


def is_current(record: Record, task: Task) -> bool:
    """Whether a committed record says what running the task would."""
    return record.parts == task.parts and record.build == task.settings.build
