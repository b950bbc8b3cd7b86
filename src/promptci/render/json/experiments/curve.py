"""The report of `curve`."""

from typing import Annotated, Literal

from promptci.compare.experiments.curve import CurveResult, TunedPoint
from promptci.render.json.structure import Ends, ExitCode, Money, Part, Report, ends, money, says


class CurvePointV1(Part, frozen=True, kw_only=True):
    """The score with so many shots."""

    shots: Annotated[int, says("how many")]
    score: Annotated[float, says("the mean over orders and examples")]
    interval: Annotated[Ends | None, says("its 95 % interval, examples being the sample")]
    errors: Annotated[int, says("examples without an answer")]
    cost: Money
    to_best: Annotated[float | None, says("by how much the best is better; null for it and after")]
    p: Annotated[float | None, says("of that, paired by example, adjusted (Holm)")]
    to_tuned: Annotated[
        float | None, says("by how much the tuned model is better, if one is named")
    ]
    p_tuned: Annotated[float | None, says("of that, paired by example, adjusted (Holm)")]


class TunedPointV1(Part, frozen=True, kw_only=True):
    """What a fine-tuned model scores without shots."""

    model: Annotated[str, says("the model")]
    score: Annotated[float, says("the mean over examples")]
    interval: Annotated[Ends | None, says("its 95 % interval, examples being the sample")]
    errors: Annotated[int, says("examples without an answer")]
    cost: Money
    reached_by: Annotated[
        int | None, says("the fewest shots that it is not shown to be better than")
    ]


class ModelCurveV1(Part, frozen=True, kw_only=True):
    """The curve on one model."""

    eval: Annotated[str, says("the eval")]
    step: Annotated[str, says("the step of a flow whose prompt got the shots; else empty")]
    model: Annotated[str, says("the model")]
    orders: Annotated[int, says("in how many orders shots were drawn")]
    enough: Annotated[int, says("the fewest shots that the best is not shown to be better than")]
    points: Annotated[list[CurvePointV1], says("few shots first")]
    tuned: Annotated[TunedPointV1 | None, says("a fine-tuned model beside, if one is named")]


class CurveV1(Report, frozen=True, kw_only=True):
    """The score by number of shots."""

    command: Literal["curve"] = "curve"
    exit_code: ExitCode
    models: Annotated[list[ModelCurveV1], says("one item per model")]


def curve_report(found: tuple[CurveResult, ...], exit_code: int) -> CurveV1:
    """The score by number of shots."""
    return CurveV1(exit_code=exit_code, models=[_model(each) for each in found])


def _model(found: CurveResult) -> ModelCurveV1:
    steps = {step.shots: step for step in found.steps}
    to_tuned = {step.shots: step for step in found.steps_to_tuned}
    points = []
    for each in found.points:
        step, tuned = steps.get(each.shots), to_tuned.get(each.shots)
        points.append(
            CurvePointV1(
                shots=each.shots,
                score=each.score,
                interval=ends(each.interval),
                errors=each.errors,
                cost=money(each.cost),
                to_best=None if step is None else step.delta,
                p=None if step is None else step.adjusted_p,
                to_tuned=None if tuned is None else tuned.delta,
                p_tuned=None if tuned is None else tuned.adjusted_p,
            )
        )
    return ModelCurveV1(
        eval=found.eval,
        step=found.step,
        model=found.model,
        orders=found.orders,
        enough=found.enough,
        points=points,
        tuned=None if found.tuned is None else _tuned(found.tuned, found.reaches_tuned),
    )


def _tuned(found: TunedPoint, reached_by: int | None) -> TunedPointV1:
    return TunedPointV1(
        model=found.model,
        score=found.point.score,
        interval=ends(found.point.interval),
        errors=found.point.errors,
        cost=money(found.point.cost),
        reached_by=reached_by,
    )
