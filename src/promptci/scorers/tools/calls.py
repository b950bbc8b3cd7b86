"""Tool calls: those that a model made, and those that are wanted."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from promptci.parsing.source import Plain
from promptci.scorers.base.jsontext import NotJSON, json_in_order, read_json
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged, shorten

MAX_CALLS = 200
"""Calls that one answer may make."""

_ARGUMENTS = ("arguments", "input", "args", "parameters")
"""What the arguments of a call are called: by OpenAI, Anthropic, Google and Llama."""

_NAMED_OTHERWISE = (
    *(("tool", key) for key in ("args", "arguments", "input", "parameters")),
    *(
        ("tool_name", "arguments"),
        ("tool_name", "parameters"),
        ("tool_name", "tool_input"),
        ("tool_name", "args"),
        ("action", "action_input"),
    ),
)
"""Calls as prompts ask for them in the manner of ReAct."""

_AROUND = (
    *("tool_calls", "function_call", "functionCall", "function", "custom", "tool_use"),
    *("candidates", "choices", "message", "content", "parts", "output", "tool_call", "calls"),
)
"""Keys of messages and responses whose values may hold calls."""

_DEEPEST = 12

_Fields: TypeAlias = dict[str, Plain]


InText = Annotated[
    bool,
    Meta(
        description="calls written in the text, as JSON or marked, count where the answer made none"
    ),
]


class Call(Struct, frozen=True):
    """A call of a tool. `arguments` is None where an expectation leaves them open.

    `error` says what is wrong with arguments that are no JSON object; they are None then, too.
    """

    name: str
    arguments: _Fields | None = None
    error: str = ""

    def __str__(self) -> str:
        """The call in one short line."""
        if self.error:
            return f"{self.name}(…)"
        return f"{self.name}({'' if not self.arguments else shorten(self.arguments, 60)})"


def calls_made(subject: Subject, *, in_text: bool = False) -> list[Call]:
    """The calls of an answer, in order.

    They are read from the text where it is all there is, and `in_text` also where an answer called
    nothing. Raises `Unjudged` for calls that are no list of calls.
    """
    completion = subject.completion
    if completion is not None and completion.tool_calls:
        return read_calls(completion.tool_calls)
    if completion is not None and not in_text:
        return []
    from promptci.scorers.tools.markedcalls import calls_by_name, marked_calls, without_answers

    marked = marked_calls(subject.output)
    if marked:
        return [_call(item) for item in marked[:MAX_CALLS]]
    values = list(json_in_order(without_answers(subject.output)))
    found = [call for value in values for call in _written(value)]
    return (found or [_call(each) for each in calls_by_name(values, subject.tools)])[:MAX_CALLS]


def _written(value: Plain, depth: int = 0) -> Iterator[Call]:
    """The calls in the JSON of a text, where a name alone is no call but metadata."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _written(item, depth + 1)
    if not isinstance(value, dict):
        return
    inner = [value[key] for key in _AROUND if isinstance(value.get(key), list | dict)]
    for name, given in _NAMED_OTHERWISE:
        if isinstance(value.get(name), str) and value[name] and isinstance(value.get(given), dict):
            yield _call({"name": value[name], "arguments": value[given]})
            return
    if isinstance(value.get("name"), str) and value["name"] and _given(value) is not None:
        yield _call(value)
        return
    for part in inner:
        yield from _written(part, depth + 1)
    yield from _without_arguments(value)


def _without_arguments(value: _Fields) -> Iterator[Call]:
    """A call that says that it is one, and therefore needs no arguments."""
    for key in ("functionCall", "function_call"):
        inner = value.get(key)
        if isinstance(inner, dict) and inner.get("name") and _given(inner) is None:
            yield _call(inner)


def read_calls(text: str) -> list[Call]:
    """The calls in the JSON text of a completion's tool calls. Raises `Unjudged`."""
    try:
        return _calls(read_json(text))
    except NotJSON as error:
        raise Unjudged(f"the tool calls are {error}") from None


def unasked_calls(subject: Subject) -> str:
    """The names of the tools that an answer without a text calls; empty where it has one."""
    completion = subject.completion
    if completion is None or not completion.tool_calls or subject.output.strip():
        return ""
    try:
        names = dict.fromkeys(call.name for call in read_calls(completion.tool_calls))
    except Unjudged:
        return ""
    return ", ".join(f"`{shorten(name, 40)[1:-1]}`" for name in [*names][:3])


def calls_wanted(expected: Plain) -> list[Call]:
    """The calls that an expectation names.

    It is a call, `{name, arguments}`, in OpenAI's `{function: …}` or by its name alone, as the
    Berkeley leaderboard has it (`{NAME: {ARGUMENT: …}}`), or a list of calls; a mere name, or
    several with commas between, leaves the arguments open. A CSV file holds all that as text.
    Raises `Unjudged` for anything else.
    """
    value = expected
    if isinstance(expected, str):
        try:
            value = read_json(expected)
        except NotJSON:
            value = [name.strip() for name in expected.split(",") if name.strip()]
    value = _unwrapped(value)
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [_wanted(item) for item in items]


def _wanted(item: Plain) -> Call:
    if isinstance(item, str) and item.startswith(("{", "[")):
        raise Unjudged(f"{shorten(item, 40)} is no tool call: it is not JSON, nor a tool's name")
    if isinstance(item, str) and item:
        return Call(item)
    call = _call(item)
    if call.error:
        raise Unjudged(f"`expected`: {call.error}")
    if _by_name(item) is not None:
        return call
    return Call(call.name) if _given(_function(item)) is None else call


def _unwrapped(value: Plain) -> Plain:
    """The calls themselves, where a whole message holds them."""
    if isinstance(value, dict):
        for key in ("tool_calls", "function_call", "functionCall"):
            if isinstance(value.get(key), list | dict):
                return value[key]
    return value


def _calls(value: Plain) -> list[Call]:
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_CALLS:
        raise Unjudged(f"{len(items):,} tool calls: at most {MAX_CALLS} are judged")
    return [_call(item) for item in items]


def _given(function: _Fields) -> str | None:
    """The key that holds the arguments; None without any, as in the definition of a tool."""
    for key in _ARGUMENTS:
        value = function.get(key)
        is_schema = isinstance(value, dict) and key == "parameters" and "properties" in value
        if key in function and not is_schema:
            return key
    return None


def _function(item: Plain) -> _Fields:
    """The part of a call that holds name and arguments."""
    if not isinstance(item, dict):
        return {}
    for key in ("function", "custom", "functionCall", "function_call"):
        inner = item.get(key)
        if isinstance(inner, dict):
            return inner
    return item


def _by_name(item: Plain) -> _Fields | None:
    """A call that is written by its name alone, `{NAME: ARGUMENTS}`, as name and arguments."""
    if not isinstance(item, dict) or len(item) != 1 or "name" in _function(item):
        return None
    [(name, given)] = item.items()
    is_call = isinstance(given, dict | str) and name not in (*_AROUND, *_ARGUMENTS)
    return {"name": name, "arguments": given} if name and is_call else None


def _call(item: Plain) -> Call:
    function = _by_name(item) or _function(item)
    name = function.get("name")
    if not isinstance(name, str) or not name:
        raise Unjudged(f"{shorten(item, 40)} is no tool call: it has no name")
    given = function.get(_given(function) or "", {})
    if isinstance(item, dict) and item.get("type") == "custom":
        return Call(name, {"input": given})
    if isinstance(given, str):
        try:
            given = read_json(given) if given.strip() else {}
        except NotJSON as error:
            return Call(name, None, f"the arguments of {shorten(name, 40)} are {error}")
    if not isinstance(given, dict):
        wrong = "no object" if given is not None else "null, not an object"
        return Call(name, None, f"the arguments of {shorten(name, 40)} are {wrong}")
    return Call(name, given)
