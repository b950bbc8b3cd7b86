"""Gather what a report page shows, from stored answers, committed records and git alone."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from promptci.check.checked import Checked
from promptci.check.evalstate import record_fits
from promptci.compare.outcomes.outcome import EvalOutcome, from_record
from promptci.compare.results import CompareResult, RunResult
from promptci.errors import PromptCIError, RequestError, SpecError
from promptci.git.revision import Revision
from promptci.history.stalemarks import FilesThen
from promptci.judges.judgeresult import JudgeResult
from promptci.project.checking import CheckOptions, check_change
from promptci.project.comparing import CompareOptions, compare_sides
from promptci.project.judgequality import AgreementOptions, measure_judges
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.records.record import Record
from promptci.remembered import Remembered
from promptci.reportdata.answerbook import AnswerBook
from promptci.reportdata.lasterrors import last_errors
from promptci.reportdata.past import MOST_COMMITS, read_past
from promptci.reportdata.pastscores import Past
from promptci.reportdata.reported import WORKING_TREE, Reported
from promptci.run.logged.runlog import log_lines
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.spending.limits import CONFIRM, Limits
from promptci.suite.loading import load_suite
from promptci.suite.suite import Suite

_OFFLINE = Limits(offline=True)
_RECORDS = (
    "Not all answers are stored here, so the committed records are used for them: "
    "`promptci check` asks what is missing."
)
_NOT_STORED = "{count} answers are not stored here: `promptci {cure}` asks for them."


def gather_report(
    project: Project, revisions: Sequence[str] = (), *, commits: int = MOST_COMMITS
) -> Reported:
    """What a page shows of the working tree against its base, or of one operand against another.

    Without a revision the base is that of `check`; one names the base, two name base and head.
    Nothing is asked and nothing written. Raises `PromptCIError` where there is nothing to show.
    """
    if len(revisions) > 2:
        raise RequestError("a report compares two sides: name at most a base and a head")
    book = AnswerBook()
    found = _gathered(project, revisions, book, commits)
    if len(revisions) == 2:
        found = replace(found, elsewhere=_elsewhere(project, found))
    if book.missing:
        book.last_errors = last_errors(log_lines(project.workspace.state / "runs"))
    return found


def _elsewhere(project: Project, found: Reported) -> frozenset[str]:
    """The evals whose head is not what the files say now, which is what commands read."""
    heads = [*(each.pair.head for each in found.compared), *(each.task for each in found.outcomes)]
    names = {task.spec.name for task in heads}
    try:
        suite = project.workspace.suite
        there = tuple(sorted(names & suite.evals.keys()))
        plan = make_plan(suite, Selection(there), project.models.build) if there else Plan(())
    except PromptCIError:
        return frozenset(names)
    now = {(task.spec.name, task.model.name): task.fingerprint for task in plan.tasks}
    return frozenset(
        task.spec.name
        for task in heads
        if now.get((task.spec.name, task.model.name)) != task.fingerprint
    )


def _gathered(
    project: Project, revisions: Sequence[str], book: AnswerBook, commits: int
) -> Reported:
    repo = project.workspace.repo
    if repo.head() is None:
        found = _alone(project, project.workspace.suite, (), book)
        return Reported(None, WORKING_TREE, book, found, judges=_judges(project))
    if len(revisions) == 2 and not all(map(_is_revision(project), revisions)):
        return _compared(project, revisions, book, commits)
    return _checked(project, revisions, book, commits)


def _checked(
    project: Project, revisions: Sequence[str], book: AnswerBook, commits: int
) -> Reported:
    """A page of a check: by stored answers, or by committed records where some are missing."""
    base, head = (*revisions, None, None)[:2]
    options = CheckOptions(base, head)
    checked = _check(project, options, book)
    is_from_records = bool(book.missing)
    if is_from_records:
        checked = _check(project, replace(options, frozen=True, trusts_records=True), book)
    elif book.missing_repeats:
        checked = _check(project, replace(options, confirm=0), book)
    found = page_of_check(project, checked, book, head=head, commits=commits)
    notes = (_RECORDS,) if is_from_records else ()
    return replace(found, is_from_records=is_from_records, notes=notes)


def page_of_check(
    project: Project,
    checked: Checked,
    book: AnswerBook,
    *,
    head: str | None = None,
    commits: int = MOST_COMMITS,
) -> Reported:
    """What a page shows of a check that was made; `book` has what it evaluated."""
    repo = project.workspace.repo
    tree = repo.worktree if head is None else repo.tree(repo.resolve(head))
    suite = project.workspace.suite if head is None else load_suite(tree)
    pairs = [each.pair for each in checked.compared]
    _fill(project, [task for pair in pairs for task in (pair.base, pair.head)], book)
    names = {name for name, _ in checked.reused}
    if checked.stale:
        names = suite.evals.keys() - {each.name for each in checked.compared}
        names -= {each.record.eval for each in checked.fresh}
    newest = repo.head() if head is None else repo.resolve(head)
    return Reported(
        checked,
        head or WORKING_TREE,
        book,
        _alone(project, suite, sorted(names), book),
        past=_past(project, newest, commits),
        judges=_judges(project),
    )


def page_of_run(project: Project, result: RunResult, book: AnswerBook) -> Reported:
    """What a page shows of a run: one side, compared with the records that it had before."""
    past = _past(project, project.workspace.repo.head())
    return Reported(result, WORKING_TREE, book, past=past, judges=_judges(project))


def _past(project: Project, newest: Revision | None, most: int = MOST_COMMITS) -> Past:
    """What the last commits recorded, with the records that are not of their files marked."""
    remembered = Remembered()
    remembered.keep_in(lambda: project.workspace.cache_path.parent)
    repo = project.workspace.repo
    return read_past(repo, newest, most=most, then=FilesThen(repo, remembered))


def _check(project: Project, options: CheckOptions, book: AnswerBook) -> Checked:
    try:
        return check_change(project, options, lambda _: _OFFLINE, also=book.take)
    finally:
        project.base_config = None


def _compared(
    project: Project, operands: Sequence[str], book: AnswerBook, commits: int
) -> Reported:
    """A page of a comparison of models, labels or files of prompts."""
    base, head = operands
    result = _compare(project, base, head, book, CONFIRM)
    if book.missing_repeats:
        result = _compare(project, base, head, book, 0)
    missing = book.missing
    found = page_of_comparison(project, result, book, commits=commits)
    said = _NOT_STORED.format(count=f"{missing:,}", cure=f"compare {base} {head}")
    return replace(found, notes=(said,) if missing else ())


def page_of_comparison(
    project: Project, result: CompareResult, book: AnswerBook, *, commits: int = MOST_COMMITS
) -> Reported:
    """What a page shows of a comparison that was made."""
    past = _past(project, project.workspace.repo.head(), commits)
    return Reported(result, result.head.name, book, past=past, judges=_judges(project))


def _compare(project: Project, base: str, head: str, book: AnswerBook, times: int) -> CompareResult:
    options = CompareOptions(confirm=times)
    return compare_sides(project, base, head, _OFFLINE, options, also=book.take)


def _alone(
    project: Project, suite: Suite, names: Sequence[str], book: AnswerBook
) -> tuple[EvalOutcome, ...]:
    """Evals with one side, by stored answers or else by the committed record; all without names."""
    if project.workspace.repo.head() is not None and not names:
        return ()
    plan = make_plan(suite, Selection(tuple(names)), project.models.build)
    missing = book.missing
    outcomes = _run(project, plan, book)
    if book.missing == missing:
        return outcomes
    return tuple(_by_record(project, suite, each) for each in outcomes)


def _by_record(project: Project, suite: Suite, found: EvalOutcome) -> EvalOutcome:
    """What the record says of a task whose answers are not all stored, if it is of that task."""
    task = found.task
    if not found.record.errors:
        return found
    try:
        records = project.workspace.records(suite.tree, task.spec.name)
    except SpecError:
        return found
    record: Record | None = records.get(task.model.name)
    return from_record(task, record) if record and record_fits(record, task) else found


def _fill(project: Project, tasks: Iterable[Task], book: AnswerBook) -> None:
    """Look up the answers of tasks whose record is used: they decide nothing."""
    missing = book.missing
    unread = tuple({id(task): task for task in tasks if not book.has(task)}.values())
    if unread:
        _run(project, Plan(unread, is_partial=True), book)
    book.missing = missing


def _run(project: Project, plan: Plan, book: AnswerBook) -> tuple[EvalOutcome, ...]:
    if any(task.judges.runs_code for task in plan.tasks):
        project.need_code()
    session = Session(project, _OFFLINE, says_bound=False, also=book.take)
    return session.run(plan, lambda _: None).outcomes()


def _judges(project: Project) -> JudgeResult:
    """How far judges agree with people, by the stored verdicts; nothing without golden sets."""
    try:
        return measure_judges(project, None, _OFFLINE, AgreementOptions())
    except PromptCIError:
        return JudgeResult(())


def _is_revision(project: Project) -> Callable[[str], bool]:
    def is_revision(operand: str) -> bool:
        try:
            project.workspace.repo.resolve(operand)
        except RequestError:
            return False
        return True

    return is_revision
