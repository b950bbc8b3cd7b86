"""The report of `curve`."""

from typing import Annotated, Literal

from promptci.compare.experiments.curve import CurveResult
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


class ModelCurveV1(Part, frozen=True, kw_only=True):
    """The curve on one model."""

    eval: Annotated[str, says("the eval")]
    step: Annotated[str, says("the step of a flow whose prompt got the shots; else empty")]
    model: Annotated[str, says("the model")]
    orders: Annotated[int, says("in how many orders shots were drawn")]
    enough: Annotated[int, says("the fewest shots that the best is not shown to be better than")]
    points: Annotated[list[CurvePointV1], says("few shots first")]


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
    points = []
    for each in found.points:
        step = steps.get(each.shots)
        points.append(
            CurvePointV1(
                shots=each.shots,
                score=each.score,
                interval=ends(each.interval),
                errors=each.errors,
                cost=money(each.cost),
                to_best=None if step is None else step.delta,
                p=None if step is None else step.adjusted_p,
            )
        )
    return ModelCurveV1(
        eval=found.eval,
        step=found.step,
        model=found.model,
        orders=found.orders,
        enough=found.enough,
        points=points,
    )
