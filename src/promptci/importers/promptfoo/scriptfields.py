"""Expressions on a field of JSON that may be a text or a list, as a schema that says the same."""

import json
import re
from collections.abc import Callable, Mapping

from promptci.importers.promptfoo.scriptforms import QUOTED, sides
from promptci.parsing.source import Plain

_Schema = dict[str, Plain]


def listed_schema(text: str) -> _Schema | None:
    """`includes` and `length` of a field, which JavaScript has for texts and for lists."""
    found = _FIELD_HAS.fullmatch(text)
    path = None if found is None else _path_names(found["path"])
    if found is None or path is None or not (path or found["parsed"]):
        return None
    if found["value"] is not None:
        if not found["parsed"] or path[-1:] == ["length"]:
            return None
        return _value_schema(path, found["value"])
    if found["text"] is not None:
        return _member_schema(path, found["text"])
    bounds = sides(found["op"], int(found["number"]))
    return _size_schema(path, bounds.get("min"), bounds.get("max"))


_FIELD_HAS = re.compile(
    rf"(?:(?P<parsed>JSON\.parse\(output\))|output)(?P<path>(?:\.[A-Za-z_]\w*|\[\d+\]"
    rf"|\[['\"]\w+['\"]\])*)"
    rf"(?:\.includes\({QUOTED}\)|\.length ?(?P<op><=|>=|<|>|===?) ?(?P<number>\d{{1,9}})"
    r"| ?=== ?(?P<value>true|false|null|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?))"
)


def _member_schema(path: list[str], text: str) -> _Schema:
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


def _size_schema(path: list[str], least: int | None, most: int | None) -> _Schema:
    """`FIELD.length` between two numbers: of a text's letters, or of a list's items."""
    letters: _Schema = {"type": "string"}
    items: _Schema = {"type": "array"}
    for name, size in (("min", least), ("max", most)):
        if size is not None:
            letters[f"{name}Length"] = items[f"{name}Items"] = size
    return _at(path, {"anyOf": [letters, items]})


def _value_schema(path: list[str], written: str) -> _Schema:
    """`FIELD === true`, or a number or null: a field that is this value, of this type."""
    return _at(path, {"const": json.loads(written)})


def negated_schema(schema: _Schema) -> _Schema:
    """What is so where a field is not as a schema says, and the script gets as far as to ask.

    A field that is missing is not so, but for its letters or items, which only some values have.
    """
    path: list[str] = []
    while schema.get("type") == "object" and isinstance(schema.get("required"), list):
        [(name, inner)] = dict_of(schema["properties"]).items()
        path.append(name)
        schema = dict_of(inner)
    if not path:
        return {"not": schema}
    if "anyOf" in schema:
        return _at(path, {"type": ["string", "array"], "not": schema})
    return _at(path[:-1], {"type": _NOT_NULL, "not": _at(path[-1:], schema)})


def dict_of(value: Plain) -> _Schema:
    """A part of a schema that is one itself."""
    return value if isinstance(value, dict) else {}


def text_denied(made: dict[str, Plain]) -> _Schema | None:
    """The schema for `equals` that is not so of a field; None where it says more than that."""
    path = dict_of(made.get("extract")).get("json")
    if set(made) != {"not", "value", "extract"} or not isinstance(path, str) or "[" in path:
        return None
    if not isinstance(made["value"], str) or "{{" in made["value"]:
        return None
    return negated_schema(_at(path.split("."), {"const": made["value"]}))


_NOT_NULL: Plain = ["object", "array", "string", "number", "boolean"]


def field_schema(text: str) -> _Schema | None:
    """What else is asked of a field: its kind, that it is there, how great it is; None if not."""
    for pattern, make in _ASKED:
        found = pattern.fullmatch(text)
        path = None if found is None else _path_names(found["path"])
        if found is None or path is None or path[-1:] == ["length"]:
            continue
        if path or found["parsed"]:
            return make(path, found)
    return None


def _of_kind(path: list[str], found: re.Match[str]) -> _Schema:
    return _at(path, {"type": _KINDS[found["kind"]]})


def _is_there(path: list[str], found: re.Match[str]) -> _Schema:
    name = found.groupdict().get("name")
    return _at([*path, name] if name else path, {})


def _is_great(path: list[str], found: re.Match[str]) -> _Schema:
    return _at(path, {"type": "number", _BOUNDS[found["op"]]: json.loads(found["number"])})


def _is_alike(path: list[str], found: re.Match[str]) -> _Schema:
    """`FIELD == 5`, which a text that reads so is, too."""
    return _at(path, {"enum": [json.loads(found["number"]), found["number"]]})


_KINDS: Mapping[str, Plain] = {
    "Array.isArray": "array", "list": "array", "dict": "object", "str": "string",
    "string": "string", "number": "number", "boolean": "boolean",
    "object": ["object", "array", "null"],
}  # fmt: skip
_BOUNDS = {">=": "minimum", ">": "exclusiveMinimum", "<=": "maximum", "<": "exclusiveMaximum"}
_F = (
    r"(?:(?P<parsed>(?:JSON\.parse|json\.loads)\(output\))|output)"
    r"(?P<path>(?:\.[A-Za-z_]\w*|\[\d+\]|\[['\"]\w+['\"]\])*)"
)
_N = r"(?P<number>-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?)"
_NAME = r"['\"](?P<name>\w+)['\"]"
_ASKED: tuple[tuple[re.Pattern[str], Callable[[list[str], re.Match[str]], _Schema]], ...] = (
    (re.compile(rf"(?P<kind>Array\.isArray)\({_F}\)"), _of_kind),
    (re.compile(rf"typeof {_F} ===? ['\"](?P<kind>string|number|boolean|object)['\"]"), _of_kind),
    (re.compile(rf"isinstance\({_F}, (?P<kind>list|dict|str)\)"), _of_kind),
    (re.compile(rf"{_F} !==? undefined"), _is_there),
    (re.compile(rf"{_NAME} in {_F}"), _is_there),
    (re.compile(rf"{_F}\.hasOwnProperty\({_NAME}\)"), _is_there),
    (re.compile(rf"{_F} ?(?P<op><=|>=|<|>) ?{_N}"), _is_great),
    (re.compile(rf"{_F} ?== ?{_N}"), _is_alike),
)


def _path_names(written: str) -> list[str] | None:
    """The names of a path of JavaScript; None where it has an index, which no schema says."""
    names = re.findall(r"\.([A-Za-z_]\w*)|\[['\"](\w+)['\"]\]|(\[\d+\])", written)
    return None if any(index for _, _, index in names) else [a or b for a, b, _ in names]


def _at(path: list[str], schema: _Schema) -> _Schema:
    """An object with a field at a path that a schema allows."""
    for name in reversed(path):
        schema = {"type": "object", "required": [name], "properties": {name: schema}}
    return schema
