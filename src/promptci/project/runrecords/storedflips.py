"""What stored answers say otherwise than a committed record of the same fingerprint.

Such an eval asks nothing at first, and what flips is asked again to confirm it.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from promptci.compare.comparison import compare_records
from promptci.compare.confirmation import pass_over
from promptci.compare.flipestimate import flips_again
from promptci.compare.outcomes.collector import Collector
from promptci.compare.recalled.storedoutcomes import restore
from promptci.project.project import Project
from promptci.project.runrecords.bases import Bases
from promptci.project.runrecords.reusing import recalled_tasks
from promptci.project.session import Session
from promptci.records.record import Record
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import Task
from promptci.spending.limits import Limits


def stored_flips(
    project: Project,
    plan: Plan,
    limits: Limits,
    bases: Bases,
    found: Iterable[Estimate],
    times: int,
) -> Iterator[Again]:
    """What confirming them may ask, of the tasks of a plan that ask nothing by their estimates.

    Their answers are scored by what is stored, unless it is known what they came to.
    """
    if limits.offline or plan.is_partial or not times:
        return
    whole = {id(each.task) for each in found if not (each.requests or each.is_least)}
    based = [(task, _same(task, bases)) for task in plan.tasks if id(task) in whole]
    tasks = tuple(task for task, base in based if base is not None)
    ran = _ran(project, replace(plan, tasks=tasks, again=()), limits, bases) if tasks else {}
    for task, base in based:
        if base is not None and (record := ran.get(id(task))) is not None:
            yield from flips_again(task, base, compare_records(base, record), times)


def _same(task: Task, bases: Bases) -> Record | None:
    """The committed record of a task, if it is of its fingerprint and can be asked again."""
    base = bases.records.get((task.spec.name, task.model.name))
    is_same = base is not None and base.fingerprint == task.fingerprint
    return base if is_same and not task.is_deterministic else None


def _ran(project: Project, plan: Plan, limits: Limits, bases: Bases) -> dict[int, Record]:
    """Records of what is stored, by the task's identity; none of own code that may not run."""
    recalled = recalled_tasks(project, plan, limits, bases)
    known = Collector(plan, {})
    for task in plan.tasks:
        if (again := recalled.get(id(task))) is not None:
            restore(known.gathered(task), again.outcome, again.recorded)
    rest = tuple(t for t in plan.tasks if id(t) not in recalled and not t.judges.runs_code)
    session = Session(project, replace(limits, offline=True, sequential=False), says_bound=False)
    ran = session.run(replace(plan, tasks=rest), pass_over)
    outcomes = [each for each in known.outcomes() if id(each.task) in recalled]
    return {id(each.task): each.record for each in (*outcomes, *ran.outcomes())}
