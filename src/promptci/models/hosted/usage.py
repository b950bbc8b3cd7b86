"""The tokens that an answer took, as servers count them."""

from contextlib import suppress
from typing import Any

import msgspec

from promptci.specs.tokenprice import Usage

MOST_TOKENS = 10**9
"""What a server says of more than this is no count of an answer's tokens."""


class _Details(msgspec.Struct):
    """What was read from the provider's cache and written to it, under the names in use."""

    cached_tokens: int | float | str | None = None
    cache_write_tokens: int | float | str | None = None
    cache_creation_tokens: int | float | str | None = None


class _AnswerDetails(msgspec.Struct):
    """What of an answer's tokens was thought."""

    reasoning_tokens: int | float | str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | float | str | None = None
    completion_tokens: int | float | str | None = None
    total_tokens: int | float | str | None = None
    prompt_tokens_details: msgspec.Raw = msgspec.Raw()
    completion_tokens_details: msgspec.Raw = msgspec.Raw()
    reasoning_tokens: int | float | str | None = None
    prompt_cache_hit_tokens: Any = None


_decode_details = msgspec.json.Decoder(_Details).decode
_decode_answer = msgspec.json.Decoder(_AnswerDetails).decode
_decode_usage = msgspec.json.Decoder(_Usage).decode

_NO_DETAILS, _NO_ANSWER_DETAILS = _Details(), _AnswerDetails()


def read_usage(raw: msgspec.Raw, tier: str = "") -> Usage:
    """What an answer took; nothing where the server does not say it whole and credibly.

    Some leave a model's thoughts out of `completion_tokens`, but not out of `total_tokens`.
    """
    try:
        said = _decode_usage(raw or b"{}")
    except (ValueError, RecursionError):
        return Usage()
    asked, answered = _count(said.prompt_tokens), _count(said.completion_tokens)
    total = _count(said.total_tokens)
    if asked is None or (answered is None and total is None):
        return Usage()
    tells_cache = said.prompt_tokens_details or said.prompt_cache_hit_tokens
    cached, written = _cached(said, asked) if tells_cache else (0, 0)
    whole = max(answered or 0, (total or 0) - asked)
    unsaid = whole - answered if answered is not None else 0
    tells_thoughts = said.completion_tokens_details or said.reasoning_tokens
    thought = _thought(said) if tells_thoughts else 0
    return Usage(asked, whole, cached, written, tier, min(thought or unsaid, whole))


def _thought(said: _Usage) -> int:
    """The tokens of an answer that were thoughts; 0 where the server does not say it."""
    details, told = _NO_ANSWER_DETAILS, said.completion_tokens_details
    if told:
        with suppress(ValueError, RecursionError):
            details = _decode_answer(told)
    return _count(details.reasoning_tokens) or _count(said.reasoning_tokens) or 0


def _cached(said: _Usage, asked: int) -> tuple[int, int]:
    """The tokens of a prompt that came from a cache and that went into one; never more than all."""
    details, told = _NO_DETAILS, said.prompt_tokens_details
    if told:
        with suppress(ValueError, RecursionError):
            details = _decode_details(told)
    hit = said.prompt_cache_hit_tokens  # DeepSeek's name
    read = _count(details.cached_tokens) or (hit if type(hit) is int and hit > 0 else 0)
    written = _count(details.cache_write_tokens) or _count(details.cache_creation_tokens) or 0
    read = min(read, asked)
    return read, min(written, asked - read)


def _count(tokens: float | str | None) -> int | None:
    """A number of tokens, also as text or with a fraction; None for what is none."""
    if type(tokens) is int:
        return tokens if 0 <= tokens <= MOST_TOKENS else None
    if tokens is None:
        return None
    try:
        count = float(tokens)
    except ValueError:
        return None
    return int(count) if 0 <= count <= MOST_TOKENS else None
