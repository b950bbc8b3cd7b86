"""Everything that a command evaluated, example by example, for reports that show it all."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isnan
from typing import TypeAlias

from promptci.compare.confusion import Confusion, confusion
from promptci.lateclass import dataclass
from promptci.records.record import Classed, Fate
from promptci.run.solve import Evaluated
from promptci.run.task import Task
from promptci.run.unasked import NOT_STORED
from promptci.run.work import Finished
from promptci.stats import percentile

_Name: TypeAlias = tuple[str, str]
"""Fingerprint and model: what tells apart the tasks of one command."""


@dataclass(frozen=True, slots=True)
class StoredCost:
    """What the stored answers of a task took; None where it is not known of each of them."""

    cost: Decimal | None
    tokens: int | None
    latencies: tuple[float, ...]

    def latency(self, share: float) -> float | None:
        """A percentile of the latencies, in seconds."""
        return percentile(self.latencies, share) if self.latencies else None


class AnswerBook:
    """Remembers the first answer to each example of each task, and how repeats of it went."""

    def __init__(self) -> None:
        self._first: defaultdict[_Name, dict[str, Evaluated]] = defaultdict(dict)
        self._again: defaultdict[tuple[_Name, str], list[Fate]] = defaultdict(list)
        self.missing = 0
        self.missing_repeats = 0

    def take(self, finished: Finished) -> None:
        """Remember one result."""
        evaluated, name, id_ = finished.evaluated, _name(finished.task), finished.example.id
        is_missing = evaluated.why == NOT_STORED
        if finished.attempt:
            self.missing_repeats += is_missing
            if not is_missing:
                self._again[name, id_].append(evaluated.result.fate)
        else:
            self.missing += is_missing and id_ not in self._first[name]
            self._first[name][id_] = evaluated

    def has(self, task: Task) -> bool:
        """Whether every example of a task was evaluated."""
        return len(self._answers(task)) >= task.count

    def of(self, task: Task, id_: str) -> Evaluated | None:
        """The first answer to an example; None where it is not known."""
        found = self._answers(task).get(id_)
        return None if found is None or found.why == NOT_STORED else found

    def repeats(self, task: Task, id_: str) -> tuple[Fate, ...]:
        """How further answers to the same question came out."""
        return tuple(self._again.get((_name(task), id_), ()))

    def cost(self, task: Task) -> StoredCost:
        """What the answers of a task took, without its judges'."""
        answers = self._answers(task).values()
        known = [each.completion for each in answers if each.completion is not None]
        is_whole = bool(known) and len(known) == task.count
        costs = [each.cost for each in known if each.cost is not None]
        usages = [each.usage.input_tokens + each.usage.output_tokens for each in known]
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
        for each in self._answers(task).values():
            for label, score in each.scores:
                if score.classed is not None:
                    counts[label][score.classed] += 1
        return {label: confusion(found, labels.get(label, ())) for label, found in counts.items()}

    def _answers(self, task: Task) -> Mapping[str, Evaluated]:
        return self._first.get(_name(task), {})


def _name(task: Task) -> _Name:
    return task.fingerprint, task.model.name
