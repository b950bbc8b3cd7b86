"""The forms of Prompty's inputs, outputs and tools as JSON Schema.

Properties are given by name or in a list, each with a `kind`, as
https://github.com/microsoft/prompty has them.
"""

from collections.abc import Iterator

from promptci.parsing.source import Plain

_KINDS: dict[str, Plain] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "float": "number",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}


def object_schema(value: Plain) -> dict[str, Plain] | None:
    """The schema of an object with these properties; None where a kind is not known."""
    if isinstance(value, dict) and isinstance(value.get("properties"), dict | list):
        value = value["properties"]
    properties: dict[str, Plain] = {}
    required: list[Plain] = []
    for name, each in _named(value):
        schema = _property(each)
        if schema is None:
            return None
        properties[name] = schema
        if not (isinstance(each, dict) and each.get("required") is False):
            required.append(name)
    if not properties:
        return None
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def openai_tools(value: Plain) -> list[Plain] | None:
    """Tools in OpenAI's form; None where one is no function."""
    found: list[Plain] = []
    for name, each in _named(value):
        if not isinstance(each, dict):
            return None
        if isinstance(each.get("function"), dict):
            found.append(each)
        elif each.get("kind", each.get("type")) == "function":
            found.append({"type": "function", "function": _function(name, each)})
        else:
            return None
    return found or None


def _function(name: str, each: dict[str, Plain]) -> dict[str, Plain]:
    schema = each.get("parameters")
    is_json_schema = isinstance(schema, dict) and schema.get("type") == "object"
    parameters = schema if is_json_schema else object_schema(schema)
    made: dict[str, Plain] = {"name": name}
    made |= {key: each[key] for key in ("description", "strict") if key in each}
    return made | ({"parameters": parameters} if parameters else {})


def _named(value: Plain) -> Iterator[tuple[str, Plain]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for each in value:
            yield (str(each.get("name", "")) if isinstance(each, dict) else ""), each


def _property(value: Plain) -> dict[str, Plain] | None:
    """The schema of one property, which may be the name of its kind alone."""
    parts: dict[str, Plain] = value if isinstance(value, dict) else {"kind": value}
    kind = parts.get("kind", parts.get("type"))
    if not isinstance(kind, str) or kind not in _KINDS:
        return None
    if kind == "object" and parts.get("properties"):
        nested = object_schema(parts["properties"])
        return None if nested is None else nested | _said(parts)
    schema: dict[str, Plain] = {"type": _KINDS[kind], **_said(parts)}
    if kind == "array" and parts.get("items") is not None:
        items = _property(parts["items"])
        return None if items is None else schema | {"items": items}
    return schema


def _said(parts: dict[str, Plain]) -> dict[str, Plain]:
    values = {"description": parts.get("description"), "enum": parts.get("enumValues")}
    return {key: value for key, value in values.items() if value}
