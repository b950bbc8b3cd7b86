"""JSON in answers: strict reading, schemas that stay inside themselves, fields one by one."""

import json

import pytest

from tables import every_row

IS_JSON = [
    ('{"a": 1}', True, ""),
    (" [1, 2]\n", True, ""),
    ("null", True, ""),
    ("", False, "not JSON: expecting value in line 1, column 1"),
    ("{'a': 1}", False, "not JSON: expecting property name enclosed in double quotes in line 1, "),
    ('{"a": 1} and more', False, "not JSON: extra data in line 1, column 10"),
    ("```json\n{}\n```", False, "not JSON: expecting value in line 1, column 1; for fenced blocks"),
    ('{"a": 1}\n{"a": 2}', False, "not JSON: extra data in line 2, column 1"),
    (
        'One is {"a": 1} and another {"a": 2}.',
        False,
        "not JSON: expecting value in line 1, column 1",
    ),
    ('{"a": 1 250.00}', False, "not JSON: expecting ',' delimiter in line 1, column 9"),
    ("NaN", False, "not JSON: the number NaN is not finite"),
    ("[-Infinity]", False, "not JSON: the number -Infinity is not finite"),
    ("1e999", False, "not JSON: the number 1e999 is not finite"),
    ("1" * 5_000, False, "not JSON: a number has too many digits"),
    ("[" * 100 + "]" * 100, True, ""),
    ("[" * 101 + "]" * 101, False, "not JSON: nested more than 100 deep"),
    ("[" * 200_000, False, "not JSON: nested more than 100 deep"),
    ('{"a":' * 200_000 + "1" + "}" * 200_000, False, "not JSON: nested more than 100 deep"),
    ('"\ud800"', True, ""),
    ('"a\nb"', False, "not JSON: invalid control character in line 1, column 3"),
    ("\ufeff{}", False, "not JSON: "),
    ("[" + "0," * 400_000 + "0]", True, ""),
]


@every_row(("output", "passed", "why"), IS_JSON)
def test_is_json(score, output, passed, why):
    found = score("is_json", output)
    assert (found.value, found.passed) == (float(passed), passed)
    assert found.why.startswith(why)


PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"type": "integer"}},
    "required": ["name"],
    "additionalProperties": False,
}
TREE = {
    "$defs": {"node": {"type": "object", "additionalProperties": {"$ref": "#/$defs/node"}}},
    "$ref": "#/$defs/node",
}
SCHEMAS = [
    (PERSON, '{"name": "Ann", "age": 3}', ""),
    (PERSON, '{"name": "Ann", "age": "3"}', "$.age: '3' is not of type 'integer'"),
    (PERSON, '{"age": 3}', "$: 'name' is a required property"),
    (PERSON, '{"name": "ann"}', "$.name: 'ann' does not match '^[A-Z]'"),
    (PERSON, '{"name": "Ann", "sex": 1}', "$: Additional properties are not allowed ('sex' was "),
    (PERSON, "Ann", "not JSON: "),
    (True, "1", ""),
    (False, "1", "$: False schema does not allow 1"),
    ({"const": 1}, "true", "$: 1 was expected"),
    ({"const": 1}, "1.0", ""),
    ({"multipleOf": 0.1}, "1" + "0" * 400, ""),
    ({"multipleOf": 0.1}, "1" + "0" * 400 + ".05", "not JSON: the number"),
    ({"multipleOf": 0.01}, "[19.99, 4.35, 1.15, 0.3, 7, -0.07, true]", ""),
    ({"items": {"multipleOf": 0.01}}, "[19.99, 4.35, 1.15, 0.3, 7, -0.07, true]", ""),
    ({"items": {"multipleOf": 0.01}}, "[19.999]", "$[0]: 19.999 is not a multiple of 0.01"),
    ({"multipleOf": 1e-8}, "12391239123", ""),
    ({"multipleOf": 0.7}, "1e308", "$: 1e+308 is not a multiple of 0.7"),
    ({"format": "email"}, '"nope"', "$: 'nope' is not of the format 'email'"),
    ({"format": "email"}, "12", ""),
    (TREE, '{"a": {"b": {}}}', ""),
    (TREE, '{"a": {"b": 1}}', "$.a.b: 1 is not of type 'object'"),
    ({"$ref": "#"}, "1", "the schema cannot be applied: RecursionError"),
    (
        {"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False},
        '{"x-a": 1}',
        "",
    ),
    (
        {"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False},
        '{"y": 1}',
        "$: Additional properties are not allowed ('y' was unexpected)",
    ),
    ({"patternProperties": {"^x-": {"type": "integer"}}}, '{"x-a": "1"}', "$['x-a']: '1' is not"),
    ({"uniqueItems": True}, "[1, true, 1.5, [1], {}]", ""),
    ({"uniqueItems": True}, "[1, 1.0]", "$: the items are not unique"),
    ({"uniqueItems": True}, '[{"a": [1]}, {"a": [1.0]}]', "$: the items are not unique"),
    (
        {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "integer"}]},
        '["x"]',
        "$[0]: 'x' is not of type 'integer'",
    ),
    ({"pattern": r"^\p{Lu}"}, '"É"', ""),
    ({"pattern": "^a$"}, '"a\\n"', "$: 'a"),
    ({"pattern": r"^\d[$]\w$"}, '"1$x"', ""),
    ({"pattern": r"\d"}, '"\u0663"', "$: '\u0663' does not match"),
    ({"type": "integer"}, "[" * 200_000, "not JSON: nested"),
    ({"type": "integer"}, json.dumps("x" * 900_000), "$: 'xxx"),
]


@every_row(("schema", "output", "why"), SCHEMAS)
def test_json_schema(score, schema, output, why):
    found = score({"json_schema": {"schema": schema}}, output)
    assert found.passed is (not why)
    assert found.why.startswith(why)


BAD_SCHEMAS = [
    ({"type": "objekt"}, "not a JSON Schema: `type` cannot be `objekt`: did you mean `object`?"),
    ({"pattern": "("}, "the pattern ( is not a regular expression: missing )"),
    ({"$ref": "#/$defs/x"}, "`#/$defs/x` leads nowhere in the schema: fix the reference"),
    ({"$schema": "http://json-schema.org/draft-03/schema#"}, "`$schema` must be one of "),
    ({"items": {"$id": "http://x.test/"}}, "`$id` is allowed only at the top: remove it"),
]


@every_row(("schema", "message"), BAD_SCHEMAS)
def test_a_bad_schema_is_a_fault_before_anything_runs(faults, schema, message):
    [said] = faults({"json_schema": {"schema": schema}})
    assert said.startswith(message)


def test_a_schema_never_leaves_itself(faults, tmp_path, listener):
    canary = tmp_path / "canary.json"
    canary.write_text("{}")
    for reference in (listener.url, canary.as_uri(), str(canary), "other.json", "//x.test/y"):
        for key in ("$ref", "$dynamicRef"):
            [said] = faults({"json_schema": {"schema": {"items": {key: reference}}}})
            assert "leads outside the schema" in said
    assert listener.count == 0


def test_the_id_of_a_schema_is_not_fetched(score, listener):
    schema = {"$id": f"{listener.url}/s.json", "$defs": {"a": {"const": 1}}, "$ref": "#/$defs/a"}
    assert score({"json_schema": {"schema": schema}}, "1").passed
    assert listener.count == 0


def doubling(levels: int) -> dict:
    """A schema of a few lines that asks for 2^levels checks."""
    parts = {f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**parts, f"s{levels}": {"type": "integer"}}, "$ref": "#/$defs/s0"}


def nested_unevaluated(levels: int) -> dict:
    schema: dict = {"type": "object"}
    for _ in range(levels):
        schema = {"allOf": [schema], "unevaluatedProperties": False}
    return schema


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "output"), [(doubling(40), "1"), (nested_unevaluated(30), "{}")]
)
def test_a_schema_bomb_is_given_up(score, monkeypatch, schema, output):
    monkeypatch.setattr("promptci.scorers.json.schema.MAX_STEPS", 30_000)
    found = score({"json_schema": {"schema": schema}}, output)
    assert found.why == "more than 30,000 steps to check against the schema"


def test_patterns_in_schemas_are_given_up_too(score):
    value = "a" * 60 + "!"
    for schema, output in (
        ({"pattern": "(a|aa)+$"}, json.dumps(value)),
        ({"patternProperties": {"(a|aa)+$": True}}, json.dumps({value: 1})),
        (
            {"patternProperties": {"(a|aa)+$": True}, "additionalProperties": False},
            json.dumps({value: 1}),
        ),
    ):
        found = score({"json_schema": {"schema": schema}}, output)
        assert found.why == "regex timed out after 0.05 s: make the pattern simpler"


ORDER = {"name": "Ann", "order": {"id": "77120", "items": ["a", "b"]}, "paid": True}
FIELDS = [
    (ORDER, json.dumps(ORDER), 1.0, ""),
    (ORDER, json.dumps({**ORDER, "more": 1}), 1.0, ""),
    (ORDER, json.dumps({**ORDER, "name": "ann"}), 0.75, "wrong: name"),
    (ORDER, json.dumps({**ORDER, "paid": 1}), 0.75, "wrong: paid"),
    (ORDER, json.dumps({**ORDER, "order": {"id": 77120}}), 0.5, "wrong: order.id, order.items"),
    (ORDER, json.dumps({**ORDER, "order": None}), 0.5, "wrong: order.id, order.items"),
    (ORDER, "{}", 0.0, "wrong: name, order.id, order.items, paid"),
    (ORDER, "[1]", 0.0, "JSON, but not an object"),
    (ORDER, "Ann", 0.0, "not JSON: expecting value in line 1, column 1"),
    (json.dumps(ORDER), json.dumps(ORDER), 1.0, ""),
    (
        {"number": "INV-1234", "date": "2024-05-01", "total": 100.0, "note": "x"},
        '{"number": "INV-1834", "date": "2024-06-11", "total": -100.0, "note": "x"}',
        0.25,
        "wrong: number, date, total",
    ),
    ({"a": None}, "{}", 0.0, "wrong: a"),
    ({"a": None}, '{"a": null}', 1.0, ""),
    ({"a": {}}, '{"a": {}}', 1.0, ""),
    ({"a": {}}, '{"a": {"b": 1}}', 0.0, "wrong: a"),
    ({"a": 1}, '{"a": 1.0}', 1.0, ""),
    ({"a": 1}, '{"a": NaN}', 0.0, "not JSON: the number NaN is not finite"),
    ({str(n): n for n in range(9)}, "{}", 0.0, "wrong: 0, 1, 2, 3, 4 and 4 more"),
    ({"a": "\ud800"}, '{"a": "\ud800"}', 1.0, ""),
    ({"a": 1}, '{"a":' * 300_000, 0.0, "not JSON: nested more than 100 deep"),
]


@every_row(("expected", "output", "value", "why"), FIELDS)
def test_json_fields(score, expected, output, value, why):
    found = score("json_fields", output, expected)
    assert (found.value, found.passed) == (pytest.approx(value), value == 1.0)
    assert found.why == why


def test_json_fields_with_a_value_needs_no_expectation(score, bound):
    scorer = {"json_fields": {"value": {"a": 1, "b": 2}, "threshold": 0.5}}
    assert not bound(scorer).needs_expected
    assert score(scorer, '{"a": 1}').passed


LENGTHS = [
    ({}, "`length` needs `min` or `max`: add one"),
    ({"min": 3, "max": 2}, "`min` 3 is more than `max` 2: swap them"),
    ({"max": -1}, "`max` must be at least 0, here is "),
]


@every_row(("options", "message"), LENGTHS)
def test_length_needs_sensible_bounds(faults, options, message):
    [said] = faults({"length": options})
    assert said.startswith(message)


QUEUE = {"type": "object", "required": ["queue"]}
INSIDE = [
    ({}, "As shown in [1] and [2, 3].", False),
    ({}, 'Here: {"queue": "b"} as in [1]', True),
    ({}, "[1, 2]", True),
    ({}, "```json\n[1, 2]\n```", True),
    ({}, "The list: [1, 2]", False),
    ({"arrays": True}, "The list: [1, 2]", True),
    ({"schema": {"type": "array", "items": {"type": "integer"}}}, "The list: [1, 2]", True),
    ({"schema": {"type": ["array", "null"]}, "arrays": False}, "The list: [1, 2]", False),
    ({"schema": QUEUE}, 'See [1]: {"a": 1}, {"queue": "b"}', True),
    ({"schema": QUEUE}, "See [1].", False),
    ({}, "{curly} braces and (brackets)", False),
    ({}, "", False),
]


@every_row(("options", "output", "passed"), INSIDE)
def test_contains_json_takes_objects_and_no_citations(score, options, output, passed):
    assert score({"contains_json": options}, output).passed is passed
