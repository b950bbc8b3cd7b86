"""The report of `shots`."""

from typing import Annotated, Literal

from promptci.compare.experiments.shots import Recall, ShotFate, ShotsResult
from promptci.render.json.structure import Ends, ExitCode, Part, Report, ends, says


class RecallV1(Part, frozen=True, kw_only=True):
    """How many of so many examples passed."""

    passed: Annotated[int, says("those that passed")]
    total: Annotated[int, says("those that were answered")]
    errors: Annotated[int, says("those without an answer")]
    score: Annotated[float | None, says("the share that passed")]
    interval: Annotated[Ends | None, says("its 95 % interval")]


class ShotV1(Part, frozen=True, kw_only=True):
    """One shot."""

    number: Annotated[int, says("from 1")]
    input: Annotated[str, says("its variables, one after the other")]
    left_in: Annotated[
        bool | None, says("right with itself among the shots; null without an answer")
    ]
    left_out: Annotated[bool | None, says("right with the other shots alone")]
    without: Annotated[RecallV1 | None, says("the held-out examples without this shot")]


class ModelShotsV1(Part, frozen=True, kw_only=True):
    """The shots of a prompt on one model."""

    eval: Annotated[str, says("the eval")]
    model: Annotated[str, says("the model")]
    left_in: Annotated[RecallV1, says("shots, each among the shots")]
    left_out: Annotated[RecallV1, says("shots, each with the others alone")]
    held_out: Annotated[RecallV1, says("the eval's examples")]
    gap: Annotated[float | None, says("the first less the held-out score, as a share")]
    gap_interval: Annotated[Ends | None, says("its 95 % interval")]
    orders: Annotated[list[RecallV1], says("the held-out examples with the shots in other orders")]
    spread: Annotated[float | None, says("largest less smallest held-out score over all orders")]
    shots: Annotated[list[ShotV1], says("one item per shot")]


class ShotsV1(Report, frozen=True, kw_only=True):
    """What the shots of an eval's prompt do."""

    command: Literal["shots"] = "shots"
    exit_code: ExitCode
    models: Annotated[list[ModelShotsV1], says("one item per model")]


def shots_report(found: tuple[ShotsResult, ...], exit_code: int) -> ShotsV1:
    """What the shots of an eval's prompt do."""
    return ShotsV1(exit_code=exit_code, models=[_model(each) for each in found])


def _model(each: ShotsResult) -> ModelShotsV1:
    return ModelShotsV1(
        eval=each.eval,
        model=each.model,
        left_in=_recall(each.left_in),
        left_out=_recall(each.left_out),
        held_out=_recall(each.held_out),
        gap=None if each.gap is None else each.gap[0],
        gap_interval=None if each.gap is None else ends(each.gap[1]),
        orders=[_recall(one) for one in each.orders],
        spread=each.spread,
        shots=[_shot(one) for one in each.shots],
    )


def _recall(found: Recall) -> RecallV1:
    return RecallV1(
        passed=found.passed,
        total=found.total,
        errors=found.errors,
        score=found.score,
        interval=ends(found.interval),
    )


def _shot(found: ShotFate) -> ShotV1:
    return ShotV1(
        number=found.number,
        input=found.text,
        left_in=found.left_in,
        left_out=found.left_out,
        without=None if found.without is None else _recall(found.without),
    )
