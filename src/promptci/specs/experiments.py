"""What an eval's file says of experiments: how formats are varied, and how a curve is drawn."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Spread = Annotated[float, Meta(ge=0, le=1)]
MOST_FORMATS = 200
MOST_WORDINGS = 50


class FormatsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What is varied of a prompt's format; an axis that is not named stays as it is."""

    separator: Annotated[
        list[str], Meta(max_length=50, description="what follows a label, such as `: `")
    ] = []
    case: Annotated[
        list[Literal["as_is", "upper", "lower", "title"]],
        Meta(description="how labels are written"),
    ] = []
    spacing: Annotated[
        list[str], Meta(max_length=50, description="what is between lines, such as `\\n\\n`")
    ] = []
    shots_order: Annotated[
        int, Meta(ge=0, le=20, description="how many other orders of the shots")
    ] = 0


class WordingFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Other wordings of a prompt, written by a model."""

    model: Annotated[str, Meta(description="the model that writes them")]
    n: Annotated[int, Meta(ge=1, le=MOST_WORDINGS, description="how many")] = 12


class SpreadFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How much scores may differ between formats."""

    spread: Spread


class SensitivityFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How `promptci sensitivity` varies the prompt of an eval."""

    format: Annotated[
        FormatsFile | None, Meta(description="which formats; all that are known without this")
    ] = None
    wording: Annotated[
        str | WordingFile | None,
        Meta(description="a file of other wordings, or the model that writes them"),
    ] = None
    sample: Annotated[int, Meta(ge=1, le=MOST_FORMATS, description="how many are drawn")] = 12
    seed: Annotated[int, Meta(description="which ones")] = 1
    gate: Annotated[SpreadFile | None, Meta(description="from where on it exits 1")] = None
    step: Annotated[str, Meta(description="of a flow, the step whose prompt is varied")] = ""


class CurveFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How `promptci curve` draws shots for the prompt of an eval."""

    shots: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=1000)], ...],
        Meta(min_length=2, max_length=50, description="how many, in two points or more"),
    ] = (0, 1, 2, 4, 8)
    orders: Annotated[int, Meta(ge=1, le=20, description="in how many orders")] = 3
    pool: Annotated[str, Meta(description="a file of examples; the prompt's shots without it")] = ""
    seed: Annotated[int, Meta(description="which orders these are")] = 1
    step: Annotated[str, Meta(description="of a flow, the step whose prompt gets them")] = ""
    tuned: Annotated[str, Meta(description="a fine-tuned model, asked without shots beside")] = ""
