"""An answer that is picked from several samples."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from promptci.run.planning.task import Task
from promptci.run.solved import Picked, Solved
from promptci.run.solving.picking import PICKS
from promptci.run.solving.samples import Sampling
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Answer, Ask, Asking, Request


def sampled(task: Task, example: Example, attempt: int) -> Asking[Solved]:
    """The answer that is picked from several samples."""
    solve = task.prompt.solve
    assert solve is not None
    state = Sampling(task, solve, example, attempt)
    picked = yield from PICKS[solve.pick].pick(state)
    requests = state.requests()
    return Solved(
        picked.candidates[picked.number],
        requests[picked.number],
        tuple(state.trace.steps),
        picked,
        state.trace.latency,
    )


def picked_from(
    task: Task, example: Example, attempt: int, given: Sequence[Completion]
) -> Asking[Solved]:
    """The answer that is picked from samples obtained elsewhere; only what picks may ask."""
    solve = task.prompt.solve
    assert solve is not None
    state = Sampling(task, replace(solve, n=len(given)), example, attempt)
    answers = dict(zip((request.key for request in state.requests()), given, strict=True))
    asking = PICKS[solve.pick].pick(state)
    yield ()  # as whoever drives it expects
    try:
        ask = next(asking)
        while True:
            ask = asking.send((yield from _answered(ask, answers)))
    except StopIteration as done:
        picked: Picked = done.value
        return Solved(picked.candidates[picked.number], None, tuple(state.trace.steps), picked)


def _answered(ask: Ask, answers: Mapping[str, Completion]) -> Asking[Answer]:
    """What there is of samples; else what a model says."""
    if isinstance(ask, tuple):
        if all(request.key in answers for request in ask):
            return tuple(answers[request.key] for request in ask)
    elif ask.key in answers:
        return answers[ask.key]
    return (yield ask)


def samples_at_most(task: Task, example: Example, attempt: int) -> tuple[Request, ...]:
    """All that picking an answer may ask: every sample, and what picks among them."""
    solve = task.prompt.solve
    assert solve is not None
    state = Sampling(task, solve, example, attempt)
    return (*state.requests(), *PICKS[solve.pick].most(state))
