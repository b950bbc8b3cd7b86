"""Bodies of error responses, whatever shape their servers give them."""

import json
from collections.abc import Iterator, Mapping


def error_fields(body: bytes) -> Mapping[str, object]:
    """The innermost part that holds the message. Raises `ValueError` for what is no JSON."""
    try:
        return _unwrap(json.loads(body))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def error_codes(said: Mapping[str, object]) -> Iterator[str]:
    """Machine-readable words, also of errors inside the error."""
    yield from (str(said[name]) for name in ("code", "type", "status") if said.get(name))
    for name in ("innererror", "inner_error", "errors", "details"):
        inner = said.get(name)
        for each in inner if isinstance(inner, list) else [inner]:
            if isinstance(each, dict):
                yield from (str(each[key]) for key in ("code", "type", "reason") if each.get(key))


def holds_error(body: bytes) -> bool:
    """Whether a body is about an error at all: other services have codes and statuses, too."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, dict):
        return False
    return bool(first.get("error")) or "error" in (first.get("object"), first.get("type"))


def _unwrap(document: object) -> Mapping[str, object]:
    match document:
        case [first, *_]:
            return _unwrap(first)
        case {"error": str(text)} | {"detail": str(text)}:
            return {"message": text}
        case {"error": (dict() | list()) as inner}:
            return _unwrap(inner)
        case {"detail": (dict() | list()) as inner}:
            return _unwrap(inner)
        case {"message": dict() as inner}:
            return _unwrap(inner)
        case {"loc": [*_, place], "msg": text, "type": code}:
            return {"message": f"{place}: {text}", "code": code, "param": place}
        case dict():
            return {str(name): value for name, value in document.items()}
    return {}
