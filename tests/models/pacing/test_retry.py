import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from fakes import ScriptedModel
from promptci.errors import ModelError
from promptci.models.pacing.rategate import RateGate
from promptci.models.pacing.retry import RETRIES, Retrying, delay
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from tables import every_row

REQUEST = Request(
    Settings(ModelSpec("m", "m", EndpointSpec("e", "openai"))), (Message("user", "hi"),)
)


@dataclass
class Clock:
    """Time that passes only in sleep."""

    now: float = 1000.0
    naps: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Side by side sleepers wake in the order of their alarms, one tick each."""
        self.naps.append(seconds)
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


def error(kind: str, wait: float | None = None) -> ModelError:
    return ModelError(f"model endpoint `e` failed with {kind}", kind, retry_after=wait)


def failing(*errors: ModelError) -> ScriptedModel:
    """A model that fails so often and answers then."""
    left: Iterator[ModelError] = iter(errors)

    def rule(_: str) -> str:
        for each in left:
            raise each
        return "at last"

    return ScriptedModel(rule)


def ask(model: ScriptedModel, clock: Clock, *, chance: float = 0.5) -> str:
    retrying = Retrying(model, gate=RateGate(clock.read, clock.sleep), chance=lambda: chance)
    return asyncio.run(retrying.complete(REQUEST)).text


@every_row(
    ("attempt", "failure", "chance", "seconds"),
    [
        (0, error("transient"), 1.0, 0.5),
        (1, error("transient"), 1.0, 1.0),
        (3, error("transient"), 1.0, 4.0),
        (3, error("timeout"), 0.0, 0.0),
        (3, error("rate_limit"), 1.0, 4.0),
        (5, error("rate_limit"), 1.0, 16.0),
        (0, error("rate_limit", 5), 0.0, 5.0),
        (0, error("rate_limit", 2), 1.0, 2.5),
        (0, error("rate_limit", 100), 1.0, 101.0),
        (2, error("rate_limit", 5), 1.0, 9.0),
        (0, error("transient", 120), 0.0, 120.0),
        (0, error("rate_limit", 121), 0.5, None),
        (5, error("transient"), 0.5, 8.0),
        (6, error("transient"), 0.5, None),
        (0, error("quota"), 0.5, None),
        (0, error("auth", 1), 0.5, None),
        (0, error("bad_request"), 0.5, None),
        (0, error("malformed"), 0.5, None),
    ],
)
def test_how_long_to_wait(
    attempt: int, failure: ModelError, chance: float, seconds: float | None
) -> None:
    assert delay(attempt, failure, chance) == seconds


def test_four_failures_and_then_an_answer() -> None:
    clock = Clock()
    model = failing(*[error(kind) for kind in ("transient", "timeout", "rate_limit", "transient")])
    assert ask(model, clock) == "at last"
    assert len(model.requests) == 5
    assert clock.naps == [0.25, 0.5, 1.0, 2.0]


def test_the_seventh_failure_is_the_last() -> None:
    model = failing(*[error("transient")] * 7)
    with pytest.raises(
        ModelError, match="failed with transient; no answer in 7 attempts"
    ) as caught:
        ask(model, Clock())
    assert caught.value.kind == "transient"
    assert len(model.requests) == 7


@every_row("kind", ["quota", "auth", "bad_request", "malformed"])
def test_what_waiting_cannot_help_is_asked_once(kind: str) -> None:
    model = failing(error(kind))
    clock = Clock()
    with pytest.raises(ModelError, match=f"failed with {kind}$"):
        ask(model, clock)
    assert (len(model.requests), clock.naps) == (1, [])


def test_closing_closes_the_model() -> None:
    model = failing()
    asyncio.run(Retrying(model, gate=RateGate()).aclose())
    assert model.closed


def test_without_what_a_model_refused_it_is_asked_at_once_and_as_often_as_before():
    clock, paid = Clock(), []
    refusals = [error("parameter"), error("parameter")]
    model = failing(*refusals, *[error("transient")] * RETRIES)
    retrying = Retrying(model, gate=RateGate(clock.read, clock.sleep), chance=lambda: 0.5)
    retrying.before_call = lambda _, before: paid.append(before and before.kind)
    assert asyncio.run(retrying.complete(REQUEST)).text == "at last"
    assert paid[:4] == [None, "parameter", "parameter", "transient"]
    assert len(clock.naps) == RETRIES
