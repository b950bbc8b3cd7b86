"""Evaluate prompts on their golden examples and record the scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice

from msgspec.structs import replace

from promptci.compare.flipestimate import estimate_flips
from promptci.compare.outcomes.outcome import EvalOutcome, with_cost
from promptci.compare.planruns import pass_over
from promptci.compare.results import RunResult
from promptci.compare.stored.recalling import NOTHING_RECALLED, Recalled
from promptci.errors import BudgetError, NotStoredError, StorageError
from promptci.project.allowance import Allowance
from promptci.project.loggedrun import evaluate_logged
from promptci.project.preflight import say_doubts, without_keyless
from promptci.project.project import Project
from promptci.project.runrecords.bases import committed_records, gate_outcomes
from promptci.project.runrecords.basesides import Bases, Name, under_base_gates
from promptci.project.runrecords.recording import write_records
from promptci.project.runrecords.recordwriting import bring_chunks
from promptci.project.runrecords.reusing import (
    KnownResults,
    Reuse,
    may_be_stored,
    recalled_tasks,
    reusable_records,
    reused_outcome,
)
from promptci.project.runrecords.settledrecords import beside_records, settled_outcomes
from promptci.project.runrecords.storedflips import bounded_rest, stored_flips, with_confirmations
from promptci.project.session import Session
from promptci.records.record import Record
from promptci.records.results import failed_of
from promptci.run.driving.work import Finished
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.planbounds import with_repeats
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.spending.limits import CONFIRM, Limits
from promptci.suite.naming import passed_over

MOST_AHEAD = 500
"""Examples that failed before and are asked ahead of the others, of each eval and model."""


def plan_run(project: Project, selection: Selection) -> Plan:
    """What a run would evaluate. Raises `SpecError` with every fault, `NothingToRunError`."""
    suite = project.workspace.suite
    if others := passed_over(selection.names, suite.evals, suite.prompts):
        project.observer.remark(others)
    plan = make_plan(suite, selection, project.models.build)
    for fault in (*plan.left_out, *plan.warnings):
        project.observer.remark(str(fault))
    return plan


def estimate_run(
    project: Project, plan: Plan, limits: Limits, *, confirm: int = CONFIRM
) -> tuple[Estimate, ...]:
    """What a run would ask at most and what that would cost, found without asking."""
    say_doubts(project, plan, is_offline=True)
    bases = committed_records(project, plan)
    plan = under_base_gates(project, plan, bases)
    reused = _reused(project, plan, limits, bases, NOTHING_RECALLED)
    price_of, rest = project.price_under(limits), reused.rest(plan)
    found = dry_run(
        with_confirmations(rest, bases, limits, confirm),
        cache=project.workspace.cache,
        price_of=price_of,
        refresh=limits.refresh,
        refresh_judges=limits.refresh_judges,
    )
    asked = {id(estimate.task): estimate for estimate in found}
    known = [asked.get(id(t)) or Estimate(t, t.count, recorded=t.count) for t in plan.tasks]
    stored = [each.task for each in found if not (each.requests or each.is_least)]
    recalled = recalled_tasks(project, replace(rest, tasks=tuple(stored)), limits, bases)
    flips = stored_flips(project, rest, limits, KnownResults(bases, recalled), stored, confirm)
    again = () if limits.offline else (*reused.again(plan, bases, confirm), *flips)
    return with_repeats(known, again, price_of) if again else tuple(known)


def run_evals(
    project: Project,
    plan: Plan,
    limits: Limits,
    *,
    confirm: int = CONFIRM,
    writes: bool = True,
    allowance: Allowance | None = None,
    also: Callable[[Finished], None] = pass_over,
) -> RunResult:
    """Ask what is not stored, score everything, apply the gate and write the score records.

    `confirm` is how often flipped examples are asked again. Records are written of evals that ran
    whole. With an `allowance` the run spends from that. A ceiling that is reached ends the run
    with what there is. `also` receives every result. Raises `PromptCIError` where the run cannot
    begin or no model answers.
    """
    _begin(project, plan, is_offline=limits.offline, writes=writes)
    limits = without_keyless(project, plan, limits)
    bases = committed_records(project, plan)
    plan = under_base_gates(project, plan, bases)
    may_recall = also is pass_over and limits.batch is None and not project.names_store
    recalled = recalled_tasks(project, plan, limits, bases) if may_recall else NOTHING_RECALLED
    run = partial(_run, project, plan, confirm=confirm, writes=writes, also=also)
    if may_recall and allowance is None and may_be_stored(project, plan, limits, bases):
        with suppress(NotStoredError):
            return run(replace(limits, only_stored=True), KnownResults(bases, recalled))
    reused = _reused(project, plan, limits, bases, recalled)
    return run(limits, KnownResults(bases, recalled, reused), allowance=allowance)


def _run(
    project: Project,
    plan: Plan,
    limits: Limits,
    known: KnownResults,
    *,
    confirm: int,
    writes: bool,
    also: Callable[[Finished], None],
    allowance: Allowance | None = None,
) -> RunResult:
    """The outcome of a run; what is `only_stored` may be asked for again to confirm it."""
    bases, reused, recalled = known.bases, known.reused, known.recalled
    first_limits, limits = limits, replace(limits, only_stored=False)
    session = Session(project, limits, says_bound=False, allowance=allowance, also=also)
    ahead = _ahead(plan, bases.records, most=None if limits.sequential else MOST_AHEAD)
    plan = replace(plan, ahead=ahead, is_brief=also is pass_over)
    rest = bounded_rest(project, plan, limits, known, confirm)
    spends = session.allowance
    collector, progress, stopped = evaluate_logged(
        project, rest, first_limits, bases.records, allowance=spends, also=also, recalled=recalled
    )
    first = tuple(_in_order(plan, reused.records, bases, collector.outcomes()))
    keeps = writes and not plan.is_partial
    if stopped is not None:
        project.was_cut_short = True
        lost = tuple(collector.lost(first))
        return _whole(session, plan, RunResult(first, lost, (), progress, keeps, stopped))
    times = 0 if plan.is_partial else confirm
    if not progress.calls:  # else it was said, repeats included
        session.announce(lambda: estimate_flips(first, times, project.price_under(limits)))
    outcomes, stopped = _gated(project, session, first, bases, times)
    progress.add(session.asked, session.cached, session.cost)
    progress.calls = spends.calls
    is_asked = times > 0 and stopped is None and not limits.offline
    settled = settled_outcomes(outcomes, is_confirmed=is_asked) if keeps else outcomes
    written, unwritten = _written(project, settled) if keeps else ((), None)
    shown, lost = beside_records(outcomes, settled), tuple(collector.lost(outcomes))
    result = RunResult(shown, lost, written, progress, keeps, stopped or unwritten)
    return _whole(session, plan, result)


def _begin(project: Project, plan: Plan, *, is_offline: bool, writes: bool) -> None:
    """Say what is doubtful, and move the chunks of renamed records beside them."""
    repo = project.workspace.repo
    for was, folder in bring_chunks(repo.root, repo.worktree) if writes else ():
        project.observer.remark(f"{was}: moved to {folder}, beside its record")
    say_doubts(project, plan, is_offline=is_offline)


def _whole(session: Session, plan: Plan, result: RunResult) -> RunResult:
    """A result with what could not be run, what changes cost, and what rode in batches."""
    if not plan.is_partial and plan.repeat == 1:
        result = replace(result, outcomes=tuple(map(with_cost, result.outcomes)))
    batches = session.allowance.receipts
    return replace(result, left_out=plan.left_out, unchanged=plan.unchanged, batches=batches)


def _reused(
    project: Project, plan: Plan, limits: Limits, bases: Bases, recalled: Recalled
) -> Reuse:
    """The records used for tasks of which not every answer is stored; a remark says so."""
    rest = replace(plan, tasks=tuple(task for task in plan.tasks if id(task) not in recalled))
    reused = reusable_records(project, rest, limits, bases)
    for said in reused.remarks(plan):
        project.observer.remark(said)
    return reused


def _gated(
    project: Project, session: Session, first: tuple[EvalOutcome, ...], bases: Bases, times: int
) -> tuple[tuple[EvalOutcome, ...], BudgetError | None]:
    """Outcomes compared with the bases; where a ceiling ends that, flips stay unconfirmed."""
    last_fitting = bases.last_fitting
    try:
        return gate_outcomes(project, session, first, times=times, last_fitting=last_fitting), None
    except BudgetError as error:
        project.was_cut_short = True
        return gate_outcomes(project, session, first, times=0, last_fitting=last_fitting), error


def _written(
    project: Project, outcomes: Sequence[EvalOutcome]
) -> tuple[tuple[str, ...], StorageError | None]:
    """The records written, and why not all of them could be."""
    written: list[str] = []
    try:
        written.extend(write_records(project, outcomes))
    except StorageError as error:
        return tuple(written), error
    return tuple(written), None


def _ahead(
    plan: Plan, bases: Mapping[tuple[str, str], Record], *, most: int | None
) -> dict[Name, frozenset[str]]:
    """Must-pass examples and those that failed, of changed tasks: what is likeliest to decide."""
    found = {}
    for task in plan.tasks:
        name = task.spec.name, task.model.name
        base = bases.get(name)
        if base is None or base.parts != task.parts:
            failed = (result.id for result in failed_of(base.results)) if base else ()
            found[name] = frozenset((*task.spec.gate.must_pass, *islice(failed, most)))
    return found


def _in_order(
    plan: Plan, reused: Mapping[int, Record], bases: Bases, ran: Sequence[EvalOutcome]
) -> Iterator[EvalOutcome]:
    """Outcomes in the order of a plan, of those that ran and those whose record is used."""
    found = {id(outcome.task): outcome for outcome in ran}
    for task in plan.tasks:
        record = reused.get(id(task))
        yield found[id(task)] if record is None else reused_outcome(task, record, bases)
