"""Answers in the forms of several APIs, as lines of a file of outputs hold them."""

from collections.abc import Mapping, Sequence
from typing import Any

from promptci.parsing.logged.loggedanswers import Answered, answered
from promptci.parsing.logged.loggedturns import is_message, turns_of_list
from promptci.parsing.logged.loggedvalues import first_of
from promptci.parsing.source import Plain

_SPEAKERS = ("assistant", "model")
_PARTS = frozenset((
    "text", "tool_use", "thinking", "redacted_thinking", "function_call", "message", "reasoning",
))  # fmt: skip
"""What parts of a response are called that are more than data, in lists of them alone."""
_SPOKEN = frozenset(("system", "developer", "user", "assistant", "tool"))
_CALLED = frozenset(("function_call", "function_call_output"))
"""Items of the Responses API that are turns without a role."""
_MADE = frozenset(("tool_use", "function_call", "message"))
_OTHER = frozenset(("parts", "function_call"))
"""Keys of messages that OpenAI's chat completions write otherwise."""


def usual_turns(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turns as OpenAI's chat completions have them, whichever API wrote them.

    Known are blocks (Anthropic), parts (Gemini), items (the Responses API) and `function_call`.
    """
    if not any(map(_is_other, turns)):
        return turns
    return [turn for turn in turns_of_list([*turns]) if isinstance(turn, dict)]


def _is_other(turn: Mapping[str, Any]) -> bool:
    is_item = turn.get("role") not in _SPOKEN and (turn.get("type") in _CALLED or is_message(turn))
    return is_item or isinstance(turn.get("content"), list) or not _OTHER.isdisjoint(turn)


def response_said(output: Plain) -> Answered | None:
    """The text and the calls of an output that is a response of an API; None for any other."""
    return answered(output) if _is_response(output) else None


def _is_response(output: Plain) -> bool:
    if isinstance(output, list):
        kinds = {str(each.get("type")) if isinstance(each, dict) else "" for each in output}
        return kinds <= _PARTS and not kinds.isdisjoint(_MADE)
    if not isinstance(output, dict):
        return False
    if output.get("role") in _SPEAKERS:
        return not {"content", "parts", "tool_calls"}.isdisjoint(output)
    inner = [output, *_listed(output, "choices"), *_listed(output, "candidates")]
    held = [each.get(key) for each in inner for key in ("message", "content")]
    is_held = any(isinstance(each, dict) and each.get("role") in _SPEAKERS for each in held)
    return is_held or (output.get("object") == "response" and "output" in output)


def is_samples(output: object) -> bool:
    """Whether an output is a list of texts, numbers or responses, as samples are written."""
    return isinstance(output, list) and all(
        not isinstance(each, list | dict) or _is_response(each) for each in output
    )


def bare_sample(sample: Plain) -> Plain:
    """What a sample says, where it is an object with its text below `output` or `text`."""
    if not isinstance(sample, dict) or _is_response(sample):
        return sample
    said = (sample.get(key) for key in ("output", "text"))
    return next((each for each in said if isinstance(each, str)), sample)


def _listed(fields: Mapping[str, Plain], key: str) -> Sequence[Mapping[str, Plain]]:
    """The first of the mappings in a field, in a list."""
    given = fields.get(key)
    return [each for each in given[:1] if isinstance(each, dict)] if isinstance(given, list) else []


def response_ended(output: Plain) -> str:
    """Why a response of an API ended, in its word in small letters; empty where none says so."""
    if not isinstance(output, dict) or not _is_response(output):
        return ""
    for each in (output, *_listed(output, "choices"), *_listed(output, "candidates")):
        said = first_of(each, "finish_reason", "stop_reason", "finishReason")
        if isinstance(said, str):
            return said.lower()
    return ""


def are_turns(given: object) -> bool:
    """Whether a field of no certain form is a list of turns: messages, with a role or a type."""
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        return False
    return any(map(_is_turn, given))


def _is_turn(turn: Mapping[str, Any]) -> bool:
    is_item = turn.get("type") in _CALLED or is_message(turn)
    return isinstance(turn.get("role"), str) or is_item
