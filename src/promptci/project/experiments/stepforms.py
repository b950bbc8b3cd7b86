"""Other forms of the prompts of a flow's steps, each in its place in the flow."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import RequestError
from promptci.parsing.didyoumean import did_you_mean
from promptci.specs.answerer import Answerer, writing_prompt
from promptci.specs.config import Config
from promptci.specs.flows.flow import Flow, with_calls
from promptci.specs.flows.steps import AskStep, CallStep, FlowStep
from promptci.specs.prompt import Prompt

_Known = Callable[[str], Prompt]
"""The prompt of a name as its file has it."""


def forms_of_steps(flow: Flow, known: _Known, config: Config) -> Iterator[tuple[str, Flow]]:
    """The flow with one step's prompt as one of its variants, by `STEP: VARIANT`, step by step.

    Steps of flows in it are called by their paths. Raises `RequestError` for a variant's model that
    is none.
    """
    for step in flow.calls:
        if isinstance(step, FlowStep):
            for name, inner in forms_of_steps(step.flow, known, config):
                yield f"{step.name}/{name}", _with(flow, replace(step, flow=inner))
            continue
        if not step.prompt.variants:
            continue
        base = known(step.prompt.name)
        for name, form in base.variants.items():
            yield f"{step.name}: {name}", _with(flow, _asking(step, base, form, config))


def _with(flow: Flow, changed: CallStep) -> Flow:
    def change(call: CallStep) -> CallStep:
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


class PromptPlace(Struct, frozen=True):
    """A prompt of which other forms are tried, where it is: by itself, or as a flow's step.

    `step` is the step's path, such as `answer/draft`, and empty for a prompt by itself.
    """

    prompt: Prompt
    whole: Answerer
    step: str = ""

    @classmethod
    def of(cls, answerer: Answerer, step: str, what: str) -> "PromptPlace":
        """The prompt of an eval, or of a step of its flow; a flow's only one need not be named.

        Raises `RequestError` for a step that is none, and for a prompt that no model answers.
        """
        if isinstance(answerer, Prompt):
            if step:
                wrong = f"`{answerer.name}` is a prompt and has no step `{step}`"
                raise RequestError(f"{wrong}: leave `step` out")
            return cls(writing_prompt(answerer, what), answerer)
        found: dict[str, list[Prompt]] = {}
        for path, each in answerer.deep:
            if isinstance(each, AskStep) and each.prompt.retrieve is None:
                found.setdefault(path, []).append(each.prompt)
        if not step and len(found) == 1:
            [step] = found
        if step not in found:
            raise RequestError(_no_step(answerer, step, what, tuple(found)))
        if any(each != found[step][0] for each in found[step]):
            wrong = f"`{answerer.name}` has two steps `{step}` that ask differently"
            raise RequestError(f"{wrong}: rename one of them")
        return cls(found[step][0], answerer, step)

    def within(self, form: Prompt) -> Answerer:
        """Another form in the prompt's place."""
        return _in_place(self.whole, self.step.split("/"), form) if self.step else form


def _no_step(flow: Flow, step: str, what: str, known: tuple[str, ...]) -> str:
    if not known:
        return f"`{flow.name}` is a flow that asks no model: {what} is for prompts"
    if not step:
        names = ", ".join(f"--step {name}" for name in known)
        return f"`{flow.name}` is a flow, and {what} varies one step's prompt: add one of {names}"
    cure = did_you_mean(step, known)
    return f"`{flow.name}` has no step `{step}` with a prompt that a model answers, {cure}"


def _in_place(answerer: Answerer, path: Sequence[str], form: Prompt) -> Answerer:
    if not isinstance(answerer, Flow):
        return form
    name, *rest = path

    def change(call: CallStep) -> CallStep:
        if call.name != name or isinstance(call, FlowStep) != bool(rest):
            return call
        if isinstance(call, AskStep):
            return replace(call, prompt=form)
        inner = _in_place(call.flow, rest, form)
        return replace(call, flow=inner) if isinstance(inner, Flow) else call

    return replace(answerer, steps=with_calls(answerer.steps, change))
