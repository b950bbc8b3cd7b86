"""The shape of `evals/NAME.yaml`, and of a golden example."""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct

from promptci.specs.columns import ColumnsFile
from promptci.specs.experiments import CurveFile, SensitivityFile
from promptci.specs.simulateduser import MOST_CALLS, ConversationFile, ToolFile

_Share = Annotated[float, Meta(ge=0, le=1)]
Identifier = Annotated[str, Meta(min_length=1, max_length=200)]
ScorerFile: TypeAlias = str | dict[str, Any]
"""A scorer: its name, or a mapping from its name to its options."""


class UseFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Scorer sets in place of a list: those that evals share, from promptci.yaml."""

    OTHERWISE: ClassVar = "scorers are a list, with a `-` before each, such as `- equals`; "

    use: str | list[str]


class ExampleFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One golden example, in an eval or as a line of a data file."""

    ELSEWHERE: ClassVar = {
        "must_pass": "name the example in the eval, `gate: {must_pass: [ID]}`",
        **dict.fromkeys(
            ("output", "ideal", "answer", "target", "expected_output", "label", "reference"),
            "write what is wanted as `expected`",
        ),
        **dict.fromkeys(
            ("input", "inputs", "question", "prompt", "text"),
            "write it below `vars`, under the name of the prompt's variable",
        ),
    }
    OTHERWISE: ClassVar = "a variable of the prompt belongs below `vars`; "

    vars: dict[str, Any] = {}
    id: Identifier | int | None = None
    expected: Any = UNSET
    tags: list[Identifier] = []
    scorers: list[ScorerFile] = []
    cluster: str | int | None = None
    meta: dict[str, Any] = {}
    history: list[dict[str, Any]] | None = None
    messages: list[dict[str, Any]] | None = None
    steps: Annotated[
        dict[str, Any], Meta(description="what steps of a flow are to say, by their names")
    ] = {}
    runs: Annotated[list[str], Meta(description="steps of a flow that must be taken")] = []
    never: Annotated[list[str], Meta(description="steps of a flow that must not be taken")] = []


class GateFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What blocks a change."""

    SAYS: ClassVar = {
        "max_errors": "counts examples without an answer: write a whole number from 0 on, such as 2"
    }

    tolerance: _Share = 0.02
    min_score: _Share | None = None
    must_pass: Annotated[list[str | int], Meta(max_length=10_000)] = []
    max_errors: Annotated[int, Meta(ge=0)] = 0
    spread: Annotated[
        _Share | None, Meta(description="what scores may differ by in `promptci sensitivity`")
    ] = None


class EvalFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`evals/NAME.yaml`."""

    ELSEWHERE: ClassVar = {
        **dict.fromkeys(
            ("tests", "cases", "dataset", "data", "samples", "testData"), "write `examples` for it"
        ),
        **dict.fromkeys(
            ("assert", "asserts", "assertions", "evaluators", "graders"), "write `scorers` for it"
        ),
        **dict.fromkeys(
            ("must_pass", "tolerance", "min_score", "max_errors"), "write it below `gate`"
        ),
    }
    CURES: ClassVar = {
        "metrics": "write formulas by names of yours, such as `mean: (precision + recall) / 2`",
        "steps": "write scorers by the names of a flow's steps, such as `route: [equals]`",
        "tools": "write answers by the names of the prompt's tools, such as "
        "`refund: {answers: [{say: done}]}`",
    }

    examples: str | list[ExampleFile]
    description: str = ""
    prompt: str | None = None
    flow: Annotated[str | None, Meta(description="a flow, in the place of a prompt")] = None
    steps: Annotated[
        dict[str, Annotated[list[ScorerFile], Meta(min_length=1, max_length=100)]],
        Meta(description="what judges the steps of a flow, by their names"),
    ] = {}
    models: Annotated[list[str], Meta(min_length=1, max_length=100)] | None = None
    scorers: Annotated[list[ScorerFile], Meta(max_length=500)] | UseFile = []
    gate: GateFile = GateFile()
    truncated: Literal["score", "error"] = "score"
    threshold: Annotated[float, Meta(gt=0, le=1)] | None = None
    metrics: dict[Annotated[str, Meta(min_length=1, max_length=100)], str] = {}
    refused: Literal["score", "error"] = "error"
    empty: Literal["fail", "score", "error"] = "fail"
    columns: ColumnsFile | None = None
    conversation: Annotated[
        ConversationFile | None, Meta(description="several turns: written down, or by a user")
    ] = None
    tools: Annotated[
        dict[Identifier, ToolFile], Meta(description="how the tools of the prompt answer")
    ] = {}
    most_calls: Annotated[
        int, Meta(ge=1, le=MOST_CALLS, description="calls of tools to one example, at most")
    ] = 20
    sensitivity: SensitivityFile | None = None
    curve: CurveFile | None = None
