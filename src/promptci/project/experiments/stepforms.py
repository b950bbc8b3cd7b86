"""Variants of the prompts of a flow's steps, each in its place in the flow."""

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from promptci.specs.config import Config
from promptci.specs.flows.flow import Flow, with_calls
from promptci.specs.flows.steps import AskStep, Call, FlowStep
from promptci.specs.prompt import Prompt

Known = Callable[[str], Prompt]
"""The prompt of a name as its file has it."""


def forms_of_steps(flow: Flow, known: Known, config: Config) -> Iterator[tuple[str, Flow]]:
    """The flow with one step's prompt as one of its variants, by `STEP: VARIANT`, step by step.

    Steps of flows in it are called by their paths. Raises `RequestError` for a variant's model that
    is none.
    """
    for step in flow.calls:
        if isinstance(step, FlowStep):
            for name, inner in forms_of_steps(step.flow, known, config):
                yield f"{step.name}/{name}", _with(flow, replace(step, flow=inner))
            continue
        base = known(step.prompt.name)
        for name, form in base.variants.items():
            yield f"{step.name}: {name}", _with(flow, _asking(step, base, form, config))


def _with(flow: Flow, changed: Call) -> Flow:
    def change(call: Call) -> Call:
        return changed if call.number == changed.number else call

    return replace(flow, steps=with_calls(flow.steps, change))


def _asking(step: AskStep, base: Prompt, form: Prompt, config: Config) -> AskStep:
    """A step that asks a variant; what the step itself says stays, unless the variant says it."""
    own = step.prompt
    solve = own.solve if own.solve != base.solve else form.solve
    parameters = {**(form.parameters or {}), **_added(base.parameters or {}, own.parameters or {})}
    asked = replace(form, solve=solve, parameters=parameters or form.parameters)
    if form.model in (None, base.model):
        return replace(step, prompt=replace(asked, model=own.model, model_mark=own.model_mark))
    return replace(step, prompt=asked, model=config.model(form.model), no_model="")


def _added(base: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in own.items() if base.get(name) != value}
