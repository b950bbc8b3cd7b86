"""A flow as lines of text, so that two of them can be compared line by line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from promptci.parsing.source import Plain
from promptci.specs.flows.blocks import IfBlock, LoopBlock, MapBlock, ParallelBlock, Step
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import AskStep, CallStep, FlowStep, QueryStep, TextStep
from promptci.templates.template import Template, as_text


def flow_lines(flow: Flow) -> Iterator[str]:
    """Its steps, indented as they are inside each other, and its output."""
    yield "[steps]"
    yield from _steps(flow.steps, "")
    yield ""
    yield "[output]"
    yield from flow.output.source.splitlines()
    yield ""


def _steps(steps: Sequence[Step], indent: str) -> Iterator[str]:
    for step in steps:
        for line in _LINES[type(step)](step):
            yield f"{indent}{line}"


def _ask(step: AskStep) -> Iterator[str]:
    yield f"{step.name}: prompt {step.prompt.name}"
    yield from _called(step)


def _flow(step: FlowStep) -> Iterator[str]:
    yield f"{step.name}: flow {step.flow.name}"
    yield from _called(step)


def _called(step: CallStep) -> Iterator[str]:
    yield from _given(step.vars)
    if step.allowed:
        yield f"  allowed: {', '.join(step.allowed)}"


def _query(step: QueryStep) -> Iterator[str]:
    yield f"{step.name}: query on {step.path}"
    yield from (f"  {line}" for line in step.sql.source.splitlines())
    yield from _given(step.vars)


def _text(step: TextStep) -> Iterator[str]:
    yield f"{step.name}: text"
    yield from (f"  {line}" for line in step.text.source.splitlines())


def _if(block: IfBlock) -> Iterator[str]:
    yield f"if {condition_text(block.condition)}:"
    yield from _steps(block.then, "  ")
    if block.otherwise:
        yield "else:"
        yield from _steps(block.otherwise, "  ")


def _parallel(block: ParallelBlock) -> Iterator[str]:
    yield "parallel:"
    for branch in block.branches:
        yield from _steps(branch, "  ")
        yield "  --"


def _loop(block: LoopBlock) -> Iterator[str]:
    yield f"loop until {condition_text(block.until)}, at most {block.at_most} times:"
    yield from _steps(block.steps, "  ")
    yield from _given(block.start)


def _map(block: MapBlock) -> Iterator[str]:
    yield f"map {block.item} over {block.over.source} ({block.split}), at most {block.at_most}:"
    yield from _steps(block.steps, "  ")
    yield f"  joined by {block.join!r}"


_LINES: Mapping[type[Step], Callable[[Any], Iterator[str]]] = {
    AskStep: _ask,
    FlowStep: _flow,
    QueryStep: _query,
    TextStep: _text,
    IfBlock: _if,
    ParallelBlock: _parallel,
    LoopBlock: _loop,
    MapBlock: _map,
}


def condition_text(condition: Condition) -> str:
    """A condition on one line: the output that it looks at, and the scorer."""
    options: dict[str, Plain] = dict(condition.scorer)
    name, _ = options.pop("scorer"), options.pop("version", None)
    told = ", ".join(f"{key}: {as_text(value)}" for key, value in sorted(options.items()))
    return f"{condition.name} {as_text(name)}{f' ({told})' if told else ''}"


def _given(texts: Mapping[str, Template]) -> Iterator[str]:
    for name in sorted(texts):
        yield f"  {name} = {texts[name].source}"
