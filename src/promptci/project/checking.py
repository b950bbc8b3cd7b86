"""Check a change against its base, as continuous integration does."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from promptci.check.baserevision import Base
from promptci.check.basestate import BaseState
from promptci.check.check import check
from promptci.check.checked import Checked
from promptci.check.checkrules import CheckRules, HeadState, Runner, no_sides
from promptci.check.pullrequest import evaluating_command, is_from_fork
from promptci.check.trust import unaskable, with_settings_of
from promptci.check.verification import stage_first
from promptci.compare.planruns import RunPlan, pass_over
from promptci.errors import NothingToRunError
from promptci.git.index import unstaged
from promptci.git.lineage import day_of
from promptci.git.repo import CommitTree, Tree, WorkTree
from promptci.project.checkfiles import (
    barred_endpoints,
    base_suite_of,
    compared_files,
    find_last_fitting,
    left_out,
    moved_root,
    need_same_root,
    records_of,
)
from promptci.project.modeldates import models_in_use, remarks_on_models
from promptci.project.naming import need_project
from promptci.project.preflight import rehearsed
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.records.chunkfiles import score_path
from promptci.run.planning.task import no_build
from promptci.specs.completion import Completion
from promptci.specs.config import Config
from promptci.specs.evalspec import EvalSpec
from promptci.spending.limits import CONFIRM, Limits
from promptci.suite.filenames import covers
from promptci.suite.loading import load_head
from promptci.suite.suite import Suite

if TYPE_CHECKING:
    from promptci.compare.stored.recalledsides import SideRecall
    from promptci.run.driving.work import Finished, Sink
    from promptci.run.estimates import Estimate


class CheckOptions(Struct, frozen=True):
    """What a check is given.

    `base` is a revision, the main branch if None; `head` a commit to check without checking it
    out. `staged` checks the index instead of the working tree, `frozen` asks no model and holds
    the committed records against each other. `skips_without_key` leaves out the evals of endpoints
    whose key is missing, instead of refusing to start; `trusts_records` takes what a change's
    records claim for a verdict where nothing was asked.
    """

    base: str | None = None
    head: str | None = None
    staged: bool = False
    frozen: bool = False
    skips_without_key: bool = True
    confirm: int = CONFIRM
    trusts_records: bool = False


def check_change(
    project: Project,
    options: CheckOptions,
    limits_under: Callable[[Config], Limits],
    *,
    also: "Callable[[Finished], None]" = pass_over,
) -> Checked:
    """Evaluate what changed between base and head, verify the records and apply the gate.

    `limits_under` gives the ceilings under a configuration, which is the base's; `also` hears of
    every result. Writes nothing into the tree. A ceiling that is reached ends the check with what
    there is. Raises `PromptCIError` where it cannot begin or no model answers.
    """
    change = _read_change(project, options, limits_under)
    session = Session(project, change.limits, goes_on=True, total=change.estimates, also=also)
    try:
        session.fill(lambda: rehearsed(change.check).plans)
        if also is pass_over:
            checked = change.check(session.run_and_keep, count=session.count_stored)
        else:
            checked = change.check(session.run, also)
        batches, taken = session.allowance.receipts, session.taken
        checked = replace(checked, stopped=session.stopped, batches=batches, taken=taken)
    except NothingToRunError:
        need_project(project.workspace, "check")
        raise
    may_ask = change.base_suite.config.endpoints
    may_ask = {} if options.frozen or change.limits.offline else may_ask
    ends = remarks_on_models(project, models_in_use(change.head_suite), may_ask=may_ask)
    remark = project.workspace.state_remark
    folder = project.workspace.repo.prefix.rstrip("/")
    is_theirs = is_from_fork(project.environ)
    command = evaluating_command(project.environ, folder) if is_theirs else ""
    more = (remark,) if remark else ()
    notes = (*change.notes, *ends, *checked.notes, *more)
    moved = (*moved_root(project.workspace.repo, change.before), *checked.moved)
    if options.staged and checked.stale:
        checked = replace(checked, stale=stage_first(checked.stale, change.unstaged()))
    return replace(checked, evaluate_with=command, notes=notes, moved=moved, folder=folder)


def estimate_check(
    project: Project, options: CheckOptions, limits_under: Callable[[Config], Limits]
) -> "tuple[Estimate, ...]":
    """What a check would ask at most and what that would cost, found without asking."""
    return _read_change(project, options, limits_under).estimates()


class _Change(Struct, frozen=True):
    """A change and its base, read and ready to be checked."""

    project: Project
    options: CheckOptions
    base: Base
    before: CommitTree
    after: Tree
    base_suite: Suite
    head_suite: Suite
    limits: Limits
    notes: Sequence[str]
    unaskable: Mapping[str, str]

    def check(
        self,
        run: RunPlan,
        also: "Sink | None" = None,
        count: Callable[[int], None] = lambda answers: None,
    ) -> Checked:
        """Check it; `run` evaluates the plans, and `also` receives what it need not evaluate.

        Without an observer what runs left stays as it is; `count` is given how much.
        """
        project, options = self.project, self.options
        project.workspace.keep_out_of_git()
        fitting = find_last_fitting(project, self.base, self.base_suite, frozen=options.frozen)
        return check(
            BaseState(
                self.base,
                self.base_suite,
                records_of(project, self.before),
                fitting,
                unaskable=self.unaskable,
            ),
            HeadState(self.head_suite, records_of(project, self.after)),
            Runner(
                run,
                self._stored,
                no_build if options.frozen else project.models.build,
                project.need_code,
                also,
                no_sides if also else partial(self._sides, count),
            ),
            CheckRules(
                options.confirm,
                self.limits.barred,
                options.frozen,
                options.trusts_records,
                self._day,
            ),
        )

    def _sides(self, count: Callable[[int], None]) -> "SideRecall | None":
        """What runs left; None where answers are asked for again."""
        if self.limits.refresh or self.limits.refresh_judges:
            return None
        from promptci.compare.stored.recalledsides import SideRecall  # late: see `Runner`

        records = records_of(self.project, self.after)
        return SideRecall(self.project.answers, self._stored, records, count)

    def _stored(self, keys: Sequence[str]) -> Mapping[str, Completion]:
        """Stored answers; the cache is opened where one is looked for."""
        return self.project.workspace.cache.get(keys)

    @property
    def _day(self) -> str:
        """That on which the change was made, or the base if that is later."""
        repo, after = self.project.workspace.repo, self.after
        head = after.revision if isinstance(after, CommitTree) else repo.head()
        return day_of(repo, head, self.base.revision, self.base.tip)

    def unstaged(self) -> Mapping[str, Sequence[str]]:
        """Of each eval of the head the files of which the index has another form."""
        paths = unstaged(self.project.workspace.repo)
        return {
            name: [path for path in paths if covers((name, spec.prompt, _examples(spec)), path)]
            for name, spec in self.head_suite.evals.items()
        }

    def estimates(self) -> "tuple[Estimate, ...]":
        """What checking it may ask at most. It is said why nothing is asked of stale records."""
        found: list[Checked] = []

        def check_once(run: RunPlan) -> None:
            found.append(self.check(run))

        rehearsal = rehearsed(check_once)
        for stale in found[-1].stale if found else ():
            self.project.observer.remark(f"not judged: {stale}")
        return rehearsal.estimates(self.project, self.limits, self.limits.barred)


def _examples(spec: EvalSpec) -> str:
    """The file of an eval's golden examples; empty where they are in its own."""
    return f"evals/{spec.examples}" if isinstance(spec.examples, str) else ""


def _read_change(
    project: Project, options: CheckOptions, limits_under: Callable[[Config], Limits]
) -> _Change:
    repo = project.workspace.repo
    base, tree = compared_files(project, options.base, options.head, staged=options.staged)
    before = repo.tree(base.revision)
    base_suite, notes = base_suite_of(before, base.revision.short), list[str]()
    refused: Mapping[str, str] = {}
    before.read_ahead([score_path(name) for name in base_suite.evals])
    if base.tip is not None and base.tip.id != base.revision.id:
        tip = base_suite_of(repo.tree(base.tip), base.tip.name or base.tip.short)
        earlier = base_suite
        base_suite, notes = with_settings_of(base_suite, tip)
        refused = unaskable(earlier, base_suite)
    need_same_root(repo, before)
    is_on_disk = isinstance(tree, WorkTree)
    known = project.workspace.configuration if is_on_disk else None
    head_suite = load_head(tree, base_suite, known=known)
    notes = [*notes, *left_out(head_suite)]
    project.trust(base_suite.config)
    barred = barred_endpoints(project, base_suite.config) if options.skips_without_key else {}
    limits = replace(limits_under(base_suite.config), barred=barred)
    return _Change(
        project, options, base, before, tree, base_suite, head_suite, limits, tuple(notes), refused
    )
