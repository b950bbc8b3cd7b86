"""Reuse committed records by their fingerprint, where the answers are not stored here."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.check.evalstate import record_fits
from promptci.compare.comparison import compare_records
from promptci.compare.flipestimate import flips_again
from promptci.compare.outcomes.outcome import EvalOutcome, failures, from_record
from promptci.compare.planruns import pass_over
from promptci.compare.stored.recalling import Recalled, recall_answers
from promptci.errors import PromptCIError, SpecError
from promptci.git.filechanges import steps
from promptci.project.project import Project
from promptci.project.runrecords.bases import asks
from promptci.project.runrecords.basesides import Bases
from promptci.project.runrecords.settledrecords import relabelled, with_results
from promptci.project.session import Session
from promptci.records.chunkfiles import score_path
from promptci.records.chunkreader import OpenFile
from promptci.records.record import Record
from promptci.records.recordfile import check_chunks, commit_opener, read_records
from promptci.render.idlist import named
from promptci.run.driving.exampleorder import CHUNK
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import Task
from promptci.run.recall import recall_all
from promptci.spending.limits import Limits

FARTHEST = 50
"""Versions of a record that are looked at for one of the fingerprint asked for."""

MANY = 1_000
"""Examples that take long enough to look at for what is stored not to be looked through twice."""


class Reuse(Struct, frozen=True):
    """Records used for tasks of which not every answer is stored, by the task's identity.

    What is stored goes before a record: `otherwise` are the examples of a task whose stored answers
    say something else than its record did, and have their place in it. `stored` are the tasks with
    a record of which every answer is stored.
    """

    records: Mapping[int, Record] = field(default_factory=dict)
    otherwise: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    stored: frozenset[int] = frozenset()

    def rest(self, plan: Plan) -> Plan:
        """A plan without the tasks whose records are used."""
        return replace(plan, tasks=tuple(t for t in plan.tasks if id(t) not in self.records))

    def remarks(self, plan: Plan) -> Iterator[str]:
        """What is to be known of them, a sentence each."""
        if count := len(self.records):
            what = "1 committed record is" if count == 1 else f"{count} committed records are"
            yield f"{what} used for answers that are not stored here: `promptci run --missing` asks"
        for task in plan.tasks:
            if ids := self.otherwise.get(id(task)):
                says = "its stored answer says" if len(ids) == 1 else "their stored answers say"
                said = f"{named(ids)}: {says} otherwise than the record, and takes its place"
                yield f"{task.spec.name} on {task.model.name}: {said}"

    def again(self, plan: Plan, bases: Bases, times: int) -> Iterator[Again]:
        """What confirming the flips of the records against their bases may ask, at most."""
        for task in plan.tasks:
            record, base = self.records.get(id(task)), _base(task, bases)
            if record is not None and base is not None:
                yield from flips_again(task, base, compare_records(base, record), times)


class KnownResults(Struct, frozen=True):
    """What is known before a run asks: bases, outcomes of before, and records that are used."""

    bases: Bases
    recalled: Recalled = field(default_factory=dict)
    reused: Reuse = field(default_factory=Reuse)


def reusable_records(project: Project, plan: Plan, limits: Limits, bases: Bases) -> Reuse:
    """The committed records that say the results of tasks of a plan.

    Only where something would have to be asked: what is stored is scored again, at no cost. None
    for a part of an eval, or where everything is to be asked again.
    """
    if not _may_reuse(plan, limits):
        return Reuse()
    found, otherwise, stored = dict[int, Record](), dict[int, tuple[str, ...]](), set[int]()
    for task in plan.tasks:
        record = _recorded(project, task, bases) if task.given is None else None
        if record is None:
            continue
        if not asks(project, task):
            stored.add(id(task))
            continue
        record, ids = _beside_stored(project, relabelled(record, task), task, limits)
        if record is not None:
            found[id(task)] = record
            otherwise |= {id(task): ids} if ids else {}
    return Reuse(found, otherwise, frozenset(stored))


def may_be_stored(project: Project, plan: Plan, limits: Limits, bases: Bases) -> bool:
    """Whether to try what is stored before it is known that nothing is missing.

    Many examples take long to look at twice; so it is where a record is used for them.
    """
    if plan.count < MANY or not _may_reuse(plan, limits) or limits.offline or limits.max_time:
        return False
    large = ((task, _base(task, bases)) for task in plan.tasks if task.count >= MANY)
    is_used = any(base and record_fits(base, task) and not base.errors for task, base in large)
    return is_used and project.workspace.cache.size().answers >= plan.count


def _may_reuse(plan: Plan, limits: Limits) -> bool:
    is_whole = not plan.is_partial and plan.repeat == 1
    return is_whole and not (limits.refresh or limits.refresh_judges or limits.missing)


def _beside_stored(
    project: Project, record: Record, task: Task, limits: Limits
) -> tuple[Record | None, tuple[str, ...]]:
    """A record in which what is stored has its place, and the examples that say otherwise.

    None where its figures cannot be made to follow, so that the eval is to be run whole.
    """
    part = _stored_part(project, task)
    if part is None:
        return record, ()
    session = Session(project, replace(limits, offline=True), says_bound=False)
    [outcome] = session.run(Plan((part,), is_partial=True), pass_over).outcomes()
    there = {result.id: result for result in record.results}
    ids = tuple(
        result.id
        for result in outcome.record.results
        if result.fate != "error" and result.fate != there[result.id].fate
    )
    if not ids:
        return record, ()
    mixed = with_results(record, outcome.record, ids, task)
    return (None if mixed == record else mixed), ids


def _stored_part(project: Project, task: Task) -> Task | None:
    """The examples of a task whose answers are stored, as a task of its own; None without any."""
    cache = project.workspace.cache
    if not cache.size().answers:
        return None
    ids: list[str] = []
    examples = task.examples()
    while chunk := list(islice(examples, CHUNK)):
        known = recall_all(task, chunk, cache.get)
        ids += (e.id for e, each in zip(chunk, known, strict=True) if each is not None)
    return replace(task, chosen=frozenset(ids), count=len(ids)) if ids else None


def _base(task: Task, bases: Bases) -> Record | None:
    return bases.records.get((task.spec.name, task.model.name))


def reused_outcome(task: Task, record: Record, bases: Bases) -> EvalOutcome:
    """What a record says of a task, compared with its base."""
    base = _base(task, bases)
    return replace(
        from_record(task, record),
        base=base,
        comparison=None if base is None else compare_records(base, record),
        failures=tuple(failures(task, record)),
    )


def _recorded(project: Project, task: Task, bases: Bases) -> Record | None:
    """A committed record that was made from what a task asks, without a missing answer."""
    base = _base(task, bases)
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


def recalled_tasks(project: Project, plan: Plan, limits: Limits, bases: Bases) -> Recalled:
    """The outcomes of tasks that need not be run."""

    def records(name: str) -> Mapping[str, Record]:
        try:
            return project.workspace.records(project.workspace.repo.worktree, name)
        except SpecError:  # it is damaged, which is said when it is rewritten
            return {}

    return recall_answers(project.answers, plan, limits, bases.records, records)
