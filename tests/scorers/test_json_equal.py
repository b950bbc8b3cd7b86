"""JSON against JSON: as a whole and field by field, with what options leave out or let pass."""

import json

import pytest

from promptci.scorers.json import alike
from promptci.scorers.json.jsonpath import PathError, is_below, parse_path, without, written_path
from promptci.scorers.json.pairing import most_pairs
from promptci.scorers.registry.registry import Subject
from tables import every_row

PATHS = [
    ("a", ("a",)),
    ("a.b", ("a", "b")),
    ("a[0].b", ("a", 0, "b")),
    ("a[*]", ("a", None)),
    ("[2]", (2,)),
    ("*.id", (None, "id")),
    ('"a.b".c', ("a.b", "c")),
    (r'x."q\"[0]"', ("x", 'q"[0]')),
    ("größe.日本", ("größe", "日本")),
]


@every_row(("text", "steps"), PATHS)
def test_a_path_is_read(text, steps):
    assert parse_path(text) == steps


@every_row("text", ["", ".", "a.", "a..b", ".a", "a[", "a[x]", "a[-1]", 'a"b"', "a]"])
def test_a_path_that_is_none_is_refused(text):
    with pytest.raises(PathError):
        parse_path(text)


def test_a_place_is_written_as_it_is_read():
    assert written_path(("a", 0, "b")) == "a[0].b"
    assert written_path((0, "b")) == "[0].b"
    assert written_path(()) == ""
    assert is_below(("a", 0, "b"), parse_path("a[*]"))
    assert not is_below(("a",), parse_path("a[*]"))


def test_what_is_left_out_is_gone_on_every_level():
    value = {"at": 1, "rows": [{"id": 1, "at": 2}, {"id": 2}], "deep": {"at": {"x": 1}, "y": 2}}
    paths = [parse_path(path) for path in ("at", "rows[*].at", "deep.at.x", "no.such")]
    left = {"rows": [{"id": 1}, {"id": 2}], "deep": {"at": {}, "y": 2}}
    assert without(value, paths) == left
    assert without([1, 2, 3], [parse_path("[1]")]) == [1, None, 3]


PAIRS = [
    ([], 0),
    ([[]], 0),
    ([[0], [0]], 1),
    ([[0, 1], [0]], 2),
    ([[0], [0, 1], [1, 2]], 3),
    ([[1, 2], [0, 1], [0], [2]], 3),
    ([list(range(300))] * 300, 300),
    ([[n, n + 1] for n in range(400)][::-1], 400),
]


@every_row(("edges", "count"), PAIRS)
def test_as_many_pairs_as_can_be(edges, count):
    pairs = most_pairs(edges)
    assert len(pairs) == len(set(pairs.values())) == count
    assert all(right in edges[left] for left, right in pairs.items())


ORDER = {"id": 7, "name": "Ann", "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "sum": 9.5}
FIELDS = [
    ({"paths": ["id"]}, {**ORDER, "name": "Bob"}, 1.0, ""),
    ({"paths": ["id", "sum"]}, {**ORDER, "sum": 9}, 0.5, "wrong: sum"),
    ({"paths": ["*"]}, {**ORDER, "sum": 9}, 0.75, "wrong: sum"),
    ({"ignore": ["sum"]}, {**ORDER, "sum": 0}, 1.0, ""),
    ({"ignore": ["items[*].n"]}, {**ORDER, "items": [{"sku": "a"}, {"sku": "b"}]}, 1.0, ""),
    ({"tolerance": 0.5}, {**ORDER, "sum": 9}, 1.0, ""),
    ({"tolerance": 0.4}, {**ORDER, "sum": 9}, 0.75, "wrong: sum"),
    ({"relative": 0.1}, {**ORDER, "sum": 9}, 1.0, ""),
    ({"tolerance": 1e9}, {**ORDER, "sum": "9.5"}, 0.75, "wrong: sum"),
    ({"tolerance": 1e9}, {**ORDER, "id": True}, 0.75, "wrong: id"),
    ({"ignore_case": True}, {**ORDER, "name": "ANN"}, 1.0, ""),
    ({"ignore_case": True}, {**ORDER, "Name": "Ann"}, 1.0, ""),
    ({"extra": False}, {**ORDER, "more": 1}, 0.8, "wrong: more"),
    ({"extra": False}, ORDER, 1.0, ""),
    ({"items": True}, {**ORDER, "items": [{"sku": "a", "n": 1}]}, 5 / 7, None),
    ({"items": True}, {**ORDER, "items": "none"}, 3 / 7, None),
    (
        {"items": True, "paths": ["items[*].sku"]},
        {"items": [{"sku": "a"}, {"sku": "x"}]},
        0.5,
        None,
    ),
    (
        {"items": True, "extra": False, "paths": ["items"]},
        {"items": [*ORDER["items"], 5]},
        0.8,
        "wrong: items[2]",
    ),
    ({"unordered": True}, {**ORDER, "items": ORDER["items"][::-1]}, 1.0, ""),
    ({}, {**ORDER, "items": ORDER["items"][::-1]}, 0.75, "wrong: items"),
]


@every_row(("options", "output", "value", "why"), FIELDS)
def test_json_fields_by_option(score, options, output, value, why):
    found = score({"json_fields": options}, json.dumps(output), ORDER)
    assert (found.value, found.passed) == (pytest.approx(value), value == 1.0)
    assert why is None or found.why == why


def test_an_empty_object_wants_nothing(score):
    assert score("json_fields", '{"a": 1}', {}).passed
    assert not score({"json_fields": {"extra": False}}, '{"a": 1}', {}).passed


def test_fields_that_count_but_are_not_wanted_cannot_be_judged(score, faults):
    found = score({"json_fields": {"paths": ["x"], "not": True}}, "{}", {"a": 1})
    assert (found.passed, found.why) == (
        False,
        "none of the fields that count is in the object wanted",
    )
    [said] = faults({"json_fields": {"value": {"a": 1}, "paths": ["a", "b"]}})
    assert said == "`paths` names a field that `value` does not have"


BAD = [
    ({"json_fields": {"paths": ["a..b"]}}, "`paths`: `a..b` is no path"),
    ({"json_fields": {"paths": ["a[0]"]}}, "a path into a list needs `items: true`: add it"),
    ({"json_fields": {"paths": ["a[*]"]}}, "a path into a list needs `items: true`: add it"),
    ({"json_fields": {"ignore": [""]}}, "`ignore`: is empty"),
    ({"json_equal": {"ignore": ["["]}}, "`ignore`: `[` is no path"),
    ({"json_equal": {"tolerance": -1}}, "`tolerance` must be at least 0"),
]


@every_row(("scorer", "message"), BAD)
def test_options_that_cannot_be(faults, scorer, message):
    [said] = faults(scorer)
    assert said.startswith(message)


MEAL = {"tags": ["a", "b"], "at": "12:00", "cost": [1.0, 2.0]}
EQUAL = [
    ({}, '{"b": 1, "a": 2}', {"a": 2, "b": 1}, ""),
    ({}, "[1, 2]", [1, 2.0], ""),
    ({}, "[2, 1]", [1, 2], "[0]: got 2, expected 1; [1]: got 1, expected 2"),
    ({}, "[1]", [True], "[0]: got 1, expected true"),
    ({}, "null", None, ""),
    ({}, '"x"', '"x"', ""),
    ({}, "[1]", "[1]", ""),
    ({}, '{"a": 1, "b": 2}', {"a": 1}, "b: not wanted"),
    ({}, '{"a": {}}', {"a": {"b": 1}}, "a.b: missing"),
    ({}, '{"a": null}', {"a": {}}, "a: got null, expected {}"),
    ({}, "{}", [], "got {}, expected []"),
    ({}, "[]", {}, "got [], expected {}"),
    ({}, "NaN", 1, "not JSON: the number NaN is not finite"),
    ({}, "[" * 9_000, [1], "not JSON: nested more than 100 deep"),
    ({}, '"\ud800"', ["x"], "[0]: missing"),
    ({"unordered": True}, "[2, 1]", [1, 2], ""),
    ({"unordered": True}, "[2, 1, 1]", [1, 2, 2], None),
    ({"unordered": True}, "[1, true]", [True, 1], ""),
    ({"unordered": True}, "[1, 1]", [True, 1], None),
    ({"unordered": True}, '{"a": [[1, 2], [3]]}', {"a": [[3], [2, 1]]}, ""),
    ({"unordered": True}, '[{"x": [1, 2]}, {"x": []}]', [{"x": []}, {"x": [2, 1]}], ""),
    ({"unordered": True, "ignore_case": True}, '["B", "a"]', ["A", "b"], ""),
    ({"tolerance": 0.1}, "[1.05]", [1], ""),
    ({"tolerance": 0.1}, "[1.2]", [1], "[0]: got 1.2, expected 1"),
    ({"relative": 0.1}, "[110, -9]", [100, -10], ""),
    ({"tolerance": 1}, "1" + "0" * 400, 1.5, None),
    ({"unordered": True, "tolerance": 0.1}, "[1.0, 1.1]", [1.0, 0.9], ""),
    ({"unordered": True, "tolerance": 0.1}, "[1.0, 1.3]", [1.0, 0.9], None),
    ({"ignore": ["at"]}, json.dumps({**MEAL, "at": "13:00"}), MEAL, ""),
    ({"ignore": ["at"]}, json.dumps({k: v for k, v in MEAL.items() if k != "at"}), MEAL, ""),
    ({"ignore": ["at"]}, json.dumps({**MEAL, "tags": []}), MEAL, "tags[0]: missing"),
    ({"ignore": ["[*].t"]}, '[{"t": 1, "v": 2}]', [{"v": 2}], ""),
]


@every_row(("options", "output", "expected", "why"), EQUAL)
def test_json_equal(score, options, output, expected, why):
    found = score({"json_equal": options}, output, expected)
    assert (found.value, found.passed) == (float(why == ""), why == "")
    if why is None:
        assert found.why
    else:
        assert found.why.startswith(why)


def test_a_list_is_the_value_itself_and_holds_no_alternatives(score, bound):
    scorer = {"json_equal": [1, 2]}
    assert not bound(scorer).needs_expected
    assert score(scorer, "[1, 2]").passed
    assert not score(scorer, "1").passed


def test_lists_in_any_order_are_compared_within_bounds(score, monkeypatch):
    monkeypatch.setattr(alike, "MAX_STEPS", 30_000)
    many = list(range(2_000))
    assert score({"json_equal": {"unordered": True}}, json.dumps(many[::-1]), many).passed
    found = score({"json_equal": {"unordered": True, "tolerance": 0.1}}, json.dumps(many), many)
    assert found.why == "more than 30,000 steps to compare lists in any order"


@every_row("name", ["json_equal", "json_fields"])
def test_json_that_was_cut_off_is_not_completed(bound, name):
    whole = '{"order": "W7", "refund": 1250}'
    for end in range(-1, -len(whole), -1):
        judged = bound({name: {"value": json.loads(whole)}}).judge(Subject(whole[:end]))
        assert judged.value == 0, whole[:end]
    cut = bound({name: {"value": {"order": "W7", "refund": 12}}}).judge(Subject(whole[:-3]))
    assert cut.value == 0
