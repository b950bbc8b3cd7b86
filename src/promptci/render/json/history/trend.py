"""The report of `log` without a name: all evals together."""

from typing import Annotated, Literal

from promptci.history.trendpoints import Trend, TrendPoint
from promptci.render.json.structure import ExitCode, Part, Report, says


class TrendExampleV1(Part, frozen=True, kw_only=True):
    """A golden example that was lost or won."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    example: Annotated[str, says("the example's id")]


class TrendCommitV1(Part, frozen=True, kw_only=True):
    """All records at one commit, and what it changed in them."""

    commit: Annotated[str, says("the full id")]
    date: Annotated[str, says("when it was made")]
    author: Annotated[str, says("who made it")]
    subject: Annotated[str, says("the first line of its message")]
    score: Annotated[
        float | None, says("the mean over all answered examples of all evals and models")
    ]
    passed: Annotated[int, says("how many examples passed")]
    total: Annotated[int, says("how many examples there are")]
    unmeasured: Annotated[int, says("how many were not asked since two branches were merged")]
    delta: Annotated[float, says("by how much examples moved it that both sides have")]
    lost: Annotated[list[TrendExampleV1], says("examples that passed before and fail here")]
    won: Annotated[list[TrendExampleV1], says("examples that failed before and pass here")]
    changed: Annotated[list[str], says("evals whose record changed")]
    added: Annotated[list[str], says("evals with a first record")]
    removed: Annotated[list[str], says("evals whose record went away")]
    not_comparable: Annotated[list[str], says("evals that cannot be compared with before")]
    damaged: Annotated[list[str], says("evals whose record cannot be read")]
    stale: Annotated[list[str], says("evals whose record is not of the commit's own files")]


class TrendV1(Report, frozen=True, kw_only=True):
    """How all evals scored together, commit by commit along the main line."""

    command: Literal["log"] = "log"
    exit_code: ExitCode
    commits: Annotated[list[TrendCommitV1], says("one item per commit, the newest first")]
    notes: Annotated[list[str], says("what to know of it, such as records without a commit")]
    older: Annotated[list[str], says("what records are older than the files here")]


def trend_document(trend: Trend) -> TrendV1:
    """The history of a project."""
    return TrendV1(
        exit_code=trend.exit_code,
        commits=[_commit(each) for each in trend.points],
        notes=list(trend.notes),
        older=list(trend.older),
    )


def _commit(point: TrendPoint) -> TrendCommitV1:
    step = point.step
    return TrendCommitV1(
        commit=step.revision.id,
        date=step.date,
        author=step.author,
        subject=step.subject,
        score=point.score,
        passed=point.passed,
        total=point.total,
        unmeasured=point.unmeasured,
        delta=point.delta,
        lost=[TrendExampleV1(eval=e, model=m, example=x) for e, m, x in point.lost],
        won=[TrendExampleV1(eval=e, model=m, example=x) for e, m, x in point.won],
        changed=list(point.changed),
        added=list(point.added),
        removed=list(point.removed),
        not_comparable=list(point.not_comparable),
        damaged=list(point.damaged),
        stale=list(point.stale),
    )
