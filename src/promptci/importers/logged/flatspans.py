"""Messages that are attributes of a span one by one: OpenInference, and OpenLLMetry's earlier.

`llm.input_messages.0.message.content` (OpenInference, which Phoenix and Arize keep) and
`gen_ai.prompt.0.content` (OpenLLMetry up to 0.47) are the texts of turns, in order.
"""

import re
from collections.abc import Mapping

from promptci.parsing.logged.loggedvalues import logged_tool_call
from promptci.parsing.source import Plain

_FLAT = re.compile(
    r"(?P<side>llm\.input_messages|llm\.output_messages|gen_ai\.prompt|gen_ai\.completion)\."
    r"(?P<number>\d{1,4})\.(?:message\.)?(?P<part>role|content|tool_call_id"
    r"|contents\.(?P<piece>\d{1,4})\.message_content\.text"
    r"|tool_calls\.(?P<call>\d{1,4})\.(?:tool_call\.)?(?:function\.)?(?P<of>id|name|arguments))"
)
_SENT = frozenset(("llm.input_messages", "gen_ai.prompt"))
MODELS = ("gen_ai.request.model", "llm.model_name", "gen_ai.response.model")
"""Attributes that name the model, the first that is there has the say."""


def flat_turns(attributes: Mapping[str, Plain]) -> tuple[list[Plain], list[Plain]]:
    """What was sent, and what was answered; two empty lists where nothing is written so."""
    turns: dict[tuple[bool, int], dict[str, str]] = {}
    calls: dict[tuple[bool, int], dict[int, dict[str, Plain]]] = {}
    for key, value in attributes.items():
        found = _FLAT.fullmatch(key)
        if found is None or not isinstance(value, str):
            continue
        place = (found["side"] in _SENT, int(found["number"]))
        turn = turns.setdefault(place, {})
        if found["call"]:
            calls.setdefault(place, {}).setdefault(int(found["call"]), {})[found["of"]] = value
        elif found["piece"]:
            turn["content"] = turn.get("content", "") + value
        else:
            turn[found["part"]] = value
    return _side(turns, calls, is_sent=True), _side(turns, calls, is_sent=False)


def _side(
    turns: Mapping[tuple[bool, int], Mapping[str, str]],
    calls: Mapping[tuple[bool, int], Mapping[int, dict[str, Plain]]],
    *,
    is_sent: bool,
) -> list[Plain]:
    """The turns of one side in their order."""
    found: list[Plain] = []
    for place, turn in sorted(turns.items(), key=lambda each: each[0]):
        if place[0] is is_sent:
            said = {"role": turn.get("role", "user"), "content": turn.get("content", "")}
            if "tool_call_id" in turn:
                said["tool_call_id"] = turn["tool_call_id"]
            named = [call for _, call in sorted(calls.get(place, {}).items())]
            made = list(filter(None, map(logged_tool_call, named)))
            found.append({**said, "tool_calls": list(made)} if made else {**said})
    return found
