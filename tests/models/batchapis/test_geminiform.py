"""Chat completions as Gemini's requests, and back."""

import json
from math import nan

import pytest

from promptci.errors import RequestError
from promptci.models.batchapis.geminiform import completion_of, generate_request
from promptci.models.hosted.answers import read_answer
from tables import every_row

USER = {"role": "user", "content": "Hi"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {
    "type": "function",
    "function": {"name": "find", "description": "Find it", "parameters": {"type": "object"}},
}
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}


def made(**body):
    return generate_request({"model": "m", "messages": [USER], **body})


def test_what_is_said_comes_over():
    found = made(
        messages=[
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "See"}, PICTURE]},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": "found"},
            {"role": "assistant", "content": "Yes"},
        ],
        max_tokens=9,
        temperature=0,
        top_p=0.5,
        stop=["END"],
        seed=1,
    )
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    answer = {"functionResponse": {"name": "find", "response": {"content": "found"}}}
    assert found == {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "See"}, picture]},
            {"role": "model", "parts": [{"functionCall": {"name": "find", "args": {"q": 1}}}]},
            {"role": "user", "parts": [answer]},
            {"role": "model", "parts": [{"text": "Yes"}]},
        ],
        "generationConfig": {
            "temperature": 0,
            "topP": 0.5,
            "seed": 1,
            "maxOutputTokens": 9,
            "stopSequences": ["END"],
        },
    }


def test_tools_and_forms_come_over():
    found = made(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "find"}})
    [tool] = found["tools"][0]["functionDeclarations"]
    assert tool == {
        "name": "find",
        "description": "Find it",
        "parametersJsonSchema": {"type": "object"},
    }
    config = {"mode": "ANY", "allowedFunctionNames": ["find"]}
    assert found["toolConfig"] == {"functionCallingConfig": config}
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    form = {"responseMimeType": "application/json"}
    assert made(response_format={"type": "json_object"})["generationConfig"] == form
    found = made(response_format=schema)["generationConfig"]
    assert found == form | {"responseJsonSchema": {"type": "object"}}
    assert "generationConfig" not in made()


@every_row(
    ("body", "said"),
    [
        ({"nonsense": 1}, "`nonsense`"),
        ({"reasoning_effort": "low"}, "`reasoning_effort`"),
        ({"response_format": {"type": "grammar"}}, "`response_format: grammar`"),
        ({"tools": [{"type": "web"}]}, "a tool that is no function"),
        ({"tool_choice": "some"}, "`tool_choice: some`"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "http://x"}}],
                    }
                ]
            },
            "a picture by its address",
        ),
    ],
)
def test_what_cannot_be_carried_is_named(body, said):
    with pytest.raises(RequestError, match=r"cannot carry .*: run without --batch") as raised:
        made(**body)
    assert said in str(raised.value)


def answer(**response):
    return read_answer(completion_of(response), latency=nan, sampling="greedy")


def test_an_answer_comes_back():
    parts = [{"text": "Hm.", "thought": True}, {"text": "One, "}, {"text": "two"}]
    call = {"functionCall": {"name": "find", "args": {"q": 1}}}
    usage = {"promptTokenCount": 8, "candidatesTokenCount": 4, "thoughtsTokenCount": 3}
    found = answer(
        candidates=[{"content": {"parts": [*parts, call]}, "finishReason": "STOP"}],
        modelVersion="g-1",
        usageMetadata=usage | {"cachedContentTokenCount": 2},
    )
    assert (found.text, found.thoughts, found.served_model) == ("One, two", "Hm.", "g-1")
    [called] = json.loads(found.tool_calls)
    assert called["function"] == {"name": "find", "arguments": '{"q": 1}'}
    used = found.usage
    assert (used.input_tokens, used.output_tokens, used.thought_tokens) == (8, 7, 3)
    assert used.cached_tokens == 2


@every_row(
    ("reason", "outcome"), [("STOP", "ok"), ("MAX_TOKENS", "truncated"), ("SAFETY", "filtered")]
)
def test_how_an_answer_ended(reason, outcome):
    candidate = {"content": {"parts": [{"text": "x"}]}, "finishReason": reason}
    assert answer(candidates=[candidate]).outcome == outcome
    assert answer(promptFeedback={"blockReason": "SAFETY"}).outcome == "filtered"
