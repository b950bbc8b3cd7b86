"""Tool calls compared with those wanted, against schemas and against the prompt's tools."""

import json

import pytest

from effort import done_in_passes
from promptci.records.record import Score
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.registry import Subject
from promptci.specs.completion import Completion
from tables import every_row


def call(name, arguments="{}", **more):
    """A call as OpenAI sends it; arguments go as JSON text."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {
        "id": "call_1",
        "type": "function",
        "function": {"name": name, "arguments": text},
        **more,
    }


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "minLength": 2},
                "unit": {"enum": ["c", "f"]},
                "days": {"type": "integer"},
            },
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
STOP = {"type": "function", "function": {"name": "stop"}}
OSLO = {"name": "get_weather", "arguments": {"city": "Oslo", "unit": "c"}}


@pytest.fixture
def judged(bound):
    """The score of an answer that makes these calls."""

    def judge(scorer, calls, expected=..., *, tools=(WEATHER, STOP), text="") -> Score:
        made = calls if isinstance(calls, str) else json.dumps(calls) if calls else ""
        given = (None, False) if expected is ... else (expected, True)
        found = bound(scorer).judge(
            Subject(text, *given, {}, Completion(text, tool_calls=made), tools)
        )
        assert isinstance(found, Score)
        assert len(found.why) <= 200
        assert "\n" not in found.why
        return found

    return judge


WANTED = [
    ({}, [call("get_weather", {"unit": "c", "city": "Oslo"})], OSLO, 1.0, ""),
    ({}, [{"function": {"name": "get_weather", "arguments": OSLO["arguments"]}}], OSLO, 1.0, ""),
    ({}, [OSLO], OSLO, 1.0, ""),
    ({}, [call("get_weather", OSLO["arguments"])], {"type": "function", "function": OSLO}, 1.0, ""),
    (
        {},
        [call("get_weather", OSLO["arguments"])],
        {"name": "get_weather", "arguments": '{"city": "Oslo", "unit": "c"}'},
        1.0,
        "",
    ),
    ({}, [call("get_weather", OSLO["arguments"])], json.dumps(OSLO), 1.0, ""),
    ({}, [call("get_weather", OSLO["arguments"])], "get_weather", 1.0, ""),
    ({}, [call("get_weather", OSLO["arguments"])], {"tool_calls": [OSLO]}, 1.0, ""),
    ({}, [call("stop")], {"name": "stop", "arguments": {}}, 1.0, ""),
    ({}, [call("stop", "")], {"name": "stop", "arguments": {}}, 1.0, ""),
    ({}, [], [], 1.0, ""),
    ({}, [], None, 1.0, ""),
    ({}, [call("stop")], [], 0.0, "no call wanted, made stop()"),
    ({}, [], OSLO, 0.0, '"get_weather" is not called'),
    ({}, [call("stop")], OSLO, 0.0, '"get_weather" is not called: made stop()'),
    (
        {},
        [call("get_weather", {"city": "Bergen", "days": 3})],
        OSLO,
        0.0,
        '"get_weather": city: got "Bergen", expected "Oslo"; unit: missing; days: not wanted',
    ),
    (
        {},
        [call("get_weather", "{city")],
        OSLO,
        0.0,
        'the arguments of "get_weather" are not JSON: ',
    ),
    ({}, [call("get_weather", "[1]")], OSLO, 0.0, 'the arguments of "get_weather" are no object'),
    ({}, [call("get_weather", "null")], OSLO, 0.0, 'the arguments of "get_weather" are null'),
    (
        {},
        [call("get_weather", '{"city": NaN}')],
        OSLO,
        0.0,
        'the arguments of "get_weather" are not',
    ),
    (
        {},
        [call("get_weather", '{"a":' * 9_000)],
        OSLO,
        0.0,
        'the arguments of "get_weather" are not',
    ),
    ({}, [call("stop"), call("get_weather", OSLO["arguments"])], OSLO, 1.0, ""),
    (
        {"alone": True},
        [call("stop"), call("get_weather", OSLO["arguments"])],
        OSLO,
        0.0,
        "2 calls, 1 wanted: ",
    ),
    ({"match": "subset"}, [call("get_weather", {**OSLO["arguments"], "days": 2})], OSLO, 1.0, ""),
    ({"match": "subset"}, [call("get_weather", {"city": "Oslo"})], OSLO, 0.0, None),
    ({"match": "f1"}, [call("get_weather", {"city": "Oslo", "unit": "f"})], OSLO, 0.5, None),
    ({"match": "f1"}, [call("get_weather", {"city": "Oslo"})], OSLO, 2 / 3, None),
    ({"match": "f1"}, [call("get_weather", {**OSLO["arguments"], "days": 2})], OSLO, 0.8, None),
    ({"match": "f1"}, [call("get_weather", {})], OSLO, 0.0, None),
    ({"match": "f1", "threshold": 0.5}, [call("stop")], OSLO, 0.0, None),
    ({"ignore_case": True}, [call("get_weather", {"city": "OSLO", "unit": "C"})], OSLO, 1.0, ""),
    ({}, [call("stop")], ["stop", OSLO], 0.5, '"get_weather" is not called: made stop()'),
    ({}, [OSLO, call("stop")], ["stop", OSLO], 1.0, ""),
    ({}, [OSLO], [OSLO, OSLO], 0.5, '"get_weather" is not called as often as wanted: made '),
    ({}, [OSLO, call("get_weather")], ["get_weather", OSLO], 1.0, ""),
    ({"values": "bfcl"}, [OSLO], [{"get_weather": {"city": ["oslo"], "unit": ["c", ""]}}], 1.0, ""),
    ({"values": "bfcl"}, [call("stop")], [{"stop": {}}], 1.0, ""),
    ({}, [call("stop", {"now": True})], [{"stop": {}}], 0.0, None),
    ({}, [{"get_weather": json.dumps(OSLO["arguments"])}], OSLO, 1.0, ""),
    ({}, "not JSON", OSLO, 0.0, "the tool calls are not JSON: "),
    ({}, '"text"', OSLO, 0.0, '"text" is no tool call: it has no name'),
    ({}, "[{}]", OSLO, 0.0, "{} is no tool call: it has no name"),
    ({}, "[" * 100_000, OSLO, 0.0, "the tool calls are not JSON: nested more than 100 deep"),
    ({}, json.dumps([OSLO] * 201), OSLO, 0.0, "201 tool calls: at most 200 are judged"),
]


@every_row(("options", "calls", "expected", "value", "why"), WANTED)
def test_tool_call_of_an_expectation(judged, options, calls, expected, value, why):
    found = judged({"tool_call": options}, calls, expected)
    assert found.value == pytest.approx(value)
    assert found.passed is (value == 1.0)
    assert why is None or found.why.startswith(why)
    assert bool(why) == bool(found.why) or why is None


FIXED = [
    ({"tool": "stop"}, [call("stop", {"a": 1})], True, ""),
    ({"tool": "stop"}, [OSLO], False, '"stop" is not called'),
    ({"tool": "stop", "not": True}, [OSLO], True, ""),
    (
        {"tool": "get_weather", "arguments": {"city": "Oslo"}},
        [OSLO],
        False,
        '"get_weather": unit: ',
    ),
    (
        {"tool": "get_weather", "arguments": {"city": "Oslo"}, "match": "subset"},
        [OSLO],
        True,
        "",
    ),
    ({"arguments": {}}, [call("stop")], True, ""),
    ({"arguments": {}}, [call("stop", {"a": 1})], False, '"stop" takes no arguments here'),
    ({"schema": {"required": ["city"]}}, [OSLO], True, ""),
    ({"schema": {"required": ["zip"]}}, [OSLO], False, "\"get_weather\": $: 'zip' is a required"),
    ({"schema": {"required": ["city"]}}, [], False, "no tool is called"),
    (
        {"tool": "stop", "schema": True},
        [call("stop", "x")],
        False,
        'the arguments of "stop" are not',
    ),
]


@every_row(("options", "calls", "passed", "why"), FIXED)
def test_tool_call_of_the_options(judged, bound, options, calls, passed, why):
    assert not bound({"tool_call": options}).needs_expected
    found = judged({"tool_call": options}, calls)
    assert found.passed is passed, found.why
    assert found.why.startswith(why)


def test_a_call_in_the_text_counts_only_where_one_says_so(judged, bound):
    text = f"I call it:\n```json\n{json.dumps(OSLO)}\n```"
    assert not judged("tool_call", [], OSLO, text=text).passed
    assert judged({"tool_call": {"in_text": True}}, [], OSLO, text=text).passed
    assert not judged({"tool_call": {"in_text": True}}, [], OSLO, text="no call").passed
    found = bound("tool_call").judge(Subject(json.dumps([OSLO]), OSLO, True))
    assert found.passed  # an output obtained elsewhere is all there is


F1 = [
    ({}, [OSLO, call("stop")], [OSLO, "stop"], 1.0, ""),
    ({}, [call("stop"), OSLO], [OSLO, "stop"], 1.0, ""),
    ({}, [], [], 1.0, ""),
    ({}, [call("stop")], [], 0.0, "not wanted: stop()"),
    ({}, [], [OSLO], 0.0, 'missing: get_weather({"city": "Oslo", "unit": "c"})'),
    ({}, [call("stop")], [OSLO, "stop"], 2 / 3, "missing: get_weather("),
    ({}, [call("stop"), call("stop")], ["stop"], 2 / 3, "not wanted: stop()"),
    ({}, [call("stop")], ["stop", "stop"], 2 / 3, "missing: stop()"),
    ({}, [call("stop"), call("stop")], ["stop", "stop"], 1.0, ""),
    ({}, [call("pay", {"n": 1, "tip": 9})], [{"name": "pay", "arguments": {"n": 1}}], 0.0, None),
    ({}, [call("get_weather", {"city": "Bergen"})], [OSLO], 0.0, "missing: get_weather("),
    ({"arguments": False}, [call("get_weather", {"city": "Bergen"})], [OSLO], 1.0, ""),
    ({}, [OSLO, call("get_weather")], ["get_weather", OSLO], 1.0, ""),
    ({}, [call("get_weather", "x")], ["get_weather"], 1.0, ""),
    ({}, [call("get_weather", "x")], [OSLO], 0.0, None),
    ({}, [call("a"), call("b")], "a, b", 1.0, ""),
    ({}, [call("a"), call("b")], '["a", "c"]', 0.5, "missing: c(); not wanted: b()"),
    (
        {"ignore_case": True},
        [call("a", {"x": "Y"})],
        [{"name": "a", "arguments": {"x": "y"}}],
        1.0,
        "",
    ),
    ({}, [call("get_weather")] * 5, ["x"], 0.0, "missing: x(); not wanted: get_weather(), get_we"),
    ({"value": ["stop"]}, [call("stop")], ..., 1.0, ""),
]


@every_row(("options", "calls", "expected", "value", "why"), F1)
def test_tool_calls_f1(judged, options, calls, expected, value, why):
    found = judged({"tool_calls_f1": options}, calls, expected)
    assert (found.value, found.passed) == (pytest.approx(value), value == 1.0)
    assert why is None or found.why.startswith(why)


@pytest.mark.slow
def test_many_calls_are_paired_in_time(judged):
    calls = [call("a", {"n": n, "text": "x" * 1_000}) for n in range(200)]
    expected = [{"name": "a", "arguments": {"n": n}} for n in range(2_000)]
    pairs = json.dumps(calls * 10)
    found = done_in_passes(20, pairs, lambda: judged("tool_calls_f1", calls, expected))
    assert found.value == 0.0
    assert judged("tool_calls_f1", calls, ["a"] * 200).value == 1.0


VALID = [
    ([call("get_weather", {"city": "Oslo"})], True, ""),
    ([call("stop")], True, ""),
    ([call("stop", {"anything": 1})], True, ""),
    ([call("get_weather", {"city": "O"})], False, "\"get_weather\": $.city: 'O' is too short"),
    ([call("get_weather", {})], False, "\"get_weather\": $: 'city' is a required property"),
    ([call("get_weather", {"city": "Oslo", "zip": 1})], False, '"get_weather": $: Additional'),
    (
        [call("get_weather", {"city": "Oslo", "days": 1e999})],
        False,
        'the arguments of "get_weather"',
    ),
    ([call("get_weather", "{")], False, 'the arguments of "get_weather" are not JSON'),
    (
        [call("get_wether", {})],
        False,
        'there is no tool "get_wether": the prompt has "get_weather"',
    ),
    ([call("stop"), call("get_weather", {})], False, '"get_weather": $: '),
    ([], False, "no tool is called"),
    ("{", False, "the tool calls are not JSON"),
]


@every_row(("calls", "passed", "why"), VALID)
def test_valid_tool_call(judged, calls, passed, why):
    found = judged("valid_tool_call", calls)
    assert found.passed is passed, found.why
    assert found.why.startswith(why)


def test_no_call_is_fine_where_one_says_so(judged):
    assert judged({"valid_tool_call": {"optional": True}}, []).passed
    assert not judged({"valid_tool_call": {"optional": True}}, [call("x")]).passed


@every_row("scorer", ["equals", "numeric", {"choice": {"value": "A"}}, {"yes_no": True}])
def test_calls_in_place_of_a_text_are_named(bound, scorer):
    made = Completion("", tool_calls=json.dumps([call("find"), call("stop"), call("find")]))
    judge = bound(scorer).judge
    why = judge(Subject("", "5", True, {"expected": "5"}, made)).why
    assert why.endswith(": the model called `find`, `stop` instead of answering")
    said = judge(Subject("x", "5", True, {"expected": "5"}, Completion("x"))).why
    assert "called" not in said


def test_each_prompt_brings_its_own_tools(bound):
    scorer = bound("valid_tool_call")
    made = Completion("", tool_calls=json.dumps([call("stop")]))
    for tools, passed in (((WEATHER, STOP), True), ((WEATHER,), False), ((STOP,), True)):
        assert scorer.judge(Subject("", completion=made, tools=tools)).passed is passed


TOOLS = [
    ((), "the prompt has no `tools` that a call could be of: add them"),
    (({"type": "function"},), 'a tool of the prompt has no name: {"type": "function"}'),
    (
        ({"type": "function", "function": {"name": "x", "parameters": {"type": "objekt"}}},),
        'the tool "x" of the prompt: not a JSON Schema: ',
    ),
    (
        ({"function": {"name": "x", "parameters": {"$ref": "file:///etc/passwd"}}},),
        'the tool "x" of the prompt: `$ref: file:///etc/passwd` leads outside the schema',
    ),
]


@pytest.mark.parametrize(("tools", "why"), TOOLS)
def test_tools_that_cannot_be_used_are_no_fault_of_the_answer(judged, tools, why):
    with pytest.raises(NoVerdict) as said:
        judged("valid_tool_call", [call("x")], tools=tools)
    assert str(said.value).startswith(why)


def test_a_custom_tool_takes_text(judged):
    tools = ({"type": "custom", "custom": {"name": "run"}},)
    made = [{"type": "custom", "custom": {"name": "run", "input": "print(1)"}}]
    assert judged("valid_tool_call", made, tools=tools).passed


BAD = [
    (
        {"tool_call": {"schema": {"$ref": "http://x.test/y"}}},
        "`$ref: http://x.test/y` leads outside",
    ),
    ({"tool_call": {"match": "fuzzy"}}, '`match` cannot be the text "fuzzy"'),
    ({"tool_calls_f1": {"value": [3]}}, "`value`: 3 is no tool call: it has no name"),
]


@every_row(("scorer", "message"), BAD)
def test_options_that_cannot_be(faults, scorer, message):
    [said] = faults(scorer)
    assert said.startswith(message)


CITY = {"city": "Oslo"}
IN_TEXT = [
    ('{"name": "a", "arguments": {"x": 1}} and {"name": "b", "arguments": {}}', ["a", "b"]),
    ('<tool_call>\n{"name": "a", "arguments": {}}\n</tool_call>\n' * 2, ["a", "a"]),
    (
        '```json\n{"name": "a", "input": {}}\n```\nthen\n```json\n{"name": "b", "args": {}}\n```',
        ["a", "b"],
    ),
    ('[{"name": "a", "arguments": {}}, {"name": "b", "parameters": {"x": 1}}]', ["a", "b"]),
    ('{"functionCall": {"name": "a", "args": {"city": "Oslo"}}}', ["a"]),
    (
        '{"candidates": [{"content": {"parts": [{"functionCall": {"name": "a", "args": {}}}]}}]}',
        ["a"],
    ),
    ('{"tool_calls": [{"type": "function", "function": {"name": "a", "arguments": "{}"}}]}', ["a"]),
    ('{"function_call": {"name": "a", "arguments": "{}"}}', ["a"]),
    ('{"type": "tool_use", "id": "1", "name": "a", "input": {"x": 1}}', ["a"]),
    ('{"functionCall": {"name": "a"}} {"function_call": {"name": ""}}', ["a"]),
    ('{"functionCall": {"name": 5}}', []),
    ('{"name": "Ann", "age": 3}', []),
    ('{"model": {"name": "gpt"}, "usage": {"total": 3}}', []),
    ('{"name": "a", "description": "d", "parameters": {"type": "object", "properties": {}}}', []),
    ('{"metadata": {"name": "x", "version": 1}} {"name": "a", "arguments": {}}', ["a"]),
    ("Citations [1] and {braces}", []),
]


@every_row(("text", "names"), IN_TEXT)
def test_all_calls_in_a_text_are_found_and_nothing_else(judged, text, names):
    options = {"arguments": False, "in_text": True}
    assert judged({"tool_calls_f1": options}, [], names, text=text).passed or not names
    stray = judged(
        {"tool_calls_f1": {**options, "value": [*names, "none_of_these"]}}, [], text=text
    )
    assert not stray.passed
    assert "not wanted" not in stray.why


def test_googles_calls_are_calls(judged):
    assert judged(
        "tool_call",
        [{"functionCall": {"name": "a", "args": CITY}}],
        {"name": "a", "arguments": CITY},
    ).passed


BOOK = {
    "name": "book",
    "arguments": {"city": ["Oslo", "Oslo, Norway"], "days": [3], "unit": ["c", ""]},
}
ADMISSIBLE = [
    ("admissible", {}, {"city": "Oslo", "days": 3, "unit": "c"}, True),
    ("admissible", {}, {"city": "Oslo, Norway", "days": 3, "unit": ""}, True),
    ("admissible", {}, {"city": "oslo", "days": 3, "unit": "c"}, False),
    ("admissible", {"ignore_case": True}, {"city": "oslo", "days": 3, "unit": "C"}, True),
    ("admissible", {}, {"city": "Oslo", "days": 3}, False),
    ("admissible", {}, {"city": "Bergen", "days": 3, "unit": "c"}, False),
    ("admissible", {}, {"city": "Oslo", "days": 4, "unit": "c"}, False),
    ("admissible", {}, {"city": "Oslo", "days": 3, "unit": "c", "x": 1}, False),
    ("admissible", {}, {"city": ["Oslo", "Oslo, Norway"], "days": 3, "unit": "c"}, False),
    ("bfcl", {}, {"city": ["Oslo", "Oslo, Norway"], "days": 3}, False),
    ("bfcl", {}, {"city": "oslo norway", "days": 3.0}, True),
    ("bfcl", {}, {"city": "Oslo-Norway", "days": 3, "unit": "C"}, True),
    ("bfcl", {}, {"days": 3, "unit": "c"}, False),
    ("bfcl", {}, {"city": "Oslo", "days": "3"}, False),
    ("exact", {}, {"city": "Oslo", "days": 3, "unit": "c"}, False),
    ("exact", {}, BOOK["arguments"], True),
]


@every_row(("values", "more", "given", "passed"), ADMISSIBLE)
def test_an_argument_may_have_several_right_values(judged, values, more, given, passed):
    made = [call("book", given)]
    for name in ("tool_call", "tool_calls_f1"):
        assert judged({name: {"values": values, **more}}, made, BOOK).passed is passed
    short = {"tool": "book", "arguments": BOOK["arguments"], "values": values, **more}
    assert judged({"tool_call": short}, made).passed is passed


def test_operators_and_signs_are_punctuation_to_bfcl_alone(judged):
    wanted = {"name": "area", "arguments": {"of": ["x**2"], "day": ["2024-1-11"]}}
    made = [call("area", {"of": "x/2", "day": "2024-11-1"})]
    assert judged({"tool_call": {"values": "bfcl"}}, made, wanted).passed
    assert not judged({"tool_call": {"values": "admissible"}}, made, wanted).passed


def test_bfcl_looks_into_objects_and_lists(judged):
    wanted = {
        "name": "a",
        "arguments": {"at": [{"x": [1, 2], "y": ["up", ""]}], "tags": [["A b", "c"]]},
    }
    good = [call("a", {"at": {"x": 2}, "tags": ["ab", "C"]})]
    bad = [call("a", {"at": {"x": 3}, "tags": ["ab", "C"]})]
    assert judged({"tool_call": {"values": "bfcl"}}, good, wanted).passed
    assert not judged({"tool_call": {"values": "bfcl"}}, bad, wanted).passed


def test_a_name_without_a_tool_is_warned_of(doubts):
    said = doubts({"tool_call": {"name": "add", "arguments": {"x": 1}}})
    assert "write `tool: NAME` for the tool" in str(said)
    assert not doubts({"tool_call": {"name": "adds", "tool": "add", "arguments": {"x": 1}}})
