"""Answers that take more than one request: of flows, of conversations, of several samples.

Apart from `solve`, which most evals need alone: what they ask once loads none of this.
"""

from promptci.run.planning.task import Task
from promptci.run.solved import Solved
from promptci.run.solving.conversations import conversed, conversed_at_most
from promptci.run.solving.flows.flowbounds import flow_at_most
from promptci.run.solving.flows.walk import AskedAtMost, Solver, flow_answer
from promptci.run.solving.sampling import sampled, samples_at_most
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.request import Asking, Request


def answer_of_several(
    task: Task, example: Example, attempt: int, *, solver: Solver, is_brief: bool
) -> Asking[Solved]:
    """The answer to one example; `solver` gives that of a flow's step. Raises `NoVerdict`."""
    if isinstance(task.prompt, Flow):
        return flow_answer(task, example, attempt=attempt, solver=solver, is_brief=is_brief)
    if task.talk is not None:
        return conversed(task, task.talk, example, attempt)
    return sampled(task, example, attempt)


def several_at_most(
    task: Task, example: Example, attempt: int, *, asked: AskedAtMost, solver: Solver
) -> tuple[Request, ...]:
    """All that it may ask; `asked` says the same of a flow's step."""
    if isinstance(task.prompt, Flow):
        return flow_at_most(task, example, attempt=attempt, asked=asked, solver=solver)
    if task.talk is not None:
        return conversed_at_most(task, task.talk, example, attempt)
    return samples_at_most(task, example, attempt)
