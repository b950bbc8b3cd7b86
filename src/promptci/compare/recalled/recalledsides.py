"""Sides of comparisons as a run left them, where a record is used for the other or both ask alike.

What is checked after a run was judged by it already: only what is lost needs its words again.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.cache.places import AnswerPlaces
from promptci.compare.lostexamples import SeenAnswers
from promptci.compare.outcomes.gathered import Gathered
from promptci.compare.outcomes.outcome import EvalOutcome, Spent
from promptci.compare.pairs import Pair
from promptci.compare.recalled.recalling import Recollection, RecordsNow, recall_outcome
from promptci.compare.recalled.storedoutcomes import StoredOutcome, restore
from promptci.compare.recalled.storedspent import CHUNK, StoredSide
from promptci.records.record import Record, Result
from promptci.records.results import failed_of
from promptci.run.answertotals import Took
from promptci.run.driving.alike import is_alike
from promptci.run.driving.work import Finished
from promptci.run.planning.task import Task
from promptci.run.recall import Find, nothing_stored, recall_judged
from promptci.stats.describe import percentile

JudgeSome: TypeAlias = Callable[[Task, frozenset[str]], Iterator[Finished | None]]
"""Judges some examples of a task by stored answers; None for one where not all is there."""

TellOutcome: TypeAlias = Callable[[Sequence[Task], Recollection, JudgeSome], bool]
"""Receives an outcome that is that of some tasks; whether it need not get single results."""


class SideRecall(Struct, frozen=True):
    """Finds outcomes that runs kept; `count` is given how many stored answers belong to one.

    `records` are those of the change, by eval, and `find` looks up what was said to lost examples.
    Nothing is recalled of a task where `tell` says that somebody has to get its results one by
    one; it receives what was found, and how to judge some examples of the task.
    """

    places: AnswerPlaces
    find: Find
    records: RecordsNow
    count: Callable[[int], None]
    tell: TellOutcome | None = None

    def telling(self, tell: TellOutcome) -> "SideRecall":
        """The same, with another callback."""
        return replace(self, tell=tell)

    def recall_all(self, seen: Iterable[SeenAnswers]) -> dict[int, EvalOutcome]:
        """What is known: outcomes by their task's identity; it is noted as seen.

        Of a base without a record, it is known where the head asks the same.
        """
        known: dict[int, EvalOutcome] = {}
        for each in seen:
            known |= self._asked(each)
        return known

    def spent(self, pair: Pair) -> StoredSide | None:
        """What all answers behind the base's record took; None where no run kept that."""
        found = recall_outcome(self.places, pair.base, pair.base_record, self.records)
        return None if found is None else _side(found.outcome)

    def _asked(self, seen: SeenAnswers) -> dict[int, EvalOutcome]:
        """The outcomes of the sides without a record; none where one is to be judged."""
        pair, base = seen.pair, seen.pair.base_record
        is_recalled = base is not None or is_alike(pair.base, pair.head)
        if pair.head_record is not None or not is_recalled:
            return {}
        found = recall_outcome(self.places, pair.head, None, self.records)
        if found is None or not self._explain(seen, found.results):
            return {}
        tasks = (pair.base, pair.head) if base is None else (pair.head,)
        if self.tell is not None and not self.tell(tasks, found, self.judge):
            return {}
        return {id(task): self._restored(task, found) for task in tasks}

    def _restored(self, task: Task, found: Recollection) -> EvalOutcome:
        gathered = Gathered(task, None, 1, nothing_stored)
        restore(gathered, found.outcome, found.recorded)
        self.count(found.outcome.cached)
        return gathered.outcome(1)

    def _explain(self, seen: SeenAnswers, results: Sequence[Result]) -> bool:
        """Judge what is lost again, so that it is known why it failed; whether all could be."""
        pair, base = seen.pair, seen.pair.base_record
        ids = frozenset[str]() if base is None else lost_to(base, results)
        for finished in self.judge(pair.head, ids):
            if finished is None:
                return False
            seen.take(finished)
        return True

    def judge(self, task: Task, ids: frozenset[str]) -> Iterator[Finished | None]:
        """Some results of a task, judged by stored answers; None for one where not all is there."""
        examples = replace(task, chosen=ids, count=len(ids)).examples() if ids else iter(())
        while chunk := list(islice(examples, CHUNK)):
            for example, said in zip(chunk, recall_judged(task, chunk, self.find), strict=True):
                if said is None:
                    yield None
                    continue
                took = Took()
                for answer in said.completions:
                    took.add(answer)
                yield Finished(task, example, 0, said, took)


def lost_to(base: Record, results: Sequence[Result]) -> frozenset[str]:
    """The examples that fail by some results and passed in a record, however they were edited."""
    failed = [result.id for result in failed_of(results)]
    passed = {result.id for result in base.results if result.passed} if failed else set()
    return frozenset(passed.intersection(failed))


def _side(found: StoredOutcome) -> StoredSide:
    times = array("d", found.latencies)
    latencies = (percentile(times, 0.5), percentile(times, 0.95)) if times else None
    cost = None if found.cost is None else Decimal(found.cost)
    spent = Spent(*found.tokens, cost, latencies, 0, found.cached)
    return StoredSide(spent, found.truncated, frozenset())
