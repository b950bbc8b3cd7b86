"""The report of `sensitivity`."""

from typing import Annotated, Literal

from promptci.compare.experiments.sensitivity import AxisEffect, SensitivityResult
from promptci.render.json.structure import ExitCode, Part, Report, says


class FormatV1(Part, frozen=True, kw_only=True):
    """One format of a prompt."""

    parts: Annotated[dict[str, str], says("what it is on each axis")]
    name: Annotated[str, says("what it is called where scores came from elsewhere; else empty")]
    score: Annotated[float, says("from 0 to 1")]
    errors: Annotated[int, says("examples without an answer")]


class AxisV1(Part, frozen=True, kw_only=True):
    """What formats differ in, and what that does to the score."""

    name: Annotated[str, says("such as `separator`, `case`, `spacing`, `order`")]
    range: Annotated[float, says("by how much its values differ at most in the mean")]
    explained: Annotated[float, says("its share of the variance between formats")]
    scores: Annotated[dict[str, float], says("what each value scores in the mean, best first")]


class ModelSensitivityV1(Part, frozen=True, kw_only=True):
    """The scores of an eval on one model under several formats."""

    eval: Annotated[str, says("the eval, or the file that scores were read from")]
    step: Annotated[str, says("the step of a flow whose prompt was varied; else empty")]
    model: Annotated[str, says("the model, or what else tells this part of a table apart")]
    spread: Annotated[float, says("largest less smallest score")]
    mean: Annotated[float, says("the mean score")]
    median: Annotated[float, says("the score that half of the formats reach")]
    deviation: Annotated[float, says("the standard deviation of the score over the formats")]
    worst: Annotated[float, says("the smallest score")]
    best: Annotated[float, says("the largest score")]
    pss: Annotated[
        float | None,
        says("the prompt sensitivity score, from 0 to 1; null without scores of examples"),
    ]
    axes: Annotated[list[AxisV1], says("the one that explains most first")]
    left_out: Annotated[list[str], says("columns of a table that were not taken as axes")]
    tells_axes: Annotated[bool, says("whether there are formats enough to tell axes apart")]
    has_own: Annotated[bool, says("whether the first format is the prompt's own")]
    formats: Annotated[list[FormatV1], says("the prompt's own first, where it is among them")]


class SensitivityV1(Report, frozen=True, kw_only=True):
    """How much a prompt's score depends on its format."""

    command: Literal["sensitivity"] = "sensitivity"
    exit_code: ExitCode
    models: Annotated[list[ModelSensitivityV1], says("one item per model")]


def sensitivity_report(found: tuple[SensitivityResult, ...], exit_code: int) -> SensitivityV1:
    """How much a prompt's score depends on its format."""
    return SensitivityV1(exit_code=exit_code, models=[_model(each) for each in found])


def _model(found: SensitivityResult) -> ModelSensitivityV1:
    return ModelSensitivityV1(
        eval=found.eval,
        step=found.step,
        model=found.model,
        spread=found.spread,
        mean=found.mean,
        median=found.median,
        deviation=found.deviation,
        worst=found.worst.score,
        best=found.best.score,
        pss=found.pss,
        axes=[_axis(each) for each in found.axes],
        left_out=list(found.left_out),
        tells_axes=found.tells_axes or len(found.axes) == 1,
        has_own=found.has_own,
        formats=[
            FormatV1(parts=dict(each.parts), name=each.name, score=each.score, errors=each.errors)
            for each in found.formats
        ],
    )


def _axis(axis: AxisEffect) -> AxisV1:
    scores = dict(axis.scores)
    return AxisV1(name=axis.name, range=axis.range, explained=axis.explained, scores=scores)
