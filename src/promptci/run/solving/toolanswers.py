"""How tools answer in a conversation: with what the eval has written down; what they change."""

import copy
import json
from collections.abc import Mapping
from typing import cast

from promptci.parsing.source import Plain
from promptci.run.planning.boundconversation import Talk
from promptci.scorers.base.verdict import Unjudged
from promptci.scorers.tools.admissible import fits_pattern
from promptci.scorers.tools.calls import Call, read_calls
from promptci.specs.evalspec import Example
from promptci.specs.message import Message
from promptci.specs.request import Asking
from promptci.specs.simulateduser import STATE, ToolAnswerFile, argument_in
from promptci.templates.template import as_text


class ConversationTools:
    """The tools of one conversation: the state that they change, and the calls that were made."""

    def __init__(self, talk: Talk, example: Example) -> None:
        self._written, self._code = talk.written, talk.code
        self._vars = {name: each for name, each in example.vars.items() if name != STATE}
        self._has_state = STATE in example.vars
        self._state = copy.deepcopy(example.vars.get(STATE, {}))
        self.calls: list[Plain] = []

    def has_room(self, tool_calls: str) -> bool:
        """Whether so many more calls are answered; a message's are answered all or not at all."""
        try:
            more = len(read_calls(tool_calls))
        except Unjudged:
            more = 1
        return len(self.calls) + more <= self._written.most_calls

    @property
    def state(self) -> str:
        """The state as it is, as JSON; empty where there is none."""
        has_any = self._has_state or bool(self._state)
        return json.dumps(self._state, ensure_ascii=False, sort_keys=True) if has_any else ""

    def answers(self, tool_calls: str) -> Asking[tuple[str, list[Message]]]:
        """What the calls of one message are told: the calls with ids, and a message for each.

        Raises `NoVerdict` where own code does not answer.
        """
        try:
            calls = read_calls(tool_calls)
            written = json.loads(tool_calls)
        except (Unjudged, ValueError) as error:
            self.calls.append({"name": "", "arguments": {}})  # so that it ends some time
            return "", [Message("user", f"error: the tool calls cannot be read: {error}")]
        items = written if isinstance(written, list) else [written]
        named = [_with_id(item, len(self.calls) + n) for n, item in enumerate(items)]
        told = []
        for item, call in zip(named, calls, strict=True):
            said = as_text((yield from self._answer(call)))
            more = json.dumps({"tool_call_id": item.get("id", "")}, sort_keys=True)
            told.append(Message("tool", said, more))
            self.calls.append(item)
        return json.dumps(named, ensure_ascii=False), told

    def _answer(self, call: Call) -> Asking[Plain]:
        tool = self._written.tools.get(call.name)
        if tool is None:
            return f"error: there is no tool `{call.name}`"
        if call.error:
            return f"error: {call.error}"
        given = call.arguments or {}
        if call.name in self._code:
            code = self._code[call.name]
            said, self._state = yield from code.call(given, self._state, self._vars)
            return said
        for answer in tool.answers:
            if _fits(answer, given):
                self._set(answer, given)
                return cast(Plain, answer.say)
        return cast(Plain, tool.otherwise)

    def _set(self, answer: ToolAnswerFile, given: Mapping[str, Plain]) -> None:
        """Change the state at the paths that an answer names."""
        for path, value in answer.sets.items():
            place = self._state if isinstance(self._state, dict) else {}
            self._state = place
            *steps, last = (as_text(_filled(step, given)) for step in path.split("."))
            for step in steps:
                inner = place.get(step)
                if not isinstance(inner, dict):
                    inner = place[step] = {}
                place = inner
            place[last] = _filled(value, given)


def _fits(answer: ToolAnswerFile, given: Mapping[str, Plain]) -> bool:
    return all(
        name in given and fits_pattern(want, given[name]) for name, want in answer.when.items()
    )


def _filled(part: Plain, given: Mapping[str, Plain]) -> Plain:
    """A step of a path, or a value; one with a `$` is the argument of that name."""
    name = argument_in(part)
    return given.get(name, part) if name else part


def _with_id(item: Plain, number: int) -> dict[str, Plain]:
    """A call as a message has it, with an id."""
    call = dict(item) if isinstance(item, dict) else {}
    if not isinstance(call.get("id"), str) or not call["id"]:
        call["id"] = f"call_{number + 1}"
    return {"type": "function", **call}
