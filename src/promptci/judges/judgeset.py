"""A judge's golden set: outputs with the verdicts that people gave them, and floors to reach."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, Struct

from promptci.digest import short_digest
from promptci.errors import Fault
from promptci.judges.labelcolumns import LabelColumnsFile
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Mark, Node, Plain
from promptci.run.solving.turntext import spoken_text

_Share = Annotated[float, Meta(ge=0, le=1)]
_Identifier = Annotated[str, Meta(min_length=1, max_length=200)]

Label: TypeAlias = str | bool | float
"""What people said: `pass` or `fail` (also true or false), a score in 0..1, or a class."""


class LabelledFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One labelled output, in the file itself or as a line of a data file."""

    output: Annotated[str | None, Meta(description="what is judged; null beside `tool_calls`")]
    label: Annotated[
        str | bool | int | float,
        Meta(description="what people said: `pass`, `fail`, a score in 0..1, or a class"),
    ]
    vars: Annotated[dict[str, Any], Meta(description="the example's variables")] = {}
    expected: Annotated[Any, Meta(description="what the output was to be")] = UNSET
    tool_calls: Annotated[
        list[dict[str, Any]] | None,
        Meta(description="calls of tools to be judged, as OpenAI's chat completions have them"),
    ] = None
    id: Annotated[_Identifier | int | None, Meta(description="a stable name")] = None


class FloorsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What a judge must reach."""

    min_agreement: Annotated[
        _Share | None, Meta(description="the least share of outputs judged as people did")
    ] = None
    min_kappa: Annotated[
        Annotated[float, Meta(ge=-1, le=1)] | None, Meta(description="the least Cohen's kappa")
    ] = None
    min_self_agreement: Annotated[
        _Share | None,
        Meta(description="the least share of pairs of its own replies to an output that agree"),
    ] = None
    max_errors: Annotated[
        int, Meta(ge=0, description="outputs that may stay without a verdict")
    ] = 0


class JudgeSetFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`evals/judges/NAME.yaml`."""

    scorer: Annotated[
        str | dict[str, Any], Meta(description="the judge, as an item of an eval's `scorers`")
    ]
    examples: Annotated[
        str | list[LabelledFile], Meta(description="labelled outputs, or the path of a data file")
    ]
    columns: Annotated[
        LabelColumnsFile | None, Meta(description="which column of a data file is what")
    ] = None
    description: Annotated[str, Meta(description="for people")] = ""
    tools: Annotated[
        list[dict[str, Any]], Meta(description="the tools that were offered, as in a prompt")
    ] = []
    gate: Annotated[FloorsFile, Meta(description="what the judge must reach")] = FloorsFile()
    passes_from: Annotated[
        _Share, Meta(description="the human score from which an output passes")
    ] = 0.5


class Labelled(Struct, frozen=True):
    """One output, and what people said of it. `expected` is None where `has_expected` is false.

    `tool_calls` is the JSON text of the calls in it, or empty.
    """

    id: str
    output: str
    label: Label
    vars: Mapping[str, Plain]
    expected: Plain
    has_expected: bool
    mark: Mark
    tool_calls: str = ""

    @property
    def shown(self) -> str:
        """What people looked at, as text."""
        return spoken_text(self.output, self.tool_calls) if self.tool_calls else self.output

    @property
    def scope(self) -> Mapping[str, Plain]:
        """What the judge's templates may use."""
        return {"expected": self.expected, **self.vars} if self.has_expected else self.vars


class Floors(Struct, frozen=True):
    """What a judge must reach; None asks for nothing."""

    min_agreement: float | None = None
    min_kappa: float | None = None
    max_errors: int = 0
    min_self_agreement: float | None = None


class JudgeSet(Struct, frozen=True):
    """One golden set; `examples` may be the path of a data file beside it."""

    name: str
    mark: Mark
    scorer: Node
    examples: tuple[Labelled, ...] | str
    floors: Floors
    passes_from: float
    examples_mark: Mark
    tools: tuple[Mapping[str, Plain], ...] = ()
    columns: LabelColumnsFile | None = None


def parse_judgeset(node: Node, name: str, faults: list[Fault]) -> JudgeSet | None:
    """Read a golden set; None after adding what is wrong to `faults`."""
    file = read_shape(node, JudgeSetFile, faults)
    if file is None:
        return None
    place = node.get("examples")
    examples: tuple[Labelled, ...] | str = (
        file.examples
        if isinstance(file.examples, str)
        else tuple(labelled(each, place.get(i).mark) for i, each in enumerate(file.examples))
    )
    gate = file.gate
    return JudgeSet(
        name=name,
        mark=node.mark,
        scorer=node.get("scorer"),
        examples=examples,
        floors=Floors(gate.min_agreement, gate.min_kappa, gate.max_errors, gate.min_self_agreement),
        passes_from=file.passes_from,
        examples_mark=place.mark,
        tools=tuple(file.tools),
        columns=file.columns,
    )


def labelled(file: LabelledFile, mark: Mark) -> Labelled:
    """A labelled output from its file form; without an id it is called by a digest."""
    calls = [] if file.tool_calls is None else [file.tool_calls]
    own = short_digest([file.vars, file.output, *calls])
    has_expected = file.expected is not UNSET
    return Labelled(
        id=own if file.id is None else str(file.id),
        output=file.output or "",
        label=file.label,
        vars=file.vars,
        expected=file.expected if has_expected else None,
        has_expected=has_expected,
        mark=mark,
        tool_calls=json.dumps(file.tool_calls, ensure_ascii=False) if file.tool_calls else "",
    )
