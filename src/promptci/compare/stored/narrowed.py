"""The outcome of a part of a task's examples, taken out of the outcome of all that a run kept.

What came in for the others is taken away from the sums, which are whole numbers: to judge the few
that a change edited takes less time than to judge the many that it left as they are.
"""

from array import array
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from promptci.compare.outcomes.gathered import Gathered
from promptci.compare.outcomes.tally import Sum
from promptci.compare.stored.recalling import Recollection
from promptci.records.results import each_of
from promptci.run.planning.task import Task
from promptci.run.recall import nothing_stored


def narrowed(task: Task, whole: Recollection, others: Gathered, count: int) -> Gathered | None:
    """What came in for a task, which asks what the `whole` did, but for all `others`: so many.

    Failed examples are not grouped by reason. None where it is not known.
    """
    found, part = whole.outcome, Gathered(task, None, 1, nothing_stored)
    is_priced = (found.cost is None) == (others.took.cost is None)
    if others.errors or not is_priced or found.sampling != task.sampling:
        return None
    gone = {result.id for result in others.results}
    for result in each_of(whole.results):
        if result.id not in gone:
            part.results.append(result)
    latencies = Counter(array("d", found.latencies))
    latencies.subtract(others.latencies)
    if len(part.results) != count or min(latencies.values(), default=0) < 0:
        return None
    part.latencies = array("d", latencies.elements())
    part.sums.tags, part.sums.metrics = (
        _rest(found.tags, others.sums.tags),
        _rest(found.metrics, others.sums.metrics),
    )
    for label, counts in found.classed.items():
        if left := Counter(dict(counts)) - others.sums.classed.get(label, Counter()):
            part.sums.classed[label] = left
    part.took.input_tokens = found.tokens[0] - others.took.input_tokens
    part.took.output_tokens = found.tokens[1] - others.took.output_tokens
    if found.cost is None or others.took.cost is None:
        part.took.cost = None
    else:
        part.took.cost = Decimal(found.cost) - others.took.cost
    part.cached = found.cached - others.cached
    part.truncated = found.truncated - others.truncated
    return part


def _rest(sums: Mapping[str, Sum], others: Mapping[str, Sum]) -> dict[str, Sum]:
    """Sums without others; of what only those had there is none."""
    rest = {label: _less(each, others.get(label, Sum())) for label, each in sums.items()}
    return {label: each for label, each in rest.items() if each.total}


def _less(one: Sum, other: Sum) -> Sum:
    return Sum(
        one.billionths - other.billionths, one.passed - other.passed, one.total - other.total
    )
