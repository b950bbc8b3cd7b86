"""The answer to an example, and what was asked to get it."""

from collections.abc import Iterable, Mapping
from math import nan

from msgspec import Struct, field

from promptci.parsing.source import Plain
from promptci.run.answertotals import Took
from promptci.specs.completion import Completion
from promptci.specs.request import Request

TURN_LIMIT = "turn_limit"
CALL_LIMIT = "call_limit"
"""Why a conversation ended that did not end by itself: its `finish_reason`."""

LIMITS = (TURN_LIMIT, CALL_LIMIT)


class StepAnswer(Struct, frozen=True):
    """One answer that went into another: the step's name, what was asked and what came back."""

    step: str
    request: Request
    completion: Completion


class Picked(Struct, frozen=True):
    """Which of several samples is the answer: sample `number`, from 0, of those in `candidates`.

    `votes` of the `counted` samples that could be read gave the answer that was picked, both 0
    where nothing says which samples are alike. With `is_tied` others were as good, and the first of
    them was taken; `is_valid` is false where no sample passed the check.
    """

    number: int
    candidates: tuple[Completion, ...]
    votes: int = 0
    counted: int = 0
    is_tied: bool = False
    is_valid: bool = True

    @property
    def agreement(self) -> float | None:
        """The share of all samples that gave the picked answer; None where that is not known."""
        return self.votes / len(self.candidates) if self.counted else None


class Walked(Struct, frozen=True):
    """The way that was taken through a flow.

    `outputs` are those of the steps taken, by name, and `inputs` the variables of those that asked
    a prompt, both where anything is expected of steps; `taken` are their names in order. `faults`
    are steps after which the control flow was not as it may be, and why. `took` is what each step
    that asked took, all times together.
    """

    outputs: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, Plain]]
    taken: tuple[str, ...]
    faults: tuple[tuple[str, str], ...] = ()
    took: Mapping[str, Took] = field(default_factory=dict)


class Solved(Struct, frozen=True):
    """The answer to an example, its thoughts apart where the prompt wants that.

    `request` is None where it has no single one. `trace` holds all that was asked, in order,
    and is empty where that is the one request, or in brief. `latency` is in seconds from the first
    question to the last answer, had none been stored; NaN where that is the answer's own. `failure`
    says why there is no answer where the completion alone does not, `walked` which way a flow went.
    """

    completion: Completion
    request: Request | None = None
    trace: tuple[StepAnswer, ...] = ()
    picked: Picked | None = None
    latency: float = nan
    failure: str = ""
    walked: Walked | None = None

    @property
    def completions(self) -> tuple[Completion, ...]:
        """All answers of models that went into it."""
        return completions_of(self.completion, self.trace)


def completions_of(
    completion: Completion | None, trace: Iterable[StepAnswer]
) -> tuple[Completion, ...]:
    """All answers of models that went into one: those of a trace, or it alone."""
    asked = tuple(step.completion for step in trace if step.request.asks_model)
    return asked or (() if completion is None else (completion,))
