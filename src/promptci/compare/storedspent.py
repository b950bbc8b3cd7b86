"""What the answers behind a record took, as far as they are stored."""

from decimal import Decimal
from itertools import islice
from math import isnan

from promptci.compare.outcome import Spent
from promptci.run.recall import Find, recall_all
from promptci.run.task import Task
from promptci.stats import percentile

CHUNK = 256
"""Answers that are looked up at a time."""


def stored_spent(task: Task, find: Find) -> Spent | None:
    """What all answers of a task took; None where one is not stored, or judges were asked, too."""
    if any(scorer.asks for scorer in task.judges.shared):
        return None
    asked = said = count = 0
    cost: Decimal | None = Decimal(0)
    times: list[float] = []
    examples = task.examples()
    while chunk := list(islice(examples, CHUNK)):
        for solved in recall_all(task, chunk, find):
            if solved is None:
                return None
            took = solved.latency if solved.trace else solved.completion.latency
            times += [] if isnan(took) else [took]
            for answer in solved.completions:
                asked += answer.usage.input_tokens
                said += answer.usage.output_tokens
                cost = None if cost is None or answer.cost is None else cost + answer.cost
                count += 1
    latencies = (percentile(times, 0.5), percentile(times, 0.95)) if times else None
    return Spent(asked, said, cost, latencies, 0, count) if count else None
