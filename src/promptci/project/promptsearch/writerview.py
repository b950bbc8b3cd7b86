"""What the writer of a search is shown of an answer: of a flow, the work of the step it is for."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from promptci.parsing.source import Plain, excerpt
from promptci.promptsearch.trials import TrialAnswer
from promptci.run.driving.work import Finished
from promptci.run.solved import StepAnswer
from promptci.run.solving.solve import Evaluated
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.templates.template import Template, as_text

_NOT_TAKEN = "the step was not taken"


def shown_answer(finished: Finished, step: str = "") -> TrialAnswer:
    """One example as a text's prompt answered it, by itself or as a `step` of a flow."""
    example, evaluated = finished.example, finished.evaluated
    result, completion = evaluated.result, evaluated.completion
    output = "" if completion is None else completion.text
    wanted = as_text(example.expected) if example.has_expected else ""
    whole = TrialAnswer(
        id=example.id,
        input=_input(example.vars),
        wanted=wanted or (output if result.passed else ""),
        output=output,
        score=result.score if result.fate != "error" else 0.0,
        passed=result.passed,
        why=evaluated.why or "; ".join(_missed(evaluated)),
        is_error=result.fate == "error",
    )
    flow = finished.task.prompt
    return _of_step(whole, example, evaluated, flow, step) if isinstance(flow, Flow) else whole


def _of_step(
    whole: TrialAnswer, example: Example, evaluated: Evaluated, flow: Flow, step: str
) -> TrialAnswer:
    """The step's own input and output; what it should have said, where that is known.

    That is what the example expects of the step, or of the flow where the step's output is its
    answer, or what the step said where the whole is right.
    """
    asked = [each for each in evaluated.trace if each.step == step]
    if not asked:  # a step that picks one of several samples has a name for each
        asked = [each for each in evaluated.trace if each.step.startswith(f"{step}/")]
    output = asked[-1].completion.text if asked else ""
    if step in example.steps:
        wanted = as_text(example.steps[step])
    elif flow.output == Template(("", ""), (step,)):
        wanted = whole.wanted
    else:
        wanted = output if whole.passed else ""
    told = _told(whole, example) if asked else f"{_NOT_TAKEN}; {_told(whole, example)}"
    return replace(
        whole,
        input=_question(asked[-1]) if asked else whole.input,
        wanted=wanted,
        output=output,
        why="" if whole.passed else told,
    )


def _told(whole: TrialAnswer, example: Example) -> str:
    """What the flow answered in the end, what it should have, and what is wrong with that."""
    answer = f"the flow answered `{excerpt(whole.output)}`"
    if example.has_expected:
        answer += f", expected `{excerpt(as_text(example.expected))}`"
    return f"{answer}; {whole.why}" if whole.why else answer


def _question(asked: StepAnswer) -> str:
    """The last message that the step sent."""
    return asked.request.messages[-1].shown


def _missed(evaluated: Evaluated) -> Iterator[str]:
    for label, score in evaluated.scores:
        if not score.passed:
            yield f"{label}: {score.why}" if score.why else label


def _input(variables: Mapping[str, Plain]) -> str:
    """The variables as a text: one by itself, several with their names."""
    texts = {name: as_text(value) for name, value in variables.items()}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "\n".join(f"{name}: {text}" for name, text in texts.items())
