"""Ask one prompt with values for its variables, outside of any eval."""

from collections.abc import Mapping

from msgspec.structs import replace

from promptci.errors import Fault, ModelError, RequestError, SpecError
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Plain, as_node, excerpt
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.driving.work import Finished, Work
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.task import Task
from promptci.run.solving.solve import Evaluated, solve, unanswered
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.noanswer import SCORED, why_no_answer
from promptci.specs.request import Asking
from promptci.suite.filenames import name_below
from promptci.suite.suite import Suite

_ID = "asked"
"""Of the example that is made of what is asked."""


def ask_prompt(
    project: Project,
    session: Session,
    name: str,
    variables: Mapping[str, Plain],
    *,
    model: str | None = None,
) -> str:
    """What a prompt's model answers to these values; a stored answer is used.

    Raises `RequestError` for a name that is no prompt's, `SpecError` for values that do not fit its
    variables and `ModelError` where there is no answer.
    """
    suite = project.workspace.suite
    prompt = suite.prompts.get(name)
    if prompt is None:
        paths = (path for path in suite.faulty if name in _names(path))
        if wrong := [fault for path in paths for fault in suite.faulty[path]]:
            raise SpecError(wrong)
        advice = did_you_mean(name, suite.prompts)
        raise RequestError(f"there is no prompt `{excerpt(name)}`: {advice}")
    task, example = _task(project, suite, prompt, variables, model)
    found: list[Finished] = []
    steps = _asking(task, example)
    work = Work(task, example, 0, steps, next(steps))
    session.drive([work], task.models, take=found.append, bound=tuple)
    return _answer(found, task)


def _names(path: str) -> tuple[str, ...]:
    """What a prompt or flow in a file is called."""
    return name_below(path, "prompts/"), name_below(path, "flows/")


def _task(
    project: Project,
    suite: Suite,
    prompt: Answerer,
    variables: Mapping[str, Plain],
    model: str | None,
) -> tuple[Task, Example]:
    """What is asked, as a task that no eval has."""
    example = Example(_ID, variables, expected="asked", mark=prompt.mark)
    scorer = as_node("equals", prompt.mark)  # which an eval must have and is not used here
    spec = EvalSpec(prompt.name, prompt.mark, prompt.name, (example,), (scorer,))
    faults: list[Fault] = []
    ready = make_ready(suite, spec, prompt, project.models.build, faults)
    if ready is None:
        raise SpecError([_of_values(fault) for fault in faults])
    chosen = suite.config.model(model or suite.models(spec)[0])
    task = make_task(ready, prompt, chosen, project.models.build)
    return task, next(iter(ready.golden.examples()))


def _of_values(fault: Fault) -> Fault:
    """A fault of the example as one of the values, since whoever asks has made no example."""
    if fault.warning or not fault.message.startswith(f"example `{_ID}` has no variable "):
        return fault
    message = fault.message.removeprefix(f"example `{_ID}` has no variable ")
    return replace(fault, message=f"no value was given for {message}")


def _asking(task: Task, example: Example) -> Asking[Evaluated]:
    solved = yield from solve(task, example)
    return Evaluated(unanswered(example), solved.request, solved.completion)


def _answer(found: list[Finished], task: Task) -> str:
    """The text of the answer. Raises `ModelError` where it is none."""
    evaluated = found[0].evaluated
    where = f"{task.prompt.name} on {task.model.name}"
    if evaluated.completion is None:
        raise ModelError(f"{where}: {evaluated.why or 'there is no answer'}", "malformed")
    completion = evaluated.completion
    why = why_no_answer(task.settings, completion, {*SCORED, "empty"})
    if why:
        raise ModelError(f"{where}: {why}", "malformed")
    return completion.text
