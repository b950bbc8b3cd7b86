"""Write the score records of a run into the files."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.errors import RequestError, SpecError
from promptci.git.index import sides_in_conflict
from promptci.project.project import Project
from promptci.project.runrecords.mergedriver import ATTRIBUTES, merge_chunks_too
from promptci.project.runrecords.recordwriting import write_record_files
from promptci.records.acceptedlosses import merged_losses
from promptci.records.chunkfiles import score_path
from promptci.records.chunkwriter import dump_files
from promptci.records.record import Accepted, Record, results_of
from promptci.records.recordfile import read_records
from promptci.records.scorefile import NewerFormatError
from promptci.secrets.known import key_in


def write_records(project: Project, outcomes: Sequence[EvalOutcome]) -> Iterator[str]:
    """Write the records of evals that ran whole; gives the paths of those that changed.

    Raises `StorageError` where that is not possible and `SpecError` where a record is there that
    only a later promptci understands.
    """
    of_eval: dict[str, list[EvalOutcome]] = {}
    for outcome in outcomes:
        of_eval.setdefault(outcome.record.eval, []).append(outcome)
    for name, mine in of_eval.items():
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
    if project.workspace.has_records(path, records):
        return False
    texts, root = dump_files(records), project.workspace.repo.root
    if found := key_in(chain([texts.text], texts.chunks.values())):
        where = "in an id, a name or a reason"
        raise RequestError(f"{path}: not written, since {found} is {where}: take it out")
    if not write_record_files(root, path, texts):
        return False
    if texts.chunks and merge_chunks_too(root):
        said = "git merges the chunks of large records with promptci, too"
        project.observer.remark(f"{ATTRIBUTES}: a line was added, so that {said}: commit it")
    return True


def _sections(project: Project, outcomes: Sequence[EvalOutcome]) -> dict[str, Record]:
    """An eval's records: those just made, beside those of its other models that are there.

    Only models that the eval declares are kept, so that trying another one leaves no trace.
    """
    spec = outcomes[0].task.spec
    declared = project.workspace.suite.models(spec)
    made = [outcome.record for outcome in outcomes if outcome.record.model in declared]
    if not made:
        return {}
    both = _losses_in_conflict(project, spec.name)
    there = _there(project, spec.name, has_losses=both is not None)
    kept = {name: record for name, record in there.items() if name in declared}
    for record in made:
        before = there.get(record.model)
        if both is not None:
            before = replace(before or record, accepted=both.get(record.model, ()))
        kept[record.model] = still_accepting(project, record, before) if before else record
    return kept


def _losses_in_conflict(project: Project, name: str) -> dict[str, tuple[Accepted, ...]] | None:
    """What both sides of a merge accept, by model, where git left an eval's record in conflict.

    None where it is in none, or a side cannot be read.
    """
    path = score_path(name)
    found = sides_in_conflict(project.workspace.repo, path)
    if found is None:
        return None
    try:
        sides = [read_records(data, path, name) if data.strip() else {} for data in found]
    except SpecError:
        return None
    models = {model for side in sides for model in side}
    return {m: tuple(merged_losses(*(side.get(m) for side in sides))) for m in sorted(models)}


def still_accepting(project: Project, record: Record, before: Record) -> Record:
    """A record with the accepted losses of the one before, but for those that pass again.

    Such a loss is over: were it kept, the next one of the same example would pass unseen.
    """
    before_accepted = {loss.id for loss in before.accepted}
    passing = {result.id for result in results_of(record, before_accepted) if result.passed}
    healed = [loss.id for loss in before.accepted if loss.id in passing]
    if healed:
        names = ", ".join(f"`{id_}`" for id_ in healed)
        said = f"no accepted loss any more, since it passes: {names}"
        project.observer.remark(f"{record.eval} on {record.model}: {said}")
    accepted = tuple(loss for loss in before.accepted if loss.id not in passing)
    return replace(record, accepted=accepted)


def _there(project: Project, name: str, *, has_losses: bool) -> dict[str, Record]:
    """The records in the working tree; of a damaged file nothing can be kept, which is said."""
    try:
        return project.workspace.records(project.workspace.repo.worktree, name)
    except NewerFormatError:
        raise
    except SpecError as error:
        lost = "accepted losses, and what other models scored, are no longer in it"
        if has_losses:
            lost = "with the losses that either side accepted, without what other models scored"
        project.observer.remark(f"{str(error).rpartition(': ')[0]}: rewritten; {lost}")
        return {}
