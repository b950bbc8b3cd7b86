"""What the steps of a flow took, and the way of the first examples that fail."""

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.run.answertotals import Took
from promptci.run.recall import Find, recall
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.steps import AskStep
from promptci.specs.prompt import Prompt

if TYPE_CHECKING:
    from promptci.run.driving.work import Finished
    from promptci.run.planning.task import Task
    from promptci.run.solved import StepAnswer

MOST_TRACED = 20
"""Failed examples whose steps are kept."""


class TracedExample(Struct, frozen=True):
    """A failed example with all of its steps; `wrong` is the first that is, or `composition`."""

    example: Example
    wrong: str
    steps: "tuple[StepAnswer, ...]"

    def with_steps(self, task: "Task", find: Find) -> "TracedExample":
        """The same with its stored steps, where it came in brief."""
        solved = None if self.steps else recall(task, self.example, find)
        return self if solved is None else replace(self, steps=solved.trace)


def _asking(flow: Flow) -> list[str]:
    return [path for path, step in flow.deep if isinstance(step, AskStep)]


class FlowTraces(Struct):
    """Gathers the steps of finished examples, first answers alone."""

    spent: dict[str, Took] = field(default_factory=dict)
    failed: list[TracedExample] = field(default_factory=list)

    def take(self, finished: "Finished") -> None:
        """Add one example, if it is of a flow."""
        evaluated = finished.evaluated
        prompt = finished.task.prompt
        if evaluated.walked is None or finished.attempt or not isinstance(prompt, Flow):
            return
        for name in () if self.spent else _asking(prompt):
            self.spent.setdefault(name, Took())
        for name, took in evaluated.walked.took.items():
            self.spent[name].join(took)
        if evaluated.result.passed:
            return
        from promptci.compare.outcomes.flowfailures import (
            wrong_part,  # late: few evals are of flows
        )

        wrong = "" if evaluated.result.fate == "error" else wrong_part(evaluated.result)
        self.failed.append(TracedExample(finished.example, wrong, evaluated.trace))
        self.failed.sort(key=lambda traced: traced.example.id)
        del self.failed[MOST_TRACED:]

    def whole(self, task: "Task", find: Find) -> "FlowTraces | None":
        """The same with the steps that `find` has stored; None where no example was of a flow."""
        if self.is_empty:
            return None
        return FlowTraces(self.spent, [each.with_steps(task, find) for each in self.failed])

    @property
    def taken(self) -> frozenset[str]:
        """The steps that some example took."""
        return frozenset(step for step, took in self.spent.items() if took.answers)

    @property
    def is_empty(self) -> bool:
        """Whether no example was of a flow."""
        return not (self.spent or self.failed)


def untaken_steps(
    base: Answerer, head: Answerer, traces: FlowTraces | None, before: frozenset[str]
) -> tuple[tuple[str, str], ...]:
    """Steps that no example takes and that are new, were taken or ask another prompt now.

    Each comes with its prompt; one that only has another name was idle before. `traces` are of the
    head's examples; `before` are the steps that some took at the base.
    """
    if traces is None or not isinstance(head, Flow):
        return ()
    was = _prompts(base) if isinstance(base, Flow) else {}
    idle = {path: prompt for path, prompt in _prompts(head).items() if path not in traces.taken}
    left = {prompt.digest for path, prompt in was.items() if path not in before}
    return tuple(
        (path, prompt.name)
        for path, prompt in idle.items()
        if path in before
        or (was[path].digest != prompt.digest if path in was else prompt.digest not in left)
    )


def _prompts(flow: Flow) -> dict[str, Prompt]:
    return {path: step.prompt for path, step in flow.deep if isinstance(step, AskStep)}
