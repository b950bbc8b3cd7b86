"""Results gathered as they arrive, no more of each than the record needs."""

from bisect import insort
from collections.abc import Mapping, Sequence
from operator import itemgetter

from promptci.compare.outcomes.gathered import Gathered
from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, lost_ids
from promptci.records.record import Record
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.run.recall import Find, nothing_stored

MOST_SHOWN = 50
"""Lost examples kept with their outputs; of the rest only the ids are known."""


class Collector:
    """Takes results one by one and holds no more of each than the record needs."""

    def __init__(
        self, plan: Plan, bases: Mapping[tuple[str, str], Record], find: Find = nothing_stored
    ) -> None:
        """`bases` are the records to compare with, by eval and model.

        Of a plan that is brief `find` looks up what steps asked and said.
        """
        self._repeat = plan.repeat
        self._gathered = {
            id(task): Gathered(task, bases.get(_name(task)), plan.repeat, find)
            for task in plan.tasks
        }
        self._order = {id(task): number for number, task in enumerate(plan.tasks)}
        self._candidates: list[tuple[tuple[bool, int, int, str, int], LostAnswer]] = []

    def gathered(self, task: Task) -> Gathered:
        """What has come in for a task of the plan."""
        return self._gathered[id(task)]

    def take(self, finished: Finished) -> None:
        """Add one result."""
        gathered = self._gathered[id(finished.task)]
        gathered.take(finished)
        lost = gathered.as_lost(finished)
        if lost is not None:
            number, example = self._order[id(finished.task)], lost.example
            may_fail = example.id not in finished.task.spec.gate.must_pass
            place = (may_fail, number, example.mark.line, example.id, finished.attempt)
            insort(self._candidates, (place, lost), key=itemgetter(0))
            del self._candidates[MOST_SHOWN * self._repeat :]

    def outcomes(self) -> tuple[EvalOutcome, ...]:
        """The outcomes of the tasks, in the order of the plan."""
        return tuple(gathered.outcome(self._repeat) for gathered in self._gathered.values())

    def lost(self, outcomes: Sequence[EvalOutcome]) -> list[LostAnswer]:
        """The first `MOST_SHOWN` examples that are lost by these outcomes.

        First come those that must pass, then the others, in the order of evals and files. Of
        repeats the first that failed is kept.
        """
        lost = {
            (outcome.record.eval, outcome.record.model, id_)
            for outcome in outcomes
            for id_ in lost_ids(outcome)
        }
        first: dict[tuple[str, str, str], LostAnswer] = {}
        for _, each in self._candidates:
            if each.key in lost:
                first.setdefault(each.key, each)
        return list(first.values())[:MOST_SHOWN]


def _name(task: Task) -> tuple[str, str]:
    return task.spec.name, task.model.name
