"""Who answers an example: a prompt, or a flow of several."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from promptci.errors import RequestError
from promptci.specs.flows.flow import Flow, with_calls
from promptci.specs.flows.steps import AskStep, CallStep, FlowStep, Named, QueryStep
from promptci.specs.prompt import Prompt
from promptci.specs.retrieval import CONTEXT, Retrieval

Answerer: TypeAlias = Prompt | Flow
"""What an eval tests. Both have a name, a place, a label, a digest and variables."""


_STEPWISE = {
    "`shots`": "`promptci curve --step` has what shots of a step do to the flow's answer",
}
"""What says of a flow's step what a command for single prompts cannot."""


def plain_prompt(answerer: Answerer, what: str) -> Prompt:
    """The prompt, where it is one. Raises `RequestError` for a flow, on which `what` is no use."""
    if isinstance(answerer, Prompt):
        return answerer
    wrong = f"`{answerer.name}` is a flow, and {what} is for single prompts"
    names = ", ".join(each.name for each in prompts_of(answerer) if each.retrieve is None)
    cure = f"name an eval of one of its prompts ({names or 'it asks none'})"
    if what in _STEPWISE:
        cure += f"; {_STEPWISE[what]}"
    raise RequestError(f"{wrong}: {cure}")


def writing_prompt(answerer: Answerer, what: str) -> Prompt:
    """The prompt, where a model writes its answer. Raises `RequestError` for any other."""
    prompt = plain_prompt(answerer, what)
    if prompt.retrieve is None:
        return prompt
    wrong = f"`{prompt.name}` looks documents up, and {what} is for prompts that a model answers"
    cure = "`promptci compare --variants` tries another corpus, `k` or model"
    raise RequestError(f"{wrong}: {cure}")


def data_paths(answerer: Answerer) -> tuple[str, ...]:
    """The files that the queries of a flow run on, and those of documents that are looked up."""
    steps = answerer.deep if isinstance(answerer, Flow) else ()
    found = [step.path for _, step in steps if isinstance(step, QueryStep)]
    for prompt in prompts_of(answerer):
        found += [each.path for each in prompt.retrieve.documents] if prompt.retrieve else []
    return tuple(dict.fromkeys(found))


def retrieval_of(answerer: Answerer) -> Retrieval | None:
    """Where a prompt looks documents up; a flow's steps do so themselves."""
    return answerer.retrieve if isinstance(answerer, Prompt) else None


def gives_texts(step: Named) -> bool:
    """Whether a step of a flow gives texts that it looked up, which scorers call the context."""
    return isinstance(step, AskStep) and CONTEXT in step.prompt.tells


def prompts_of(answerer: Answerer) -> tuple[Prompt, ...]:
    """The prompt, or those of a flow's steps, each once."""
    if isinstance(answerer, Prompt):
        return (answerer,)
    return tuple({step.prompt.name: step.prompt for step in answerer.asking}.values())


def takes_votes(answerer: Answerer) -> bool:
    """Whether an answer, or that of a flow's step, is picked by a vote."""
    found = (each.solve for each in prompts_of(answerer))
    return any(solve is not None and solve.pick == "vote" for solve in found)


def with_prompt(answerer: Answerer, name: str, change: Callable[[Prompt], Prompt]) -> Answerer:
    """The same with the prompt of a name changed, wherever it is asked."""
    if isinstance(answerer, Flow):
        return _flow_with(answerer, name, change)
    return change(answerer) if answerer.name == name else answerer


def _flow_with(flow: Flow, name: str, change: Callable[[Prompt], Prompt]) -> Flow:
    def changed(step: CallStep) -> CallStep:
        if isinstance(step, FlowStep):
            return replace(step, flow=_flow_with(step.flow, name, change))
        return replace(step, prompt=change(step.prompt)) if step.prompt.name == name else step

    return replace(flow, steps=with_calls(flow.steps, changed))


def names_in(answerer: Answerer) -> tuple[str, ...]:
    """The names of a flow's prompts and of the flows in it; of a prompt its own."""
    flows = answerer.flows if isinstance(answerer, Flow) else ()
    return (*(each.name for each in prompts_of(answerer)), *(each.name for each in flows))
