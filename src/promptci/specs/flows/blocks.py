"""Steps of a flow inside others: under conditions, side by side, in loops, for each item."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.parsing.source import Mark
from promptci.specs.flows.condition import NOWHERE, Condition
from promptci.specs.flows.steps import Named, canonical_texts
from promptci.templates.template import Template
from promptci.withasides import WithAsides


class IfBlock(Struct, frozen=True):
    """Steps that are taken where a condition holds, and others where it does not."""

    condition: Condition
    then: "tuple[Step, ...]"
    otherwise: "tuple[Step, ...]" = ()

    @property
    def variables(self) -> frozenset[str]:
        """What it uses beside what its steps use."""
        return self.condition.variables | {self.condition.root}

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return [
            "if",
            self.condition.canonical,
            canonical_steps(self.then),
            canonical_steps(self.otherwise),
        ]

    @property
    def inner(self) -> "tuple[tuple[Step, ...], ...]":
        """The lists of steps that it holds."""
        return self.then, self.otherwise

    def with_inner(self, lists: "Sequence[tuple[Step, ...]]") -> "IfBlock":
        """The same with other lists of steps."""
        then, otherwise = lists
        return replace(self, then=then, otherwise=otherwise)


class ParallelBlock(Struct, frozen=True):
    """Branches that are taken side by side, each in its order."""

    branches: "tuple[tuple[Step, ...], ...]"

    @property
    def variables(self) -> frozenset[str]:
        """Nothing is used but by its steps."""
        return frozenset()

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        return ["parallel", *map(canonical_steps, self.branches)]

    @property
    def inner(self) -> "tuple[tuple[Step, ...], ...]":
        """The lists of steps that it holds."""
        return self.branches

    def with_inner(self, lists: "Sequence[tuple[Step, ...]]") -> "ParallelBlock":
        """The same with other lists of steps."""
        return replace(self, branches=tuple(lists))


class LoopBlock(Struct, frozen=True):
    """Steps that are taken until a condition holds behind them, at most so many times.

    `start` holds what their outputs are before the first time.
    """

    steps: "tuple[Step, ...]"
    until: Condition
    at_most: int
    start: Mapping[str, Template] = field(default_factory=dict)

    @property
    def variables(self) -> frozenset[str]:
        """What it uses beside what its steps use."""
        first = (text.variables for text in self.start.values())
        return self.until.variables.union({self.until.root}, *first)

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        until = self.until.canonical
        return [
            "loop",
            canonical_steps(self.steps),
            until,
            self.at_most,
            canonical_texts(self.start),
        ]

    @property
    def inner(self) -> "tuple[tuple[Step, ...], ...]":
        """The lists of steps that it holds."""
        return (self.steps,)

    def with_inner(self, lists: "Sequence[tuple[Step, ...]]") -> "LoopBlock":
        """The same with other lists of steps."""
        return replace(self, steps=lists[0])


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
    mark: Mark = NOWHERE

    @property
    def variables(self) -> frozenset[str]:
        """What it uses beside what its steps use."""
        return self.over.variables

    @property
    def names(self) -> "tuple[str, ...]":
        """The steps inside."""
        return tuple(dict.fromkeys(step.name for step in named_steps(self.steps)))

    @property
    def canonical(self) -> list[object]:
        """What it is, for a digest."""
        how = [self.over.canonical, self.at_most, self.item, self.split, self.join]
        return ["map", canonical_steps(self.steps), *how]

    @property
    def inner(self) -> "tuple[tuple[Step, ...], ...]":
        """The lists of steps that it holds."""
        return (self.steps,)

    def with_inner(self, lists: "Sequence[tuple[Step, ...]]") -> "MapBlock":
        """The same with other lists of steps."""
        return replace(self, steps=lists[0])


StepBlock: TypeAlias = IfBlock | ParallelBlock | LoopBlock | MapBlock
"""What holds steps: `variables` are those that it uses beside what its steps use."""

Step: TypeAlias = Named | StepBlock


def canonical_steps(steps: "tuple[Step, ...]") -> list[object]:
    """What steps are, for a digest."""
    return [step.canonical for step in steps]


def named_steps(steps: "tuple[Step, ...]") -> Iterator[Named]:
    """All steps with names, in the order of the file."""
    for step in steps:
        if isinstance(step, Named):
            yield step
            continue
        for each in step.inner:
            yield from named_steps(each)


def used_by(step: Step) -> frozenset[str]:
    """All that a step or block uses, with the steps in it."""
    lists = () if isinstance(step, Named) else step.inner
    return step.variables.union(*(used_by(each) for steps in lists for each in steps))


def first_name(step: Step) -> str:
    """What a step is called in a sentence: a block by the first step in it."""
    return next((each.name for each in named_steps((step,))), "")
