"""The shape of `flows/NAME.yaml`."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct, field

from promptci.parsing.source import Plain
from promptci.specs.retrieval import RetrieveStepFile
from promptci.specs.sampling import SolveFile

StepsFile: TypeAlias = list[dict[str, Any]] | dict[str, Any]
"""Steps in their order; one alone needs no list."""


class FlowStepFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A step with a name: a `prompt`, another `flow`, a `query`, a `text`, or what to `retrieve`.

    `vars` are the values of the prompt's or flow's variables, or of the query's parameters.
    """

    ELSEWHERE: ClassVar = dict.fromkeys(
        ("messages", "parameters", "response_format", "tools", "shots"),
        "write it in a prompt, `prompts/NAME.yaml`, and the step as `{prompt: NAME}`",
    )

    prompt: str | None = None
    flow: str | None = None
    query: str | None = None
    text: str | None = None
    retrieve: Annotated[
        RetrieveStepFile | None, Meta(description="documents to look up by a `query`")
    ] = None
    vars: dict[str, Any] = {}
    model: str | None = None
    solve: Annotated[
        SolveFile | None, Meta(description="several samples, in the place of the prompt's own")
    ] = None
    allowed: Annotated[list[str], Meta(min_length=1)] | None = None
    data: Annotated[
        str | None, Meta(description="an SQLite database, or an SQL script, beside the flow")
    ] = None
    max_rows: Annotated[int, Meta(ge=1, le=10_000)] = 100
    max_characters: Annotated[int, Meta(ge=1, le=200_000)] = 4000
    seconds: Annotated[float, Meta(gt=0, le=60)] = 5.0


class IfFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps that are taken where an output before them passes a scorer."""

    condition: dict[str, Any] = field(name="if")
    then: StepsFile
    otherwise: StepsFile = field(name="else", default_factory=list)


class ParallelFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps that are taken side by side; a list among them is taken in its order."""

    parallel: Annotated[list[StepsFile], Meta(min_length=1)]


class LoopFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps that are taken again until an output passes a scorer, at most `at_most` times.

    `start` is what their outputs are before the first time.
    """

    loop: StepsFile
    until: dict[str, Any]
    at_most: Annotated[int, Meta(ge=1, le=100)]
    start: dict[str, str] = {}


class MapFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps that are taken for each item of a list, side by side, for `at_most` of them."""

    steps: StepsFile = field(name="map")
    over: str
    at_most: Annotated[int, Meta(ge=1, le=1000)]
    item: str = "item"
    split: Literal["lines", "json"] = "lines"
    join: str = "\n"


class FlowFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`flows/NAME.yaml`."""

    steps: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=200)]
    output: str | None = None
    description: str = ""
    version: str | int | None = None
    model: str | None = None
    variables: list[str] | None = None


BLOCKS: dict[str, type[Struct]] = {
    "if": IfFile,
    "parallel": ParallelFile,
    "loop": LoopFile,
    "map": MapFile,
}
"""What replaces a step and holds steps, by the key that tells it apart."""

REPEATED = {
    "loop": ("until", "at_most", "start"),
    "map": ("over", "at_most", "item", "split", "join"),
}
"""The blocks that may be written in one line with their step, and which keys of it are theirs."""

KINDS: dict[str, tuple[str, ...]] = {
    "prompt": ("vars", "model", "solve", "allowed"),
    "flow": ("vars", "model", "allowed"),
    "query": ("vars", "data", "max_rows", "max_characters", "seconds"),
    "text": (),
    "retrieve": (),
}
"""What a step does, by its key, and what else is allowed beside that."""

ASKED = ("prompt", "flow")
"""The kinds of steps that need no name: that of what they ask is theirs, too."""


def file_names(value: Plain) -> Iterator[tuple[str, str]]:
    """What a flow's file names elsewhere: pairs of `prompt`, `flow` or `data`, and a name.

    There may be more of them than the flow uses, where the file has faults.
    """
    if isinstance(value, list):
        for each in value:
            yield from file_names(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in ("prompt", "flow", "data") and isinstance(each, str):
                yield key, each
            else:
                yield from file_names(each)
