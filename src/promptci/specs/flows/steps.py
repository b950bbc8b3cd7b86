"""The steps of a flow: prompts, queries and texts, under conditions, side by side, in loops."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Literal, TypeAlias

from msgspec import Struct, field

from promptci.parsing.source import Mark, Plain
from promptci.parsing.template import Template
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.specs.request import Asking
from promptci.withasides import WithAsides

Vars: TypeAlias = Mapping[str, Plain]
"""What templates may use: an example's variables, and the outputs of steps by their names."""

Holds: TypeAlias = Callable[[str, Vars], Asking[bool]]
"""Whether a text passes a scorer; what runs in a child is asked for."""

_NOWHERE = Mark("")


class Condition(WithAsides, frozen=True):
    """Whether the output of the step `name`, or a variable, passes a scorer.

    `scorer` is all that can change what it says, `variables` are those of its templates.
    """

    ASIDES = frozenset({"holds", "mark"})

    name: str
    scorer: Mapping[str, Plain]
    holds: Holds
    variables: frozenset[str] = frozenset()
    mark: Mark = _NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return [self.name, dict(self.scorer)]


class AskStep(WithAsides, frozen=True):
    """A prompt that is asked. An answer that is none of `allowed` is an action not allowed.

    `model` answers where the step or its prompt names one, `no_model` says why that is none.
    `number` tells it apart among the steps of its flow, two of which in different branches may
    have one name.
    """

    ASIDES = frozenset({"mark"})

    name: str
    number: int
    prompt: Prompt
    vars: Mapping[str, Template] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    model: ModelSpec | None = None
    no_model: str = ""
    mark: Mark = _NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest; the prompt's model is no part of it."""
        return ["prompt", self.name, self.prompt.content, _canonical(self.vars), self.allowed]

    @property
    def variables(self) -> frozenset[str]:
        """What it uses: the variables of its templates, and those of its prompt that none fills."""
        given = frozenset().union(*(text.variables for text in self.vars.values()))
        return given | (self.prompt.variables - self.vars.keys())


class QueryStep(WithAsides, frozen=True):
    """A query that is run on a copy of `data`, in a child process, with `vars` as parameters.

    It may take `seconds` of processor time and give `max_rows` rows of `max_characters` in all.
    """

    ASIDES = frozenset({"mark"})

    name: str
    sql: Template
    path: str
    data: bytes
    vars: Mapping[str, Template] = field(default_factory=dict)
    max_rows: int = 100
    max_characters: int = 4000
    seconds: float = 5.0
    mark: Mark = _NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        data = sha256(self.data).hexdigest()
        return [
            *("query", self.name, self.sql.canonical, data),
            *(_canonical(self.vars), self.max_rows, self.max_characters, self.seconds),
        ]

    @property
    def variables(self) -> frozenset[str]:
        """What it uses."""
        given = (text.variables for text in self.vars.values())
        return self.sql.variables.union(*given)


class TextStep(WithAsides, frozen=True):
    """A text that is filled in; nothing is asked."""

    ASIDES = frozenset({"mark"})

    name: str
    text: Template
    mark: Mark = _NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return ["text", self.name, self.text.canonical]

    @property
    def variables(self) -> frozenset[str]:
        """What it uses."""
        return self.text.variables


class IfBlock(Struct, frozen=True):
    """Steps that are taken where a condition holds, and others where it does not."""

    condition: Condition
    then: "tuple[Step, ...]"
    otherwise: "tuple[Step, ...]" = ()

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return [
            "if",
            self.condition.canonical,
            canonical_steps(self.then),
            canonical_steps(self.otherwise),
        ]


class ParallelBlock(Struct, frozen=True):
    """Branches that are taken side by side, each in its order."""

    branches: "tuple[tuple[Step, ...], ...]"

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return ["parallel", *map(canonical_steps, self.branches)]


class LoopBlock(Struct, frozen=True):
    """Steps that are taken until a condition holds behind them, at most so many times.

    `start` holds what their outputs are before the first time.
    """

    steps: "tuple[Step, ...]"
    until: Condition
    at_most: int
    start: Mapping[str, Template] = field(default_factory=dict)

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        until = self.until.canonical
        return ["loop", canonical_steps(self.steps), until, self.at_most, _canonical(self.start)]


class MapBlock(WithAsides, frozen=True):
    """Steps that are taken for each item of a list, side by side.

    Items are the lines of a text that hold anything, or the values of a JSON list. Of more than
    `at_most` the first are taken. What a step says is in the end what it says of each, joined.
    """

    ASIDES = frozenset({"mark"})

    steps: "tuple[Step, ...]"
    over: Template
    at_most: int
    item: str = "item"
    split: Literal["lines", "json"] = "lines"
    join: str = "\n"
    mark: Mark = _NOWHERE

    @property
    def names(self) -> "tuple[str, ...]":
        """The steps inside."""
        return tuple(dict.fromkeys(step.name for step in named_steps(self.steps)))

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        how = [self.over.canonical, self.at_most, self.item, self.split, self.join]
        return ["map", canonical_steps(self.steps), *how]


Named: TypeAlias = AskStep | QueryStep | TextStep
"""What has an output under its name."""

Step: TypeAlias = Named | IfBlock | ParallelBlock | LoopBlock | MapBlock


def canonical_steps(steps: "tuple[Step, ...]") -> list[object]:
    """What steps are, for a digest."""
    return [step.canonical for step in steps]


def _canonical(texts: Mapping[str, Template]) -> dict[str, object]:
    return {name: text.canonical for name, text in texts.items()}


def inner_steps(step: Step) -> "tuple[tuple[Step, ...], ...]":
    """The lists of steps that a block holds; none for a step with a name."""
    if isinstance(step, IfBlock):
        return step.then, step.otherwise
    if isinstance(step, ParallelBlock):
        return step.branches
    if isinstance(step, LoopBlock | MapBlock):
        return (step.steps,)
    return ()


def named_steps(steps: "tuple[Step, ...]") -> Iterator[Named]:
    """All steps with names, in the order of the file."""
    for step in steps:
        if isinstance(step, AskStep | QueryStep | TextStep):
            yield step
        for each in inner_steps(step):
            yield from named_steps(each)


def first_name(step: Step) -> str:
    """What a step is called in a sentence: a block by the first step in it."""
    return next((each.name for each in named_steps((step,))), "")
