"""The form that an answer must have: what a prompt file says, as it goes to a model."""

from collections.abc import Mapping
from typing import Any

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Node, Plain, excerpt

_FORMATS = ("text", "json_object", "json_schema")
_JSON_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SCHEMA_NAME = "answer"
"""What a bare schema is called; not after its file, whose name must not change any answer."""


def read_response_format(
    given: Mapping[str, Any] | None, node: Node, faults: list[Fault]
) -> Mapping[str, Plain] | None:
    """OpenAI's `response_format` as a prompt file gives it; a bare JSON Schema is wrapped into one.

    `node` is the whole file. Adds what is wrong to `faults`.
    """
    kind = None if given is None else given.get("type")
    if given is None or kind in ("text", "json_object"):
        return given
    place = node.get("response_format")
    if kind == "json_schema":
        inner = given.get("json_schema")
        if not (isinstance(inner, dict) and _is_named_schema(inner)):
            wrong = "`json_schema` needs a `name` and a mapping `schema`: write them below it"
            faults.append(place.get("json_schema").mark.fault(wrong))
        return given
    if isinstance(kind, str) and kind not in _JSON_TYPES:
        advice = did_you_mean(kind, (*_FORMATS, *_JSON_TYPES))
        wrong = f"`response_format.type` cannot be `{excerpt(kind)}`: {advice}"
        faults.append(place.get("type").mark.fault(wrong))
    return {"type": "json_schema", "json_schema": {"name": _SCHEMA_NAME, "schema": dict(given)}}


def _is_named_schema(inner: Mapping[str, Any]) -> bool:
    return isinstance(inner.get("name"), str) and isinstance(inner.get("schema"), dict)
