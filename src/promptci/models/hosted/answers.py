"""A response body, of chat completions or of embeddings, read into a `Completion`."""

import codecs
import json
from typing import Any, TypeGuard

import msgspec

from promptci.models.hosted.usage import read_usage
from promptci.models.vector import from_floats, pack
from promptci.specs.completion import Completion, Outcome, SamplingMode

_NO_CALLS = (b"", b"null", b"[]")

_CUT = {"length", "max_tokens", "model_length", "max_output_tokens"}
_FILTERED = {
    *("content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii"),
    *("image_safety", "sensitive", "content_filtered"),
}
_BROKEN = {
    *("error", "abort", "aborted", "cancelled", "canceled", "failed", "timeout", "unknown_error"),
    *("insufficient_system_resource", "malformed_function_call", "network_error"),
}
"""Why answers end beside OpenAI's own words: those of Mistral, Gemini, vLLM, SGLang, DeepSeek,
Zhipu and OpenRouter, in small letters."""


class BrokenAnswer(Exception):
    """The server says that it broke off; the message continues "it"."""


class MalformedAnswer(ValueError):
    """A body that is no chat completion; the message continues "it answered with …"."""


class _Part(msgspec.Struct):
    """A piece of a message's content; pieces without text (pictures) are left out.

    Mistral gives thoughts as pieces of their own, which hold a text or pieces again.
    """

    text: str | None = None
    thinking: Any = None


class _Message(msgspec.Struct):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: msgspec.Raw = msgspec.Raw()
    function_call: msgspec.Raw = msgspec.Raw()
    reasoning_content: Any = None
    reasoning: Any = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None
    error: msgspec.Raw = msgspec.Raw()


class _Body(msgspec.Struct):
    choices: list[_Choice]
    model: Any = None
    usage: msgspec.Raw = msgspec.Raw()
    service_tier: Any = None
    system_fingerprint: Any = None


class _Embedding(msgspec.Struct):
    embedding: list[float] | str


class _Embeddings(msgspec.Struct):
    data: list[_Embedding]
    model: Any = None
    usage: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_Body).decode
_decode_embeddings = msgspec.json.Decoder(_Embeddings).decode


def read_answer(body: bytes, *, latency: float, sampling: SamplingMode) -> Completion:
    """The first choice of a response as a `Completion`; fields it does not know are ignored.

    `latency` (seconds) and `sampling` are passed on. Lone surrogates become U+FFFD. Raises
    `MalformedAnswer` when the body is no chat completion with at least one choice, and
    `BrokenAnswer` when the answer ended in an error of the server's own.
    """
    answer = _parse(body)
    if not answer.choices:
        raise MalformedAnswer("no choices")
    choice = answer.choices[0]
    reason = (choice.finish_reason or "").lower()
    if reason in _BROKEN or bytes(choice.error) not in _NO_CALLS:
        raise BrokenAnswer(f"broke off in the middle of an answer (`{reason or 'error'}`)")
    text = choice.message.refusal or _text(choice.message.content)
    tool_calls = _tool_calls(choice.message)
    return Completion(
        text,
        outcome=_outcome(choice, reason, has_content=bool(text.strip() or tool_calls)),
        finish_reason=choice.finish_reason or "",
        usage=read_usage(answer.usage, _name(answer.service_tier)),
        latency=latency,
        served_model=_name(answer.model),
        system_fingerprint=_name(answer.system_fingerprint),
        tool_calls=tool_calls,
        sampling=sampling,
        thoughts=_thoughts(choice.message),
    )


def read_embedding(body: bytes, *, latency: float) -> Completion:
    """The one vector of a response, as the packed text that `vector.unpack` reads.

    Raises `MalformedAnswer` when the body holds no vector.
    """
    try:
        answer = _decode_embeddings(body)
    except msgspec.ValidationError as error:
        raise MalformedAnswer(f"JSON that holds no embedding ({error})") from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(body, error) from None
    if len(answer.data) != 1:
        raise MalformedAnswer(f"{len(answer.data)} embeddings for one text")
    vector = answer.data[0].embedding
    text = vector if isinstance(vector, str) else pack(from_floats(vector))
    if not text:
        raise MalformedAnswer("an empty vector")
    return Completion(
        text, usage=read_usage(answer.usage), latency=latency, served_model=_name(answer.model)
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
        text = json.dumps(json.loads(body, parse_constant=_no_number), ensure_ascii=False)
        return _decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except msgspec.ValidationError as error:
        raise MalformedAnswer(f"JSON that is no chat completion ({error})") from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(body, error) from None


def _no_number(_: str) -> dict[str, str]:
    """The replacement of NaN and infinities, which are no JSON: nothing that could be an answer."""
    return {}


def _unreadable(body: bytes, error: Exception) -> Exception:
    """A body that was cut off on its way and may be whole the next time, or that never was JSON.

    Cut off is what begins as JSON and does not go on so, and nothing at all. What was compressed
    and cut off looks the same.
    """
    start = body[:200].removeprefix(codecs.BOM_UTF8).lstrip()
    is_cut = isinstance(error, json.JSONDecodeError) and not error.msg.startswith("Extra data")
    if isinstance(error, UnicodeDecodeError):
        is_cut = error.reason == "unexpected end of data"
        if not is_cut:
            return MalformedAnswer("text that is not UTF-8")
    if is_cut and (not start or start.startswith((b"{", b"["))):
        return BrokenAnswer("broke off in the middle of an answer" if start else "sent nothing")
    return MalformedAnswer(_kind_of(start))


def _kind_of(start: bytes) -> str:
    return "HTML instead of JSON" if start.startswith(b"<") else "something that is not JSON"


def _text(content: str | list[_Part] | None) -> str:
    if isinstance(content, list):
        return "".join(part.text or "" for part in content)
    return content or ""


def _thoughts(message: _Message) -> str:
    """What servers give of a model's thoughts, under either of their names for it."""
    content = message.content
    if not (message.reasoning_content or message.reasoning or isinstance(content, list)):
        return ""
    said = next((t for t in (message.reasoning_content, message.reasoning) if _is_text(t)), "")
    pieces = content if isinstance(content, list) else []
    parts = [text for piece in pieces if (text := _thought(piece.thinking))]
    return "\n\n".join([*filter(None, (said,)), *parts])


def _thought(piece: object) -> str:
    if isinstance(piece, list):
        return "".join(_thought(p.get("text") if isinstance(p, dict) else p) for p in piece)
    return piece if isinstance(piece, str) else ""


def _is_text(said: object) -> TypeGuard[str]:
    return isinstance(said, str) and bool(said.strip())


def _tool_calls(message: _Message) -> str:
    """The JSON text of the calls; the one call of older servers becomes a list like the others."""
    if not message.tool_calls and not message.function_call:
        return ""
    calls = bytes(message.tool_calls)
    if calls not in _NO_CALLS:
        return calls.decode(errors="replace")
    call = bytes(message.function_call)
    if call in _NO_CALLS:
        return ""
    return f'[{{"type":"function","function":{call.decode(errors="replace")}}}]'


def _outcome(choice: _Choice, reason: str, *, has_content: bool) -> Outcome:
    """How the answer ended.

    A model that spent its whole allowance on thoughts is `truncated`, although it said nothing.
    """
    if reason in _FILTERED or reason.startswith("content_filter"):
        return "filtered"
    if choice.message.refusal:
        return "refused"
    if reason in _CUT:
        return "truncated"
    return "ok" if has_content else "empty"


def _name(said: object) -> str:
    """What a server calls something of its own; what is no text is passed over."""
    return said if isinstance(said, str) else ""
