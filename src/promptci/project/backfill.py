"""Compute the scores of past commits that have no record, and keep them outside git."""

from collections.abc import Sequence

from msgspec import Struct

from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.errors import NothingToRunError, RequestError
from promptci.git.commits import commits_between
from promptci.git.lineage import resolve
from promptci.git.revision import Revision
from promptci.history.laterrecords import LaterRecords
from promptci.history.missingrecords import Gap, MissingRecords
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.planning.plan import Plan
from promptci.run.planning.selection import Selection
from promptci.spending.limits import Limits


class BackfillResult(Struct, frozen=True):
    """The results of the commits of a span: outcomes, and commits that could not be evaluated."""

    filled: tuple[tuple[Revision, EvalOutcome], ...]
    skipped: tuple[Gap, ...]
    asked: int
    cached: int

    @property
    def exit_code(self) -> int:
        """3 where a commit could not be evaluated, or not whole, else 0."""
        undecided = any(outcome.is_undecided for _, outcome in self.filled)
        return 3 if self.skipped or undecided else 0


def fill_in(project: Project, span: str, selection: Selection, limits: Limits) -> BackfillResult:
    """Evaluate the commits of a span `A..B` whose files ask what no record of theirs answers.

    Every commit's own files are evaluated, at the endpoints that `promptci.yaml` names now. What
    they result in is kept in the state folder, from where `log` takes it. Raises `RequestError` for
    a malformed span and `NothingToRunError` for an empty one.
    """
    if selection.is_partial:
        raise RequestError(
            "--rev computes whole records: leave out --tag, --example, --sample and --repeat"
        )
    past = MissingRecords(
        repo=project.workspace.repo,
        now=project.workspace.suite,
        selection=selection,
        build_of=project.models.build,
        records=project.workspace.records,
        later=LaterRecords(project.workspace.state / "history"),
    )
    session = Session(project, limits)
    filled: list[tuple[Revision, EvalOutcome]] = []
    skipped: list[Gap] = []
    for gap in past.gaps(_commits(project, span)):
        if gap.obstacle:
            skipped.append(gap)
        else:
            filled += ((gap.revision, outcome) for outcome in _evaluate(gap, session, past.later))
    return BackfillResult(tuple(filled), tuple(skipped), session.asked, session.cached)


def _commits(project: Project, span: str) -> Sequence[str]:
    """The commits of a span, parents before children."""
    first, dots, last = span.partition("..")
    if not dots or not first or last.startswith("."):
        raise RequestError("--rev takes two commits with two dots between, such as v1..HEAD")
    ends = resolve(project.workspace.repo, first), resolve(project.workspace.repo, last or "HEAD")
    found = commits_between(project.workspace.repo, *ends)
    if not found:
        raise NothingToRunError(
            f"there is no commit in {span}: the second must come after the first"
        )
    return found


def _evaluate(gap: Gap, session: Session, later: LaterRecords) -> Sequence[EvalOutcome]:
    """The result of a commit; whole records are kept at once."""
    outcomes = session.run(Plan(gap.tasks), lambda _: None).outcomes()
    for outcome in outcomes:
        if not outcome.is_undecided:
            record = outcome.record
            later.put(gap.revision.id, record.eval, {record.model: record})
    return outcomes
