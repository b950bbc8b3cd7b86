"""Golden examples that a prompt shows to the model or a flow looks up: their score says nothing."""

from collections.abc import Iterator, Sequence

from promptci.specs.answerer import Answerer, prompts_of
from promptci.specs.evalspec import Example, normal
from promptci.specs.flows.blocks import IfBlock, LoopBlock, Step
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import FlowStep, Named, QueryStep, TextStep
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden
from promptci.suite.inputmarks import SHORTEST, flat, may_hold
from promptci.suite.outlines import input_marks
from promptci.templates.template import as_text


def shown_examples(golden: Golden, answerer: Answerer) -> Iterator[Example]:
    """The golden examples that are shots of a prompt, or whose inputs are in its messages.

    Of a flow the prompts of its steps count.
    """
    prompts = prompts_of(answerer)
    shots = [_shots(prompt) for prompt in prompts if prompt.shots]
    texts = [(_filled(prompt), flat(_text(prompt))) for prompt in prompts]
    if not shots and _holds_none(golden, [text for _, text in texts]):
        return
    for example in golden.examples():
        is_shot = any(_is_among(example, *each) for each in shots)
        if is_shot or any(_is_within(example, *each) for each in texts):
            yield example


def looked_up_examples(golden: Golden, answerer: Answerer) -> Iterator[Example]:
    """The golden examples whose inputs are in a flow's data, queries, texts or conditions."""
    if not isinstance(answerer, Flow):
        return
    texts = [flat(text) for text in _flow_texts(answerer)]
    names = frozenset(answerer.needs)
    for example in () if _holds_none(golden, texts) else golden.examples():
        if any(_is_within(example, names, text) for text in texts):
            yield example


def _holds_none(golden: Golden, texts: Sequence[str]) -> bool:
    """Whether it is known without reading the examples that no input is in these texts."""
    if not any(len(text) >= SHORTEST for text in texts):
        return True
    marks = input_marks(golden)
    return marks is not None and not may_hold(texts, marks)


def _flow_texts(flow: Flow) -> Iterator[str]:
    """What a flow's own steps hold, those of flows in it included."""
    for _, step in flow.deep:
        if isinstance(step, QueryStep):
            yield step.data.decode(errors="replace")
            yield step.sql.source
        elif isinstance(step, TextStep):
            yield step.text.source
    yield from _goes_by(flow.steps)
    for _, step in flow.deep:
        if isinstance(step, FlowStep):
            yield from _goes_by(step.flow.steps)


def _goes_by(steps: Sequence[Step]) -> Iterator[str]:
    """What the conditions of steps look for."""
    for step in steps:
        if isinstance(step, IfBlock):
            yield str(step.condition.scorer)
        elif isinstance(step, LoopBlock):
            yield str(step.until.scorer)
        for inner in () if isinstance(step, Named) else step.inner:
            yield from _goes_by(inner)


def _shots(prompt: Prompt) -> tuple[frozenset[str], set[str]]:
    """The variables that shots fill, and the shots, each as one text."""
    filled = frozenset[str]().union(*(shot.vars for shot in prompt.shots))
    return filled, {flat(normal(shot.vars)) for shot in prompt.shots}


def _is_among(example: Example, filled: frozenset[str], shots: set[str]) -> bool:
    inputs = {name: example.vars[name] for name in filled & example.vars.keys()}
    return flat(normal(inputs)) in shots


def _filled(prompt: Prompt) -> frozenset[str]:
    """What of an example replaces a prompt's variables."""
    return frozenset(name.partition(".")[0] for name in prompt.variables)


def _is_within(example: Example, names: frozenset[str], text: str) -> bool:
    """Whether all of an example's inputs that are long enough are in a text."""
    is_found = False
    for name in names & example.vars.keys():
        value = flat(as_text(example.vars[name]))
        if len(value) >= SHORTEST:
            if value not in text:
                return False
            is_found = True
    return is_found


def _text(prompt: Prompt) -> str:
    """What a prompt's messages say by themselves."""
    return "\n".join(line for turn in prompt.turns for line in (turn.content.source, *turn.rest))
