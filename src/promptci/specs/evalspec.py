"""An eval: a prompt's golden examples, the scorers that judge them and the gate that blocks."""

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cache, cached_property
from typing import Literal

from msgspec import UnsetType

from promptci.digest import long_digest, short_digest
from promptci.errors import Fault
from promptci.lateclass import dataclass
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Mark, Node, Plain
from promptci.specs.columns import ColumnsFile
from promptci.specs.completion import Outcome
from promptci.specs.conversation import Attach, Files, with_digests
from promptci.specs.conversing import Conversing, read_conversing
from promptci.specs.evalfile import EvalFile, ExampleFile, GateFile
from promptci.specs.message import Attachment

_NOWHERE = Mark("")


@dataclass(frozen=True)
class Example:
    """One golden example. `expected` is None where `has_expected` is false.

    `blanks` are what scorers' templates find under names that the example gives no value for.
    `files` are those that its turns name, by digest. Of a flow, `steps` are what steps are to say,
    `runs` those that must be taken besides, `never` those that must not.
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
    steps: Mapping[str, Plain] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What pairs an example with itself across commits: its inputs and what is expected."""
        golden: list[object] = [self.vars, self.expected, self.has_expected, self.scorers]
        if self.has_steps:
            golden.append([dict(self.steps), self.runs, self.never])
        return long_digest(golden)

    @property
    def has_steps(self) -> bool:
        """Whether anything is expected of the steps of a flow."""
        return bool(self.steps or self.runs or self.never)

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
    `variables` are those of its prompt. `is_flow` says that the file calls it a flow, `steps` holds
    the scorers of its steps. `conversing` says how an answer takes several turns, None where it
    takes one.
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
    is_flow: bool = False
    steps: Mapping[str, Node] = field(default_factory=dict)
    conversing: Conversing | None = None

    @property
    def said(self) -> frozenset[str]:
        """The variables that a conversation uses."""
        return frozenset() if self.conversing is None else self.conversing.variables

    @property
    def talked(self) -> frozenset[str]:
        """The same, and those that its tools begin with."""
        return frozenset() if self.conversing is None else self.said | self.conversing.given

    @property
    def shown(self) -> frozenset[str]:
        """What scorers find beside an example's variables."""
        return frozenset() if self.conversing is None else self.conversing.shown

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
    if file.flow is not None and file.prompt is not None:
        wrong = "`prompt` and `flow` name two things to test: delete one of them"
        faults.append(node.key_mark("flow").fault(wrong))
        return None
    if not file.scorers and isinstance(file.examples, list) and not _all_scored(file.examples):
        wrong = "there are no `scorers`: add a list of them, such as `- equals`"
        faults.append(node.mark.fault(wrong))
        return None
    return EvalSpec(
        name=name,
        mark=node.mark,
        prompt=file.flow or file.prompt or name,
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
        is_flow=file.flow is not None,
        steps=_mapping(node.get("steps")) if file.steps else {},
        conversing=read_conversing(node, file.conversation, file.tools, file.most_calls, faults),
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
        steps=file.steps,
        runs=tuple(dict.fromkeys(file.runs)),
        never=tuple(dict.fromkeys(file.never)),
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
    keys = ("examples", "prompt", "flow", "models", "gate", "columns", "steps")
    marks = {key: node.get(key).mark for key in keys}
    return marks | {"must_pass": node.get("gate", "must_pass").mark}


def _gate(file: GateFile) -> Gate:
    return Gate(file.tolerance, file.min_score, tuple(map(str, file.must_pass)), file.max_errors)


@cache
def _scored(*does: str) -> frozenset[Outcome]:
    ends: tuple[Outcome, ...] = ("truncated", "refused", "empty")
    return frozenset(("ok", *(end for end, do in zip(ends, does, strict=True) if do == "score")))
