"""`promptci run --rev A..B`: scores of commits that have no record, kept outside git."""

from collections.abc import Sequence

import click

from promptci.commands.context import look
from promptci.compare.outcome import EvalOutcome
from promptci.errors import NothingToRunError, RequestError
from promptci.git.commits import commits_between
from promptci.git.lineage import resolve
from promptci.git.revision import Revision
from promptci.history.laterrecords import LaterRecords
from promptci.history.missing import Gap, MissingRecords
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.render.terminal import past as report
from promptci.run.plan import Plan
from promptci.run.selection import Selection
from promptci.spending.limits import Limits


def fill_in(
    project: Project, span: str, selection: Selection, limits: Limits, *, wants_json: bool
) -> int:
    """Evaluate the commits of a span `A..B` whose files ask what no record of theirs answers.

    Every commit's own files are evaluated, at the endpoints that `promptci.yaml` names now. What
    they come to is kept in the state folder, from where `log` takes it. Returns 3 where a commit
    could not be evaluated. Raises `RequestError` for a malformed span and `NothingToRunError` for
    an empty one.
    """
    if selection.is_partial:
        raise RequestError(
            "--rev computes whole records: leave out --tag, --example, --sample and --repeat"
        )
    past = MissingRecords(
        repo=project.repo,
        now=project.suite,
        selection=selection,
        build_of=project.build,
        records=project.records,
        later=LaterRecords(project.state / "history"),
    )
    session = Session(project, limits)
    filled: list[tuple[Revision, EvalOutcome]] = []
    skipped: list[Gap] = []
    for gap in past.gaps(_commits(project, span)):
        if gap.obstacle:
            skipped.append(gap)
        else:
            filled += ((gap.revision, outcome) for outcome in _evaluate(gap, session, past.later))
    code = 3 if skipped or any(outcome.is_undecided for _, outcome in filled) else 0
    if wants_json:
        click.echo(report.report_document(filled, skipped, code))
    else:
        click.echo(report.report(filled, skipped, look()), nl=False)
        totals = {"asked": session.asked, "cached": session.cached}
        click.echo(report.closing(span, filled, skipped, **totals), err=True)
    return code


def _commits(project: Project, span: str) -> Sequence[str]:
    """The commits of a span, parents before children."""
    first, dots, last = span.partition("..")
    if not dots or not first or last.startswith("."):
        raise RequestError("--rev takes two commits with two dots between, such as v1..HEAD")
    ends = resolve(project.repo, first), resolve(project.repo, last or "HEAD")
    found = commits_between(project.repo, *ends)
    if not found:
        raise NothingToRunError(
            f"there is no commit in {span}: the second must come after the first"
        )
    return found


def _evaluate(gap: Gap, session: Session, later: LaterRecords) -> Sequence[EvalOutcome]:
    """What a commit comes to; whole records are kept at once."""
    outcomes = session.run(Plan(gap.tasks), lambda _: None).outcomes()
    for outcome in outcomes:
        if not outcome.is_undecided:
            record = outcome.record
            later.put(gap.revision.id, record.eval, {record.model: record})
    return outcomes
