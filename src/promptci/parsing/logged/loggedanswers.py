"""Answers of logs as texts and calls of tools, in the forms of the APIs that gave them."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from promptci.parsing.logged.loggedturns import is_message, turns_of_list
from promptci.parsing.logged.loggedvalues import (
    Fields,
    fields_in,
    json_text,
    list_in,
    parts_of,
    unpacked,
)
from promptci.parsing.source import Plain

_DEPTH = 5


class Answered(Struct, frozen=True):
    """An answer: its text, and the calls of tools in it as `{"name": …, "arguments": …}`."""

    text: str
    calls: tuple[Plain, ...] = ()


def answered(value: Plain) -> Answered | None:
    """The answer that a response holds; None where there is none, or an error.

    A text that is JSON is the answer itself, unless it is a message or a response of an API.
    """
    if isinstance(value, str):
        inner = unpacked(value)
        is_wrapped = isinstance(inner, dict) and (is_message(inner) or bool(_BODIES & set(inner)))
        is_chat = isinstance(inner, list) and any(map(_is_message, inner))
        found = _found(inner, _DEPTH) if is_wrapped or is_chat else None
        return found or Answered(value)
    return _found(value, _DEPTH)


_BODIES = frozenset(("choices", "candidates", "generations", "messages", "parts"))


def _is_message(value: Plain) -> bool:
    return isinstance(value, dict) and is_message(value)


def _found(value: Plain, depth: int) -> Answered | None:
    if isinstance(value, str):
        return Answered(value)
    if isinstance(value, list):
        return _of_list(value, depth)
    if not isinstance(value, dict) or not depth or value.get("error"):
        return None
    for key in _WAYS if value.keys() & _WAYS.keys() else ():
        if value.get(key):
            step = _step(value, key)
            found = None if step is None else _found(step, depth - 1)
            if found is not None:
                return found
    return _message(value)


_WAYS = dict.fromkeys((
    "choices", "candidates", "generations", "messages", "message", "delta", "output", "response",
))  # fmt: skip
"""The place of an answer in a response, outermost first."""


def _step(fields: Mapping[str, Plain], key: str) -> Plain:
    inner = fields[key]
    if isinstance(inner, list) and inner and key in ("choices", "candidates", "generations"):
        return inner[0]
    if isinstance(inner, list) and inner and key == "messages":
        return inner[-1]
    return inner


def _of_list(given: list[Plain], depth: int) -> Answered | None:
    """The last message of a list, else the parts of one message."""
    if given and isinstance(given[0], list) and depth:
        return _of_list(given[0], depth - 1)
    objects = [each for each in given if isinstance(each, dict)]
    if len(objects) < len(given) or not objects:
        return None
    kinds = {str(each.get("type")) for each in objects}
    if any(map(is_message, objects)) or kinds & {"function_call", "message"}:
        return _last(turns_of_list(given))
    if len(objects) == 1 and not kinds & {"text", "tool_use", "thinking", "output_text"}:
        return _found(objects[0], depth - 1) if depth else None
    parts = parts_of(given)
    return None if parts.others else _answer(parts.text, parts.calls)


def _last(turns: list[Plain]) -> Answered | None:
    """What the assistant said last: a response's calls of tools are turns of their own."""
    text, calls = "", list[Plain]()
    for turn in map(fields_in, reversed(turns)):
        if turn.get("role") != "assistant":
            break
        text = text or str(turn.get("content") or "")
        calls = [*list_in(turn.get("tool_calls")), *calls]
    return _answer(text, tuple(calls)) if text or calls else None


def _message(fields: Fields) -> Answered | None:
    """The answer in a message, or in a mapping with its text."""
    said = fields.get("content")
    if isinstance(said, str) and said and not fields.keys() & _MORE:
        return Answered(said)
    for key in ("content", "parts", "text", "output_text"):
        if isinstance(fields.get(key), dict):
            return _message(fields_in(fields[key]))
    if is_message(fields) or fields.get("tool_calls") or "parts" in fields:
        return _last(turns_of_list([{**fields, "role": "assistant"}])) or _answer("", ())
    said = next((fields[key] for key in ("content", "text", "output_text") if key in fields), None)
    if isinstance(said, list):
        parts = parts_of(said)
        return None if parts.others else _answer(parts.text, parts.calls)
    return Answered(said) if isinstance(said, str) else None


_MORE = frozenset(("tool_calls", "function_call", "additional_kwargs", "lc", "data", "parts"))
"""Fields of a message that may say more than its text."""


def _answer(text: str, calls: tuple[Plain, ...]) -> Answered:
    return Answered(text, tuple(map(_named, calls)))


def _named(call: Plain) -> Plain:
    function = fields_in(fields_in(call).get("function"))
    return {"name": function.get("name"), "arguments": unpacked(function.get("arguments"))}


def calls_in(turns: Iterable[Plain]) -> Iterator[Plain]:
    """The calls of tools in turns, `{"name": …, "arguments": …}` each."""
    for turn in turns:
        yield from map(_named, list_in(fields_in(turn).get("tool_calls")))


def as_said(value: Plain) -> Answered | None:
    """An answer, and where it has no form known, its JSON: a model was asked for JSON then."""
    found = answered(value)
    if found is None and isinstance(value, dict | list) and value and not _is_error(value):
        return Answered(json_text(value))
    return found


def _is_error(value: Plain) -> bool:
    return isinstance(value, dict) and bool(value.get("error"))
