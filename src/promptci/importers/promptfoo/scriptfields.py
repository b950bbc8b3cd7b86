"""Expressions on a field of JSON that may be a text or a list, as a schema that says the same."""

import json
import re

from promptci.parsing.source import Plain

Schema = dict[str, Plain]


def member_schema(path: list[str], text: str) -> Schema:
    """`FIELD.includes(text)`: a text that holds it, or a list that has it among its items."""
    return _at(
        path,
        {
            "anyOf": [
                {"type": "string", "pattern": re.escape(text)},
                {"type": "array", "contains": {"const": text}},
            ]
        },
    )


def size_schema(path: list[str], least: int | None, most: int | None) -> Schema:
    """`FIELD.length` between two numbers: of a text's letters, or of a list's items."""
    letters: Schema = {"type": "string"}
    items: Schema = {"type": "array"}
    for name, size in (("min", least), ("max", most)):
        if size is not None:
            letters[f"{name}Length"] = items[f"{name}Items"] = size
    return _at(path, {"anyOf": [letters, items]})


def value_schema(path: list[str], written: str) -> Schema:
    """`FIELD === true`, or a number or null: a field that is this value, of this type."""
    return _at(path, {"const": json.loads(written)})


def path_names(written: str) -> list[str] | None:
    """The names of a path of JavaScript; None where it has an index, which no schema says."""
    names = re.findall(r"\.([A-Za-z_]\w*)|\[['\"](\w+)['\"]\]|(\[\d+\])", written)
    return None if any(index for _, _, index in names) else [a or b for a, b, _ in names]


def _at(path: list[str], schema: Schema) -> Schema:
    """An object with a field at a path that a schema allows."""
    for name in reversed(path):
        schema = {"type": "object", "required": [name], "properties": {name: schema}}
    return schema
