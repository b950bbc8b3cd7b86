"""Flows read from their files: faults with their places."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, excerpt, mapping_of
from promptci.specs.flows.blocks import IfBlock, LoopBlock, MapBlock, ParallelBlock, Step
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.scope import Scope
from promptci.specs.flows.shapes import (
    ASKED,
    BLOCKS,
    KINDS,
    REPEATED,
    FlowFile,
    IfFile,
    LoopFile,
    MapFile,
    ParallelFile,
)
from promptci.specs.flows.shortforms import asked_name, called, spread_out
from promptci.specs.flows.stepreader import FlowSurroundings, StepReader
from promptci.specs.flows.steps import AskStep, FlowStep, Named, QueryStep, TextStep
from promptci.templates.template import Template


def parse_flow(node: Node, name: str, faults: list[Fault], around: FlowSurroundings) -> Flow | None:
    """Read a flow from a loaded file; adds what is wrong to `faults` and gives None then."""
    before = len(faults)
    file = read_shape(node, FlowFile, faults)
    if file is None:
        return None
    named = StepReader(name, around, faults)
    reader = _Reader(named)
    steps = reader.steps(node.get("steps"))
    output = reader.output(file, node, steps)
    if named.is_broken or any(not fault.warning for fault in faults[before:]):
        return None
    _refuse_endless(steps, node, faults)
    scope = Scope(faults, frozenset(step.name for step in named.named))
    scope.read(steps)
    scope.uses(output.variables, node.get("output").mark)
    scope.declared(file.variables, node)
    faults += scope.idle(named.named)
    if any(not fault.warning for fault in faults[before:]):
        return None
    return Flow(
        name=name,
        mark=node.mark,
        steps=steps,
        output=output,
        needs=scope.needs,
        description=file.description,
        version="" if file.version is None else str(file.version),
        model=file.model,
        model_mark=node.get("model").mark,
    )


MOST_ASKED = 10_000
"""How often one example may have prompts asked and queries run."""


def _refuse_endless(steps: Sequence[Step], node: Node, faults: list[Fault]) -> None:
    asked = _times(steps)
    if asked > MOST_ASKED:
        wrong = f"one example may ask {asked:,} times, and {MOST_ASKED:,} are allowed"
        faults.append(node.mark.fault(f"{wrong}: lower an `at_most`"))


def _times(steps: Sequence[Step]) -> int:
    return sum(_MOST_OF[type(step)](step) for step in steps)


_MOST_OF: Mapping[type[Step], Callable[[Any], int]] = {
    AskStep: lambda step: 1,
    FlowStep: lambda step: _times(step.flow.steps),
    QueryStep: lambda step: 1,
    TextStep: lambda step: 0,
    IfBlock: lambda block: max(map(_times, block.inner)),
    ParallelBlock: lambda block: sum(map(_times, block.inner)),
    LoopBlock: lambda block: block.at_most * _times(block.steps),
    MapBlock: lambda block: block.at_most * _times(block.steps),
}


class _Reader(Struct, frozen=True):
    """Goes through the steps of one file and the blocks that hold some."""

    named: StepReader

    def steps(self, node: Node) -> tuple[Step, ...]:
        """The steps of a list, or the single one."""
        listed = node.value if isinstance(node.value, list) else [node]
        return tuple(step for each in listed for step in self._step(each) if step is not None)

    def output(self, file: FlowFile, node: Node, steps: Sequence[Step]) -> Template:
        """The template of the answer: what the file says, else the last step's output."""
        if file.output is not None:
            return self.named.template(node.get("output"))
        last = steps[-1] if steps else None
        if isinstance(last, Named):
            return Template(("", ""), (last.name,))
        if last is not None:
            wrong = "the last step has no output of its own: add `output:` with a template"
            self.named.faults.append(node.mark.fault(wrong))
        return Template(("",), ())

    def _step(self, node: Node) -> Sequence[Step | None]:
        """One step. A block is named by its key, any other key is a step's name.

        A step without a name is called as what it asks. A condition on a prompt's answer is a step
        that asks it and the block behind it.
        """
        mapping = mapping_of(node)
        kind = next((key for key in BLOCKS if key in mapping), None)
        if kind in REPEATED:
            known = {step.name for step in self.named.named}
            node = spread_out(node, kind, known, self.named.faults)
        if kind is not None:
            return _BLOCKS[kind](self, node)
        if (own := asked_name(node)) is not None:
            return (self.named.step(own, called(own, node)),)
        if len(mapping) != 1:
            wrong = "a step is its name and what it does, such as `- draft: {prompt: reply}`"
            kinds = ", ".join(f"`{key}`" for key in BLOCKS)
            cure = f"write that, or one of {kinds}"
            self.named.faults.append(node.mark.fault(f"{wrong}: {cure}"))
            return ()
        (name,) = mapping
        return (self.named.step(name, node),)

    def _if(self, node: Node) -> Sequence[Step | None]:
        file = self.named.shape(node, IfFile)
        if file is None:
            return ()
        asked, condition = self._condition(node.get("if"))
        then = self.steps(node.get("then"))
        otherwise = self.steps(node.get("else")) if file.otherwise else ()
        return () if condition is None else (*asked, IfBlock(condition, then, otherwise))

    def _parallel(self, node: Node) -> Sequence[Step | None]:
        file = self.named.shape(node, ParallelFile)
        if file is None:
            return ()
        branches = node.get("parallel").value
        assert isinstance(branches, list)
        return (ParallelBlock(tuple(map(self.steps, branches))),)

    def _loop(self, node: Node) -> Sequence[Step | None]:
        if isinstance(node.value, dict) and "at_most" not in node.value:
            wrong = "this loop may never end: add `at_most:` with the most times it may run"
            self.named.faults.append(node.key_mark("loop").fault(wrong))
            return ()
        if isinstance(node.value, dict) and "until" not in node.value:
            cure = "add `until:` with an output and a scorer, such as `{draft: {contains: OK}}`"
            self.named.faults.append(node.key_mark("loop").fault(f"this loop has no end: {cure}"))
            return ()
        file = self.named.shape(node, LoopFile)
        if file is None:
            return ()
        steps = self.steps(node.get("loop"))
        asked, until = self._condition(node.get("until"))
        steps += asked
        start = self.named.templates(node, "start")
        names = {step.name for step in steps if isinstance(step, Named)}
        for key in start.keys() - names:
            wrong = (
                f"`start` names no step of this loop `{excerpt(key)}`: {did_you_mean(key, names)}"
            )
            self.named.faults.append(node.get("start").key_mark(key).fault(wrong))
        return () if until is None else (LoopBlock(steps, until, file.at_most, start),)

    def _map(self, node: Node) -> Sequence[Step | None]:
        if isinstance(node.value, dict) and "at_most" not in node.value:
            wrong = "how long the list may get is not said: add `at_most:` with the most items"
            self.named.faults.append(node.key_mark("map").fault(wrong))
            return ()
        file = self.named.shape(node, MapFile)
        if file is None:
            return ()
        steps = self.steps(node.get("map"))
        over = self.named.template(node.get("over"))
        at_most, how = file.at_most, (file.item, file.split, file.join)
        return (MapBlock(steps, over, at_most, *how, node.mark),)

    def _condition(self, node: Node) -> tuple[tuple[Step, ...], Condition | None]:
        """`{NAME: SCORER}`: whose output is looked at, and by what.

        With `prompt` or `flow` beside the scorer the output is that of a step which is asked for
        it, called as the prompt is unless it has a NAME.
        """
        mapping = mapping_of(node)
        if (own := asked_name(node)) is not None:
            return self._asked(own, node)
        if len(mapping) == 1:
            ((name, inner),) = mapping.items()
            if any(key in mapping_of(inner) for key in ASKED):
                return self._asked(name, inner)
        if len(mapping) != 1:
            wrong = (
                "a condition is an output's name and a scorer, such as `{classify: {equals: yes}}`"
            )
            self.named.faults.append(node.mark.fault(f"{wrong}: write one"))
            return (), None
        ((name, scorer),) = mapping.items()
        return (), self.named.around.bind(name, scorer, self.named.faults)

    def _asked(self, name: str, node: Node) -> tuple[tuple[Step, ...], Condition | None]:
        """A step with a name and the condition on what it says, both written in one mapping."""
        assert isinstance(node.value, dict)
        kind = next(key for key in ASKED if key in node.value)
        own = {key: node.value[key] for key in (kind, *KINDS[kind]) if key in node.value}
        scorer = {key: each for key, each in node.value.items() if key not in own}
        if len(scorer) != 1:
            wrong = f"what the {kind} is to say is not told, or twice"
            cure = "write one scorer beside it, such as `equals: yes`"
            self.named.faults.append(node.mark.fault(f"{wrong}: {cure}"))
            return (), None
        step = self.named.step(name, Node({name: Node(own, node.mark, node.keys)}, node.mark))
        bound = self.named.around.bind(name, Node(scorer, node.mark, node.keys), self.named.faults)
        return () if step is None else (step,), bound


_BLOCKS: Mapping[str, Callable[[_Reader, Node], Sequence[Step | None]]] = {
    "if": _Reader._if,
    "parallel": _Reader._parallel,
    "loop": _Reader._loop,
    "map": _Reader._map,
}
