"""`values: bfcl` by the functions' descriptions, as the leaderboard's own checker labels calls."""

import json

from promptci.scorers.registry.registry import Subject
from promptci.specs.completion import Completion
from tables import every_row

TRIP = {
    "name": "trip.plan",
    "parameters": {
        "type": "dict",
        "properties": {
            "days": {"type": "integer"},
            "budget": {"type": "float"},
            "stops": {"type": "array", "items": {"type": "string"}},
            "marks": {"type": "array", "items": {"type": "float"}},
            "formatted": {"type": "boolean"},
        },
        "required": ["days", "formatted"],
    },
}
WANTED = [
    {
        "trip.plan": {
            "days": [7],
            "budget": [100, ""],
            "stops": [["Oslo", "Bergen"], ""],
            "marks": [[1, 2.5], ""],
            "formatted": [True, ""],
            "unit": ["", "eur"],
        }
    }
]

LABELS = [  # arguments, whether the checker of bfcl-eval 2026.3.23 finds them valid, and why not
    ({"days": 7, "formatted": True}, True, ""),
    ({"days": 7.0, "formatted": True}, False, "`days` is 7.0, which is no integer"),
    ({"days": 7, "formatted": True, "budget": 100.0}, True, ""),
    ({"days": 7, "formatted": True, "budget": 100}, True, ""),
    ({"days": 7}, False, "`formatted` is required"),
    ({"days": 7, "formatted": 1}, False, "`formatted` is 1, which is no boolean"),
    ({"days": 7, "formatted": True, "unit": "eur"}, False, "there is no parameter"),
    ({"days": 7, "formatted": True, "stops": ["oslo", "BERGEN"]}, True, ""),
    ({"days": 7, "formatted": True, "stops": ["oslo", 3]}, False, "stops"),
    ({"days": 7, "formatted": True, "marks": [1, 2.5]}, True, ""),
    ({"days": 7, "formatted": True, "marks": [1, "2.5"]}, False, "marks"),
]


def judged(bound, scorer, arguments, tools=(), name="trip.plan", **scope):
    made = json.dumps([{"function": {"name": name, "arguments": json.dumps(arguments)}}])
    subject = Subject("", WANTED, True, scope, Completion("", tool_calls=made), tools)
    return bound(scorer).judge(subject)


@every_row(("given", "valid", "why"), LABELS)
def test_types_are_those_of_the_functions_described(bound, given, valid, why):
    said = {"values": "bfcl", "tools": "{{ function }}"}
    for described in ([TRIP], json.dumps([TRIP]), TRIP):
        found = judged(bound, {"tool_call": said}, given, function=described)
        assert (found.passed, why in found.why) == (valid, True)
    assert judged(bound, {"tool_calls_f1": said}, given, function=[TRIP]).passed is valid


def test_the_prompts_tools_describe_them_too_as_endpoints_take_their_names(bound):
    sent = {**TRIP, "name": "trip_plan", "parameters": {**TRIP["parameters"], "type": "object"}}
    tools = ({"type": "function", "function": sent},)
    for days, valid in ((7, True), (7.0, False)):
        given = {"days": days, "formatted": True}
        found = judged(bound, {"tool_call": {"values": "bfcl"}}, given, tools, "trip_plan")
        assert found.passed is valid
    assert not judged(
        bound, {"tool_call": {"values": "admissible"}}, {"days": 7}, tools, "trip_plan"
    ).passed


@every_row("described", [[], "no JSON", [3], [{"name": "x"}], [{"name": 3}]])
def test_without_a_description_values_alone_are_compared(bound, described):
    said = {"tool_call": {"values": "bfcl", "tools": "{{ function }}"}}
    assert judged(bound, said, {"days": 7.0}, function=described).passed


def test_tools_go_with_bfcl_alone(faults):
    [said] = faults({"tool_call": {"tools": "{{ function }}"}})
    assert said.endswith("`tools` goes with `values: bfcl`: write that, or delete it")
