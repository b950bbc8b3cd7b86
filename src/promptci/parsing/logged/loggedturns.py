"""Requests of logs as turns, in the forms of the APIs and frameworks that sent them."""

import re
from collections.abc import Iterator, Mapping

from promptci.parsing.logged.loggedvalues import (
    Fields,
    calls_of,
    fields_in,
    first_of,
    json_text,
    logged_tool_call,
    parts_of,
    tool_turn,
    unpacked,
)
from promptci.parsing.source import Plain

_ROLES = {
    "human": "user", "ai": "assistant", "aimessagechunk": "assistant", "model": "assistant",
    "function": "tool", "message": "assistant",
}  # fmt: skip
_KNOWN = frozenset(("system", "developer", "user", "assistant", "tool"))
_SENT = ("messages", "contents", "input", "prompt", "prompts", "inputs")
_SYSTEM = ("instructions", "system", "system_instruction", "systemInstruction")
_DEPTH = 3
_BROKEN = re.compile(r"\s*\[\s*[\[{]")
"""How messages begin that were cut off, so that they are no JSON; no person writes so."""


def sent_turns(request: Plain, depth: int = _DEPTH) -> list[Plain]:
    """The turns that a request sends, in whichever form it was logged; none where it is none."""
    given = unpacked(request)
    if isinstance(request, str):
        turns = [] if isinstance(given, str) else sent_turns(given, depth - 1)
        if turns or _BROKEN.match(request if isinstance(given, str) else ""):
            return turns
        return [{"role": "user", "content": request}] if request else []
    if isinstance(given, list):
        return turns_of_list(given)
    if not isinstance(given, dict) or not depth:
        return []
    if is_message(given):
        return list(_turns(given))
    turns = sent_turns(first_of(given, *_SENT), depth - 1)
    system = first_of(given, *_SYSTEM) or first_of(fields_in(given.get("config")), *_SYSTEM)
    said = "" if system is None else _system(system)
    return [{"role": "system", "content": said}, *turns] if said and turns else turns


def _system(given: Plain) -> str:
    """The text of instructions: a text, parts, or a content with parts."""
    parts = first_of(given, "parts", "content", "text") if isinstance(given, dict) else given
    return parts_of(parts).text


def turns_of_list(given: list[Plain]) -> list[Plain]:
    """The turns of a chat; the first of several chats, as LangChain hands them over."""
    listed = given[0] if given and isinstance(given[0], list) else given
    if all(isinstance(each, str) for each in listed):
        text = "\n".join(map(str, listed))
        return [{"role": "user", "content": text}] if text else []
    return [turn for each in listed if isinstance(each, dict) for turn in _turns(each)]


def is_message(fields: Mapping[str, Plain]) -> bool:
    """Whether a mapping is a message of some form."""
    said = fields.get("role", fields.get("type"))
    return fields.get("lc") == 1 or (
        isinstance(said, str)
        and (said.lower() in _KNOWN or said.lower() in _ROLES)
        and bool({"content", "parts", "tool_calls", "data"} & set(fields))
    )


def _is_plain(message: Mapping[str, Plain]) -> bool:
    """Whether a message is a text in a role that turns have here, and nothing else."""
    role = message.get("role")
    return isinstance(message.get("content"), str) and role in _SPOKEN


_SPOKEN = ("user", "assistant", "system", "developer")


def _plain_message(message: Mapping[str, Plain]) -> Mapping[str, Plain]:
    """A message of LangChain without what its class wraps it in."""
    names, inner = message.get("id"), message.get("kwargs")
    if message.get("lc") == 1 and isinstance(names, list) and names and isinstance(inner, dict):
        kind = str(names[-1]).removesuffix("Chunk").removesuffix("Message").lower()
        return {**inner, "type": kind}
    data = message.get("data")
    return {**data, "type": message.get("type")} if isinstance(data, dict) else message


def _turns(message: Mapping[str, Plain]) -> Iterator[Plain]:
    """The turns that one message is: what its tools gave are turns of their own."""
    if len(message) == 2 and _is_plain(message):  # most are: a log may hold a million
        yield dict(message)
        return
    fields = _plain_message(message)
    kind = str(first_of(fields, "role", "type") or "user")
    if fields.get("type") == "function_call":
        called = logged_tool_call(dict(fields))
        yield {"role": "assistant", "content": "", "tool_calls": [called]}
    elif fields.get("type") == "function_call_output":
        yield tool_turn(fields.get("output"), fields.get("call_id"))
    elif kind not in ("reasoning", "item_reference"):
        yield from _spoken(fields, _ROLES.get(kind.lower(), kind.lower()))


def _spoken(fields: Mapping[str, Plain], role: str) -> Iterator[Plain]:
    content = first_of(fields, "parts", "content")
    if role == "tool":
        if not _is_definition(content):
            given = parts_of(content).results if isinstance(content, list) else ()
            yield from given or [tool_turn(content, first_of(fields, "tool_call_id", "id"))]
        return
    parts = parts_of([] if content is None else content)
    calls = [*calls_of(fields), *parts.calls]
    said: Plain = parts.text
    if parts.others:
        said = content if isinstance(content, list) else json_text(content)
    yield from parts.results
    if said or calls or not parts.results:
        named: Fields = {"name": fields["name"]} if isinstance(fields.get("name"), str) else {}
        yield {"role": role, "content": said, **named, **({"tool_calls": calls} if calls else {})}


def _is_definition(content: Plain) -> bool:
    """Whether a tool that the model may call is among the turns, as Langfuse has it."""
    return isinstance(content, dict) and "parameters" in fields_in(content.get("function"))
