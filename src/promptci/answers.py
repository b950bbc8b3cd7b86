"""A response body, of chat completions or of embeddings, read into a `Completion`."""

import json

import msgspec

from promptci.completion import Completion, Outcome, Sampling, Usage
from promptci.vector import from_floats, pack

_NO_CALLS = (b"", b"null", b"[]")


class MalformedAnswer(ValueError):
    """A body that is no chat completion; the message continues "it answered with …"."""


class _Part(msgspec.Struct):
    """A piece of a message's content; pieces without text (thoughts, pictures) are left out."""

    text: str | None = None


class _Message(msgspec.Struct):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: msgspec.Raw = msgspec.Raw()
    function_call: msgspec.Raw = msgspec.Raw()


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | float | None = None
    completion_tokens: int | float | None = None


class _Body(msgspec.Struct):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage | None = None
    system_fingerprint: str | None = None


class _Embedding(msgspec.Struct):
    embedding: list[float] | str


class _Embeddings(msgspec.Struct):
    data: list[_Embedding]
    model: str | None = None
    usage: _Usage | None = None


_decode = msgspec.json.Decoder(_Body).decode
_decode_embeddings = msgspec.json.Decoder(_Embeddings).decode


def read_answer(body: bytes, *, latency: float, sampling: Sampling) -> Completion:
    """The first choice of a response as a `Completion`; fields it does not know are ignored.

    `latency` (seconds) and `sampling` are passed on. Lone surrogates become U+FFFD. Raises
    `MalformedAnswer` when the body is no chat completion with at least one choice.
    """
    answer = _parse(body)
    if not answer.choices:
        raise MalformedAnswer("no choices")
    choice = answer.choices[0]
    text = choice.message.refusal or _text(choice.message.content)
    tool_calls = _tool_calls(choice.message)
    return Completion(
        text,
        outcome=_outcome(choice, has_content=bool(text or tool_calls)),
        finish_reason=choice.finish_reason or "",
        usage=_usage(answer.usage),
        latency=latency,
        served_model=answer.model or "",
        system_fingerprint=answer.system_fingerprint or "",
        tool_calls=tool_calls,
        sampling=sampling,
    )


def read_embedding(body: bytes, *, latency: float) -> Completion:
    """The one vector of a response, as the packed text that `vector.unpack` reads.

    Raises `MalformedAnswer` when the body holds no vector.
    """
    try:
        answer = _decode_embeddings(body)
    except msgspec.ValidationError as error:
        raise MalformedAnswer(f"JSON that holds no embedding ({error})") from None
    except (ValueError, RecursionError):
        raise MalformedAnswer(_kind_of(body)) from None
    if len(answer.data) != 1:
        raise MalformedAnswer(f"{len(answer.data)} embeddings for one text")
    vector = answer.data[0].embedding
    text = vector if isinstance(vector, str) else pack(from_floats(vector))
    if not text:
        raise MalformedAnswer("an empty vector")
    return Completion(
        text, usage=_usage(answer.usage), latency=latency, served_model=answer.model or ""
    )


def _parse(body: bytes) -> _Body:
    try:
        return _decode(body)
    except msgspec.ValidationError as error:
        raise MalformedAnswer(f"JSON that is no chat completion ({error})") from None
    except (ValueError, RecursionError):
        return _parse_leniently(body)


def _parse_leniently(body: bytes) -> _Body:
    """The same for bodies with a byte-order mark or lone surrogates, which are replaced."""
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
        return _decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except msgspec.ValidationError as error:
        raise MalformedAnswer(f"JSON that is no chat completion ({error})") from None
    except UnicodeDecodeError:
        raise MalformedAnswer("text that is not UTF-8") from None
    except (ValueError, RecursionError):
        raise MalformedAnswer(_kind_of(body)) from None


def _kind_of(body: bytes) -> str:
    start = body[:200].lstrip()
    if not start:
        return "nothing"
    return "HTML instead of JSON" if start.startswith(b"<") else "something that is not JSON"


def _text(content: str | list[_Part] | None) -> str:
    if isinstance(content, list):
        return "".join(part.text or "" for part in content)
    return content or ""


def _tool_calls(message: _Message) -> str:
    """The JSON text of the calls; the one call of older servers becomes a list like the others."""
    calls = bytes(message.tool_calls)
    if calls not in _NO_CALLS:
        return calls.decode(errors="replace")
    call = bytes(message.function_call)
    if call in _NO_CALLS:
        return ""
    return f'[{{"type":"function","function":{call.decode(errors="replace")}}}]'


def _outcome(choice: _Choice, *, has_content: bool) -> Outcome:
    """How the answer ended.

    A model that spent its whole allowance on thoughts is `truncated`, although it said nothing.
    """
    if choice.finish_reason == "content_filter":
        return "filtered"
    if choice.message.refusal:
        return "refused"
    if choice.finish_reason == "length":
        return "truncated"
    return "ok" if has_content else "empty"


def _usage(usage: _Usage | None) -> Usage:
    if usage is None:
        return Usage()
    return Usage(_count(usage.prompt_tokens), _count(usage.completion_tokens))


def _count(tokens: float | None) -> int:
    return max(0, int(tokens or 0))
