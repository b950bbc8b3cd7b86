"""What the answers behind a record took, as far as they are stored."""

from decimal import Decimal
from itertools import islice
from math import isnan

from promptci.compare.lostexamples import Find
from promptci.compare.outcome import Spent
from promptci.run.task import Task
from promptci.specs.request import Request
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
        render = task.prompt.render
        keys = [Request(task.settings, render(each.vars, each.files)).key for each in chunk]
        known = find(keys)
        for key in keys:
            answer = known.get(key)
            if answer is None:
                return None
            asked += answer.usage.input_tokens
            said += answer.usage.output_tokens
            cost = None if cost is None or answer.cost is None else cost + answer.cost
            times += [] if isnan(answer.latency) else [answer.latency]
        count += len(keys)
    latencies = (percentile(times, 0.5), percentile(times, 0.95)) if times else None
    return Spent(asked, said, cost, latencies, 0, count) if count else None
