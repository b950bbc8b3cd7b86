"""What a run is compared with: the records of the last commit, or of the last one that fits."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from promptci.check.evalstate import record_fits
from promptci.check.lastfitting import FittingRecords, LastFitting
from promptci.check.trust import trusted
from promptci.compare.basetags import with_base_tags
from promptci.compare.comparison import reused_label
from promptci.compare.gate.regressiongate import apply_regression_gate, rescored
from promptci.compare.outcomes.outcome import EvalOutcome, must_pass_failure
from promptci.errors import RequestError, SpecError
from promptci.git.lineage import day_of
from promptci.project.project import Project
from promptci.project.runrecords.basesides import LAST_COMMIT, Bases, BaseSides, Name
from promptci.project.runrecords.formerevals import former_names, shared_out
from promptci.project.session import Session
from promptci.records.acceptedlosses import ended_losses, ended_sentence, in_force
from promptci.records.chunkfiles import score_path
from promptci.records.record import Record
from promptci.records.scorefile import NewerFormatError
from promptci.run.dryrun import dry_run
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.specs.flows.flow import Flow
from promptci.specs.modelspec import ModelSpec
from promptci.suite.suite import Suite


def committed_records(project: Project, plan: Plan) -> Bases:
    """The records of the last commit, or of the last one before it whose record fits its files.

    A record that is damaged or stale is passed over, and a remark says so. An eval that was renamed
    since has those of its old name.
    """
    names = tuple(dict.fromkeys(task.spec.name for task in plan.tasks))
    if (tree := project.workspace.committed) is not None:
        tree.read_ahead([score_path(name) for name in names])
    found = {name: _committed(project, name) for name in names}

    def committed(name: str) -> Mapping[str, Record]:
        return _committed(project, name)

    origins = former_names(project, plan, found, committed)
    for name, was in origins.items():
        found[name] = _committed(project, was)
    records: dict[Name, Record] = {}
    last_fitting: dict[Name, LastFitting] = {}
    finder = _fitting_records(project)
    for task in plan.tasks:
        key = (task.spec.name, task.model.name)
        record = found[task.spec.name].get(task.model.name)
        known = None
        if record is None or not record_fits(record, task):
            known = _last_fitting(project, finder, task, origins.get(key[0], key[0]))
        if known is not None:
            _say(project, key, known)
            last_fitting[key] = known
            record = known.found.record if known.found else None
        if record is not None:
            records[key] = record
    return Bases(shared_out(project, records, plan, committed), last_fitting)


def _say(project: Project, name: Name, known: LastFitting) -> None:
    """Say which record is passed over, and what replaces it."""
    if said := known.said(LAST_COMMIT):
        project.observer.remark(f"{name[0]} on {name[1]}: {said}")


def build_if_installed(project: Project) -> Callable[[ModelSpec], str]:
    """The build of a model; none where its runtime is not installed, since no model is asked."""

    def build(model: ModelSpec) -> str:
        try:
            return project.models.build(model)
        except RequestError:
            return ""

    return build


def _fitting_records(project: Project) -> FittingRecords:
    def adopt(suite: Suite) -> Suite:
        return trusted(suite, project.workspace.suite, is_own=True)[0]

    return FittingRecords(project.workspace.repo, build_if_installed(project), adopt)


def _last_fitting(
    project: Project, finder: FittingRecords, task: Task, was: str
) -> LastFitting | None:
    """What a task is to be compared with; None where it is new."""
    head = project.workspace.repo.head()
    if head is None:
        return None
    is_only = project.workspace.suite.models(task.spec) == (task.model.name,)
    return finder.last(head, was, task.model.name, is_only=is_only)


def _committed(project: Project, name: str) -> Mapping[str, Record]:
    try:
        return project.workspace.records(project.workspace.committed, name)
    except NewerFormatError:
        raise
    except SpecError:  # which is said once it is known what replaces it
        return {}


def _readable(project: Project, name: str) -> dict[str, Record]:
    """The records in the working tree; none if they are damaged."""
    try:
        return project.workspace.records(project.workspace.repo.worktree, name)
    except SpecError:
        return {}


def gate_outcomes(
    project: Project,
    session: Session,
    outcomes: Sequence[EvalOutcome],
    *,
    times: int,
    last_fitting: Mapping[Name, LastFitting],
) -> tuple[EvalOutcome, ...]:
    """Compare outcomes with their bases as `check` would: flips confirmed, rules applied.

    Losses accepted in the records of the working tree block nothing.
    """
    sides = BaseSides(project, last_fitting)
    outcomes = [_rescored(project, session, sides, outcome) for outcome in outcomes]
    day = day_of(project.workspace.repo, project.workspace.repo.head())
    there = {
        (record.eval, record.model): record
        for name in dict.fromkeys(outcome.record.eval for outcome in outcomes)
        for record in _readable(project, name).values()
    }
    based = {(each.record.eval, each.record.model): each.base for each in outcomes}
    accepted = {name: in_force(each, based.get(name), day) for name, each in there.items()}
    settled = apply_regression_gate(outcomes, sides.of, session.run, accepted=accepted, times=times)
    prompts = (each for each in settled if not isinstance(each.task.prompt, Flow))
    said = (reused_label(each.base, each.record) for each in prompts if each.base is not None)
    for remark in dict.fromkeys(filter(None, said)):
        project.observer.remark(remark)
    settled = tuple(_without_accepted(project, each, accepted) for each in settled)
    settled = tuple(_with_ended(each, there, day) for each in settled)
    settled = tuple(with_base_tags(each, sides.of) for each in settled)
    return tuple(replace(each, against=sides.name(each)) for each in settled)


def _rescored(
    project: Project, session: Session, sides: BaseSides, outcome: EvalOutcome
) -> EvalOutcome:
    """An outcome compared with its base by the scorers of now; said, where those are others."""
    found = rescored(outcome, sides.of, session.run, lambda task: not asks(project, task))
    if found is outcome or found.base is None or outcome.base is None:
        return outcome
    scores = f"record {outcome.base.score:.1%}, by the new ones {found.base.score:.1%}"
    where = f"{found.title} on {found.record.model}"
    project.observer.remark(f"{where}: the scorers changed: {scores}, now {found.record.score:.1%}")
    return found


def _without_accepted(
    project: Project, outcome: EvalOutcome, accepted: Mapping[Name, frozenset[str]]
) -> EvalOutcome:
    """An outcome that does not fail for examples that must pass and whose loss was accepted."""
    record = outcome.record
    where = f"{record.eval} on {record.model}"
    ids = accepted.get((record.eval, record.model), frozenset())
    lifted = {must_pass_failure(where, id_): id_ for id_ in ids}
    for sentence in outcome.failures:
        if sentence in lifted:
            said = f"{where}: `{lifted[sentence]}` must pass, fails, and its loss was accepted"
            project.observer.remark(said)
    left = tuple(failure for failure in outcome.failures if failure not in lifted)
    return replace(outcome, failures=left, accepted=ids)


def _with_ended(outcome: EvalOutcome, there: Mapping[Name, Record], day: str) -> EvalOutcome:
    """An outcome that fails, too, for losses that were accepted until a day that is over."""
    before = there.get((outcome.record.eval, outcome.record.model))
    record = replace(outcome.record, accepted=before.accepted if before else ())
    ended = tuple(ended_sentence(record, loss) for loss in ended_losses(record, day))
    return replace(outcome, failures=(*outcome.failures, *ended)) if ended else outcome


def asks(project: Project, task: Task) -> bool:
    """Whether anything would have to be asked."""
    cache, price_of = project.workspace.cache, project.prices.price
    [estimate] = dry_run(Plan((task,)), cache=cache, price_of=price_of, until_asked=True)
    return bool(estimate.requests or estimate.is_least)
