"""The report of `run --rev`: what was computed for commits that had no record."""

from collections.abc import Sequence
from typing import Annotated, Literal

from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.git.revision import Revision
from promptci.history.missingrecords import Gap
from promptci.render.json.structure import ExitCode, Part, Report, says


class ComputedV1(Part, frozen=True, kw_only=True):
    """One eval on one model at one commit."""

    commit: Annotated[str, says("the full id")]
    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    fingerprint: Annotated[str, says("the digest of everything that was evaluated")]
    score: Annotated[float | None, says("over all examples")]
    passed: Annotated[int, says("how many examples passed")]
    total: Annotated[int, says("how many examples there are")]
    kept: Annotated[bool, says("false where too many answers are missing to keep the score")]


class SkippedCommitV1(Part, frozen=True, kw_only=True):
    """A commit that could not be evaluated."""

    commit: Annotated[str, says("the full id")]
    why: Annotated[str, says("what was in the way")]


class BackfillV1(Report, frozen=True, kw_only=True):
    """Scores of past commits: `run --rev`."""

    command: Literal["run"] = "run"
    exit_code: ExitCode
    computed: Annotated[list[ComputedV1], says("one item per commit, eval and model")]
    skipped: Annotated[list[SkippedCommitV1], says("commits that could not be evaluated")]


def backfill_report(
    filled: Sequence[tuple[Revision, EvalOutcome]], skipped: Sequence[Gap], exit_code: int
) -> BackfillV1:
    """What was computed, and which commits were skipped."""
    return BackfillV1(
        exit_code=exit_code,
        computed=[_computed(revision, outcome) for revision, outcome in filled],
        skipped=[SkippedCommitV1(commit=gap.revision.id, why=gap.obstacle) for gap in skipped],
    )


def _computed(revision: Revision, outcome: EvalOutcome) -> ComputedV1:
    record = outcome.record
    return ComputedV1(
        commit=revision.id,
        eval=record.eval,
        model=record.model,
        fingerprint=record.fingerprint,
        score=record.score if record.errors < record.total else None,
        passed=record.passed,
        total=record.total,
        kept=not outcome.is_undecided,
    )
