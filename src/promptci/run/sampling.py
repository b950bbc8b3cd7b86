"""An answer that is picked from several samples."""

from promptci.run.picking import PICKS
from promptci.run.samples import Sampling
from promptci.run.solved import Solved
from promptci.run.task import Task
from promptci.specs.evalspec import Example
from promptci.specs.request import Asking, Request


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


def samples_at_most(task: Task, example: Example, attempt: int) -> tuple[Request, ...]:
    """All that picking an answer may ask: every sample, and what picks among them."""
    solve = task.prompt.solve
    assert solve is not None
    state = Sampling(task, solve, example, attempt)
    return (*state.requests(), *PICKS[solve.pick].most(state))
