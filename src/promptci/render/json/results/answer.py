"""Stored answers, and what judges were asked about them, for the report of `show`."""

from math import isnan
from typing import Annotated, Any

from msgspec.structs import asdict

from promptci.render.json.structure import Money, Part, money, says
from promptci.run.rejudged import StoredJudgement
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.tokenprice import Usage


class UsageV1(Part, frozen=True, kw_only=True):
    """Tokens of a request and of its answer."""

    input_tokens: Annotated[int, says("tokens of the request")]
    output_tokens: Annotated[int, says("tokens of the answer")]
    cached_tokens: Annotated[int, says("tokens read from the provider's cache")]
    written_tokens: Annotated[int, says("tokens written to it")]
    thought_tokens: Annotated[int, says("tokens of the answer that were thoughts, if reported")]
    service_tier: Annotated[str, says("the tier that answered; empty where that is not known")]


class AnswerV1(Part, frozen=True, kw_only=True):
    """A stored answer."""

    text: Annotated[str, says("what the model said")]
    outcome: Annotated[str, says("`ok`, or why it cannot be judged")]
    finish_reason: Annotated[str, says("as the endpoint gave it")]
    usage: Annotated[UsageV1, says("the tokens that it took")]
    latency: Annotated[float | None, says("seconds; null where it was not measured")]
    served_model: Annotated[str, says("the model as the endpoint calls it")]
    system_fingerprint: Annotated[str, says("the endpoint's word for its build")]
    tool_calls: Annotated[str, says("the calls as JSON text, or empty")]
    sampling: Annotated[str, says("`greedy`, `sampled` or `provider-default`")]
    cost: Money
    thoughts: Annotated[str, says("what the model thought first, where that is known")]


class JudgeMessageV1(Part, frozen=True, kw_only=True):
    """A message to a judge."""

    role: Annotated[str, says("`system`, `user`, …")]
    content: Annotated[str, says("its text")]
    more: Annotated[str, says("what else it has, as JSON text, or empty")]
    parts: Annotated[list[Any], says("its parts, where it has pictures or files")]


class JudgementV1(Part, frozen=True, kw_only=True):
    """What a judge was asked about the answer."""

    scorer: Annotated[str, says("the scorer's name")]
    model: Annotated[str, says("the judge's name")]
    attempt: Annotated[int, says("0, or counting where it was asked once more")]
    key: Annotated[str, says("the request's digest")]
    messages: Annotated[list[JudgeMessageV1], says("the question")]
    reply: Annotated[AnswerV1 | None, says("the reply, where it is stored")]


def answer(done: Completion) -> AnswerV1:
    """A stored answer with what it took."""
    return AnswerV1(
        text=done.text,
        outcome=done.outcome,
        finish_reason=done.finish_reason,
        usage=_usage(done.usage),
        latency=None if isnan(done.latency) else done.latency,
        served_model=done.served_model,
        system_fingerprint=done.system_fingerprint,
        tool_calls=done.tool_calls,
        sampling=done.sampling,
        cost=money(done.cost),
        thoughts=done.thoughts,
    )


def _usage(found: Usage) -> UsageV1:
    return UsageV1(
        input_tokens=found.input_tokens,
        output_tokens=found.output_tokens,
        cached_tokens=found.cached_tokens,
        written_tokens=found.written_tokens,
        thought_tokens=found.thought_tokens,
        service_tier=found.service_tier,
    )


def judgement(found: StoredJudgement) -> JudgementV1:
    """One question to a judge, with the reply."""
    request, reply = found.request, found.reply
    return JudgementV1(
        scorer=found.scorer,
        model=request.settings.model.name,
        attempt=request.attempt,
        key=request.key,
        messages=[
            JudgeMessageV1(
                role=each.role,
                content=each.content,
                more=each.more,
                parts=list(map(asdict, each.parts)),
            )
            for each in request.messages
        ],
        reply=None if reply is None else answer(reply),
    )


def _message(found: Message) -> JudgeMessageV1:
    return JudgeMessageV1(
        role=found.role,
        content=found.content,
        more=found.more,
        parts=[asdict(part) for part in found.parts],
    )
