"""All that an answer takes, asked and remembered: which step, what came back, how long it took."""

from math import isnan, nan
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.run.solved import StepAnswer
from promptci.scorers.base.attempts import ATTEMPTS
from promptci.specs.completion import Completion
from promptci.specs.request import Answer, Ask, Asking, Request

T = TypeVar("T")


class Trace(Struct):
    """What has been asked for an answer so far, in order.

    `latency` is the time in seconds that the answers took one after the other, of those asked side
    by side the longest; NaN where one is not known.
    """

    steps: list[StepAnswer] = field(default_factory=list)
    latency: float = 0.0

    def one(self, request: Request) -> Asking[Completion]:
        """Ask one request."""
        answer = yield request
        assert isinstance(answer, Completion)
        self._note(request, answer)
        return answer

    def several(self, requests: tuple[Request, ...]) -> Asking[tuple[Completion, ...]]:
        """Ask several side by side."""
        answers = yield requests
        assert isinstance(answers, tuple)
        self._note(requests, answers)
        return answers

    def scorers(self, asking: Asking[T], attempt: int, step: str) -> Asking[T]:
        """Ask what a scorer asks, as part of an answer: again in each attempt, and under a name."""
        answer: Answer | None = None
        try:
            while True:
                ask = _named(asking.send(answer), attempt, step)  # type: ignore[arg-type]
                answer = yield ask
                self._note(ask, answer)
        except StopIteration as done:
            value: T = done.value
            return value
        finally:
            asking.close()

    def _note(self, ask: Ask, answer: Answer) -> None:
        asked = ask if isinstance(ask, tuple) else (ask,)
        came = answer if isinstance(answer, tuple) else (answer,)
        times = [each.latency for each in came]
        self.latency += nan if any(map(isnan, times)) else max(times, default=0.0)
        self.steps += map(StepAnswer, (each.step for each in asked), asked, came)


def _named(ask: Ask, attempt: int, step: str) -> Ask:
    if isinstance(ask, tuple):
        return tuple(_one_named(request, attempt, step) for request in ask)
    return _one_named(ask, attempt, step)


def _one_named(request: Request, attempt: int, step: str) -> Request:
    is_alike = request.settings.is_deterministic or request.settings.task != "chat"
    shift = 0 if is_alike else ATTEMPTS * attempt
    return replace(request, attempt=request.attempt + shift, step=step, is_judges=True)
