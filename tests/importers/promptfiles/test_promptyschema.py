"""Inputs, outputs and tools of Prompty as JSON Schema."""

from promptci.importers.promptfiles.promptyschema import object_schema, openai_tools
from tables import every_row

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Where"}, "heat": {"type": "number"}},
    "required": ["city"],
    "additionalProperties": False,
}


@every_row(
    "given",
    [
        [{"name": "city", "kind": "string", "description": "Where"},
         {"name": "heat", "kind": "float", "required": False}],
        {"city": {"type": "string", "description": "Where"},
         "heat": {"kind": "number", "required": False}},
        {"properties": [{"name": "city", "kind": "string", "description": "Where"},
                        {"name": "heat", "kind": "number", "required": False}]},
    ],
)  # fmt: skip
def test_properties_are_by_name_or_in_a_list(given):
    assert object_schema(given) == CITY


def test_lists_and_objects_go_down():
    rows = {"rows": {"kind": "array", "items": {"kind": "object", "properties": {"n": "integer"}}}}
    found = object_schema(rows)
    assert found["properties"]["rows"]["items"]["properties"] == {"n": {"type": "integer"}}


@every_row("given", [None, {}, [{"name": "a", "kind": "thread"}], {"a": 3}])
def test_a_kind_that_is_not_known_has_no_schema(given):
    assert object_schema(given) is None


def test_tools_of_both_versions_are_functions():
    old = {"type": "function", "function": {"name": "look"}}
    new = {"name": "look", "kind": "function", "description": "Looks",
           "parameters": [{"name": "city", "kind": "string"}]}  # fmt: skip
    assert openai_tools([old]) == [old]
    [made] = openai_tools([new])
    assert made["function"]["parameters"]["required"] == ["city"]
    assert openai_tools([{"name": "x", "kind": "mcp"}]) is None
