"""Picoschema, the short form of JSON Schema in Dotprompt files (https://google.github.io/dotprompt)."""

import re

from promptci.errors import Fault
from promptci.parsing.source import Node, Plain, excerpt

_KEY = re.compile(
    r"(?P<name>[^(?]+)(?P<optional>\?)?(?:\((?P<kind>\w+|\*)?(?:,\s*(?P<words>.*))?\))?"
)
_SCALARS = frozenset(("string", "number", "integer", "boolean", "null", "any"))


def json_schema_of(node: Node, losses: list[Fault]) -> dict[str, Plain] | None:
    """The JSON Schema that a schema means; None, with a loss, where that is unclear."""
    value = node.value
    if isinstance(value, dict) and (
        "properties" in value or value.get("type", node).value == "object"
    ):
        plain = node.plain()
        return plain if isinstance(plain, dict) else None
    if isinstance(value, str):
        return _scalar(value, node, losses)
    if isinstance(value, dict):
        return _object(node, losses)
    losses.append(node.mark.fault("the schema is no mapping and no type: write it as JSON Schema"))
    return None


def _scalar(written: str, node: Node, losses: list[Fault]) -> dict[str, Plain] | None:
    kind, _, words = (part.strip() for part in written.partition(","))
    if kind not in _SCALARS:
        losses.append(
            node.mark.fault(f"the type `{excerpt(kind)}` is defined elsewhere: write it out")
        )
        return None
    schema: dict[str, Plain] = {} if kind == "any" else {"type": kind}
    return schema | ({"description": words} if words else {})


def _object(node: Node, losses: list[Fault]) -> dict[str, Plain]:
    assert isinstance(node.value, dict)
    properties: dict[str, Plain] = {}
    required: list[Plain] = []
    schema: dict[str, Plain] = {"type": "object", "properties": properties}
    for key, each in node.value.items():
        found = _KEY.fullmatch(key.strip())
        if found is None or found["kind"] == "*":
            schema["additionalProperties"] = json_schema_of(each, losses) or True
            continue
        name = found["name"].strip()
        properties[name] = _property(found, each, losses)
        if not found["optional"]:
            required.append(name)
    if required:
        schema["required"] = required
    schema.setdefault("additionalProperties", False)
    return schema


def _property(found: re.Match[str], node: Node, losses: list[Fault]) -> Plain:
    kind, words = found["kind"], found["words"]
    described: dict[str, Plain] = {"description": words} if words else {}
    if kind == "enum":
        values = node.plain()
        if found["optional"] and isinstance(values, list) and None not in values:
            values = [*values, None]
        return {"enum": values, **described}
    inner = json_schema_of(node, losses) or {}
    if kind == "array":
        inner = {"type": "array", "items": inner}
    if found["optional"] and isinstance(inner.get("type"), str):
        inner = {**inner, "type": [inner["type"], "null"]}
    return {**inner, **described}
