"""Tasks whose answers are stored as they were when they were last judged: nothing is to be done.

Their outcomes are kept, and count only as long as what is stored under every key that was
asked is the same to the byte.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.cache.places import AnswerPlaces
from promptci.cache.stillstored import FileStamp, file_stamp
from promptci.compare.outcomes.collector import Collector
from promptci.compare.stored.storedoutcomes import (
    StoredOutcome,
    all_answers,
    has_keys,
    is_final,
    outcome_key,
    parts_with_text,
    restamped,
    restore,
    sorted_keys,
    stored_answers,
    stored_as_before,
    stored_outcome,
)
from promptci.records.record import Record, Result
from promptci.records.results import ChunkedResults, Passed, failed_of
from promptci.remembered import REMEMBERED, key_of
from promptci.run.logged.reusablelogs import ReusableLogs
from promptci.run.logged.runlog import RunLog
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.spending.limits import Limits, Progress


class Recollection(Struct, frozen=True):
    """The outcome of a task; `recorded` are its results where they are too many to keep twice."""

    outcome: StoredOutcome
    recorded: ChunkedResults | None = None

    @property
    def results(self) -> Sequence[Result]:
        """All results."""
        return self.outcome.results if self.recorded is None else self.recorded


Recalled: TypeAlias = Mapping[int, Recollection]
"""The outcomes of tasks, by the task's identity."""

RecordsNow: TypeAlias = Callable[[str], Mapping[str, Record]]
"""The records of an eval in the working tree, by model."""

NOTHING_RECALLED: Recalled = {}


def recall_answers(
    places: AnswerPlaces,
    plan: Plan,
    limits: Limits,
    bases: Mapping[tuple[str, str], Record],
    records: RecordsNow,
) -> Recalled:
    """The tasks of a plan that need not be run, with their outcomes.

    None where a part is asked, or anything again, or where a run may end early.
    """
    is_anew = limits.refresh or limits.refresh_judges
    is_cut = limits.fail_fast or limits.sequential
    if plan.is_partial or plan.repeat > 1 or is_anew or is_cut:
        return {}
    logs = ReusableLogs(places.runs, now=datetime.now(UTC))
    stamp = file_stamp(places.path)
    found = {}
    for task in plan.tasks:
        name = task.spec.name, task.model.name
        key = _key(task)
        answered = REMEMBERED.get(key, StoredOutcome)
        if answered is None or not logs.hold(*name, answered.logs):
            continue
        again = Recollection(answered, _recorded(answered, task, bases.get(name), records))
        if len(again.results) < task.count or _loses(again, bases.get(name)):
            continue
        if _is_stored(places, answered, key, stamp):
            found[id(task)] = again
    return found


def recall_outcome(
    places: AnswerPlaces, task: Task, base: Record | None, records: RecordsNow
) -> Recollection | None:
    """The outcome of a whole task that a run kept; None where its answers are not as they were."""
    if task.chosen is not None or task.given is not None:
        return None
    key, stamp = _key(task), file_stamp(places.path)
    answered = REMEMBERED.get(key, StoredOutcome)
    if answered is None:
        return None
    again = Recollection(answered, _recorded(answered, task, base, records))
    is_whole = len(again.results) == task.count
    return again if is_whole and _is_stored(places, answered, key, stamp) else None


def _is_stored(places: AnswerPlaces, answered: StoredOutcome, key: str, stamp: FileStamp) -> bool:
    """Whether all answers are as they were; it is noted, so that they need not be read again."""
    if not stored_as_before(places, answered, stamp):
        return False
    if (newer := restamped(answered, stamp)) is not answered:
        REMEMBERED.put(key, newer, said=parts_with_text(newer))
    return True


def _recorded(
    answered: StoredOutcome, task: Task, base: Record | None, records: RecordsNow
) -> ChunkedResults | None:
    """The results of the record, committed or not, whose summary gives the outcome of a task."""
    if not answered.chunks:
        return None
    there = (base, records(task.spec.name).get(task.model.name))
    for results in (record.results for record in there if record is not None):
        if isinstance(results, ChunkedResults) and results.lines == answered.chunks:
            return results
    return None


def count_in(
    plan: Plan, recalled: Recalled, collector: Collector, progress: Progress, log: RunLog
) -> Plan:
    """Count what is recalled; gives the rest of the plan."""
    for task in plan.tasks:
        if (answered := recalled.get(id(task))) is not None:
            restore(collector.gathered(task), answered.outcome, answered.recorded)
            progress.done += len(answered.results)
            progress.cached += answered.outcome.cached
            log.repeat(len(answered.results))
    return replace(plan, tasks=tuple(t for t in plan.tasks if id(t) not in recalled))


def keep_answers(places: AnswerPlaces, tasks: Sequence[Task], ran: Collector, log: RunLog) -> None:
    """Keep the outcomes of tasks of which every answer was stored already."""
    for task in tasks:
        gathered = ran.gathered(task)
        if not is_final(gathered):
            continue
        is_listed = has_keys(gathered)
        stored = stored_answers(places, sorted_keys(gathered)) if is_listed else all_answers(places)
        gathered.keys.clear()  # which nothing else needs
        logs = log.logs_of(task.spec.name, task.model.name)
        if stored.content:
            answered = stored_outcome(gathered, stored, logs)
            REMEMBERED.put(_key(task), answered, said=parts_with_text(answered))
        gathered.said.clear()


def keep_judged(places: AnswerPlaces, tasks: Sequence[Task], ran: Collector) -> None:
    """Keep the outcomes of tasks whose results are in no log; what a run kept stays."""
    kept = set[str]()
    for task in tasks:
        gathered, key = ran.gathered(task), _key(task)
        if key in kept or not (is_final(gathered) and has_keys(gathered)):
            continue
        kept.add(key)
        stored = stored_answers(places, sorted_keys(gathered))
        known = REMEMBERED.get(key, StoredOutcome)
        if stored.content and (known is None or known.content != stored.content):
            answered = stored_outcome(gathered, stored, ())
            REMEMBERED.put(key, answered, said=parts_with_text(answered))


def _key(task: Task) -> str:
    """The outcome of a task under its name: results are logged by that, and `show` looks for it."""
    return key_of("answered as", task.spec.name, task.model.name, outcome_key(task))


def _loses(answered: Recollection, base: Record | None) -> bool:
    """Whether an example fails that passed in the base, whose answer is to be shown then."""
    if base is None:
        return False
    failing = [(result.id, result.digest) for result in failed_of(answered.results)]
    passed = Passed(base.results if failing else ())
    return any(passed.has(*each) for each in failing)
