"""The steps of a flow that have outputs: prompts, other flows, queries and texts."""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from msgspec import field

from promptci.parsing.source import Mark
from promptci.specs.flows.condition import NOWHERE
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.templates.template import Template
from promptci.withasides import WithAsides

if TYPE_CHECKING:
    from promptci.specs.flows.flow import Flow


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
    mark: Mark = NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest; the prompt's model is no part of it."""
        return ["prompt", self.name, self.prompt.content, canonical_texts(self.vars), self.allowed]

    @property
    def answerer(self) -> Prompt:
        """Who answers."""
        return self.prompt

    @property
    def variables(self) -> frozenset[str]:
        """What it uses: the variables of its templates, and those of its prompt that none fills."""
        return _called_with(self.vars, self.prompt.variables)


class FlowStep(WithAsides, frozen=True):
    """Another flow that is taken as a step, with steps and variables of its own.

    What it says is the flow's output; the rest is as of a step that asks a prompt. `model` answers
    those of its steps that name none.
    """

    ASIDES = frozenset({"mark"})

    name: str
    number: int
    flow: "Flow"
    vars: Mapping[str, Template] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    model: ModelSpec | None = None
    no_model: str = ""
    mark: Mark = NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return ["flow", self.name, self.flow.content, canonical_texts(self.vars), self.allowed]

    @property
    def answerer(self) -> "Flow":
        """Who answers."""
        return self.flow

    @property
    def variables(self) -> frozenset[str]:
        """What it uses: the variables of its templates, and those of its flow that none fills."""
        return _called_with(self.vars, self.flow.variables)


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
    mark: Mark = NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        data = sha256(self.data).hexdigest()
        return [
            *("query", self.name, self.sql.canonical, data),
            *(canonical_texts(self.vars), self.max_rows, self.max_characters, self.seconds),
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
    mark: Mark = NOWHERE

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return ["text", self.name, self.text.canonical]

    @property
    def variables(self) -> frozenset[str]:
        """What it uses."""
        return self.text.variables


CallStep: TypeAlias = AskStep | FlowStep
"""What somebody else answers: a prompt, or another flow."""

Named: TypeAlias = CallStep | QueryStep | TextStep
"""What has an output under its name."""


def _called_with(given: Mapping[str, Template], wanted: frozenset[str]) -> frozenset[str]:
    used = frozenset().union(*(text.variables for text in given.values()))
    return used | (wanted - given.keys())


def canonical_texts(texts: Mapping[str, Template]) -> dict[str, object]:
    """What templates are, for a digest."""
    return {name: text.canonical for name, text in texts.items()}
