"""Calls of tools alone, in the forms of agents and their benchmarks."""

import json

from promptci.run.logged.callforms import calls_alone, usual_calls
from tables import every_row

GIVEN = {"order": "W1"}


@every_row(
    "call",
    [
        {"name": "refund", "arguments": GIVEN},
        {"name": "refund", "arguments": json.dumps(GIVEN)},
        {"name": "refund", "kwargs": GIVEN},
        {"name": "refund", "input_parameters": GIVEN},
        {"tool": "refund", "input": GIVEN, "output": "done"},
        {"tool_name": "refund", "parameters": GIVEN},
        {"function": "refund", "args": GIVEN},
        {"function": {"name": "refund", "arguments": GIVEN}},
        {"functionCall": {"name": "refund", "args": GIVEN}},
        {"action": "refund", "action_input": GIVEN, "thought": "so"},
        {"refund": GIVEN},
        "refund(order='W1')",
    ],
)
def test_a_call_is_known_in_each_form(call):
    for given in ([call], [[call]], json.dumps([call])):
        [made] = calls_alone(given)
        function = made["function"]
        assert (function["name"], json.loads(function["arguments"])) == ("refund", GIVEN)


@every_row(
    "given",
    [
        ["wait"],
        [{"name": "wait"}],
        [{"action": "It is (really) over.", "input": {}}],
        [["refund", GIVEN]],
        [{"name": "refund", "arguments": {}}, {"note": 1}],
        "refund",
        3,
        {"name": "refund", "arguments": {}},
    ],
)
def test_a_list_of_anything_else_holds_no_calls(given):
    assert calls_alone(given) is None


def test_a_call_without_arguments_is_one_among_others():
    made = calls_alone([{"name": "refund", "arguments": GIVEN}, {"name": "wait"}])
    assert [call["function"]["name"] for call in made] == ["refund", "wait"]


def test_calls_that_are_usual_stay_as_they_are():
    usual = [{"name": "refund", "arguments": GIVEN}, {"function": {"name": "refund"}}, 3]
    assert usual_calls(usual) == usual
