"""Comparisons whose answers are stored as they were when they were last judged."""

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec
from msgspec import Struct

from promptci.cache.places import AnswerPlaces
from promptci.cache.stillstored import FileStamp, file_stamp
from promptci.compare.lostexamples import SeenAnswers
from promptci.compare.outcomes.collector import Collector
from promptci.compare.outcomes.gathered import Gathered
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.pairing.pairs import Pair
from promptci.compare.stored.storedoutcomes import (
    StoredOutcome,
    has_keys,
    is_final,
    outcome_key,
    restore,
    sorted_keys,
    stored_answers,
    stored_as_before,
    stored_outcome,
)
from promptci.remembered import REMEMBERED, key_of
from promptci.run.planning.task import Task
from promptci.run.recall import nothing_stored


class Recalls(Protocol):
    """What knows already the outcomes of both sides of pairs."""

    def recall_all(self, seen: Iterable[SeenAnswers]) -> dict[int, EvalOutcome]:
        """What is known of pairs: outcomes by their task's identity; it is noted as seen."""
        ...

    def keep_all(self, seen: Iterable[SeenAnswers], ran: Collector) -> None:
        """Keep the outcomes of pairs that were not known."""
        ...


class PairAnswered(msgspec.Struct, frozen=True, array_like=True):
    """The outcomes of both sides of a pair, and what was remembered of single answers."""

    base: StoredOutcome
    head: StoredOutcome
    whys: dict[str, str]
    churn: int


class PairRecall(Struct, frozen=True):
    """Finds and keeps outcomes of pairs; `count` is given how many stored answers belong to one."""

    places: AnswerPlaces
    count: Callable[[int], None]

    def recall_all(self, seen: Iterable[SeenAnswers]) -> dict[int, EvalOutcome]:
        """What is known of pairs: outcomes by their task's identity; it is noted as seen."""
        stamp = file_stamp(self.places.path)
        found = (self._recall(each.pair, each, stamp) for each in seen)
        return {place: outcome for each in found for place, outcome in each.items()}

    def keep_all(self, seen: Iterable[SeenAnswers], ran: Collector) -> None:
        """Keep the outcomes of pairs, every answer of which was stored already."""
        for each in seen:
            self._keep(each.pair, each, ran)

    def _recall(self, pair: Pair, seen: SeenAnswers, stamp: FileStamp) -> dict[int, EvalOutcome]:
        found = REMEMBERED.get(_key(pair), PairAnswered) if seen.has_both else None
        if found is None:
            return {}
        sides = (pair.base, found.base), (pair.head, found.head)
        if not all(stored_as_before(self.places, side, stamp) for _, side in sides):
            return {}
        seen.whys, seen.different = found.whys, found.churn
        self.count(found.base.cached + found.head.cached)
        return {id(task): _outcome(task, side) for task, side in sides}

    def _keep(self, pair: Pair, seen: SeenAnswers, ran: Collector) -> None:
        both = [ran.gathered(task) for task in (pair.base, pair.head)]
        if not (seen.has_both and all(is_final(g) and has_keys(g) for g in both)):
            return
        stored = [stored_answers(self.places, sorted_keys(each)) for each in both]
        if all(each.content for each in stored):
            base, head = (stored_outcome(g, s, ()) for g, s in zip(both, stored, strict=True))
            REMEMBERED.put(_key(pair), PairAnswered(base, head, seen.whys, seen.different))


def _outcome(task: Task, side: StoredOutcome) -> EvalOutcome:
    gathered = Gathered(task, None, 1, nothing_stored)
    restore(gathered, side)
    return gathered.outcome(1)


def _key(pair: Pair) -> str:
    return key_of("pair", outcome_key(pair.base), outcome_key(pair.head))
