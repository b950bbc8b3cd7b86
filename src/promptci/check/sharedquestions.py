"""The base's questions that a change asks as well: their outcomes are noted as they arrive.

A change that edits some golden examples leaves the others as they are. To judge those once more by
the same scorers would tell nothing new, and takes as long as the change itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from promptci.compare.lostexamples import SeenAnswers
from promptci.compare.pairing.pairs import Pair
from promptci.compare.planruns import RunPlan
from promptci.records.results import each_of
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.run.recall import nothing_stored
from promptci.suite.outlines import outlines, outlines_in

if TYPE_CHECKING:
    from promptci.compare.outcomes.collector import Collector
    from promptci.compare.outcomes.gathered import Gathered
    from promptci.compare.outcomes.outcome import EvalOutcome
    from promptci.compare.stored.recalledsides import JudgeSome
    from promptci.compare.stored.recalling import Recollection
    from promptci.run.driving.work import Finished


class SharedQuestions:
    """The outcomes of both sides of some pairs, heard while a change's own pairs are judged.

    `whole` are the base's questions with all of their examples, those that were moved as well.
    """

    def __init__(self, pairs: Sequence[Pair], whole: Sequence[Pair] = ()) -> None:
        self._noted, self._whole = [_Noted(pair) for pair in pairs], whole

    def hearing(self, run: RunPlan) -> RunPlan:
        """The same way to evaluate plans, which is listened to."""

        def heard(plan: Plan, take: "Callable[[Finished], None]") -> "Collector":
            told = {} if plan.repeat > 1 or plan.is_partial else self._told_by(plan.tasks)
            if not told:
                return run(plan, take)

            def both(finished: "Finished") -> None:
                take(finished)
                for noted, task in told.get(id(finished.task), ()):
                    noted.take(finished, task)

            return run(plan, both)

        return heard

    def is_told(self, tasks: Sequence[Task], found: "Recollection", judge: "JudgeSome") -> bool:
        """Note what an outcome of some tasks that ask alike says; whether that is possible."""
        told = self._told_by(tasks)
        return all(
            noted.take_part(mine, task, found, judge)
            for task in tasks
            for noted, mine in told.get(id(task), ())
        )

    def former(self, task: Task) -> Pair | None:
        """The base's question that a task asks of other examples; its base has a record."""
        known = (pair for pair in self._whole if pair.base_record is not None)
        return next((pair for pair in known if _comes_to_the_same(pair.base, task)), None)

    def recall_all(self, seen: Iterable[SeenAnswers]) -> "dict[int, EvalOutcome]":
        """What is known of pairs: outcomes by their task's identity; it is noted as seen."""
        known: dict[int, EvalOutcome] = {}
        for each in seen:
            for noted in self._noted:
                if noted.pair is each.pair and noted.is_whole:
                    each.whys, each.different = noted.seen.whys, noted.seen.different
                    known |= noted.outcomes()
        return known

    def keep_all(self, seen: Iterable[SeenAnswers], ran: "Collector") -> None:
        """Keep nothing: each is asked for once."""

    def _told_by(self, tasks: Sequence[Task]) -> dict[int, list[tuple["_Noted", Task]]]:
        """What is noted of each task's results, and for which of its own; one tells of each."""
        told: dict[int, list[tuple[_Noted, Task]]] = {}
        for noted in self._noted:
            for mine in noted.tasks:
                alike = (t for t in tasks if _comes_to_the_same(mine, t) and _has_all(t, mine))
                for task in islice(alike, 1):
                    told.setdefault(id(task), []).append((noted, mine))
        return told


class _Noted:
    """One pair and the outcomes of its sides; none of a side whose record is used."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.seen = pair, SeenAnswers(pair)
        sides = (pair.base, pair.base_record), (pair.head, pair.head_record)
        self.tasks = [task for task, record in sides if record is None]
        self._gathered = {id(t): _gathered(t) for t in self.tasks}
        self._heard: Counter[int] = Counter()
        self._ids: dict[int, frozenset[str]] = {}

    def take(self, finished: "Finished", task: Task) -> None:
        """Note a result for one of the tasks, if it is of one of its examples."""
        if finished.example.id in self._wanted(task):
            mine = replace(finished, task=task, asked=0)
            self._heard[id(task)] += 1
            self._gathered[id(task)].take(mine)
            self.seen.take(mine)

    def take_part(self, mine: Task, task: Task, found: "Recollection", judge: "JudgeSome") -> bool:
        """Note for one of the tasks what the outcome of another says of its examples.

        Only the others are judged, and of its own those that are lost; whether all could be.
        """
        from promptci.compare.stored.narrowed import narrowed  # late: see above
        from promptci.compare.stored.recalledsides import lost_to

        pair, results = self.pair, found.results
        if self.seen.has_both and pair.base.fingerprint != pair.head.fingerprint:
            return False  # in how many words the two differ is not known
        wanted = self._wanted(mine)
        others = frozenset(result.id for result in each_of(results)) - wanted
        lost = frozenset[str]()
        if pair.base_record is not None:
            lost = wanted & lost_to(pair.base_record.results, results)
        beside = _gathered(task)
        for finished in judge(task, others | lost):
            if finished is None:
                return False
            if finished.example.id in others:
                beside.take(finished)
            else:
                self.seen.take(replace(finished, task=mine))
        part = narrowed(mine, found, beside, mine.count)
        if part is not None:
            self._gathered[id(mine)], self._heard[id(mine)] = part, mine.count
        return part is not None

    def _wanted(self, task: Task) -> frozenset[str]:
        """The ids of all examples of one of the tasks, of which another may have more."""
        if id(task) not in self._ids:
            self._ids[id(task)] = task.chosen or frozenset(e.id for e in outlines(task.golden))
        return self._ids[id(task)]

    @property
    def is_whole(self) -> bool:
        """Whether every example of both sides was heard of, with an answer."""
        return not any(each.errors for each in self._gathered.values()) and all(
            self._heard[id(task)] == task.count for task in self.tasks
        )

    def outcomes(self) -> "dict[int, EvalOutcome]":
        """The outcomes of both sides, by the identity of their tasks."""
        return {place: gathered.outcome(1) for place, gathered in self._gathered.items()}


def _gathered(task: Task) -> "Gathered":
    from promptci.compare.outcomes.gathered import Gathered  # late: often there is no pair

    return Gathered(task, None, 1, nothing_stored)


def _comes_to_the_same(one: Task, other: Task) -> bool:
    """Whether an example that two tasks have is asked and judged alike, and no model judges it."""
    asked = replace(other.spec, gate=one.spec.gate, strict_variables=one.spec.strict_variables)
    scorers = [[each.canonical for each in task.judges.shared] for task in (one, other)]
    return (
        one.asks_once
        and other.asks_once
        and one.prompt.digest == other.prompt.digest
        and (one.model, one.settings) == (other.model, other.settings)
        and one.parts.asks_like(other.parts)
        and one.spec == asked
        and scorers[0] == scorers[1]
        and not any(scorer.asks for scorer in one.judges.shared)
        and not (one.has_files or other.has_files)
    )


def _has_all(task: Task, other: Task) -> bool:
    """Whether a task has all examples of another one as they are, and none judged by its own."""
    wanted = {each.id: each for each in outlines_in(other.golden, other.chosen)}
    for each in outlines(task.golden):
        if each.id in wanted and (each.is_scored or wanted.pop(each.id) != each):
            return False
    return not wanted
