"""A flow as lines of text, so that two of them can be compared line by line."""

from collections.abc import Iterator, Mapping, Sequence

from promptci.parsing.source import Plain
from promptci.parsing.template import Template, as_text
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import (
    AskStep,
    Condition,
    IfBlock,
    LoopBlock,
    ParallelBlock,
    QueryStep,
    Step,
    TextStep,
)


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
        for line in _step(step):
            yield f"{indent}{line}"


def _step(step: Step) -> Iterator[str]:
    if isinstance(step, AskStep):
        yield f"{step.name}: prompt {step.prompt.name}"
        yield from _given(step.vars)
        if step.allowed:
            yield f"  allowed: {', '.join(step.allowed)}"
    elif isinstance(step, QueryStep):
        yield f"{step.name}: query on {step.path}"
        yield from (f"  {line}" for line in step.sql.source.splitlines())
        yield from _given(step.vars)
    elif isinstance(step, TextStep):
        yield f"{step.name}: text"
        yield from (f"  {line}" for line in step.text.source.splitlines())
    else:
        yield from _block(step)


def _block(step: Step) -> Iterator[str]:
    if isinstance(step, IfBlock):
        yield f"if {condition_text(step.condition)}:"
        yield from _steps(step.then, "  ")
        if step.otherwise:
            yield "else:"
            yield from _steps(step.otherwise, "  ")
    elif isinstance(step, ParallelBlock):
        yield "parallel:"
        for branch in step.branches:
            yield from _steps(branch, "  ")
            yield "  --"
    elif isinstance(step, LoopBlock):
        yield f"loop until {condition_text(step.until)}, at most {step.at_most} times:"
        yield from _steps(step.steps, "  ")
        yield from _given(step.start)
    elif not isinstance(step, AskStep | QueryStep | TextStep):
        yield f"map {step.item} over {step.over.source} ({step.split}), at most {step.at_most}:"
        yield from _steps(step.steps, "  ")
        yield f"  joined by {step.join!r}"


def condition_text(condition: Condition) -> str:
    """A condition on one line: the output that it looks at, and the scorer."""
    options: dict[str, Plain] = dict(condition.scorer)
    name, _ = options.pop("scorer"), options.pop("version", None)
    told = ", ".join(f"{key}: {as_text(value)}" for key, value in sorted(options.items()))
    return f"{condition.name} {as_text(name)}{f' ({told})' if told else ''}"


def _given(texts: Mapping[str, Template]) -> Iterator[str]:
    for name in sorted(texts):
        yield f"  {name} = {texts[name].source}"
