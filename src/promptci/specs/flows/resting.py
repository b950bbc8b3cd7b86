"""On which steps the answer of a flow rests: those whose outputs reach it, or decide the way."""

from collections.abc import Iterator, Sequence

from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import (
    AskStep,
    IfBlock,
    LoopBlock,
    MapBlock,
    ParallelBlock,
    QueryStep,
    Step,
    TextStep,
)


def resting_prompts(flow: Flow) -> frozenset[str]:
    """The prompts that can change a flow's answer; a step that nothing uses asks in vain."""
    used = set(flow.output.variables)
    count = -1
    while count != len(used):
        count = len(used)
        _spread(flow.steps, used)
    return frozenset(step.prompt.name for step in flow.asking if step.name in used)


def _spread(steps: Sequence[Step], used: set[str]) -> bool:
    """Add what steps use whose outputs are used; whether any of these is."""
    found = [names for step in steps if (names := _uses(step, used)) is not None]
    used.update(*found)
    return bool(found)


def _uses(step: Step, used: set[str]) -> frozenset[str] | None:
    """What a step or block uses; None where nothing of it is used."""
    if isinstance(step, AskStep | QueryStep | TextStep):
        return step.variables if step.name in used else None
    found = [_spread(inner, used) for inner in _inside(step)]  # all of them, not the first alone
    if not any(found):
        return None
    if isinstance(step, IfBlock):
        return step.condition.variables | {step.condition.name}
    if isinstance(step, LoopBlock):
        first = (text.variables for text in step.start.values())
        return step.until.variables.union({step.until.name}, *first)
    return step.over.variables if isinstance(step, MapBlock) else frozenset()


def _inside(step: IfBlock | ParallelBlock | LoopBlock | MapBlock) -> Iterator[Sequence[Step]]:
    """The steps of a block, list by list."""
    if isinstance(step, IfBlock):
        yield from (step.then, step.otherwise)
    elif isinstance(step, ParallelBlock):
        yield from step.branches
    else:
        yield step.steps
