"""What is asked first of an example, and the address of all that is asked."""

from collections.abc import Sequence

from promptci.digest import digest
from promptci.run.planning.task import Task
from promptci.run.solving.solve import asks_once, opening_messages, plain_request, solve
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.request import Request, requests_of


def opening_request(task: Task, example: Example, attempt: int = 0) -> Request:
    """What the prompt, or the first step of a flow, says before anything was answered."""
    if isinstance(task.prompt, Flow):
        return first_asked(task, example, attempt=attempt)[0]
    return plain_request(task, example, attempt)


def first_asked(task: Task, example: Example, *, attempt: int = 0) -> tuple[Request, ...]:
    """What `solve` asks first, which depends on no answer; nothing where a flow asks nothing."""
    asking = solve(task, example, attempt=attempt)
    ask = next(asking)
    asking.close()
    return requests_of(ask)


def question_key(task: Task, example: Example, *, attempt: int = 0) -> str:
    """The address of all that is asked about an example: for a plain prompt its request's key."""
    if task.retriever is not None:
        query = task.retriever.query(opening_messages(task, example))
        return digest([query.key, task.parts.prompt, task.parts.model])
    asked = first_asked(task, example, attempt=attempt)
    return key_by_first(task, [request.key for request in asked])


def key_by_first(task: Task, first: Sequence[str]) -> str:
    """The same by the keys of what is asked first, where nothing is looked up."""
    if asks_once(task):
        return first[0]
    beside = None if task.talk is None else dict(task.talk.canonical)
    return digest([*first, task.parts.prompt, task.parts.model, beside])
