"""The results of examples that were asked again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.comparison import Change
from promptci.records.record import Result
from promptci.run.planning.task import Task
from promptci.stats.describe import mean

if TYPE_CHECKING:
    from promptci.run.driving.work import Finished


class RepeatResults(Struct):
    """The results of examples that were asked again, attempt by attempt, by task and example."""

    _results: dict[int, dict[str, list[Result]]] = field(default_factory=dict)

    def take(self, finished: "Finished") -> None:
        """Remember one result; one without an answer tells nothing."""
        result, key = finished.evaluated.result, id(finished.task)
        if result.fate != "error":
            of_task = self._results.setdefault(key, {})
            of_task.setdefault(result.id, []).append(result)

    def of(self, task: Task, id_: str) -> list[bool]:
        """Whether the attempts passed that were answered."""
        return [result.passed for result in self._results.get(id(task), {}).get(id_, ())]

    def scores(self, task: Task, id_: str) -> list[float]:
        """What they scored."""
        return [result.score for result in self._results.get(id(task), {}).get(id_, ())]


def repeated(change: Change, before: Sequence[float], after: Sequence[float]) -> Change:
    """A change with the mean of what the repeats of each side scored, if there were any.

    The first scores are left out: they were chosen for being different.
    """
    base, head = change.base, change.head
    if base is not None and before:
        base = replace(base, score=mean(before))
    if head is not None and after:
        head = replace(head, score=mean(after))
    return replace(change, base=base, head=head)
