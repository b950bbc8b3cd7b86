"""Logs in the forms of real exporters: each gives the turns, the answer and its calls of tools."""

import json

import pytest

from promptci.importers.logged.logs import read_log
from promptci.importers.sources import Sources

ASK = "What is the weather in Tokyo?"
USER = {"role": "user", "content": ASK}
RULE = {"role": "system", "content": "Be brief."}
WEATHER = {"name": "weather", "arguments": {"city": "Tokyo"}}


def observation(given, said, **more):
    """An observation as a trace downloaded from Langfuse holds it."""
    row = {"id": "o", "traceId": "t", "type": "GENERATION", "model": "m"}
    return {**row, "input": given, "output": said, **more}


def downloaded(*observations):
    trace = {"id": "t", "name": "app", "input": '"{\\"args\\": [1]}"', "output": '"Sunny."'}
    return {"trace": trace, "observations": list(observations)}


def parts(role, *given):
    return {"role": role, "parts": list(given)}


def text(said):
    return {"type": "text", "content": said}


def span(attributes=(), events=()):
    def pairs(named):
        return [{"key": key, "value": {"stringValue": value}} for key, value in named.items()]

    told = [{"name": name, "attributes": pairs(carried)} for name, carried in events]
    inner = {"attributes": pairs(dict(attributes)), "events": told}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [inner]}]}]}


def records(*named):
    def body(fields):
        return {
            "kvlistValue": {
                "values": [
                    {"key": key, "value": body(v) if isinstance(v, dict) else {"stringValue": v}}
                    for key, v in fields.items()
                ]
            }
        }

    rows = [{"traceId": "t", "spanId": "s", "eventName": n, "body": body(f)} for n, f in named]
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": rows}]}]}


def constructed(name, content, **more):
    names = ["langchain", "schema", "messages", name]
    kwargs = {"content": content, **more}
    return {"lc": 1, "type": "constructor", "id": names, "kwargs": kwargs}


PYDANTIC = [
    parts("system", text("Be brief.")),
    parts("user", text(ASK)),
    parts("assistant", {"type": "tool_call", "id": "c", **WEATHER}),
    parts("user", {"type": "tool_call_response", "id": "c", "name": "weather", "result": "sun"}),
]
ADK = {
    "config": {"system_instruction": "Be brief.", "tools": []},
    "contents": [
        parts("user", {"text": ASK}),
        parts("model", {"function_call": {"name": "weather", "args": {"city": "Tokyo"}}}),
        parts("user", {"function_response": {"name": "weather", "response": {"sky": "sun"}}}),
    ],
}
LANGGRAPH = [
    RULE,
    USER,
    {"role": "tool", "content": {"type": "function", "function": {"name": "w", "parameters": {}}}},
]
RESPONSES = [
    USER,
    {"type": "function_call", "call_id": "c", "name": "weather", "arguments": {"city": "Tokyo"}},
    {"type": "function_call_output", "call_id": "c", "output": "sun"},
]
RESPONSE = {
    "object": "response", "instructions": "Be brief.",
    "output": [{"type": "reasoning"}, {"type": "message", "content": [{"text": "Sunny."}]}],
}  # fmt: skip

TEXTS = {
    "pydantic-ai in Langfuse": downloaded(
        observation(None, None, type="SPAN"),
        observation({"city": "Tokyo"}, "sun", type="TOOL"),
        observation(PYDANTIC, [parts("assistant", text("Sunny."))]),
    ),
    "the agent kit of Google in Langfuse": downloaded(
        observation(ADK, {"content": parts("model", {"text": "Sunny."}), "finish_reason": "STOP"})
    ),
    "LangGraph in Langfuse": downloaded(
        observation({"messages": []}, {"messages": []}, type="SPAN"),
        observation(LANGGRAPH, {"role": "assistant", "content": "Sunny.", "additional_kwargs": {}}),
    ),
    "OpenAI's agents in Langfuse": downloaded(observation(RESPONSES, RESPONSE)),
    "Anthropic": {
        "request": {"system": "Be brief.", "messages": [
            {"role": "user", "content": [{"type": "text", "text": ASK}]}]},
        "response": {"type": "message", "role": "assistant", "content": [
            {"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Sunny."}]},
    },
    "Gemini": {
        "request": {"contents": [parts("user", {"text": ASK})],
                    "systemInstruction": {"parts": [{"text": "Be brief."}]}},
        "response": {"candidates": [{"content": parts(
            "model", {"text": "Hm.", "thought": True}, {"text": "Sunny."})}]},
    },
    "Ollama": {
        "request": {"messages": [RULE, USER]},
        "response": {"message": {"role": "assistant", "content": "Sunny."}, "done": True},
    },
    "a run of LangSmith": {
        "run_type": "llm",
        "inputs": {"messages": [[
            constructed("SystemMessage", "Be brief."), constructed("HumanMessage", ASK)]]},
        "outputs": {"generations": [[{"text": "Sunny.",
            "message": constructed("AIMessageChunk", "Sunny.")}]]},
    },
    "events of a span": span(events=[
        ("gen_ai.system.message", {"content": '[{"text": "Be brief."}]'}),
        ("gen_ai.user.message", {"gen_ai.event.content": json.dumps(USER)}),
        ("gen_ai.choice", {"gen_ai.event.content": '{"message": {"content": "Sunny."}}'}),
    ]),
    "details of a call in an event": span(events=[
        ("gen_ai.client.inference.operation.details", {
            "gen_ai.system_instructions": json.dumps([text("Be brief.")]),
            "gen_ai.input.messages": json.dumps([parts("user", text(ASK))]),
            "gen_ai.output.messages": json.dumps([parts("assistant", text("Sunny."))])}),
    ]),
    "records of a log": records(
        ("gen_ai.system.message", {"content": "Be brief."}),
        ("gen_ai.user.message", {"content": ASK}),
        ("gen_ai.choice", {"message": {"content": "Sunny."}}),
    ),
    "Helicone": {"request_id": "r", "model": "m", "request_body": {"messages": [RULE, USER]},
                 "response_body": {"content": [{"type": "text", "text": "Sunny."}]}},
    "Weave": {"op_name": "weave:///e/p/op/openai.chat.completions.create:1", "inputs": {
        "model": "m", "messages": [RULE, USER]}, "output": {"choices": [
            {"message": {"role": "assistant", "content": "Sunny."}}]}},
    "Vercel's AI SDK": span({
        "ai.prompt.messages": json.dumps([RULE, USER]), "ai.response.text": "Sunny."}),
}  # fmt: skip
CALLS = {
    "pydantic-ai in Langfuse": downloaded(
        observation(PYDANTIC[:2], [parts("assistant", {"type": "tool_call", **WEATHER})])
    ),
    "LangGraph in Langfuse": downloaded(observation(LANGGRAPH, {
        "role": "assistant", "content": "", "additional_kwargs": {"tool_calls": [
            {"id": "c", "type": "function", "function": WEATHER}]}})),
    "OpenAI's agents in Langfuse": downloaded(observation(
        [USER], {"instructions": "Be brief.", "output": [RESPONSES[1]]})),
    "events of a span": span(events=[
        ("gen_ai.system.message", {"content": "Be brief."}),
        ("gen_ai.user.message", {"content": ASK}),
        ("gen_ai.choice", {"message": json.dumps([
            {"toolUse": {"toolUseId": "c", "name": "weather", "input": {"city": "Tokyo"}}}])}),
    ]),
    "a step of Vercel's AI SDK": span({
        "ai.prompt.messages": json.dumps([RULE, {"role": "user", "content": [
            {"type": "text", "text": ASK}]}]),
        "ai.response.toolCalls": json.dumps([
            {"toolCallId": "c", "toolName": "weather", "input": '{"city": "Tokyo"}'}])}),
    "attributes one by one": span({
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": ASK,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "weather",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments":
            '{"city": "Tokyo"}',
    }),
}  # fmt: skip


def calls_in(tmp_path, row):
    (tmp_path / "log.jsonl").write_text(json.dumps(row) + "\n")
    losses = []
    return list(read_log(Sources(tmp_path), "log.jsonl", losses)), losses


@pytest.mark.parametrize("form", TEXTS)
def test_the_turns_and_the_text_of_an_answer(tmp_path, form) -> None:
    [call], losses = calls_in(tmp_path, TEXTS[form])
    assert call.turns[:2] == [RULE, USER]
    assert (call.answer, call.calls, losses) == ("Sunny.", (), [])


@pytest.mark.parametrize("form", CALLS)
def test_an_answer_that_calls_tools(tmp_path, form) -> None:
    [call], losses = calls_in(tmp_path, CALLS[form])
    assert call.turns == [RULE, USER]
    assert (call.answer, call.calls, losses) == ("", (WEATHER,), [])


def test_what_tools_gave_is_a_turn_of_its_own(tmp_path) -> None:
    for given in (PYDANTIC, ADK, RESPONSES):
        [call], _ = calls_in(tmp_path, observation(given, "Sunny."))
        called, gave = call.turns[-2:]
        assert called["tool_calls"][0]["function"] == {
            "name": "weather",
            "arguments": '{"city": "Tokyo"}',
        }
        assert gave["role"] == "tool"
        assert "sun" in gave["content"]


@pytest.mark.parametrize(
    "gave",
    [
        parts("tool", {"type": "tool_call_response", "id": "c", "response": "sun"}),
        {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c",
                                      "output": {"type": "text", "value": "sun"}}]},
    ],
)  # fmt: skip
def test_what_a_tool_gave_is_in_the_parts_of_its_turn(tmp_path, gave) -> None:
    [call], _ = calls_in(tmp_path, observation([USER, gave], "Sunny."))
    assert call.turns[1:] == [{"role": "tool", "tool_call_id": "c", "content": "sun"}]


def test_an_answer_in_json_stays_what_the_model_wrote(tmp_path) -> None:
    said = '{"content": "x", "label": 1}'
    for response in (said, {"choices": [{"message": {"content": said}}]}):
        [call], _ = calls_in(tmp_path, {"request": {"messages": [USER]}, "response": response})
        assert call.answer == said
    [call], _ = calls_in(tmp_path, observation([USER], {"label": 1}))
    assert call.answer == '{"label": 1}'


@pytest.mark.parametrize("response", [{"error": {"message": "busy"}}, None, {"status": 500}, []])
def test_no_answer_is_told(tmp_path, response) -> None:
    calls, [loss] = calls_in(tmp_path, {"request": {"messages": [USER]}, "response": response})
    assert calls == []
    assert "there is no call with messages and an answer in it" in str(loss)


def test_other_steps_of_a_trace_are_neither_calls_nor_faults(tmp_path) -> None:
    for row in (
        observation({"q": 1}, "x", type="TOOL"),
        {"run_type": "chain", "inputs": {"q": "x"}, "outputs": {"a": "y"}},
        {"op_name": "weave:///e/p/op/answer:1", "inputs": {"q": "x"}, "output": "y"},
    ):
        assert calls_in(tmp_path, row) == ([], [])
