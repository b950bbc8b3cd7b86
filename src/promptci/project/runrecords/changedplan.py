"""A plan of what differs from a commit: `run --changed`."""

from msgspec.structs import replace

from promptci.check.evalstate import record_fits
from promptci.compare.outcomes.outcome import failures
from promptci.errors import SpecError
from promptci.git.lineage import resolve
from promptci.git.repo import Tree
from promptci.project.project import Project
from promptci.project.runrecords.basesides import LAST_COMMIT
from promptci.records.record import Record
from promptci.render.figures import counted
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task


def changed_plan(project: Project, plan: Plan, base: str) -> Plan:
    """A plan of what differs from a commit, or has no record of its files; the rest is said.

    An eval is unchanged where the commit's record and the one here are of what it asks now, on the
    same build of the model, and have an answer to every example and the label of its prompt; and
    where nothing fails its gate or was accepted, which a run judges again.
    Raises `RequestError` where there is no such commit.
    """
    repo = project.workspace.repo
    tree = None if repo.head() is None else repo.tree(resolve(repo, base))
    kept = [task for task in plan.tasks if _is_recorded(project, task, tree)]
    ids = {id(task) for task in kept}
    rest = tuple(task for task in plan.tasks if id(task) not in ids)
    names = tuple((task.spec.name, task.model.name) for task in kept)
    if kept:
        count = len({name for name, _ in names} - {task.spec.name for task in rest})
        since = LAST_COMMIT if base == "HEAD" else base
        evals = counted(len({task.spec.name for task in plan.tasks}), "eval")
        project.observer.remark(f"{count} of {evals} did not change since {since}: not run")
    return replace(plan, tasks=rest, unchanged=names)


def _is_recorded(project: Project, task: Task, tree: Tree | None) -> bool:
    """Whether a task's records in a tree and in the working tree are of what it asks now."""
    trees = (tree, project.workspace.repo.worktree) if tree is not None else ()
    found = [_record_in(project, each, task) for each in trees]
    return bool(found) and all(
        record is not None
        and record_fits(record, task)
        and not (record.errors or record.accepted or any(failures(task, record)))
        and (record.build, record.version) == (task.settings.build, task.prompt.version)
        for record in found
    )


def _record_in(project: Project, tree: Tree, task: Task) -> Record | None:
    try:
        return project.workspace.records(tree, task.spec.name).get(task.model.name)
    except SpecError:  # damaged, so that a run is due
        return None
