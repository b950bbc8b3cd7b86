"""The report of `sensitivity`."""

from typing import Annotated, Literal

from promptci.compare.sensitivity import SensitivityResult
from promptci.render.json.structure import ExitCode, Part, Report, says


class FormatV1(Part, frozen=True, kw_only=True):
    """One format of a prompt."""

    separator: Annotated[str, says("what stands behind a label")]
    case: Annotated[str, says("how labels are written")]
    spacing: Annotated[str, says("what is between lines")]
    order: Annotated[int, says("0 for the shots as they are, else another order")]
    score: Annotated[float, says("from 0 to 1")]
    errors: Annotated[int, says("examples without an answer")]


class ModelSensitivityV1(Part, frozen=True, kw_only=True):
    """The scores of an eval on one model under several formats."""

    eval: Annotated[str, says("the eval")]
    model: Annotated[str, says("the model")]
    spread: Annotated[float, says("largest less smallest score")]
    mean: Annotated[float, says("the mean score")]
    worst: Annotated[float, says("the smallest score")]
    pss: Annotated[float, says("the prompt sensitivity score, from 0 to 1")]
    axes: Annotated[dict[str, float], says("by how much the values of an axis differ in the mean")]
    formats: Annotated[list[FormatV1], says("the prompt's own first")]


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
        model=found.model,
        spread=found.spread,
        mean=found.mean,
        worst=found.worst.score,
        pss=found.pss,
        axes=dict(found.axes),
        formats=[
            FormatV1(
                separator=each.form.separator,
                case=each.form.case,
                spacing=each.form.spacing,
                order=each.form.order,
                score=each.score,
                errors=each.errors,
            )
            for each in found.formats
        ],
    )
