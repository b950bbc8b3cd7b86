"""An answer as a line of JSON, to be carried to another machine, with a checksum."""

import json
from decimal import Decimal
from math import isnan
from typing import get_args

from promptci.digest import long_digest
from promptci.parsing.source import Plain
from promptci.specs.completion import Completion, Outcome, SamplingMode
from promptci.specs.tokenprice import Usage

_MOST_TOKENS = 2**53
_OUTCOMES, _SAMPLINGS = get_args(Outcome), get_args(SamplingMode)


def answer_line(key: str, completion: Completion) -> str:
    """The line of an answer: everything that is stored of it, in a fixed order."""
    usage = completion.usage
    body: dict[str, Plain] = {
        "key": key,
        "text": completion.text,
        "outcome": completion.outcome,
        "finish_reason": completion.finish_reason,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "latency": None if isnan(completion.latency) else completion.latency,
        "served_model": completion.served_model,
        "system_fingerprint": completion.system_fingerprint,
        "tool_calls": completion.tool_calls,
        "sampling": completion.sampling,
        "cost": None if completion.cost is None else str(completion.cost),
        "thoughts": completion.thoughts,
    }
    if usage.thought_tokens:
        body["thought_tokens"] = usage.thought_tokens
    return json.dumps({**body, "sum": long_digest(body)}, ensure_ascii=False)


def read_answer_line(line: str) -> tuple[str, Completion]:
    """The key and the answer in a line. Raises `ValueError` for one that was changed."""
    body = json.loads(line)
    if not isinstance(body, dict) or body.pop("sum", None) != long_digest(body):
        raise ValueError("an answer is not as it was written")
    key = body.pop("key")
    if not (isinstance(key, str) and len(key) == 64 and set(key) <= set("0123456789abcdef")):
        raise ValueError("a key is none")
    latency, cost = body.pop("latency"), body.pop("cost")
    usage = Usage(
        _count(body.pop("input_tokens")),
        _count(body.pop("output_tokens")),
        thought_tokens=_count(body.pop("thought_tokens", 0)),
    )
    try:
        price = None if cost is None else Decimal(cost)
    except ArithmeticError:
        raise ValueError("a cost is none") from None
    if price is not None and not (price.is_finite() and price >= 0):
        raise ValueError("a cost is none")
    if not all(isinstance(value, str) for value in body.values()):
        raise ValueError("an answer is not as it was written")
    if body["outcome"] not in _OUTCOMES or body["sampling"] not in _SAMPLINGS:
        raise ValueError("an answer ended in no known way")
    return key, Completion(
        **body, usage=usage, latency=float("nan") if latency is None else float(latency), cost=price
    )


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST_TOKENS:
        raise ValueError("a count of tokens is none")
    return value
