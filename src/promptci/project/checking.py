"""Check a change against its base, as continuous integration does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from promptci.check.baserevision import Base, base_of, choose_base
from promptci.check.basestate import BaseState
from promptci.check.check import check
from promptci.check.checked import Checked
from promptci.check.inputs import CheckRules, HeadState, Runner
from promptci.check.lastfitting import FindLastFitting, FittingRecords, LastFitting
from promptci.check.pullrequest import evaluating_command, is_from_fork
from promptci.check.trust import trusted, under_terms_of
from promptci.compare.confirmation import RunPlan, pass_over
from promptci.errors import NothingToRunError, RepoError, RequestError, SpecError
from promptci.git.index import IndexTree
from promptci.git.lineage import day_of, resolve
from promptci.git.repo import CommitTree, Tree, WorkTree
from promptci.project.modeldates import models_in_use, remarks_on_models
from promptci.project.naming import need_project
from promptci.project.preflight import rehearsed
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.records.record import Record
from promptci.run.estimates import Estimate
from promptci.run.work import Finished
from promptci.specs.config import Config
from promptci.specs.keys import missing_keys
from promptci.spending.limits import CONFIRM, Limits
from promptci.suite.configuration import CONFIG
from promptci.suite.filenames import FOLDERS
from promptci.suite.loading import load_base, load_head
from promptci.suite.suite import Suite


@dataclass(frozen=True)
class CheckOptions:
    """What a check is told.

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
    also: Callable[[Finished], None] = pass_over,
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
        checked = change.check(session.run)
        batches = session.allowance.receipts
        checked = replace(checked, stopped=session.stopped, batches=batches)
    except NothingToRunError:
        need_project(project.workspace, "check")
        raise
    may_ask = change.base_suite.config.endpoints
    may_ask = {} if options.frozen or change.limits.offline else may_ask
    ends = remarks_on_models(project, models_in_use(change.head_suite), may_ask=may_ask)
    remark = project.workspace.state_remark
    command = evaluating_command(project.environ) if is_from_fork(project.environ) else ""
    more = (remark,) if remark else ()
    notes = (*change.notes, *ends, *checked.notes, *more)
    return replace(checked, evaluate_with=command, notes=notes)


def estimate_check(
    project: Project, options: CheckOptions, limits_under: Callable[[Config], Limits]
) -> tuple[Estimate, ...]:
    """What a check would ask at most and what that would cost, found without asking."""
    return _read_change(project, options, limits_under).estimates()


@dataclass(frozen=True)
class _Change:
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

    def check(self, run: RunPlan) -> Checked:
        """Check it; `run` evaluates the plans."""
        project, options = self.project, self.options
        fitting = _last_fitting(project, self.base, self.base_suite, frozen=options.frozen)
        return check(
            BaseState(self.base, self.base_suite, _records(project, self.before), fitting),
            HeadState(self.head_suite, _records(project, self.after)),
            Runner(
                run,
                project.workspace.cache.get,
                _no_build if options.frozen else project.models.build,
                project.need_code,
            ),
            CheckRules(
                options.confirm,
                self.limits.barred,
                options.frozen,
                options.trusts_records,
                self._day,
            ),
        )

    @property
    def _day(self) -> str:
        """That on which the change was made, or the base if that is later."""
        repo, after = self.project.workspace.repo, self.after
        head = after.revision if isinstance(after, CommitTree) else repo.head()
        return day_of(repo, head, self.base.revision, self.base.tip)

    def estimates(self) -> tuple[Estimate, ...]:
        """What checking it may ask at most."""
        rehearsal = rehearsed(self.check)
        return rehearsal.estimates(self.project, self.limits, self.limits.barred)


def _left_out(suite: Suite) -> list[str]:
    """Why files of the change are not evaluated, in a sentence each."""
    firsts = {
        fault.path: fault for fault in reversed(suite.warnings) if fault.path in suite.optional
    }
    return [f"left out: {fault}" for _, fault in sorted(firsts.items())]


def _read_change(
    project: Project, options: CheckOptions, limits_under: Callable[[Config], Limits]
) -> _Change:
    repo = project.workspace.repo
    base, tree = _sides(project, options)
    before = repo.tree(base.revision)
    base_suite, notes = _base_suite(before, base.revision.short), list[str]()
    if base.tip is not None and base.tip.id != base.revision.id:
        tip = _base_suite(repo.tree(base.tip), base.tip.name or base.tip.short)
        base_suite, notes = under_terms_of(base_suite, tip)
    _need_same_root(project, before)
    is_on_disk = isinstance(tree, WorkTree)
    known = project.workspace.configuration if is_on_disk else None
    head_suite = load_head(tree, base_suite, known=known)
    notes = [*notes, *_left_out(head_suite)]
    project.trust(base_suite.config)
    barred = _barred(project, base_suite.config) if options.skips_without_key else {}
    limits = replace(limits_under(base_suite.config), barred=barred)
    return _Change(
        project, options, base, before, tree, base_suite, head_suite, limits, tuple(notes)
    )


def _last_fitting(
    project: Project, base: Base, base_suite: Suite, *, frozen: bool
) -> FindLastFitting:
    """Finds the last commit whose record of an eval fits its files, from the base on."""

    def adopt(suite: Suite) -> Suite:
        found, _ = trusted(suite, base_suite, is_own=True)
        return replace(found, code_base=base_suite.code_base or base_suite)

    build_of = _no_build if frozen else project.models.build
    finder = FittingRecords(project.workspace.repo, build_of, adopt)

    def last(name: str, model: str, is_only: bool) -> LastFitting | None:
        return finder.last(base.revision, name, model, is_only=is_only)

    return last


def _sides(project: Project, options: CheckOptions) -> tuple[Base, Tree]:
    """The base, and the files that are compared with it."""
    repo = project.workspace.repo
    if options.head is None:
        tree: Tree = IndexTree(repo) if options.staged else repo.worktree
        base = choose_base(repo, options.base, project.environ, staged=options.staged)
        return base, tree
    if options.staged:
        raise RequestError("--head names a commit and --staged the index: leave one of them out")
    revision = resolve(repo, options.head)
    return base_of(repo, revision, options.base or "HEAD"), repo.tree(revision)


def _need_same_root(project: Project, base: CommitTree) -> None:
    """A change must not choose which project of a repository is checked. Raises `RepoError`.

    Where the base has a project at another of the folders above, that is the one it should be.
    """
    repo = project.workspace.repo
    here = repo.prefix
    for prefix in repo.prefixes:
        tree = base if prefix == here else base.below(prefix)
        if tree.exists(CONFIG) or any(map(tree.files, FOLDERS)):
            if prefix != here:
                there = f"`{prefix or '.'}` at the base and `{here or '.'}` here"
                raise RepoError(f"the project is in {there}: check both by their folders, with -C")
            return


def _barred(project: Project, config: Config) -> dict[str, str]:
    """The endpoints that cannot be asked for want of a key, and why."""
    environ = project.environ
    return missing_keys(config.endpoints, environ, is_fork=is_from_fork(environ))


def _base_suite(tree: Tree, name: str) -> Suite:
    try:
        return load_base(tree)
    except SpecError as error:
        raise RepoError(f"the files of the base {name} cannot be used: {error}") from error


def _records(project: Project, tree: Tree) -> Callable[[str], Mapping[str, Record]]:
    """The records of a tree, each file read once."""
    known: dict[str, Mapping[str, Record]] = {}

    def find(name: str) -> Mapping[str, Record]:
        if name not in known:
            known[name] = project.workspace.records(tree, name)
        return known[name]

    return find


def _no_build(_: object) -> str:
    return ""
