"""What a model answers, with its tokens and its cost."""

from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.specs.tokenprice import NOTHING, Usage

Outcome: TypeAlias = Literal["ok", "truncated", "refused", "filtered", "empty"]
"""How an answer ended. `malformed` and `error` are no answers but `ModelError`s."""

SamplingMode: TypeAlias = Literal["greedy", "sampled", "provider-default"]
RecordedSampling: TypeAlias = SamplingMode | Literal["picked"]
"""How the answers of a record came about: `picked` are those picked from several samples."""
"""`provider-default`: the model refused the temperature or the `stop` that was asked for."""


class Completion(Struct, frozen=True):
    """A model's answer to one request.

    `latency` is in seconds, NaN where it was not measured. `served_model` and `system_fingerprint`
    are what the endpoint says of itself. `tool_calls` is the JSON text of the message's tool
    calls, or empty. `sampling` is what took effect, which differs from what was asked if the model
    refused the temperature.
    `cost` is in US dollars at the prices of the day it was asked; None if no price is known.
    `thoughts` is what the model thought before it answered, where that is known apart. Of an answer
    that took several turns `conversation` is the text of all of them, and `state` the JSON text of
    what tools left; neither is stored, since it is made again from what is.
    """

    text: str
    outcome: Outcome = "ok"
    finish_reason: str = "stop"
    usage: Usage = NOTHING
    latency: float = 0.0
    served_model: str = ""
    system_fingerprint: str = ""
    tool_calls: str = ""
    sampling: SamplingMode = "greedy"
    cost: Decimal | None = None
    thoughts: str = ""
    conversation: str = ""
    state: str = ""
