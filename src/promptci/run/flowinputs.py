"""What the steps of a flow give a prompt, as far as stored answers lead."""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct

from promptci.run.planning.task import Task
from promptci.run.recall import Find, recalled
from promptci.run.solved import Solved
from promptci.run.solving.flows.walk import flow_answer
from promptci.run.solving.solve import solve
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.request import Asking

_AT_ONCE = 100
"""Examples whose stored answers are looked up together."""


class GivenByFlows(Struct):
    """All that the flows of some tasks ask a prompt about, with the variables that steps give it.

    No model is asked. After a pass `open` counts the examples whose way is not stored to its end,
    of which more may be asked than was told.
    """

    tasks: Sequence[Task]
    prompt: str
    find: Find
    open: int = 0

    def __iter__(self) -> Iterator[Example]:
        """Examples as the prompt is asked about them, which may be several for one of a flow."""
        self.open = 0
        for task in self.tasks:
            examples = task.golden.examples()
            while some := list(islice(examples, _AT_ONCE)):
                met = list[Example]()
                ways = [self._noted(task, each, met) for each in some]
                self.open += recalled(ways, self.find).count(None)
                yield from met

    def _noted(self, task: Task, example: Example, met: list[Example]) -> Asking[Solved]:
        """The way to an answer; what the prompt is asked on it is added to `met`."""

        def solver(
            task: Task, example: Example, *, attempt: int = 0, is_brief: bool = False
        ) -> Asking[Solved]:
            if isinstance(task.prompt, Flow):
                return flow_answer(task, example, attempt=attempt, solver=solver, is_brief=is_brief)
            if task.prompt.name == self.prompt:
                met.append(example)
            return solve(task, example, attempt=attempt, is_brief=is_brief)

        return solver(task, example, is_brief=True)
