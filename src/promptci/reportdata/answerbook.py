"""Everything that a command evaluated, example by example, for reports that show it all."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import isnan
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from promptci.compare.outcomes.confusion import Confusion, confusion
from promptci.records.record import Classed, Fate, Result, Score
from promptci.reportdata.diskvalues import DiskValues
from promptci.reportdata.lasterrors import LastErrors
from promptci.run.driving.unasked import NOT_STORED
from promptci.run.driving.work import Finished
from promptci.run.planning.task import Task
from promptci.run.solving.solve import Evaluated
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage
from promptci.stats.describe import percentile

_Name: TypeAlias = tuple[str, str]
"""Fingerprint and model: what tells apart the tasks of one command."""

SentTurn: TypeAlias = tuple[str, str]
"""Role and text of one message of a prompt as it was sent."""


class StoredCost(Struct, frozen=True):
    """What the stored answers of a task took; None where it is not known of each of them."""

    cost: Decimal | None
    tokens: int | None
    latencies: tuple[float, ...]

    def latency(self, share: float) -> float | None:
        """A percentile of the latencies, in seconds."""
        return percentile(self.latencies, share) if self.latencies else None


class _Kept(msgspec.Struct, frozen=True):
    """An answer that took one request, with what was asked as a reader sees it."""

    result: Result
    completion: Completion | None
    scores: tuple[tuple[str, Score], ...]
    why: str
    latency: float
    asked: tuple[SentTurn, ...] | None


class _CompletionTook(msgspec.Struct, frozen=True):
    usage: Usage
    latency: float
    cost: Decimal | None


class _Took(msgspec.Struct, frozen=True):
    """The part of it that says what it took."""

    completion: _CompletionTook | None


class _ScoreClass(msgspec.Struct, frozen=True):
    classed: Classed | None


class _Classes(msgspec.Struct, frozen=True):
    """The part of it that says how it was sorted."""

    scores: tuple[tuple[str, _ScoreClass], ...]


_TOOK = msgspec.msgpack.Decoder(_Took)
_CLASSES = msgspec.msgpack.Decoder(_Classes)


class AnswerBook:
    """Remembers the first answer to each example of each task, and how repeats of it went.

    Answers are put aside in a temporary file, but for those of several requests. `last_errors` says
    why the last run had none, where that was looked up.
    """

    def __init__(self) -> None:
        self._answers_kept = DiskValues(_Kept)
        self._first: defaultdict[_Name, dict[str, int | Evaluated | None]] = defaultdict(dict)
        self._again: defaultdict[tuple[_Name, str], dict[int, Fate]] = defaultdict(dict)
        self.last_errors: LastErrors = {}
        self.missing = 0
        self.missing_repeats = 0

    def take(self, finished: Finished) -> None:
        """Remember one result."""
        evaluated, name, id_ = finished.evaluated, _name(finished.task), finished.example.id
        is_missing = evaluated.why == NOT_STORED
        if finished.attempt:
            self.missing_repeats += is_missing
            if not is_missing:
                self._again[name, id_][finished.attempt] = evaluated.result.fate
        else:
            self.missing += is_missing and id_ not in self._first[name]
            self._first[name][id_] = None if is_missing else self._put_aside(evaluated)

    def _put_aside(self, evaluated: Evaluated) -> int | Evaluated:
        if evaluated.trace or evaluated.walked is not None or evaluated.picked is not None:
            return evaluated
        return self._answers_kept.add(
            _Kept(
                evaluated.result,
                evaluated.completion,
                evaluated.scores,
                evaluated.why,
                evaluated.latency,
                _asked(evaluated),
            )
        )

    def has(self, task: Task) -> bool:
        """Whether every example of a task was evaluated."""
        return len(self._answers(task)) >= task.count

    def knows(self, task: Task, id_: str) -> bool:
        """Whether the answer to an example is known."""
        return self._answers(task).get(id_) is not None

    def of(self, task: Task, id_: str) -> tuple[Evaluated, tuple[SentTurn, ...] | None] | None:
        """The first answer to an example, and the prompt as it was sent, where one request was.

        None where the answer is not known.
        """
        found = self._answers(task).get(id_)
        if found is None:
            return None
        if isinstance(found, Evaluated):
            return found, _asked(found)
        kept = self._answers_kept.read(found)
        answer = Evaluated(
            kept.result,
            completion=kept.completion,
            scores=kept.scores,
            why=kept.why,
            latency=kept.latency,
        )
        return answer, kept.asked

    def repeats(self, task: Task, id_: str) -> tuple[Fate, ...]:
        """How further answers to the same question came out."""
        return tuple(self._again.get((_name(task), id_), {}).values())

    def cost(self, task: Task) -> StoredCost:
        """What the answers of a task took, without its judges'."""
        answers = [each.completion for each in self._parts(task, _TOOK)]
        known = [each for each in answers if each is not None]
        is_whole = bool(known) and len(known) == task.count
        costs = [each.cost for each in known if each.cost is not None]
        usages = [each.usage.tokens for each in known]
        return StoredCost(
            sum(costs, Decimal(0)) if is_whole and len(costs) == len(known) else None,
            sum(usages) if is_whole else None,
            tuple(each.latency for each in known if not isnan(each.latency)),
        )

    def confusions(self, task: Task, labels: Mapping[str, Sequence[str]]) -> dict[str, Confusion]:
        """Classes expected against classes given, by metric, over the first answers of a task.

        `labels` are the classes of each metric, as far as they are known.
        """
        counts: defaultdict[str, Counter[Classed]] = defaultdict(Counter)
        for each in self._parts(task, _CLASSES):
            for label, score in each.scores:
                if score.classed is not None:
                    counts[label][score.classed] += 1
        return {label: confusion(found, labels.get(label, ())) for label, found in counts.items()}

    def _parts(self, task: Task, decoder: "msgspec.msgpack.Decoder[Any]") -> Iterator[Any]:
        """Some fields of each answer of a task that is known."""
        for found in self._answers(task).values():
            if isinstance(found, Evaluated):
                yield found
            elif found is not None:
                yield self._answers_kept.read_part(found, decoder)

    def _answers(self, task: Task) -> Mapping[str, int | Evaluated | None]:
        return self._first.get(_name(task), {})


def _asked(evaluated: Evaluated) -> tuple[SentTurn, ...] | None:
    request = evaluated.request
    return None if request is None else tuple((m.role, m.shown) for m in request.messages)


def _name(task: Task) -> _Name:
    return task.fingerprint, task.model.name
