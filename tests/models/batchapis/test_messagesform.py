"""Chat completions as Anthropic's messages, and back."""

import json
from math import nan

import pytest

from promptci.errors import RequestError
from promptci.models.batchapis.messagesform import chat_completion, message_params
from promptci.models.hosted.answers import read_answer
from tables import every_row

USER = {"role": "user", "content": "Hi"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
PAGE = {
    "type": "file",
    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,BB"},
}
TOOL = {
    "type": "function",
    "function": {"name": "find", "description": "Find it", "parameters": {"type": "object"}},
}
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}


def params(**body):
    return message_params({"model": "m", "messages": [USER], **body})


def test_what_is_said_comes_over():
    found = params(
        messages=[
            {"role": "system", "content": "Be kind."},
            {"role": "developer", "content": [{"type": "text", "text": "And brief."}]},
            {"role": "user", "content": [{"type": "text", "text": "See"}, PICTURE, PAGE]},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": "found"},
        ],
        max_tokens=9,
        temperature=1.5,
        stop="END",
        seed=1,
    )
    png = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "BB"}
    call = {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}}
    result = {"type": "tool_result", "tool_use_id": "c1", "content": "found"}
    assert found == {
        "model": "m",
        "max_tokens": 9,
        "temperature": 1,
        "stop_sequences": ["END"],
        "system": "Be kind.\nAnd brief.",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "See"},
                    {"type": "image", "source": png},
                    {"type": "document", "source": pdf},
                ],
            },
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ],
    }


def test_tools_forms_and_effort_come_over():
    tool = {"name": "find", "description": "Find it", "input_schema": {"type": "object"}}
    found = params(tools=[TOOL], tool_choice="required", parallel_tool_calls=False)
    assert found["tools"] == [tool]
    assert found["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    named = {"type": "function", "function": {"name": "find"}}
    assert params(tools=[TOOL], tool_choice=named)["tool_choice"] == {
        "type": "tool",
        "name": "find",
    }
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    found = params(response_format=schema, reasoning_effort="low", thinking={"type": "disabled"})
    form = {"type": "json_schema", "schema": {"type": "object"}}
    assert found["output_config"] == {"format": form, "effort": "low"}
    assert found["thinking"] == {"type": "disabled"}
    assert params()["max_tokens"] == 4096


@every_row(
    ("body", "said"),
    [
        ({"nonsense": 1}, "`nonsense`"),
        ({"response_format": {"type": "json_object"}}, "`response_format: json_object`"),
        ({"reasoning_effort": "minimal"}, "`reasoning_effort: minimal`"),
        ({"tools": [{"type": "web"}]}, "a tool that is no function"),
        ({"tool_choice": "some"}, "`tool_choice: some`"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "`input_audio`"),
    ],
)
def test_what_cannot_be_carried_is_named(body, said):
    with pytest.raises(RequestError, match=r"cannot carry .*: run without --batch") as raised:
        params(**body)
    assert said in str(raised.value)


def answer(**message):
    given = {"model": "m-1", "content": [], "stop_reason": "end_turn"}
    return read_answer(chat_completion(given | message), latency=nan, sampling="greedy")


def test_an_answer_comes_back():
    found = answer(
        content=[
            {"type": "thinking", "thinking": "Hm."},
            {"type": "text", "text": "One, "},
            {"type": "text", "text": "two"},
            {"type": "tool_use", "id": "c", "name": "find", "input": {"q": 1}},
        ],
        usage={"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 7},
    )
    assert (found.text, found.thoughts, found.served_model) == ("One, two", "Hm.", "m-1")
    [call] = json.loads(found.tool_calls)
    assert call["function"] == {"name": "find", "arguments": '{"q": 1}'}
    usage = found.usage
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (8, 3, 7)


@every_row(
    ("reason", "outcome"),
    [
        ("end_turn", "ok"),
        ("stop_sequence", "ok"),
        ("max_tokens", "truncated"),
        ("model_context_window_exceeded", "truncated"),
        ("refusal", "filtered"),
    ],
)
def test_how_an_answer_ended(reason, outcome):
    said = [{"type": "text", "text": "x"}]
    assert answer(content=said, stop_reason=reason).outcome == outcome
    assert answer().outcome == "empty"
