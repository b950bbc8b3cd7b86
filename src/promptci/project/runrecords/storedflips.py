"""What confirming flips may ask, estimated before a run asks anything.

An eval whose stored answers say otherwise than a committed record of the same fingerprint asks
nothing at first, and what flips is asked again.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from promptci.compare.comparison import compare_records
from promptci.compare.flipestimate import flips_again
from promptci.compare.gate.regressiongate import may_confirm_run
from promptci.compare.outcomes.collector import Collector
from promptci.compare.planruns import pass_over
from promptci.compare.stored.recalling import Recalled
from promptci.compare.stored.storedoutcomes import restore
from promptci.project.project import Project
from promptci.project.runrecords.basesides import Bases
from promptci.project.runrecords.reusing import KnownResults
from promptci.project.session import Session
from promptci.records.record import Record
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import Task
from promptci.spending.limits import Limits


def with_confirmations(plan: Plan, bases: Bases, limits: Limits, times: int) -> Plan:
    """A plan that knows what may be asked after it, to confirm what flips against the records."""
    if limits.offline or plan.is_partial:
        return plan
    again = [
        each
        for task in plan.tasks
        if (base := bases.records.get((task.spec.name, task.model.name))) is not None
        for each in may_confirm_run(task, base, times)
    ]
    return replace(plan, again=tuple(again))


def bounded_rest(
    project: Project, plan: Plan, limits: Limits, known: KnownResults, times: int
) -> Plan:
    """What is to be run beside the records that are used, and knows what confirming flips may ask.

    Where nothing is asked before the flips are known, those of stored answers are not looked for.
    """
    reused = known.reused
    rest = with_confirmations(reused.rest(plan), known.bases, limits, times)
    idle = known.recalled.keys() | reused.stored
    asking = next((task for task in rest.tasks if id(task) not in idle), None)
    if asking is None or limits.offline:
        return rest
    whole = [task for task in rest.tasks if id(task) in idle]
    stored = stored_flips(project, rest, limits, known, whole, times)
    flips = (*reused.again(plan, known.bases, times), *stored)
    return replace(rest, again=(*rest.again, *(replace(each, of=asking) for each in flips)))


def stored_flips(
    project: Project,
    plan: Plan,
    limits: Limits,
    known: KnownResults,
    whole: Sequence[Task],
    times: int,
) -> Iterator[Again]:
    """What confirming them may ask, of the tasks of a plan of which every answer is stored.

    Their answers are scored by what is stored, unless their outcomes are known. Own code is
    not run for that: as many as are confirmed at most may have flipped.
    """
    if limits.offline or plan.is_partial or not times:
        return
    based = [(task, base) for task in whole if (base := _same(task, known.bases)) is not None]
    tasks = tuple(task for task, _ in based)
    ran = _ran(project, replace(plan, tasks=tasks, again=()), limits, known.recalled)
    for task, base in based:
        if (record := ran.get(id(task))) is not None:
            yield from flips_again(task, base, compare_records(base, record), times)
        else:
            most = may_confirm_run(task, base, times)
            yield from (replace(each, if_asked=False) for each in most)


def _same(task: Task, bases: Bases) -> Record | None:
    """The committed record of a task, if it is of its fingerprint and can be asked again."""
    base = bases.records.get((task.spec.name, task.model.name))
    is_same = base is not None and base.fingerprint == task.fingerprint
    return base if is_same and not task.is_deterministic else None


def _ran(project: Project, plan: Plan, limits: Limits, recalled: Recalled) -> dict[int, Record]:
    """Records of what is stored, by the task's identity; none where own code would have to run."""
    if not plan.tasks:
        return {}
    known = Collector(plan, {})
    for task in plan.tasks:
        if (again := recalled.get(id(task))) is not None:
            restore(known.gathered(task), again.outcome, again.recorded)
    rest = tuple(t for t in plan.tasks if id(t) not in recalled and not t.judges.runs_code)
    session = Session(project, replace(limits, offline=True, sequential=False), says_bound=False)
    ran = session.run(replace(plan, tasks=rest), pass_over)
    outcomes = [each for each in known.outcomes() if id(each.task) in recalled]
    return {id(each.task): each.record for each in (*outcomes, *ran.outcomes())}
