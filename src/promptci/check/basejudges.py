"""Who is judged does not choose the judge: where one is changed, the base's judges as well."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.pairing.pairs import Pair
from promptci.errors import Fault
from promptci.judges.changedjudge import ChangedJudge
from promptci.judges.changedjudges import changed_judges
from promptci.records.record import Record
from promptci.run.planning.answering import reach_from
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.evalspec import EvalSpec
from promptci.suite.evaljudges import Judges
from promptci.suite.suite import Suite


class JudgedByBase(Struct, frozen=True):
    """What the base's judges say of the evals whose judges a change alters.

    `changed` are these judges, `found` the comparisons by the base's scorers. `obstacles` says of
    evals why the base's judges could not be asked.
    """

    changed: tuple[ChangedJudge, ...] = ()
    found: tuple[Compared, ...] = ()
    obstacles: tuple[tuple[str, str], ...] = ()

    @property
    def is_undecided(self) -> bool:
        """Whether the base's judges have not judged all of it."""
        return bool(self.obstacles) or any(each.is_undecided for each in self.found)

    @property
    def blocked(self) -> tuple[Compared, ...]:
        """The evals that may not pass by the base's judges."""
        return tuple(each for each in self.found if each.blocks)


NOT_CHANGED = JudgedByBase()


class BaseJudges(Struct, frozen=True):
    """Has the base's scorers judge both sides of evals whose judges a change alters.

    `spec_of` finds the base's eval by the name that it has now, `record_of` the base's record that
    takes the place of a task of the base, and `compare` asks, pairs and judges.
    """

    base: Suite
    spec_of: Callable[[str], EvalSpec | None]
    record_of: Callable[[Task], Record | None]
    build_of: BuildOf
    compare: Callable[[Sequence[Pair]], tuple[Compared, ...]]

    def judge(self, head: Suite, pairs: Sequence[Pair]) -> JudgedByBase:
        """What the base's judges say of these pairs, as far as the change alters them."""
        changed: dict[ChangedJudge, None] = {}
        again: list[Pair] = []
        obstacles: dict[str, str] = {}
        for pair in pairs:
            name, spec = pair.head.spec.name, self.spec_of(pair.head.spec.name)
            mine = list(self._changed(spec, pair.head)) if spec else []
            if spec is None or not mine:
                continue
            changed |= dict.fromkeys(mine)
            other = self._by_base(head, pair, spec)
            if isinstance(other, Pair):
                again.append(other)
            else:
                obstacles[name] = other
        found = self.compare(again) if again else ()
        return JudgedByBase(tuple(changed), found, tuple(obstacles.items()))

    def _changed(self, spec: EvalSpec, task: Task) -> Iterator[ChangedJudge]:
        """The base's judges that are not among a task's as they were."""
        reach = reach_from(self.base, spec.mark.path, self.build_of)
        return changed_judges(task.spec.name, Judges(spec, reach, []), task.judges)

    def _by_base(self, head: Suite, pair: Pair, spec: EvalSpec) -> Pair | str:
        """The same pair with both sides judged by the base's scorers, or why that cannot be."""
        asked = replace(
            pair.head.spec,
            scorers=spec.scorers,
            threshold=spec.threshold,
            truncated=spec.truncated,
            refused=spec.refused,
            empty=spec.empty,
            metrics=spec.metrics,
            strict_variables=False,
        )
        faults: list[Fault] = []
        written = self.base, spec
        ready = make_ready(head, asked, pair.head.prompt, self.build_of, faults, scorers_of=written)
        if ready is None:
            return str(faults[0]) if faults else "its scorers cannot be used here"
        before, after = (
            make_task(ready, side.prompt, side.model, self.build_of)
            for side in (pair.base, pair.head)
        )
        return replace(pair, base=before, head=after, base_record=self.record_of(before))
