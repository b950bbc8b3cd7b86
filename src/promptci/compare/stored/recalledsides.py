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
from promptci.compare.pairing.pairs import Pair
from promptci.compare.stored.narrowed import narrowed
from promptci.compare.stored.recalling import Recollection, RecordsNow, recall_outcome
from promptci.compare.stored.storedoutcomes import (
    StoredAnswers,
    StoredOutcome,
    restore,
    stored_outcome,
)
from promptci.compare.stored.storedspent import CHUNK, StoredSide
from promptci.digest import SAID_BYTES, said_digest
from promptci.records.record import Result
from promptci.records.results import each_of, failed_of
from promptci.run.answertotals import Took
from promptci.run.driving.alike import is_alike
from promptci.run.driving.work import Finished
from promptci.run.planning.task import Task
from promptci.run.recall import Find, nothing_stored, recall_judged
from promptci.stats.describe import percentile
from promptci.suite.outlines import outlines

_FEW_EDITED = 2
"""Of edited examples no more than one in so many are judged by themselves; of more all are."""

JudgeSome: TypeAlias = Callable[[Task, frozenset[str]], Iterator[Finished | None]]
"""Judges some examples of a task by stored answers; None for one where not all is there."""

TellOutcome: TypeAlias = Callable[[Sequence[Task], Recollection, JudgeSome], bool]
"""Receives an outcome that is that of some tasks; whether it need not get single results."""

FindFormer: TypeAlias = Callable[[Task], Pair | None]
"""Finds what the base asked as a task does, of examples that were edited meanwhile."""


class SideRecall(Struct, frozen=True):
    """Finds outcomes that runs kept; `count` is given how many stored answers belong to one.

    `records` are those of the change, by eval, and `find` looks up what was said to lost examples.
    Nothing is recalled of a task where `tell` says that somebody has to get its results one by
    one; it receives what was found, and how to judge some examples of the task. `former` finds the
    base's own question that a task asks of examples which were edited.
    """

    places: AnswerPlaces
    find: Find
    records: RecordsNow
    count: Callable[[int], None]
    tell: TellOutcome | None = None
    former: FindFormer | None = None

    def telling(self, tell: TellOutcome, former: FindFormer) -> "SideRecall":
        """The same, with other callbacks."""
        return replace(self, tell=tell, former=former)

    def recall_all(self, seen: Iterable[SeenAnswers]) -> dict[int, EvalOutcome]:
        """What is known: outcomes by their task's identity; it is noted as seen.

        Of a base without a record, it is known where the head asks the same, and of the examples
        that are as the base's run left them; the others are judged.
        """
        known: dict[int, EvalOutcome] = {}
        for each in seen:
            known |= self._asked(each)
        return known

    def spent(self, pair: Pair) -> StoredSide | None:
        """What all answers behind the base's record took; None where no run kept that."""
        task, record = pair.base, pair.base_record
        if task.chosen is None or record is None:
            found = recall_outcome(self.places, task, record, self.records)
            return None if found is None else _side(found.outcome)
        whole = replace(task, chosen=None, count=len(record.results))
        found = recall_outcome(self.places, whole, record, self.records)
        part = None if found is None else self._narrowed(task, whole, found, task.chosen)
        if part is None:
            return None
        spent = replace(part.spent, asked=0, cached=part.cached + part.asked)
        return StoredSide(spent, part.truncated, frozenset())

    def _narrowed(
        self, task: Task, whole: Task, found: Recollection, ids: frozenset[str]
    ) -> Gathered | None:
        """What a task is known to have of some examples by the outcome of a `whole` one."""
        others = Gathered(whole, None, 1, nothing_stored)
        for finished in self.judge(whole, frozenset(r.id for r in each_of(found.results)) - ids):
            if finished is None:
                return None
            others.take(finished)
        return narrowed(task, found, others, len(ids))

    def _asked(self, seen: SeenAnswers) -> dict[int, EvalOutcome]:
        """The outcomes of the sides without a record; none where one is to be judged."""
        pair, base = seen.pair, seen.pair.base_record
        if pair.head_record is not None:
            return {}
        if base is None and not is_alike(pair.base, pair.head):
            return self._asked_apart(seen)
        found = recall_outcome(self.places, pair.head, None, self.records)
        found = found or (self._grown(pair.head) if base is None else None)
        if found is None or not self._explain(seen, base.results if base else (), found.results):
            return {}
        tasks = (pair.base, pair.head) if base is None else (pair.head,)
        if self.tell is not None and not self.tell(tasks, found, self.judge):
            return {}
        return {id(task): self._restored(task, found) for task in tasks}

    def _asked_apart(self, seen: SeenAnswers) -> dict[int, EvalOutcome]:
        """The same where each side asks its own, of golden examples that were edited as well.

        That of the base alone where the head's is not known.
        """
        pair = seen.pair
        base = self._grown(pair.base)
        if base is None:
            return {}
        head = recall_outcome(self.places, pair.head, None, self.records)
        if head is not None and _is_listed(head):
            if not self._explain(seen, base.results, head.results):
                return {}
            sides = [(pair.base, base), (pair.head, head)]
        else:
            head, sides = None, [(pair.base, base)]
        if self.tell is not None and not all(self.tell((t,), o, self.judge) for t, o in sides):
            return {}
        seen.expect(dict(_said(base)))
        if head is not None:
            seen.hold_all(_said(head))
        return {id(task): self._restored(task, found) for task, found in sides}

    def _grown(self, task: Task) -> Recollection | None:
        """The outcome of a task by what is known of what the base asked alike.

        Of examples that were edited since, the stored answers are judged; None where one is not
        there, or where those are many.
        """
        former = None if self.former is None else self.former(task)
        if former is None:
            return None
        found = recall_outcome(self.places, former.base, former.base_record, self.records)
        if found is None or not _is_listed(found):
            return None
        same = _untouched(former.base, task)
        if max(former.base.count, task.count) - len(same) > task.count // _FEW_EDITED:
            return None
        part = self._narrowed(task, former.base, found, same)
        said = {id_: digest for id_, digest in _said(found) if id_ in same}
        edited = frozenset(e.id for e in outlines(task.golden)) - same
        for finished in self.judge(task, edited) if part is not None else ():
            if part is None or finished is None or finished.evaluated.completion is None:
                return None
            part.take(finished)
            said[finished.example.id] = said_digest(finished.evaluated.completion.text)
        listed = None if part is None or part.errors or part.limited else part.results.listed
        if part is None or listed is None:
            return None
        outcome = stored_outcome(part, StoredAnswers(b"", "", ()), ())
        return Recollection(replace(outcome, said=b"".join(said[result.id] for result in listed)))

    def _restored(self, task: Task, found: Recollection) -> EvalOutcome:
        gathered = Gathered(task, None, 1, nothing_stored)
        restore(gathered, found.outcome, found.recorded)
        self.count(found.outcome.cached)
        return gathered.outcome(1)

    def _explain(
        self, seen: SeenAnswers, base: Sequence[Result], results: Sequence[Result]
    ) -> bool:
        """Judge what is lost again, so that it is known why it failed; whether all could be."""
        for finished in self.judge(seen.pair.head, lost_to(base, results)):
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


def lost_to(base: Sequence[Result], results: Sequence[Result]) -> frozenset[str]:
    """The examples that fail by some results and passed in others, however they were edited."""
    failed = [result.id for result in failed_of(results)]
    passed = {result.id for result in base if result.passed} if failed else set()
    return frozenset(passed.intersection(failed))


def _untouched(base: Task, head: Task) -> frozenset[str]:
    """The examples that two tasks have alike, and that no scorers of their own judge."""
    before = {each.id: each for each in outlines(base.golden)}
    now = outlines(head.golden)
    return frozenset(e.id for e in now if not e.is_scored and before.get(e.id) == e)


def _is_listed(found: Recollection) -> bool:
    """Whether it is known what was said to each example."""
    return len(found.outcome.said) == SAID_BYTES * len(found.outcome.results) > 0


def _said(found: Recollection) -> Iterator[tuple[str, bytes]]:
    """The examples with a digest of what was answered."""
    said, each = found.outcome.said, SAID_BYTES
    for place, result in enumerate(found.outcome.results):
        yield result.id, said[place * each : (place + 1) * each]


def _side(found: StoredOutcome) -> StoredSide:
    times = array("d", found.latencies)
    latencies = (percentile(times, 0.5), percentile(times, 0.95)) if times else None
    cost = None if found.cost is None else Decimal(found.cost)
    spent = Spent(*found.tokens, cost, latencies, 0, found.cached)
    return StoredSide(spent, found.truncated, frozenset())
