"""The score records around a run: those of the last commit before it, those of the files after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from promptci.atomic import write_text
from promptci.compare.outcome import EvalOutcome
from promptci.compare.regressiongate import apply_regression_gate
from promptci.compare.renaming import (
    Traits,
    match_renames,
    may_be_another,
    traits_of_examples,
    traits_of_records,
)
from promptci.compare.sides import ComparedSide, revision_side
from promptci.errors import RequestError, SpecError
from promptci.history.recordhistory import path_eval_name
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.project.workspace import score_path
from promptci.records.record import Parts, Record
from promptci.records.scorefile import NewerFormatError, dump
from promptci.run.plan import Plan, Task
from promptci.secrets.known import key_in
from promptci.suite.suite import load_base


def committed_records(project: Project, plan: Plan) -> dict[tuple[str, str], Record]:
    """The records of the last commit, by eval and model; a damaged one is passed over, aloud.

    An eval that was renamed since has those of its old name.
    """
    names = tuple(dict.fromkeys(task.spec.name for task in plan.tasks))
    found = {name: _committed(project, name) for name in names}
    for name, was in _origins(project, plan, found).items():
        found[name] = _committed(project, was)
    return {
        (name, model): record
        for name, records in found.items()
        for model, record in records.items()
    }


def _committed(project: Project, name: str) -> Mapping[str, Record]:
    try:
        return project.workspace.records(project.workspace.committed, name)
    except NewerFormatError:
        raise
    except SpecError as error:
        project.observer.remark(f"the committed record cannot be compared with: {error}")
        return {}


def _origins(
    project: Project, plan: Plan, found: Mapping[str, Mapping[str, Record]]
) -> dict[str, str]:
    """The names at the last commit of the plan's evals that have another one now.

    `found` are the records of their names as they are.
    """
    listed = project.workspace.committed.files("evals") if project.workspace.committed else []
    there = {path_eval_name(path) for path in listed if path.endswith(".scores.yaml")}
    tasks = {task.spec.name: task for task in plan.tasks}
    new = {n: _traits(tasks[n]) for n, records in found.items() if _is_other(tasks[n], records)}
    gone = (
        sorted((there - project.workspace.suite.evals.keys()) | (there & new.keys())) if new else []
    )
    known = {name: traits_of_records(_committed(project, name).values()) for name in gone}
    return {n: was for n, was in match_renames(known, new).items() if n != was}


def _is_other(task: Task, records: Mapping[str, Record]) -> bool:
    """Whether records are not those of a task's eval: there are none, or of other examples."""
    if any(record.parts.examples == task.parts.examples for record in records.values()):
        return False
    return may_be_another(_traits(task), traits_of_records(records.values()))


def _traits(task: Task) -> Traits:
    return traits_of_examples(task.golden.examples(), _kin(task.parts, task.prompt.name))


def _kin(parts: Parts, prompt: str) -> tuple[str, ...]:
    return parts.prompt, parts.scorers, parts.model, prompt


def write_records(project: Project, outcomes: Sequence[EvalOutcome]) -> Iterator[str]:
    """Write the records of evals that ran whole; gives the paths of those that changed.

    Raises `StorageError` where that is not possible and `SpecError` where a record is there that
    only a later promptci understands.
    """
    for name in dict.fromkeys(outcome.record.eval for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.record.eval == name]
        if any(outcome.is_undecided or outcome.task.is_stale for outcome in mine):
            continue
        sections = _sections(project, mine)
        path = score_path(name)
        if sections and write_record(project, path, sections):
            yield path


def write_record(project: Project, path: str, records: Mapping[str, Record]) -> bool:
    """Write a file of records; says whether that changed anything.

    Raises `RequestError` where a key of ours would be committed with it, and `StorageError`.
    """
    text = dump(records)
    if found := key_in([text]):
        where = "in an id, a name or a reason"
        raise RequestError(f"{path}: not written, since {found} is {where}: take it out")
    return write_text(project.workspace.repo.root / path, text)


def _sections(project: Project, outcomes: Sequence[EvalOutcome]) -> dict[str, Record]:
    """An eval's records: those just made, beside those of its other models that are there.

    Only models that the eval declares are kept, so that trying another one leaves no trace.
    """
    spec = outcomes[0].task.spec
    declared = project.workspace.suite.models(spec)
    made = [outcome.record for outcome in outcomes if outcome.record.model in declared]
    if not made:
        return {}
    there = _there(project, spec.name)
    kept = {name: record for name, record in there.items() if name in declared}
    for record in made:
        before = there.get(record.model)
        kept[record.model] = replace(record, accepted=before.accepted) if before else record
    return kept


def _there(project: Project, name: str) -> dict[str, Record]:
    """The records in the working tree; of a damaged file nothing can be kept, which is said."""
    try:
        return project.workspace.records(project.workspace.repo.worktree, name)
    except NewerFormatError:
        raise
    except SpecError as error:
        lost = "accepted losses, and what other models scored, are no longer in it"
        project.observer.remark(f"{str(error).rpartition(': ')[0]}: written anew; {lost}")
        return {}


def _readable(project: Project, name: str) -> dict[str, Record]:
    """The records in the working tree; none if they are damaged."""
    try:
        return project.workspace.records(project.workspace.repo.worktree, name)
    except SpecError:
        return {}


def gate_outcomes(
    project: Project, session: Session, outcomes: Sequence[EvalOutcome], *, times: int
) -> tuple[EvalOutcome, ...]:
    """Hold outcomes against the last commit as `check` would: flips confirmed, rules applied.

    Losses accepted in the records of the working tree block nothing.
    """

    def last_commit() -> ComparedSide | None:
        tree = project.workspace.committed
        if tree is None:
            return None
        renames = {o.record.eval: o.base.eval for o in outcomes if o.base is not None}
        return revision_side(load_base(tree, project.workspace.names), "the last commit", renames)

    accepted = {
        (record.eval, record.model): frozenset(loss.id for loss in record.accepted)
        for name in dict.fromkeys(outcome.record.eval for outcome in outcomes)
        for record in _readable(project, name).values()
    }
    return apply_regression_gate(outcomes, last_commit, session.run, accepted=accepted, times=times)
