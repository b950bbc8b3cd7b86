"""What judges may ask about an answer to come, and about what steps of a flow say on the way."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.run.planning.task import Task
from promptci.run.solving.flows.flowbounds import FlowBound
from promptci.run.solving.flows.unknownoutputs import longest_said
from promptci.run.solving.flows.walk import AskedAtMost, Solver
from promptci.run.solving.judgeestimate import judges_requests, longest_answer
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import CallStep
from promptci.specs.request import Request
from promptci.templates.template import TemplateError


def imagined_questions(
    task: Task, example: Example, asked: AskedAtMost, solver: Solver
) -> tuple[list[Request], bool]:
    """What judges may ask about an answer to come, and about the steps before it.

    Second, whether all of it could be guessed.
    """
    scorers = [scorer for scorer in task.judges.of(example) if scorer.asks]
    steps = [name for name in example.steps if any(_step_scorers(task, name))]
    if not scorers and not steps:
        return [], True
    answer, said = _longest(task, example, asked, solver)
    found, is_whole = judges_requests(scorers, example, answer, task.settings.tools, said)
    for name in steps:
        of_step, is_known = _about_step(task, example, name, said)
        found, is_whole = [*found, *of_step], is_whole and is_known
    return found, is_whole


def _step_scorers(task: Task, name: str) -> Iterator[BoundScorer]:
    """What asks models about a step."""
    judges = task.step_judges.get(name)
    return (each for each in (judges.shared if judges else ()) if each.asks and each.weight)


def _longest(
    task: Task, example: Example, asked: AskedAtMost, solver: Solver
) -> tuple[Completion, Mapping[str, Plain]]:
    """As long an answer as there may be, and as long texts on the way to it."""
    if not isinstance(task.prompt, Flow):
        return longest_answer(task.settings), dict.fromkeys(task.prompt.tells, longest_said(task))
    bound = FlowBound(task, example, 0, asked, solver, known=lambda requests: {})
    return Completion(bound.whole(task.prompt) or ""), bound.scope


def _about_step(
    task: Task, example: Example, name: str, said: Mapping[str, Plain]
) -> tuple[list[Request], bool]:
    """What may be asked about a step, and whether that is known: not of a flow in the flow."""
    scope = {**example.vars, **said, **_given(task, name, said)}
    imagined = replace(
        example, vars=scope, expected=example.steps[name], has_expected=True, scorers=()
    )
    answer = Completion(str(said.get(name, "")))
    asked, is_whole = judges_requests(_step_scorers(task, name), imagined, answer, said=said)
    return asked, is_whole and name in said


def _given(task: Task, name: str, said: Mapping[str, Plain]) -> dict[str, Plain]:
    """What a step gives its prompt, as far as that is known."""
    assert isinstance(task.prompt, Flow)
    found: dict[str, Plain] = {}
    for step in task.prompt.calls:
        if step.name == name and isinstance(step, CallStep):
            for variable, text in step.vars.items():
                with suppress(TemplateError):
                    found[variable] = text.value(said)
    return found
