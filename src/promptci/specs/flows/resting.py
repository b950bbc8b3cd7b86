"""On which steps an answer of a flow rests, and which of them rest on the example themselves."""

from collections.abc import Sequence

from promptci.specs.flows.blocks import Step
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import FlowStep, Named


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
