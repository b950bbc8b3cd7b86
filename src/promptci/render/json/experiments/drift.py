"""The report of `drift`."""

from typing import Annotated, Literal

from promptci.history.drift import Drift, DriftResult
from promptci.render.driftsentences import drift_sentence
from promptci.render.json.structure import ExitCode, Part, Report, says


class ShiftV1(Part, frozen=True, kw_only=True):
    """A score that moved and stayed where it went."""

    before: Annotated[float, says("the mean score before")]
    after: Annotated[float, says("the mean score since")]
    last_before: Annotated[str, says("the date of the last measurement before")]
    first_after: Annotated[str, says("the date of the first one after")]
    measurements: Annotated[int, says("how many there are since")]
    p: Annotated[float, says("how likely such a move is by chance")]


class DriftEvalV1(Part, frozen=True, kw_only=True):
    """One eval on one model, asked again."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    fingerprint: Annotated[str, says("the digest of everything that was asked")]
    score: Annotated[float | None, says("the mean score now; null without an answer")]
    measurements: Annotated[int, says("how many there are of the same, this one included")]
    worse: Annotated[bool, says("whether it got worse")]
    undecided: Annotated[bool, says("whether too many answers are missing to say")]
    lost: Annotated[list[str], says("ids of examples that passed and now fail each time asked")]
    reasons: Annotated[dict[str, str], says("why each lost example fails, by id")]
    wavering: Annotated[list[str], says("ids of those that fail now, but not each time")]
    flaky: Annotated[list[str], says("ids of those that fail and are known to vary")]
    unconfirmed: Annotated[
        list[str], says("ids of those that fail now and were not asked again: a ceiling ended it")
    ]
    errors: Annotated[int, says("examples without an answer")]
    why_missing: Annotated[str, says("what was in the way of most of them; else empty")]
    shift: Annotated[ShiftV1 | None, says("where the score moved, or null")]
    served: Annotated[list[str], says("who answered, in the endpoint's words")]
    served_before: Annotated[list[str], says("who did last before, if others")]
    served_since: Annotated[str | None, says("the date since which it is others; null otherwise")]


class DriftV1(Report, frozen=True, kw_only=True):
    """The same asked again of models that were not changed."""

    command: Literal["drift"] = "drift"
    exit_code: ExitCode
    sentence: Annotated[str, says("all of it in a sentence")]
    evals: Annotated[list[DriftEvalV1], says("one entry per eval and model that was asked")]
    not_asked: Annotated[dict[str, str], says("why others were not, by eval and model")]
    error: Annotated[str | None, says("the ceiling that ended it, or null")]


def drift_report(found: DriftResult) -> DriftV1:
    """The report of a measurement of drift."""
    return DriftV1(
        exit_code=found.exit_code,
        sentence=drift_sentence(found),
        evals=[_eval(each) for each in found.found],
        not_asked=dict(found.left_out),
        error=None if found.stopped is None else str(found.stopped),
    )


def _eval(found: Drift) -> DriftEvalV1:
    now = found.now
    return DriftEvalV1(
        eval=now.eval,
        model=now.model,
        fingerprint=now.fingerprint,
        score=now.score if now.scores else None,
        measurements=found.count,
        worse=found.is_worse,
        undecided=found.is_undecided,
        lost=list(found.lost),
        reasons=dict(found.whys),
        wavering=list(found.wavering),
        flaky=list(found.flaky),
        unconfirmed=list(found.unconfirmed),
        errors=found.errors,
        why_missing=found.why_missing,
        shift=_shift(found),
        served=list(now.served),
        served_before=list(found.served.before) if found.served else [],
        served_since=found.served.since if found.served else None,
    )


def _shift(found: Drift) -> ShiftV1 | None:
    if found.shift is None:
        return None
    point = found.shift.point
    return ShiftV1(
        before=point.before,
        after=point.after,
        last_before=found.shift.last_before,
        first_after=found.shift.first_after,
        measurements=found.shift.since,
        p=point.p,
    )
