"""Reuse committed records by their fingerprint, where the answers are not stored here."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from promptci.check.evalstate import record_fits
from promptci.compare.compared import from_record
from promptci.compare.comparison import compare_records
from promptci.compare.outcome import EvalOutcome, failures
from promptci.errors import PromptCIError, SpecError
from promptci.git.commits import steps
from promptci.project.bases import Bases, asks
from promptci.project.project import Project
from promptci.project.settledrecords import relabelled
from promptci.project.workspace import score_path
from promptci.records.chunkreader import OpenFile
from promptci.records.record import Record
from promptci.records.recordfile import check_chunks, commit_opener, read_records
from promptci.run.plan import Plan
from promptci.run.task import Task
from promptci.spending.limits import Limits

FARTHEST = 50
"""Versions of a record that are looked at for one of the fingerprint asked for."""


def reusable_records(
    project: Project, plan: Plan, limits: Limits, bases: Bases
) -> dict[int, Record]:
    """The committed records that say the results of tasks of a plan, by the task's identity.

    Only where something would have to be asked: what is stored is scored again, at no cost. None
    for a part of an eval, or where everything is to be asked anew.
    """
    if plan.is_partial or plan.repeat > 1 or limits.refresh or limits.refresh_judges:
        return {}
    found: dict[int, Record] = {}
    for task in plan.tasks:
        record = _recorded(project, task, bases) if task.given is None else None
        if record is not None and asks(project, task):
            found[id(task)] = relabelled(record, task)
    return found


def reused_outcome(task: Task, record: Record, bases: Bases) -> EvalOutcome:
    """What a record says of a task, compared with its base."""
    base = bases.records.get((task.spec.name, task.model.name))
    return replace(
        from_record(task, record),
        base=base,
        comparison=None if base is None else compare_records(base, record),
        failures=tuple(failures(task, record)),
    )


def _recorded(project: Project, task: Task, bases: Bases) -> Record | None:
    """A committed record that was made from what a task asks, without a missing answer."""
    base = bases.records.get((task.spec.name, task.model.name))
    for record in chain([base] if base else [], _earlier(project, task)):
        if record_fits(record, task) and not record.errors:
            return record if record.build == task.settings.build else None
    return None


def _earlier(project: Project, task: Task) -> Iterator[Record]:
    """The eval's records at earlier commits that may have a task's fingerprint."""
    repo = project.workspace.repo
    head = repo.head()
    if head is None:
        return
    path, wanted = score_path(task.spec.name), f'"{task.fingerprint}"'.encode()
    try:
        listed = steps(repo, path, head, most=FARTHEST)
        blobs = {step.blob: step for step in listed if step.blob}
        for step, data in zip(blobs.values(), repo.blobs(list(blobs)), strict=True):
            if wanted in data:
                read = commit_opener(repo, step.revision.id)
                yield from _records(data, step.path, task, read)
    except PromptCIError:  # of a shallow clone what is there was looked at
        return


def _records(data: bytes, path: str, task: Task, open_: OpenFile) -> Sequence[Record]:
    try:
        records: Mapping[str, Record] = read_records(data, path, task.spec.name, open_)
        check_chunks(records)
    except SpecError:
        return ()
    return [record for name, record in records.items() if name == task.model.name]
