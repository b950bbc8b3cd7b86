"""What the steps of a flow took, and the way of the first examples that fail."""

from decimal import Decimal

from msgspec import Struct, field

from promptci.compare.flowfailures import wrong_part
from promptci.run.solved import StepAnswer
from promptci.run.work import Finished
from promptci.specs.flows.flow import Flow

MOST_TRACED = 20
"""Failed examples whose steps are kept."""


class StepSpent(Struct):
    """What the answers of one step took together; `cost` is None where a price is not known."""

    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = Decimal(0)

    def add(self, each: StepAnswer) -> None:
        """One more answer."""
        usage, cost = each.completion.usage, each.completion.cost
        self.answers += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cost = None if cost is None or self.cost is None else self.cost + cost


class TracedExample(Struct, frozen=True):
    """A failed example with all of its steps; `wrong` is the first that is, or `composition`."""

    example: str
    wrong: str
    steps: tuple[StepAnswer, ...]


class FlowTraces(Struct):
    """Gathers the steps of finished examples, first answers alone."""

    spent: dict[str, StepSpent] = field(default_factory=dict)
    failed: list[TracedExample] = field(default_factory=list)

    def take(self, finished: Finished) -> None:
        """Add one example, if it is of a flow."""
        evaluated = finished.evaluated
        prompt = finished.task.prompt
        if evaluated.walked is None or finished.attempt or not isinstance(prompt, Flow):
            return
        for name in () if self.spent else (step.name for step in prompt.asking):
            self.spent.setdefault(name, StepSpent())
        for each in evaluated.trace:
            if each.request.asks_model:
                self.spent[each.step.partition("/")[0]].add(each)
        if evaluated.result.passed:
            return
        wrong = "" if evaluated.result.fate == "error" else wrong_part(evaluated.result)
        self.failed.append(TracedExample(finished.example.id, wrong, evaluated.trace))
        self.failed.sort(key=lambda traced: traced.example)
        del self.failed[MOST_TRACED:]

    @property
    def is_empty(self) -> bool:
        """Whether no example was of a flow."""
        return not (self.spent or self.failed)
