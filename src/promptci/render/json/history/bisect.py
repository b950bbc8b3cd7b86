"""The report of `bisect`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from promptci.compare.lostexamples import LostExample
from promptci.git.lineage import Commit
from promptci.history.culprit import Culprit
from promptci.history.timeline import TimelinePoint
from promptci.render.json.structure import ExitCode, Part, Report, says
from promptci.render.promptdiff import prompt_diff


class CandidateV1(Part, frozen=True, kw_only=True):
    """A commit that may have made it worse."""

    commit: Annotated[str, says("the full id")]
    date: Annotated[str, says("when it was made")]
    author: Annotated[str, says("who made it")]
    subject: Annotated[str, says("the first line of its message")]
    obstacle: Annotated[str | None, says("why it could not be evaluated")]


class MeasuredCommitV1(Part, frozen=True, kw_only=True):
    """A commit that was evaluated."""

    commit: Annotated[str, says("the full id")]
    fingerprint: Annotated[str, says("the digest of everything that was evaluated")]
    model: Annotated[str, says("the model's name")]
    prompt: Annotated[str, says("the prompt's digest")]
    score: Annotated[float, says("over all examples")]


class LostBetweenV1(Part, frozen=True, kw_only=True):
    """An example lost between the two commits."""

    example: Annotated[str, says("its id")]
    expected: Annotated[Any, says("what was expected")]
    base: Annotated[str, says("the answer at `last_good`")]
    head: Annotated[str, says("the answer at `first_bad`")]
    why: Annotated[str, says("why the second answer fails")]


class BisectV1(Report, frozen=True, kw_only=True):
    """The commit that made an eval worse."""

    command: Literal["bisect"] = "bisect"
    exit_code: ExitCode
    eval: Annotated[str, says("the eval's name")]
    example: Annotated[str | None, says("the example searched for; null for the score")]
    good: Annotated[str, says("the commit given by `--good`")]
    bad: Annotated[str, says("the commit given by `--bad`")]
    limit: Annotated[float | None, says("a lower score is bad; null with an example")]
    commits: Annotated[int, says("how many commits were searched")]
    states: Annotated[int, says("how many states of prompt and model these have")]
    candidates: Annotated[
        list[CandidateV1], says("commits that may have made it worse, the oldest first")
    ]
    last_good: Annotated[MeasuredCommitV1, says("the last commit known to be good")]
    first_bad: Annotated[MeasuredCommitV1, says("the first commit known to be bad")]
    diff: Annotated[str, says("how the prompt differs between the two")]
    lost: Annotated[list[LostBetweenV1], says("at most 50 examples lost between the two")]
    flaky: Annotated[list[str], says("ids of examples that flip from one answer to the next")]
    confirmed: Annotated[bool, says("whether lost examples were asked again")]


def bisect_report(found: Culprit, candidates: Sequence[Commit]) -> BisectV1:
    """What a search found; `candidates` are the commits that may have made it worse."""
    compared, timeline = found.compared, found.timeline
    points = (*found.between, found.first)
    return BisectV1(
        exit_code=found.exit_code,
        eval=compared.name,
        example=found.example or None,
        good=timeline.good.id,
        bad=timeline.bad.id,
        limit=found.limit,
        commits=len(timeline.revisions),
        states=len(timeline.points),
        candidates=[_candidate(*each) for each in zip(candidates, points, strict=True)],
        last_good=_measured(found.before, compared.base.record.score),
        first_bad=_measured(found.first, compared.head.record.score),
        diff="\n".join(prompt_diff(found)),
        lost=[_lost(each) for each in compared.lost],
        flaky=list(compared.confirmed.comparison.ids("flaky")),
        confirmed=compared.confirmed.was_asked,
    )


def _candidate(commit: Commit, point: TimelinePoint) -> CandidateV1:
    return CandidateV1(
        commit=commit.revision.id,
        date=commit.date,
        author=commit.author,
        subject=commit.subject,
        obstacle=point.obstacle or None,
    )


def _measured(point: TimelinePoint, score: float) -> MeasuredCommitV1:
    assert point.task is not None
    return MeasuredCommitV1(
        commit=point.revision.id,
        fingerprint=point.fingerprint,
        model=point.task.model.name,
        prompt=point.task.parts.prompt,
        score=score,
    )


def _lost(found: LostExample) -> LostBetweenV1:
    return LostBetweenV1(
        example=found.example.id,
        expected=found.example.expected if found.example.has_expected else None,
        base=found.base,
        head=found.head,
        why=found.why,
    )
