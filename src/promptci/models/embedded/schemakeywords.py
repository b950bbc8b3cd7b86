"""What the embedded model does not hold to of a JSON Schema that it is to answer in.

Its grammar is made from the schema by llama.cpp, which passes over the rest without a word.
"""

from collections.abc import Iterator, Mapping

from promptci.parsing.source import Plain

_IGNORED = frozenset(
    {
        *("multipleOf", "contains", "minContains", "maxContains", "uniqueItems", "not", "if"),
        *("minProperties", "maxProperties", "propertyNames", "patternProperties", "prefixItems"),
        *("dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems"),
    }
)
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_FORMATS = frozenset({"date", "date-time", "time", "uuid"})
_INSIDE = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
_NAMED = ("properties", "$defs", "definitions", "patternProperties")
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")


def unheld_keywords(response_format: Mapping[str, Plain] | None) -> list[str]:
    """The keywords of a response format that answers of the embedded model may break, sorted."""
    inner = (response_format or {}).get("json_schema")
    schema = inner.get("schema") if isinstance(inner, dict) else None
    return sorted(set(_walk(schema)))


def _walk(schema: Plain) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    yield from schema.keys() & _IGNORED
    if schema.get("type") != "integer":
        yield from schema.keys() & _BOUNDS
    if schema.get("format", "date") not in _FORMATS:
        yield "format"
    if "oneOf" in schema:
        yield "oneOf"
    if not all(map(_is_merged, _list(schema.get("allOf")))):
        yield "allOf"
    for name in _INSIDE:
        yield from _walk(schema.get(name))
    for name in _NAMED:
        named = schema.get(name)
        for each in named.values() if isinstance(named, dict) else ():
            yield from _walk(each)
    for name in _LISTED:
        for each in _list(schema.get(name)):
            yield from _walk(each)


def _is_merged(part: Plain) -> bool:
    """Whether a part of `allOf` goes into the grammar: properties do, other demands do not."""
    return isinstance(part, dict) and ("properties" in part or "$ref" in part)


def _list(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []
