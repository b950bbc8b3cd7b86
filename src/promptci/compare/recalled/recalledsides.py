"""Single sides of comparisons as a run left them, where a record stands for the other side.

What is checked after a run was judged by it already: only what is lost needs its words again.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from promptci.cache.places import AnswerPlaces
from promptci.compare.lostexamples import SeenAnswers
from promptci.compare.outcomes.gathered import Gathered
from promptci.compare.outcomes.outcome import EvalOutcome, Spent
from promptci.compare.pairs import Pair
from promptci.compare.recalled.recalling import RecordsNow, recall_outcome
from promptci.compare.recalled.storedoutcomes import StoredOutcome, restore
from promptci.compare.recalled.storedspent import CHUNK, StoredSide
from promptci.records.record import Record, Result
from promptci.records.results import failed_of
from promptci.run.driving.work import Finished
from promptci.run.planning.task import Task
from promptci.run.recall import Find, nothing_stored, recall_judged
from promptci.stats.describe import percentile


class SideRecall(Struct, frozen=True):
    """Finds outcomes that runs kept; `count` hears how many stored answers stand for one.

    `records` are those of the change, by eval, and `find` looks up what was said to lost examples.
    Nothing is recalled of the evals in `but`, whose results somebody wants to hear one by one.
    """

    places: AnswerPlaces
    find: Find
    records: RecordsNow
    count: Callable[[int], None]
    but: frozenset[str] = frozenset()

    def without(self, evals: frozenset[str]) -> "SideRecall":
        """The same without these evals."""
        return replace(self, but=evals)

    def recall_all(self, seen: Iterable[SeenAnswers]) -> dict[int, EvalOutcome]:
        """What is known of heads: outcomes by their task's identity; it is noted as seen."""
        both = ((each, self._head(each)) for each in seen)
        return {id(each.pair.head): head for each, head in both if head is not None}

    def spent(self, pair: Pair) -> StoredSide | None:
        """What all answers behind the base's record took; None where no run kept that."""
        found = recall_outcome(self.places, pair.base, pair.base_record, self.records)
        return None if found is None else _side(found.outcome)

    def _head(self, seen: SeenAnswers) -> EvalOutcome | None:
        """The outcome of the head of a pair; None where it is to be judged."""
        pair, base = seen.pair, seen.pair.base_record
        if base is None or pair.head_record is not None or pair.head.spec.name in self.but:
            return None
        found = recall_outcome(self.places, pair.head, None, self.records)
        if found is None or not self._explain(seen, _lost(found.results, base)):
            return None
        gathered = Gathered(pair.head, None, 1, nothing_stored)
        restore(gathered, found.outcome, found.recorded)
        self.count(found.outcome.cached)
        return gathered.outcome(1)

    def _explain(self, seen: SeenAnswers, ids: frozenset[str]) -> bool:
        """Judge some examples again, so that it is known why they failed; whether all could be."""
        for finished in self._judged(seen.pair.only(ids).head) if ids else ():
            if finished is None:
                return False
            seen.take(replace(finished, task=seen.pair.head))
        return True

    def _judged(self, task: Task) -> Iterator[Finished | None]:
        examples = task.examples()
        while chunk := list(islice(examples, CHUNK)):
            for example, said in zip(chunk, recall_judged(task, chunk, self.find), strict=True):
                yield None if said is None else Finished(task, example, 0, said)


def _lost(results: Sequence[Result], base: Record) -> frozenset[str]:
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
