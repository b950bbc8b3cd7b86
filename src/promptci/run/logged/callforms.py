"""Calls of tools alone, in the forms in which agents and their benchmarks write them down."""

from collections.abc import Mapping, Sequence
from typing import Any

from promptci.latepattern import late
from promptci.parsing.logged.loggedvalues import logged_tool_call, unpacked
from promptci.scorers.tools.markedcalls import marked_calls

_NAMES = ("name", "tool", "tool_name", "function_name", "function", "action", "toolName")
_ARGUMENTS = (
    "arguments", "args", "input", "kwargs", "parameters", "params", "input_parameters",
    "tool_input", "tool_args", "action_input",
)  # fmt: skip
"""Keys of calls that say of which tool they are, and what it is called with."""
_TOOL = late(r"[\w.:/-]{1,200}")
_HOLDING = frozenset(("function", "function_call", "functionCall", "toolUse"))
_BARE = frozenset(("name", "id", "type"))
"""What a call without arguments may say, beside calls that have some."""


def calls_alone(given: object) -> list[Any] | None:
    """The calls of a list that holds nothing else, as chat completions have them; else None.

    Lists in it are the calls of one turn each, and a text may be such a list in JSON.
    """
    found = unpacked(given) if isinstance(given, str) else given
    if not isinstance(found, list):
        return None
    if found and all(isinstance(each, list) for each in found):
        found = [call for each in found for call in each]
    made = [call if (call := _call_alone(each)) else _bare_call(each) for each in found]
    is_said = not found or any(map(_call_alone, found))
    return None if None in made or not is_said else made


def _call_alone(call: Any) -> dict[str, Any] | None:
    """A call with its arguments, those by name too, as in `{refund: {order: W1}}`."""
    if isinstance(call, str):
        return _in_python(call)
    if not isinstance(call, dict):
        return None
    if any(isinstance(call.get(key), dict) for key in _HOLDING):
        return logged_tool_call(call)
    if len(call) == 1:
        [(name, given)] = call.items()
        is_call = isinstance(given, dict) and name not in _ARGUMENTS
        return _as_made(call, name, given) if is_call else None
    name = next((call[key] for key in _NAMES if _is_tool(call.get(key))), "")
    key = next((key for key in _ARGUMENTS if key in call), "")
    return _as_made(call, name, call[key]) if name and key else None


def _bare_call(call: Any) -> dict[str, Any] | None:
    """A call of a tool that takes nothing."""
    is_bare = isinstance(call, dict) and _is_tool(call.get("name")) and call.keys() <= _BARE
    return _as_made(call, call["name"], {}) if is_bare else None


def _is_tool(name: object) -> bool:
    return isinstance(name, str) and _TOOL.fullmatch(name) is not None


def _as_made(call: Mapping[str, Any], name: str, given: Any) -> dict[str, Any] | None:
    named = {key: call[key] for key in ("id", "call_id") if isinstance(call.get(key), str)}
    return logged_tool_call({**named, "name": name, "arguments": given})


def _in_python(text: str) -> dict[str, Any] | None:
    """A call as Python writes it, with named arguments; None for any other text."""
    if not text.rstrip().endswith(")"):
        return None
    found = marked_calls(text)
    return logged_tool_call(found[0]) if len(found) == 1 else None


def usual_calls(calls: Sequence[Any]) -> list[Any]:
    """Calls of tools, those with `input`, `args` or `functionCall` as chat completions write it."""
    return [_usual_call(each) for each in calls]


def _usual_call(call: Any) -> Any:
    is_usual = isinstance(call, dict) and ("arguments" in call or _is_nested(call))
    return call if is_usual else _call_alone(call) or call


def _is_nested(call: Mapping[str, Any]) -> bool:
    return isinstance(call.get("function"), dict)
