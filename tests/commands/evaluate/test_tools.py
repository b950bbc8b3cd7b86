"""A prompt with tools, all the way: sent, called, judged, recorded and shown."""

import json

import pytest

from fakes import FakeAPI, response_to
from gitrepo import GitRepo
from projects import config, example, jsonl
from promptci.commands.main import main

PROMPT = """\
messages:
  - {role: user, content: "{{ ticket }}"}
tools:
  - type: function
    function:
      name: get_weather
      parameters:
        type: object
        properties: {city: {type: string}}
        required: [city]
        additionalProperties: false
"""
EVAL = """\
examples: router.jsonl
scorers:
  - tool_call
  - tool_calls_f1
  - valid_tool_call
  - finish_reason: [tool_calls, stop]
  - cost: 0.001
  - tokens: {output: 5}
  - latency: 60
"""
ROWS = [
    example("oslo", "Oslo?", {"name": "get_weather", "arguments": {"city": "Oslo"}}),
    example("both", "Oslo, Rome?", [{"name": "get_weather", "arguments": {"city": "Oslo"}}] * 2),
    example("legacy", "Rome, as of old?", {"name": "get_weather", "arguments": '{"city": "Rome"}'}),
    example("wrong", "Pisa?", {"name": "get_weather", "arguments": {"city": "Pisa"}}),
    example("words", "Hello?", []),
]


def call(**arguments: str) -> dict[str, str]:
    return {"name": "get_weather", "arguments": json.dumps(arguments)}


def answer(asked):
    """Calls, in every shape that servers give them."""
    response = response_to(asked.body, "Hello!")
    [choice] = response["choices"]
    messages = {
        "Oslo?": {"tool_calls": [{"id": "1", "type": "function", "function": call(city="Oslo")}]},
        "Oslo, Rome?": {"tool_calls": [{"function": call(city=c)} for c in ("Oslo", "Rome")]},
        "Rome, as of old?": {"function_call": call(city="Rome")},
        "Pisa?": {"tool_calls": [{"function": call(town="Pisa")}]},
    }
    if asked in messages:
        is_old = "function_call" in messages[asked]
        choice["message"] = {"role": "assistant", "content": None, **messages[asked]}
        choice["finish_reason"] = "function_call" if is_old else "tool_calls"
    return response


@pytest.fixture
def caller(repo: GitRepo, api: FakeAPI) -> GitRepo:
    api.answers(answer)
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": config(api.url),
            "prompts/router.yaml": PROMPT,
            "evals/router.yaml": EVAL,
            "evals/router.jsonl": jsonl(ROWS),
        }
    )
    repo.commit("Add the caller")
    return repo


def scores(ask, name):
    [shown] = ask("show", "router", name).document["examples"]
    found = {each["scorer"]: (each["score"], each["why"]) for each in shown["result"]["scores"]}
    return shown, found


def test_tools_are_sent_called_judged_and_recorded(caller, api, ask):
    assert ask("run").code == 0
    assert [tool["function"]["name"] for tool in api.requests[0]["tools"]] == ["get_weather"]
    shown, found = scores(ask, "oslo")
    assert (shown["result"]["fate"], shown["answer"]["text"]) == ("pass", "")
    assert all(value == 1.0 for value, _ in found.values())
    assert shown["answer"]["outcome"] == "ok"
    shown, found = scores(ask, "both")
    assert found["tool_calls_f1"][0] == 0.5
    assert found["valid_tool_call"] == (1.0, "")
    shown, found = scores(ask, "legacy")
    assert shown["result"]["fate"] == "pass"
    shown, found = scores(ask, "wrong")
    assert found["tool_call"][1] == '"get_weather": city: missing; town: not wanted'
    assert found["valid_tool_call"][1].startswith('"get_weather": $: ')
    shown, found = scores(ask, "words")
    assert found["tool_call"] == found["tool_calls_f1"] == (1.0, "")
    assert found["valid_tool_call"] == (0.0, "no tool is called")
    record = (caller.path / "evals/router.scores.yaml").read_text()
    assert "tool_calls_f1" in record
    assert "Oslo" not in record


def test_show_prints_the_calls(caller, api, capsys):
    assert main(["run"]) == 0
    capsys.readouterr()
    assert main(["show", "router", "both"]) == 0
    shown = capsys.readouterr().out
    lines = 'tool calls\nget_weather({"city": "Oslo"})\nget_weather({"city": "Rome"})\n'
    assert f"user\nOslo, Rome?\n\n{lines}" in shown


def test_show_prints_calls_that_cannot_be_read_as_they_came(caller, api, capsys):
    broken = {"tool_calls": [{"function": {"name": "f\x1b[2J", "arguments": "{city"}}]}
    api.answers(
        lambda asked: {**answer(asked), "choices": [{"message": broken, "finish_reason": "stop"}]}
    )
    assert main(["run"]) == 0
    capsys.readouterr()
    assert main(["show", "router", "oslo"]) == 0
    shown = capsys.readouterr().out
    assert 'tool calls\n[{"function": {"name": "f\\u001b[2J", "arguments": "{city"}}]' in shown
    assert "\x1b[2J" not in shown


def test_a_change_of_the_tools_asks_again(caller, api, ask):
    ask("run")
    asked = api.count
    ask("run")
    assert api.count == asked
    caller.write({"prompts/router.yaml": PROMPT.replace("city: {type: string}", "city: {}")})
    ask("run")
    assert api.count == 2 * asked


def test_a_cost_that_is_not_known_is_an_error_of_the_example(caller, ask):
    priceless = (caller.path / "promptci.yaml").read_text().replace("small-1: {", "other: {")
    caller.write(
        {
            "promptci.yaml": priceless,
            "evals/router.yaml": "examples: router.jsonl\nscorers: [cost: 1]\n",
        }
    )
    ask("run")
    shown, _ = scores(ask, "oslo")
    assert shown["result"]["fate"] == "error"
    assert shown["result"]["why"].startswith("cost: the cost is unknown")


def test_calls_obtained_elsewhere_are_judged_by_the_same_tools(caller, api, ask):
    caller.write(
        {
            "evals/router.yaml": "examples: router.jsonl\n"
            "scorers: [tool_calls_f1, valid_tool_call: {optional: true}]\n",
            "out.jsonl": jsonl(
                {"id": row["id"], "output": None, "tool_calls": [{"function": call(city="Oslo")}]}
                for row in ROWS
            ),
        }
    )
    document = ask("score", "router", "--outputs", "out.jsonl").document
    [found] = document["evals"]
    assert api.count == 0
    assert (found["passed"], found["total"]) == (1, 5)
    assert found["metrics"]["valid_tool_call"] == 1.0
