"""Faults of JSON Schemas as sentences."""

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from promptci.scorers.json.schemafault import schema_fault
from tables import every_row


@every_row(
    ("schema", "said"),
    [
        ({"type": "strng"}, "`type` cannot be `strng`: did you mean `string`?"),
        ({"type": "float"}, "`type` cannot be `float`: did you mean `number`?"),
        ({"items": {"type": "dict"}}, "`type` cannot be `dict`: did you mean `object`?"),
        (
            {"type": "x"},
            "`type` cannot be `x`: known are `array`, `boolean`, `integer`, `null`, `number`, "
            "`object`, `string`",
        ),
        ({"properties": {"type": "a"}}, "'a' is not of type 'object', 'boolean': fix it"),
        ({"required": "name"}, "'name' is not of type 'array': fix it"),
    ],
)
def test_it_says_what_to_write(schema, said):
    with pytest.raises(SchemaError) as refused:
        Draft202012Validator.check_schema(schema)
    assert schema_fault(refused.value) == said
