"""Bodies of error responses, whatever shape their servers give them."""

import json
from collections.abc import Iterator, Mapping

_LONGEST_TEXT = 2000
"""Bytes of a body that is no JSON."""

_NUMBERED = {
    **dict.fromkeys((1000, 1013, 1024, 1033), "internal_error"),
    **dict.fromkeys((1002, 2045), "rate_limit"),
    **dict.fromkeys((1004, 2049), "invalid_api_key"),
    1001: "timeout",
    1008: "insufficient_balance",
    1026: "content_filter",
    1027: "content_filter",
}
"""What the numbers of MiniMax mean, which sends them with status 200.

https://platform.minimax.io/docs/api-reference/errorcode
"""


def error_fields(body: bytes, *, takes_text: bool = False) -> Mapping[str, object]:
    """The innermost part that holds the message, which a text that is no JSON may be itself.

    Raises `ValueError` for what is neither.
    """
    try:
        return _with_upstream(_unwrap(json.loads(body)))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        text = " ".join(body[:_LONGEST_TEXT].decode().split()) if takes_text else ""
        if not text or text[0] in "<{[" or not text.isprintable():
            raise
        return {"message": text}


def error_codes(said: Mapping[str, object]) -> Iterator[str]:
    """Machine-readable words, also of errors inside the error."""
    yield from (str(said[name]) for name in ("code", "type", "status") if said.get(name))
    for name in ("innererror", "inner_error", "errors", "details"):
        inner = said.get(name)
        for each in inner if isinstance(inner, list) else [inner]:
            if isinstance(each, dict):
                yield from (str(each[key]) for key in ("code", "type", "reason") if each.get(key))


def unfit_answer(said: Mapping[str, object]) -> str | None:
    """An answer that Groq kept back since it is not in the form that was asked for."""
    answer = said.get("failed_generation")
    return answer if isinstance(answer, str) else None


def holds_error(body: bytes) -> bool:
    """Whether a body is about an error at all: other services have codes and statuses, too."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, dict):
        return False
    numbered = first.get("base_resp")
    if isinstance(numbered, dict) and numbered.get("status_code"):
        return True
    return bool(first.get("error")) or "error" in (first.get("object"), first.get("type"))


def _with_upstream(said: Mapping[str, object]) -> Mapping[str, object]:
    """The same with what the provider said to which a router like OpenRouter has sent it on.

    A proxy may send that as the text of its own message.
    https://openrouter.ai/docs/api/reference/errors-and-debugging
    """
    metadata, own = said.get("metadata"), str(said.get("message") or "")
    is_body = own.lstrip().startswith("{")
    raw = own if is_body else metadata.get("raw") if isinstance(metadata, dict) else None
    if not isinstance(raw, str) or not raw.strip():
        return said
    try:
        inner = error_fields(raw.encode(), takes_text=not is_body)
    except ValueError:
        return said
    message = str(inner.get("message") or raw)
    message = message if is_body else f"{own}: {message}"
    codes = [{"code": code} for code in error_codes(inner)]
    return {**said, "message": message, "param": inner.get("param"), "details": codes}


def _unwrap(document: object) -> Mapping[str, object]:
    match document:
        case [first, *_]:
            return _unwrap(first)
        case str(text) | {"error": str(text)} | {"detail": str(text)}:
            return {"message": text}
        case {"error": (dict() | list()) as inner}:
            return _unwrap(inner)
        case {"detail": (dict() | list()) as inner}:
            return _unwrap(inner)
        case {"message": dict() as inner}:
            return _unwrap(inner)
        case {"errors": [{"message": str()} as inner, *_], **rest} if not rest.get("message"):
            return _unwrap(inner)
        case {"base_resp": {"status_code": int(number), "status_msg": str(text)}} if number:
            return {"message": text, "code": _NUMBERED.get(number, "invalid")}
        case {"loc": [_, *path], "msg": text, "type": code} if path:
            place = ".".join(map(str, path))
            return {"message": f"{place}: {text}", "code": code, "param": place}
        case dict():
            return {str(name): value for name, value in document.items()}
    return {}
