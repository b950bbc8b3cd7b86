"""Values of logs: JSON that was put into texts, parts of messages, calls of tools."""

import json
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from promptci.parsing.source import Plain

_PACKED = re.compile(r'\s*(?:"\s*)?[\[{]')
_DEPTH = 3
Fields = dict[str, Plain]


def unpacked(value: Plain) -> Plain:
    """A value, read where it is the JSON text of a list or mapping, or a text of such a text."""
    found = value
    for _ in range(_DEPTH):
        if not isinstance(found, str) or _PACKED.match(found) is None:
            return found
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            return value
    return found


def unpacked_text(value: Plain) -> Plain:
    """A value that an export wrote as JSON, texts too; as it is where it is no JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def fields_in(value: Plain) -> Fields:
    """A mapping, or the one that is in a text; an empty one for all else."""
    found = unpacked(value)
    return found if isinstance(found, dict) else {}


def list_in(value: Plain) -> list[Plain]:
    """A list, or the one that is in a text; an empty one for all else."""
    found = unpacked(value)
    return found if isinstance(found, list) else []


def first_of(fields: Mapping[str, Plain], *names: str) -> Plain:
    """The first of some fields that says something."""
    return next(
        (fields[name] for name in names if fields.get(name) not in (None, "", [], {})), None
    )


def json_text(value: Plain) -> str:
    """A text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def logged_tool_call(value: Plain) -> Fields | None:
    """A call of a tool in the form of chat completions; None where it has no name.

    Forms: chat completions, the Responses API, Anthropic (`tool_use`), Gemini (`functionCall`),
    Bedrock (`toolUse`), LangChain (`args`), the conventions of OpenTelemetry (`tool_call`),
    Vercel's AI SDK (`tool-call`).
    """
    fields = fields_in(value)
    named = first_of(fields, "function", "function_call", "functionCall", "toolUse")
    inner = named if isinstance(named, dict) else fields
    name = inner.get("name", inner.get("toolName"))
    if not isinstance(name, str) or not name:
        return None
    given = first_of(inner, "arguments", "args", "input")
    ident = first_of(
        {**fields, **inner}, "call_id", "id", "tool_call_id", "toolUseId", "toolCallId"
    )
    function: Fields = {"name": name, "arguments": "{}" if given is None else json_text(given)}
    called: Fields = {} if ident is None else {"id": str(ident)}
    return {**called, "type": "function", "function": function}


class MessageParts(Struct, frozen=True):
    """What a message's parts hold: a text, calls of tools, what tools gave, and anything else."""

    text: str
    calls: tuple[Plain, ...]
    results: tuple[Plain, ...]
    others: tuple[Plain, ...]


def parts_of(given: Plain) -> MessageParts:
    """The parts of a message by what they are; thoughts are left out."""
    texts: list[str] = []
    calls: list[Plain] = []
    results: list[Plain] = []
    others: list[Plain] = []
    for part in given if isinstance(given, list) else [given]:
        fields = part if isinstance(part, dict) else {}
        kind = fields.get("type")
        if kind in _THOUGHTS or fields.get("thought") is True:
            continue
        text = part if isinstance(part, str) else fields.get("text", fields.get("content"))
        if kind in _RESULTS or _RESULTS & set(fields):
            results.append(_result(fields))
        elif kind in _CALLS or _CALLS & set(fields):
            calls += filter(None, [logged_tool_call(part)])
        elif isinstance(text, str) and (kind in _TEXTS or kind is None):
            texts.append(text)
        elif part is not None:
            others.append(part)
    return MessageParts("".join(texts), tuple(calls), tuple(results), tuple(others))


_TEXTS = frozenset(("text", "input_text", "output_text"))
_CALLS = frozenset((
    "tool_call", "tool_use", "function_call", "functionCall", "toolUse", "tool_call_request",
    "tool-call",
))  # fmt: skip
_RESULTS = frozenset((
    "tool_call_response", "tool_result", "function_response", "functionResponse", "toolResult",
    "tool-result",
))  # fmt: skip
_THOUGHTS = frozenset(("reasoning", "thinking", "redacted_thinking"))


def _result(part: Mapping[str, Plain]) -> Fields:
    """What a tool gave, as a turn."""
    named = first_of(part, "function_response", "functionResponse", "toolResult")
    fields = {**part, **named} if isinstance(named, dict) else part
    given = first_of(fields, "result", "response", "content", "output")
    if isinstance(given, dict) and given.keys() == {"type", "value"}:  # of Vercel's AI SDK
        given = given["value"]
    names = ("tool_use_id", "toolUseId", "toolCallId", "call_id", "id")
    return tool_turn(given, first_of(fields, *names))


def tool_turn(given: Plain, ident: Plain) -> Fields:
    """The turn that hands a tool's result to the model."""
    parts = parts_of(given) if isinstance(given, list) else None
    text = parts.text if parts is not None and not parts.others else json_text(given or "")
    named: Fields = {} if ident in (None, "") else {"tool_call_id": str(ident)}
    return {"role": "tool", **named, "content": text}


def calls_of(fields: Mapping[str, Plain]) -> Iterator[Plain]:
    """The calls of tools that a message names beside its content."""
    more = fields_in(fields.get("additional_kwargs"))
    given = list_in(first_of(fields, "tool_calls")) or list_in(first_of(more, "tool_calls"))
    older = first_of({**more, **fields}, "function_call")
    yield from filter(None, map(logged_tool_call, given or ([] if older is None else [older])))
