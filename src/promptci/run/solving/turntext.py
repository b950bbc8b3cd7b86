"""One turn of a conversation as text for people and judges to read."""

import json

from promptci.scorers.base.verdict import Unjudged
from promptci.scorers.tools.calls import read_calls
from promptci.specs.message import Message
from promptci.templates.template import as_text


def turn_text(message: Message) -> str:
    """Who speaks and what is said; calls of tools as `name(arguments)`, a line each."""
    calls = json.loads(message.more).get("tool_calls") if message.more else None
    if calls is None:
        return f"{message.role}: {message.content}"
    return f"{message.role}: {spoken_text(message.content, json.dumps(calls))}"


def spoken_text(said: str, tool_calls: str) -> str:
    """A text with the calls below it."""
    return "\n".join(filter(None, (said, calls_text(tool_calls))))


def calls_text(tool_calls: str) -> str:
    """A line per call, `name(arguments)`; as they came where they are none that can be read."""
    if not tool_calls:
        return ""
    try:
        calls = read_calls(tool_calls)
    except Unjudged:
        return tool_calls
    if any(call.error for call in calls):
        return tool_calls
    return "\n".join(f"{call.name}({as_text(dict(call.arguments or {}))})" for call in calls)
