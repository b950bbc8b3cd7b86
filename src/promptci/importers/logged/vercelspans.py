"""Calls in spans of Vercel's AI SDK: the messages are a JSON text of one attribute.

As `ai` 5.0 writes them: `ai.prompt.messages` beside `ai.response.text`, `ai.response.object` or
`ai.response.toolCalls`, in the spans of single steps (`ai.generateText.doGenerate`). The spans
around them repeat the prompt in another form and are not read.
"""

from collections.abc import Mapping

from promptci.parsing.logged.loggedturns import sent_turns
from promptci.parsing.logged.loggedvalues import json_text, list_in, logged_tool_call
from promptci.parsing.source import Plain


def step_turns(attributes: Mapping[str, Plain]) -> tuple[list[Plain], list[Plain]]:
    """What was sent, and what was answered; two empty lists where the span is no such step."""
    sent = sent_turns(attributes.get("ai.prompt.messages"))
    said = attributes.get("ai.response.text") or attributes.get("ai.response.object")
    named = map(logged_tool_call, list_in(attributes.get("ai.response.toolCalls")))
    calls: list[Plain] = [each for each in named if each is not None]
    if not sent or (said is None and not calls):
        return [], []
    turn: dict[str, Plain] = {"role": "assistant", "content": json_text(said or "")}
    return sent, [{**turn, "tool_calls": calls} if calls else turn]
