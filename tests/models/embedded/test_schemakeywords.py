from promptci.models.embedded.schemakeywords import unheld_keywords
from tables import every_row


def asked(schema):
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


@every_row(
    ("schema", "unheld"),
    [
        ({"type": "number", "maximum": 1, "multipleOf": 0.1}, ["maximum", "multipleOf"]),
        ({"type": "integer", "maximum": 1, "exclusiveMinimum": 0}, []),
        ({"type": "array", "items": {"type": "string", "pattern": "^a"}, "minItems": 2}, []),
        (
            {"type": "array", "contains": {"const": "a"}, "uniqueItems": True},
            ["contains", "uniqueItems"],
        ),
        ({"properties": {"a": {"type": "string", "format": "email"}}}, ["format"]),
        ({"properties": {"a": {"type": "string", "format": "date"}}}, []),
        ({"$defs": {"t": {"not": {"const": "x"}}}, "$ref": "#/$defs/t"}, ["not"]),
        ({"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]}, ["minimum"]),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, ["oneOf"]),
        ({"allOf": [{"properties": {"a": {"type": "string"}}}]}, []),
        ({"allOf": [{"type": "integer"}, {"minimum": 50}]}, ["allOf", "minimum"]),
        ({"enum": ["a"], "const": "a", "minLength": 1, "additionalProperties": False}, []),
        (True, []),
        ("x", []),
    ],
)
def test_what_a_grammar_leaves_out(schema, unheld):
    assert unheld_keywords(asked(schema)) == unheld


@every_row("given", [None, {}, {"type": "json_object"}, {"json_schema": []}])
def test_without_a_schema_there_is_nothing_to_hold_to(given):
    assert unheld_keywords(given) == []
