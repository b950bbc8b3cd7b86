"""On which steps an answer of a flow rests, and which of them rest on the example themselves."""

from collections.abc import Iterator, Sequence

from promptci.specs.flows.blocks import IfBlock, Step
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import CallStep, FlowStep, Named, QueryStep, TextStep


def resting_prompts(flow: Flow) -> frozenset[str]:
    """The prompts and flows that can change a flow's answer; what nothing uses is in vain."""
    used = set(flow.output.variables)
    count = -1
    while count != len(used):
        count = len(used)
        _spread(flow.steps, used)
    taken = [step for step in flow.calls if step.name in used]
    inner = (resting_prompts(step.flow) for step in taken if isinstance(step, FlowStep))
    return frozenset(step.answerer.name for step in taken).union(*inner)


def _spread(steps: Sequence[Step], used: set[str]) -> bool:
    """Add what steps use whose outputs are used; whether any of these is."""
    found = [names for step in steps if (names := _uses(step, used)) is not None]
    used.update(*found)
    return bool(found)


def _uses(step: Step, used: set[str]) -> frozenset[str] | None:
    """What a step or block uses; None where nothing of it is used."""
    if isinstance(step, Named):
        return step.variables if step.name in used else None
    found = [_spread(inner, used) for inner in step.inner]  # all of them, not the first alone
    return step.variables if any(found) else None


def unasked_answers(flow: Flow) -> tuple[TextStep | QueryStep, ...]:
    """Texts and queries under a condition that reach the answer and rest on nothing asked.

    Where the condition says so, they are the answer whatever the prompts of the flow are.
    """
    asked = {step.name for step in flow.calls}
    told, answer = set(asked), set(flow.output.variables)
    count = -1
    while count != len(told) + len(answer):
        count = len(told) + len(answer)
        for step in flow.named:
            if step.variables & told:
                told.add(step.name)
            if step.name in answer - asked:
                answer |= step.variables
    found = (step for step in _conditional(flow.steps) if not isinstance(step, CallStep))
    return tuple(step for step in found if step.name in answer and not step.variables & told)


def conditional_calls(flow: Flow) -> frozenset[str]:
    """The steps that ask a prompt or flow under a condition alone."""
    return frozenset(s.name for s in _conditional(flow.steps) if isinstance(s, CallStep))


def _conditional(steps: Sequence[Step], *, is_within: bool = False) -> Iterator[Named]:
    """The steps with names that only some answers take."""
    for step in steps:
        if isinstance(step, Named):
            if is_within:
                yield step
            continue
        for inner in step.inner:
            yield from _conditional(inner, is_within=is_within or isinstance(step, IfBlock))


def same_for_all(flow: Flow) -> frozenset[str]:
    """The steps that ask a prompt or flow with variables the same, whatever the example is.

    A text or query counts as the example's where anything in it is; so does an item of a list.
    """
    names = {step.name for step in flow.named}
    told: set[str] = set()
    count = -1
    while count != len(told):
        count = len(told)
        told |= {each.name for each in flow.named if each.variables - (names - told)}
    calls = (step for step in flow.calls if step.answerer.variables)
    return frozenset(step.name for step in calls if step.name not in told)
