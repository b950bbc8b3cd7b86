"""Whatever a model answers, a run goes to its end: each answer gets a clear verdict in time."""

import json

import pytest

from fakes import response_to
from projects import example, jsonl
from promptci.commands.main import main
from promptci.scorers.base import patterns

LAUGHS = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>'
ANSWERS = {  # the one of a megabyte is just above what any scorer reads
    "JSON bomb": '{"a":' * 20_000,
    "list bomb": "[" * 100_000,
    "1 MB": "x" * 1_010_000,
    "much JSON": "[" + "1," * 50_000 + "1]",
    "tags": "<p>" * 10_000,
    "half a character": 'a\ud800b{"\udfff": 1}',
    "not a number": '{"n": NaN}',
    "infinite": '{"n": [Infinity, -1e999]}',
    "many digits": "9" * 100_000,
    "billion laughs": LAUGHS,
    "YAML bomb": "a: &a [x]\nb: &b [*a,*a,*a]\nc: [" + "*b," * 200 + "]",
    "deep YAML": "- " * 10_000,
    "deep SQL": "SELECT " + "(" * 2_000,
    "long SQL": "SELECT 1" + " + 1" * 1_000,
    "fences": "```\n" * 25_000,
    "control characters": "\x00\x1b[2J\x07\u202e",
    "regex bomb": "a" * 500 + "!",
    "good": '{"n": 1}',
}
CALLS = {
    "bad calls": "nonsense",
    "deep calls": [{"function": {"name": "f", "arguments": '{"a":' * 10_000}}],
    "numbers in calls": [{"function": {"name": "f", "arguments": '{"a": NaN}'}}],
    "many calls": [{"function": {"name": "f", "arguments": "{}"}}] * 3_000,
    "no names": [{}, None, 5],
}
SCORERS = """\
examples: router.jsonl
scorers:
  - is_json
  - contains_json: {schema: {type: object, required: [n], properties: {n: {type: number}}}}
  - json_schema: {schema: {type: object, patternProperties: {"(a|aa)+$": true}}}
  - json_fields: {tolerance: 0.1, unordered: true, items: true}
  - json_equal: {tolerance: 0.1, unordered: true}
  - is_xml
  - contains_xml
  - is_html
  - contains_html
  - is_yaml
  - is_sql
  - contains_sql
  - code_block
  - format: {json: true, no_fence: true, one_line: true, max_words: 50, pattern: "(a|aa)+$"}
  - tool_call: {tool: f, match: f1, arguments: {a: 1}, in_text: true}
  - tool_calls_f1: {value: [f], in_text: true}
  - valid_tool_call: {optional: true}
  - finish_reason
"""
PROMPT = """\
messages: [{role: user, content: "{{ ticket }}"}]
tools: [{type: function, function: {name: f, parameters: {type: object}}}]
"""


def answer(asked):
    response = response_to(asked.body, "")
    [choice] = response["choices"]
    if asked in CALLS:
        choice["message"] = {"content": None, "tool_calls": CALLS[asked]}
    else:
        choice["message"]["content"] = ANSWERS[asked]
    return response


def test_the_run_goes_on(project, api, ask, capsys, monkeypatch):
    monkeypatch.setattr(patterns, "TIMEOUT", 0.05)
    api.answers(answer)
    names = [*ANSWERS, *CALLS]
    rows = [example(name.replace(" ", "-"), name, {"n": 1}) for name in names]
    project.write(
        {
            "prompts/router.yaml": PROMPT,
            "evals/router.yaml": SCORERS,
            "evals/router.jsonl": jsonl(rows),
        }
    )
    ran = ask("run")
    assert ran.code == 0, ran.stderr
    results = {each["example"]: each for each in ask("show", "router").document["results"]}
    assert set(results) == {name.replace(" ", "-") for name in names}
    for result in results.values():
        assert result["fate"] == "fail"
        assert all(len(each["why"]) <= 200 for each in result["scores"])
    good = {each["scorer"]: each["passed"] for each in results["good"]["scores"]}
    assert good["is_json"]
    assert good["json_fields"]
    assert good["json_equal"]
    assert good["contains_json"]
    json.dumps(results).encode()
    assert main(["show", "router"]) == 0
    assert "\x1b[2J" not in capsys.readouterr().out


def test_a_schema_that_leads_outside_is_refused_before_anything_is_asked(
    project, api, capsys, tmp_path
):
    canary = tmp_path / "canary.json"
    canary.write_text("{}")
    for reference in (f"{api.url}/schema.json", canary.as_uri(), "../canary.json"):
        for scorer in ("is_json", "contains_json", "json_schema", "tool_call", "format"):
            project.write(
                {
                    "evals/router.yaml": "examples: router.jsonl\nscorers:\n"
                    f"  - {scorer}: {{schema: {{properties: {{a: {{$ref: {reference!r}}}}}}}}}\n"
                }
            )
            assert main(["run"]) == 2
            assert "leads outside the schema" in capsys.readouterr().err
    assert api.count == 0


@pytest.mark.parametrize("place", ["http", "file"])
def test_a_tool_whose_schema_leads_outside_is_an_error_and_nothing_is_fetched(
    project, api, ask, tmp_path, place
):
    canary = tmp_path / "canary.json"
    canary.write_text("{}")
    reference = f"{api.url}/schema.json" if place == "http" else canary.as_uri()
    prompt = PROMPT.replace("{type: object}", f"{{$ref: '{reference}'}}")
    api.answers(
        lambda asked: {
            "choices": [
                {"message": {"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}}
            ]
        }
    )
    project.write(
        {
            "prompts/router.yaml": prompt,
            "evals/router.yaml": "examples: router.jsonl\nscorers: [valid_tool_call]\n",
        }
    )
    ask("run")
    assert {sent.path for sent in api.sent} == {"/v1/chat/completions"}
    results = ask("show", "router").document["results"]
    assert {each["fate"] for each in results} == {"error"}
    assert "leads outside the schema" in results[0]["why"]
