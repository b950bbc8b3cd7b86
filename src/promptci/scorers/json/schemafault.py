"""What is wrong with a JSON Schema, in a sentence with its cure."""

from jsonschema.exceptions import SchemaError

from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_OTHERWISE = {
    **dict.fromkeys(("bool", "Boolean"), "boolean"),
    **dict.fromkeys(("float", "double", "decimal"), "number"),
    **dict.fromkeys(("dict", "map", "mapping", "record"), "object"),
    **dict.fromkeys(("list", "tuple", "set"), "array"),
    **dict.fromkeys(("str", "text"), "string"),
    **dict.fromkeys(("none", "None", "nil"), "null"),
}
"""What types are called elsewhere, and in a JSON Schema."""


def schema_fault(error: SchemaError) -> str:
    """What is wrong with a schema, and what to write in its place."""
    is_type = bool(error.path) and error.path[-1] == "type" and error.validator != "type"
    if not is_type or not isinstance(error.instance, str):
        return f"{error.message[:150]}: fix it"
    said = f"`type` cannot be `{excerpt(error.instance)}`"
    return f"{said}: {did_you_mean(_OTHERWISE.get(error.instance, error.instance), _TYPES)}"
