"""Run one part of a plan into a bundle, and merge the bundles of all parts into records."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from promptci.atomic import write_bytes
from promptci.bundles.bundle import (
    BundleHeader,
    bundle_parts,
    check_bundle,
    read_header,
    refuse_other_file,
)
from promptci.bundles.carrying import take_answers
from promptci.compare.results import RunResult
from promptci.errors import (
    NothingToRunError,
    PromptCIError,
    RequestError,
    SpecError,
)
from promptci.project.project import Project
from promptci.project.running import estimate_run, plan_run, run_evals
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Plan
from promptci.run.planning.selection import Selection
from promptci.run.shards import plan_digest, shard_limits, stored_answers_of, with_shared_rates
from promptci.spending.limits import CONFIRM, Limits

_NAMED = 12
"""So many parts that are missing are named, the others counted."""


class IncompleteError(PromptCIError):
    """Bundles that do not make a whole run. Exit 3."""


class ShardResult(Struct, frozen=True):
    """What one part asked and wrote: `unanswered` examples have no answer in the bundle.

    `stopped` says what ended it before its end, such as a ceiling.
    """

    path: str
    examples: int
    answers: int
    unanswered: int
    stopped: PromptCIError | None = None

    @property
    def exit_code(self) -> int:
        """That of what stopped it, 3 where answers are missing, else 0: gates are for the whole."""
        if self.stopped is not None:
            return self.stopped.exit_code
        return 3 if self.unanswered else 0


def run_shard(
    project: Project, selection: Selection, limits: Limits, shard: tuple[int, int], bundle: Path
) -> ShardResult:
    """Ask the examples of one part and write their answers into a bundle.

    Ceilings and limits per minute are divided among the parts. No record is written and no gate is
    applied: that is for `merge_bundles`. What was answered is in the bundle whatever stopped it.
    Raises `RequestError` where the bundle would replace a file that is none, before asking.
    """
    refuse_other_file(bundle, "name another file with --bundle")
    whole = plan_run(project, selection)
    header = BundleHeader(
        plan_digest(whole),
        *shard,
        commit=_commit(project),
        names=selection.names,
        models=selection.models,
    )
    try:
        plan = plan_run(project, replace(selection, shard=shard))
    except NothingToRunError:  # so few examples that none is of this part
        write_bytes(bundle, bundle_parts(header, ()))
        return ShardResult(str(bundle), 0, 0, 0)
    plan = with_shared_rates(plan, shard[1])
    found = run_evals(project, plan, shard_limits(limits, shard), confirm=0, writes=False)
    answers = list(stored_answers_of(plan, project.workspace.cache))
    write_bytes(bundle, bundle_parts(header, answers))
    missing = sum(
        result.fate == "error" for each in found.outcomes for result in each.record.results
    )
    missing = max(missing, 0 if found.stopped is None else plan.count - found.progress.done)
    return ShardResult(str(bundle), plan.count, len(answers), missing, found.stopped)


def estimate_shard(
    project: Project, selection: Selection, limits: Limits, shard: tuple[int, int]
) -> tuple[Estimate, ...]:
    """What one part would ask at most and what that would cost, found without asking."""
    try:
        plan = plan_run(project, replace(selection, shard=shard))
    except NothingToRunError:
        plan_run(project, selection)
        return ()
    plan = with_shared_rates(plan, shard[1])
    return estimate_run(project, plan, limits, confirm=0)


def _commit(project: Project) -> str:
    head = project.workspace.repo.head()
    return "" if head is None else head.id


def merge_bundles(
    project: Project,
    bundles: Sequence[Path],
    limits: Limits,
    *,
    confirm: int = CONFIRM,
    allows_missing: bool = False,
) -> RunResult:
    """Take in the answers of all parts, then run the whole: what one process would have written.

    The order of the bundles does not matter, nor whether one comes twice. Only what confirms lost
    examples, and what no part answered, is asked. Raises `RequestError` for damaged bundles first,
    for those of another plan or commit or of other numbers of parts, `IncompleteError` naming
    parts that are missing; then nothing is written, unless `allows_missing`, which asks what is
    missing here.
    """
    headers = {path: read_header(path) for path in bundles}
    try:
        plan = _plan_of(project, bundles[0], headers[bundles[0]])
        _refuse_others(plan, headers)
        _refuse_other_commits(project, headers)
        _refuse_missing(list(headers.values()), allows_missing=allows_missing)
    except (RequestError, IncompleteError):
        for path in headers:  # one that is damaged would still be so with the other faults fixed
            check_bundle(path)
        raise
    in_order = sorted(headers, key=lambda each: (headers[each].shard, str(each)))
    taken = [take_answers(project.workspace.cache, path) for path in in_order]
    if not any(each.new for each in taken):
        project.observer.remark("nothing new in these bundles: all answers were stored already")
    return run_evals(project, plan, limits, confirm=confirm)


def _plan_of(project: Project, path: Path, header: BundleHeader) -> Plan:
    """What a bundle is of, as the files here say it."""
    try:
        return plan_run(project, Selection(header.names, header.models))
    except SpecError:
        raise
    except (RequestError, NothingToRunError) as error:
        raise _foreign(path, header, f" ({error})") from None


def _foreign(path: Path, header: BundleHeader, why: str = "") -> RequestError:
    of = f"commit {header.commit[:7]}" if header.commit else "other files"
    wrong = f"{path}: the bundle is of {of}, whose evals are not those here{why}"
    return RequestError(f"{wrong}: check out that commit, or run its shard again")


def _refuse_others(plan: Plan, headers: dict[Path, BundleHeader]) -> None:
    wanted = plan_digest(plan)
    for path, header in headers.items():
        if header.plan != wanted:
            raise _foreign(path, header)
    if len({header.of for header in headers.values()}) > 1:
        counts = ", ".join(sorted({str(header.of) for header in headers.values()}, key=int))
        raise RequestError(f"these bundles are parts of {counts}: merge those of one run")


def _refuse_other_commits(project: Project, headers: dict[Path, BundleHeader]) -> None:
    """Even with the same evals, whose answers fit: the parts of one run are of one commit."""
    here = _commit(project)
    for path, header in headers.items():
        if here and header.commit and header.commit != here:
            wrong = f"the bundle is of commit {header.commit[:7]}, and this is {here[:7]}"
            cure = "check out that commit, or take its answers with `promptci cache import` and run"
            raise RequestError(f"{path}: {wrong}: {cure}")


def _missing_words(missing: Sequence[int], of: int) -> str:
    if len(missing) == 1:
        what = f"the bundle of shard {missing[0]}/{of} is missing: add it"
        return f"{what}, or --ask-missing asks its examples here"
    listed = ", ".join(f"{number}/{of}" for number in missing[:_NAMED])
    more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
    what = f"the bundles of shards {listed}{more} are missing: add them"
    return f"{what}, or --ask-missing asks their examples here"


def _refuse_missing(headers: list[BundleHeader], *, allows_missing: bool) -> None:
    of = headers[0].of
    missing = sorted(set(range(1, of + 1)) - {header.shard for header in headers})
    if missing and not allows_missing:
        raise IncompleteError(_missing_words(missing, of))
