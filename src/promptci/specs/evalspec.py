"""An eval: a prompt's golden examples, the scorers that judge them and the gate that blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from promptci.digest import long_digest, short_digest
from promptci.errors import Fault
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Mark, Node, Plain
from promptci.specs.columns import ColumnsFile
from promptci.specs.completion import Outcome
from promptci.specs.conversation import Attach, Files, with_digests
from promptci.specs.message import Attachment

Share = Annotated[float, Meta(ge=0, le=1)]
Identifier = Annotated[str, Meta(min_length=1, max_length=200)]
ScorerFile: TypeAlias = str | dict[str, Any]
"""A scorer: its name, or a mapping from its name to its options."""

_NOWHERE = Mark("")


class UseFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Scorer sets in place of a list: those that evals share, from promptci.yaml."""

    use: str | list[str]


class ExampleFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One golden example, in an eval or as a line of a data file."""

    vars: dict[str, Any] = {}
    id: Identifier | int | None = None
    expected: Any = UNSET
    tags: list[Identifier] = []
    scorers: list[ScorerFile] = []
    cluster: str | int | None = None
    meta: dict[str, Any] = {}
    history: list[dict[str, Any]] | None = None
    messages: list[dict[str, Any]] | None = None


class GateFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What blocks a change."""

    tolerance: Share = 0.02
    min_score: Share | None = None
    must_pass: Annotated[list[str | int], Meta(max_length=10_000)] = []
    max_errors: Annotated[int, Meta(ge=0)] = 0


class EvalFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`evals/NAME.yaml`."""

    examples: str | list[ExampleFile]
    description: str = ""
    prompt: str | None = None
    models: Annotated[list[str], Meta(min_length=1, max_length=100)] | None = None
    scorers: Annotated[list[ScorerFile], Meta(max_length=500)] | UseFile = []
    gate: GateFile = GateFile()
    truncated: Literal["score", "error"] = "score"
    threshold: Annotated[float, Meta(gt=0, le=1)] | None = None
    metrics: dict[Annotated[str, Meta(min_length=1, max_length=100)], str] = {}
    refused: Literal["score", "error"] = "error"
    empty: Literal["fail", "score", "error"] = "fail"
    columns: ColumnsFile | None = None


@dataclass(frozen=True)
class Example:
    """One golden example. `expected` is None where `has_expected` is false.

    `blanks` are what scorers' templates find under names that the example gives no value for.
    `files` are those that its turns name, by digest.
    """

    id: str
    vars: Mapping[str, Plain]
    expected: Plain = None
    has_expected: bool = True
    tags: tuple[str, ...] = ()
    scorers: tuple[Plain, ...] = ()
    cluster: str = ""
    mark: Mark = _NOWHERE
    blanks: Mapping[str, Plain] = field(default_factory=dict)
    files: Files = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """What pairs an example with itself across commits: its inputs and what is expected."""
        golden = [self.vars, self.expected, self.has_expected, self.scorers]
        return long_digest(golden)

    @property
    def scope(self) -> Mapping[str, Plain]:
        """What a scorer's templates may use: the variables, and `expected`."""
        given = {"expected": self.expected, **self.vars} if self.has_expected else self.vars
        return {**self.blanks, **given} if self.blanks else given


@dataclass(frozen=True, slots=True)
class Gate:
    """What blocks: a fall beyond the tolerance, a lost must-pass example, a missed floor.

    `tolerance` and `min_score` are shares in 0..1. More than `max_errors` examples without an
    answer is no verdict at all.
    """

    tolerance: float = 0.02
    min_score: float | None = None
    must_pass: tuple[str, ...] = ()
    max_errors: int = 0


@dataclass(frozen=True, slots=True)
class EvalSpec:
    """One file in `evals/`.

    `examples` is either the examples themselves or the path of a data file, relative to the eval.
    `scorers` are nodes that the scorers' registry turns into scorers. `truncated` says whether an
    answer that was cut off at its token limit is scored or counts as an error, `refused` the same
    of one that the endpoint calls a refusal; an `empty` one fails by itself, is scored or
    is an error. With a `threshold` an example passes if its
    score reaches it, whatever its scorers say one by one. `metrics` are formulas over the means of
    the scorers. `columns` say what an example takes from which column of its data file,
    `variables` are those of its prompt.
    """

    name: str
    mark: Mark
    prompt: str
    examples: tuple[Example, ...] | str
    scorers: tuple[Node, ...]
    models: tuple[str, ...] = ()
    gate: Gate = Gate()
    description: str = ""
    truncated: Literal["score", "error"] = "score"
    threshold: float | None = None
    metrics: Mapping[str, Node] = field(default_factory=dict)
    refused: Literal["score", "error"] = "error"
    empty: Literal["fail", "score", "error"] = "fail"
    strict_variables: bool = True
    columns: ColumnsFile | None = None
    variables: frozenset[str] = frozenset()
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def scored(self) -> frozenset[Outcome]:
        """How an answer may end to be scored; any other ending is an error."""
        return _scored(self.truncated, self.refused, self.empty)

    @property
    def failing(self) -> frozenset[Outcome]:
        """How an answer may end that fails its example whatever its scorers would say."""
        return frozenset({"empty"}) if self.empty == "fail" else frozenset()


def parse_evalspec(node: Node, name: str, faults: list[Fault]) -> EvalSpec | None:
    """Read an eval from a loaded file; adds what is wrong to `faults` and gives None then."""
    file = read_shape(node, EvalFile, faults)
    if file is None:
        return None
    if not file.scorers and isinstance(file.examples, list) and not _all_scored(file.examples):
        wrong = "there are no `scorers`: add a list of them, such as `- equals`"
        faults.append(node.mark.fault(wrong))
        return None
    return EvalSpec(
        name=name,
        mark=node.mark,
        prompt=file.prompt or name,
        examples=file.examples if isinstance(file.examples, str) else _inline(file.examples, node),
        scorers=_scorer_nodes(node),
        models=tuple(dict.fromkeys(file.models or ())),
        gate=_gate(file.gate),
        description=file.description,
        truncated=file.truncated,
        threshold=file.threshold,
        metrics=_mapping(node.get("metrics")) if file.metrics else {},
        refused=file.refused,
        empty=file.empty,
        columns=file.columns,
        marks=_marks(node),
    )


def parse_example(file: ExampleFile, mark: Mark) -> Example:
    """A golden example from its file form; without an id it is called by a digest of its inputs."""
    turns = {"history": file.history, "messages": file.messages}
    variables = file.vars | {name: value for name, value in turns.items() if value is not None}
    return Example(
        id=short_digest(variables) if file.id is None else str(file.id),
        vars=variables,
        expected=None if isinstance(file.expected, UnsetType) else file.expected,
        has_expected=not isinstance(file.expected, UnsetType),
        tags=tuple(dict.fromkeys(file.tags)),
        scorers=tuple(file.scorers),
        cluster="" if file.cluster is None else str(file.cluster),
        mark=mark,
    )


def with_files(example: Example, attach: Attach) -> Example:
    """The example with the files that it names, which `attach` finds, held by their digests."""
    if not any(isinstance(value, list | dict) for value in example.vars.values()):
        return example
    files: dict[str, Attachment] = {}
    found = {name: with_digests(value, attach, files) for name, value in example.vars.items()}
    return replace(example, vars=found, files=files) if files else example


def _inline(files: list[ExampleFile], node: Node) -> tuple[Example, ...]:
    return tuple(
        parse_example(file, node.get("examples", index).mark) for index, file in enumerate(files)
    )


def _all_scored(examples: list[ExampleFile]) -> bool:
    return bool(examples) and all(example.scorers for example in examples)


def _scorer_nodes(node: Node) -> tuple[Node, ...]:
    mapping = node.value if isinstance(node.value, dict) else {}
    listed = mapping.get("scorers", Node([], node.mark))
    if isinstance(listed.value, dict):  # `{use: NAME}`, without a list around it
        return (listed,)
    return tuple(listed.value) if isinstance(listed.value, list) else ()


def _mapping(node: Node) -> Mapping[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def _marks(node: Node) -> dict[str, Mark]:
    """Where the values stand that are only checked later."""
    marks = {key: node.get(key).mark for key in ("examples", "prompt", "models", "gate", "columns")}
    return marks | {"must_pass": node.get("gate", "must_pass").mark}


def _gate(file: GateFile) -> Gate:
    return Gate(file.tolerance, file.min_score, tuple(map(str, file.must_pass)), file.max_errors)


@cache
def _scored(*does: str) -> frozenset[Outcome]:
    ends: tuple[Outcome, ...] = ("truncated", "refused", "empty")
    return frozenset(("ok", *(end for end, do in zip(ends, does, strict=True) if do == "score")))
