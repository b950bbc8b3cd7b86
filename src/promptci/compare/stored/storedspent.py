"""What the answers behind a record took and how they ended, as far as they are stored."""

from array import array
from decimal import Decimal
from itertools import islice
from math import isnan

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.outcomes.outcome import EvalOutcome, Spent
from promptci.run.driving.alike import is_alike
from promptci.run.driving.work import Finished, Sink
from promptci.run.planning.task import Task
from promptci.run.recall import Find, recall_all, recall_judged
from promptci.run.solving.solve import Evaluated
from promptci.stats.describe import percentile

CHUNK = 256
"""Answers that are looked up at a time."""


class StoredSide(Struct, frozen=True):
    """The stored answers to all examples of a task: what they took, how many were cut off.

    `spent` is None where judges were asked, too, whose part is not known. `steps` are those of a
    flow that some example took.
    """

    spent: Spent | None
    truncated: int
    steps: frozenset[str]


def same_side(task: Task, other: EvalOutcome) -> StoredSide | None:
    """The same where the other side asked it all, an answer each; else None."""
    spent, total = other.spent, other.record.total
    is_plain = is_alike(task, other.task) and not task.asks_judges
    if not is_plain or other.errors or not total or spent.asked + spent.cached != total:
        return None
    return StoredSide(replace(spent, asked=0, cached=total), other.truncated, frozenset())


def stored_side(task: Task, find: Find, also: Sink | None = None) -> StoredSide | None:
    """What all answers of a task took and how they ended; None where one is not stored.

    They are judged for `also`, which receives each up to the first that cannot be.
    """
    asked = said = count = cut = 0
    cost: Decimal | None = Decimal(0)
    times = array("d")
    steps: set[str] = set()
    examples = task.examples()
    while chunk := list(islice(examples, CHUNK)):
        answers = (recall_judged if also else recall_all)(task, chunk, find)
        for example, solved in zip(chunk, answers, strict=True):
            if solved is None or solved.completion is None:
                return stored_side(task, find) if also else None
            if also and isinstance(solved, Evaluated):
                also(Finished(task, example, 0, solved))
            took = solved.latency if solved.trace else solved.completion.latency
            times.extend([] if isnan(took) else [took])
            cut += solved.completion.outcome == "truncated"
            steps.update(solved.walked.took if solved.walked else ())
            for answer in solved.completions:
                asked += answer.usage.input_tokens
                said += answer.usage.output_tokens
                cost = None if cost is None or answer.cost is None else cost + answer.cost
                count += 1
    if not count:
        return None
    if task.asks_judges:
        return StoredSide(None, cut, frozenset(steps))
    latencies = (percentile(times, 0.5), percentile(times, 0.95)) if times else None
    spent = Spent(asked, said, cost, latencies, 0, count)
    return StoredSide(spent, cut, frozenset(steps))
