"""Scorers for what an answer took, and how it ended."""

from decimal import Decimal
from math import isnan
from typing import Annotated

from msgspec import Meta

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, NoVerdict, failed, shorten
from promptci.scorers.base.wanted import warn_of_commas
from promptci.specs.completion import Completion

_Amount = Annotated[float, Meta(ge=0, le=1e9)]
_Count = Annotated[int, Meta(ge=0)]

_SAME_REASONS = {
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "max_tokens": "length",
}


class ReasonOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the answer may end."""

    value: Annotated[
        str | Annotated[tuple[str, ...], Meta(min_length=1)],
        Meta(description="`stop`, `length`, `tool_calls`, or several of them"),
    ] = "stop"


class CostOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the answer may cost, without its judges."""

    max: Annotated[_Amount, Meta(description="US dollars that one answer may cost")]


class LatencyOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the answer may take, as measured when it was asked for."""

    max: Annotated[_Amount, Meta(description="seconds that one answer may take")]


class TokensOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many tokens the answer may take, as the endpoint counted them."""

    total: Annotated[_Count | None, Meta(description="the most of input and output together")] = (
        None
    )
    input: Annotated[_Count | None, Meta(description="the most tokens sent")] = None
    output: Annotated[_Count | None, Meta(description="the most tokens received")] = None


def finish_reason(options: ReasonOptions, binding: ScorerContext) -> Judge:
    """The answer ended for one of these reasons, by whatever name the endpoint calls them."""
    warn_of_commas(options.value, binding, "value")
    given = (options.value,) if isinstance(options.value, str) else options.value
    allowed = {_reason(each) for each in given}

    def judge(subject: Subject) -> Score:
        reason = _completion(subject).finish_reason
        if not reason:
            raise NoVerdict("the endpoint did not say why the answer ended")
        if _reason(reason) in allowed:
            return PASSED
        return failed(f"ended with {shorten(reason, 40)}, not {' or '.join(given)}")

    return judge


def cost(options: CostOptions, binding: ScorerContext) -> Judge:
    """The answer cost no more than so many US dollars. An unknown cost is no verdict."""
    most = Decimal(repr(options.max))

    def judge(subject: Subject) -> Score:
        spent = _completion(subject).cost
        if spent is None:
            raise NoVerdict("the cost is unknown: write the model's price in promptci.yaml")
        if spent <= most:
            return PASSED
        return failed(f"cost ${spent.normalize():f}, at most ${most.normalize():f} allowed")

    return judge


def latency(options: LatencyOptions, binding: ScorerContext) -> Judge:
    """The answer took no more than so many seconds, when it was asked for."""

    def judge(subject: Subject) -> Score:
        taken = _completion(subject).latency
        if isnan(taken):
            raise NoVerdict("how long the answer took was not measured")
        if taken <= options.max:
            return PASSED
        return failed(f"took {taken:.3g} s, at most {options.max:g} s allowed")

    return judge


def token_budget(options: TokensOptions, binding: ScorerContext) -> Judge | None:
    """The answer took no more than so many tokens. Tokens not counted are no verdict."""
    limits = {"total": options.total, "input": options.input, "output": options.output}
    given = {kind: most for kind, most in limits.items() if most is not None}
    if not given:
        binding.fault("`tokens` needs `total`, `input` or `output`: add one")
        return None

    def judge(subject: Subject) -> Score:
        usage = _completion(subject).usage
        used = {"input": usage.input_tokens, "output": usage.output_tokens}
        # An answer of no tokens is none: a count of 0 was never made.
        if any(not count for kind, count in used.items() if kind in given or "total" in given):
            raise NoVerdict("the endpoint did not count the tokens")
        used["total"] = usage.tokens
        over = [f"{used[k]:,} {k}, at most {most:,}" for k, most in given.items() if used[k] > most]
        return failed(f"tokens: {'; '.join(over)} allowed") if over else PASSED

    return judge


def _completion(subject: Subject) -> Completion:
    if subject.completion is None:
        raise NoVerdict("nothing is known of how the answer came about")
    return subject.completion


def _reason(said: str) -> str:
    """A reason under OpenAI's name for it."""
    reason = said.strip().lower()
    return _SAME_REASONS.get(reason, reason)


SCORERS = {
    "finish_reason": Scorer(
        finish_reason,
        ReasonOptions,
        "the answer ended for the reason wanted",
        "value",
        example="finish_reason: [stop, tool_calls]",
    ),
    "cost": Scorer(
        cost,
        CostOptions,
        "the answer cost no more than so many US dollars",
        "max",
        example="cost: 0.002",
    ),
    "latency": Scorer(
        latency,
        LatencyOptions,
        "the answer took no more than so many seconds",
        "max",
        example="latency: 3",
    ),
    "tokens": Scorer(
        token_budget,
        TokensOptions,
        "the answer took no more than so many tokens",
        "total",
        version=2,
        example="tokens: {output: 100}",
    ),
}
