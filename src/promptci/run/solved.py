"""The answer to an example, and what was asked to get it."""

from dataclasses import dataclass

from promptci.specs.completion import Completion
from promptci.specs.request import Request


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """One answer that went into another: the step's name, what was asked and what came back."""

    step: str
    request: Request
    completion: Completion


@dataclass(frozen=True, slots=True)
class Solved:
    """The answer to an example, its thoughts apart where the prompt wants that.

    `request` is None where no single one stands for it. `trace` holds all that was asked, in order,
    and is empty where that is the one request.
    """

    completion: Completion
    request: Request | None = None
    trace: tuple[StepAnswer, ...] = ()

    @property
    def completions(self) -> tuple[Completion, ...]:
        """All answers of models that went into it."""
        return tuple(step.completion for step in self.trace) or (self.completion,)
