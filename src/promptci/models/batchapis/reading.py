"""Results of a batch's lines, read as a live call's answers are."""

from math import nan
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import ModelError
from promptci.models.batchapis.service import BatchLine
from promptci.models.hosted.answers import (
    BrokenAnswer,
    MalformedAnswer,
    read_answer,
    read_embedding,
)
from promptci.models.hosted.effective import cut_at, stopped_by_filter
from promptci.models.hosted.refusals import Refusal, read_refusal, refusal_in
from promptci.secrets.known import redact
from promptci.secrets.withheld import refuse_secrets
from promptci.specs.completion import Completion, SamplingMode
from promptci.specs.tokenprice import BATCH

_PASSING = ("transient", "rate_limit", "timeout")
"""Kinds of failures that may be none the next time."""


class AnswerShape(Struct, frozen=True):
    """How to read the answers to requests with the same settings.

    `stops` are where they are to be cut, since the model does not take `stop`.
    """

    task: Literal["chat", "embeddings"]
    sampling: SamplingMode
    stops: tuple[str, ...] = ()


class LineFailure(Struct, frozen=True):
    """Why a line has no answer: `passes` where asking once more may bring one.

    `refusal` is what the model said, which may name a parameter to do without. `ends` names the
    kind of a failure after which the account or the model answers nothing at all. It `is_missing`
    where nothing was said of the line.
    """

    why: str
    passes: bool
    refusal: Refusal | None = None
    ends: str = ""
    is_missing: bool = False


MISSING = LineFailure("the batch ended without a result for it", passes=True, is_missing=True)


def read_batch_line(line: BatchLine, shape: AnswerShape) -> Completion | LineFailure:
    """The answer of a line, or why there is none.

    It has no latency, and its tokens are those of the tier `batch`, whatever the body says.
    """
    if line.error:
        return LineFailure(line.error, passes=True)
    if not 200 <= line.status < 300:
        return _failed(line, read_refusal(line.status, line.body, redact, has_answered=True), shape)
    try:
        answer = refuse_secrets(_read(line.body, shape))
    except BrokenAnswer as fault:
        return LineFailure(f"the server {fault}", passes=True)
    except ModelError as error:  # it holds a key of ours
        return LineFailure(str(error), passes=False)
    except MalformedAnswer as fault:
        if (said := refusal_in(line.body, redact)) is not None:
            return _failed(line, replace(said, has_answered=True), shape)
        return LineFailure(f"the answer was {fault}", passes=False)
    return replace(answer, usage=replace(answer.usage, service_tier=BATCH))


def _read(body: bytes, shape: AnswerShape) -> Completion:
    if shape.task == "embeddings":
        return read_embedding(body, latency=nan)
    answer = read_answer(body, latency=nan, sampling=shape.sampling)
    return cut_at(answer, shape.stops) if shape.stops else answer


def _failed(line: BatchLine, refusal: Refusal, shape: AnswerShape) -> Completion | LineFailure:
    if refusal.is_of_content and shape.task == "chat":
        return stopped_by_filter(nan, shape.sampling)
    kind = refusal.kind
    ends = kind if kind in ("auth", "quota") else ""
    return LineFailure(f"answered {refusal}", kind in _PASSING, refusal, ends)
