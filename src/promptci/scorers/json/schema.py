"""JSON Schemas of evals: confined to themselves, bounded in steps, their patterns guarded."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import Any, TypeAlias

from jsonschema import Draft7Validator, Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import SchemaError as JSONSchemaError
from jsonschema.exceptions import best_match
from referencing import Registry, Specification
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT7, DRAFT202012

from promptci.parsing.source import Plain, excerpt
from promptci.scorers.base.ecmapattern import python_pattern
from promptci.scorers.base.jsontext import Check
from promptci.scorers.base.patterns import Pattern, PatternError, compile_pattern, search
from promptci.scorers.base.verdict import Unjudged
from promptci.scorers.json.formats import FORMATS, has_format
from promptci.scorers.json.schemafault import schema_fault

MAX_STEPS = 300_000
"""Keywords applied to one answer: a schema of a few lines can ask for 2^n of them."""

_Schema: TypeAlias = "dict[str, Any] | bool"
Errors: TypeAlias = Iterator[ValidationError]
Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Errors | None]

_DRAFTS: Mapping[str, tuple[Any, Specification[Any]]] = {
    "https://json-schema.org/draft/2020-12/schema": (Draft202012Validator, DRAFT202012),
    "http://json-schema.org/draft-07/schema": (Draft7Validator, DRAFT7),
}
_DATA = frozenset({"const", "enum", "default", "examples", "example"})
"""Keywords whose values are no schemas."""

_REFERENCES = ("$ref", "$dynamicRef")


class SchemaError(ValueError):
    """A schema that cannot be used; `path` leads to the place, the message says why."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def compile_schema(schema: _Schema) -> Check:
    """A schema (draft 2020-12, or draft 7 if `$schema` says so), ready to check values.

    Raises `SchemaError` for one that is wrong or refers to anything outside itself. Nothing is
    ever fetched: the registry of documents is empty.
    """
    draft, specification = _draft(schema)
    patterns: dict[str, Pattern] = {}
    _inspect(schema, patterns, ())
    try:
        draft.check_schema(schema, format_checker=None)
    except JSONSchemaError as error:
        raise SchemaError(f"not a JSON Schema: {schema_fault(error)}", *error.path) from None
    _check_references(schema, specification)
    guard = _Guard(patterns)
    keywords = {name: guard.counted(function) for name, function in draft.VALIDATORS.items()}
    keywords |= {
        "pattern": guard.counted(guard.pattern),
        "patternProperties": guard.counted(guard.pattern_properties),
        "additionalProperties": guard.additional(keywords["additionalProperties"]),
        "uniqueItems": guard.counted(_unique_items),
        "multipleOf": guard.counted(_multiple_of),
        "format": guard.counted(_format),
    }
    extend: Any = validators.extend
    validator = extend(draft, keywords)(schema, registry=Registry())
    return lambda value: _first_error(validator, guard, value)


def unchecked_formats(
    part: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The formats that a schema names and nothing checks, each with its path."""
    if isinstance(part, dict):
        named = part.get("format")
        if isinstance(named, str) and named not in FORMATS:
            yield named, (*path, "format")
        for key, inner in part.items():
            if key not in _DATA:
                yield from unchecked_formats(inner, (*path, key))
    elif isinstance(part, list):
        for index, inner in enumerate(part):
            yield from unchecked_formats(inner, (*path, index))


def _first_error(validator: Any, guard: "_Guard", value: Plain) -> str | None:
    guard.steps = 0
    try:
        error = best_match(islice(validator.iter_errors(value), 5))
    except (RecursionError, ArithmeticError, Unresolvable) as stop:
        raise Unjudged(f"the schema cannot be applied: {type(stop).__name__}") from None
    return None if error is None else f"{error.json_path}: {excerpt(error.message, 120)}"


class _Guard:
    """Keywords that search only with guarded patterns, and a count of all keywords applied."""

    def __init__(self, patterns: Mapping[str, Pattern]) -> None:
        self.patterns = patterns
        self.steps = 0

    def counted(self, keyword: Keyword) -> Keyword:
        def count(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors | None:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise Unjudged(f"more than {MAX_STEPS:,} steps to check against the schema")
            return keyword(validator, wanted, instance, schema)

        return count

    def matches(self, pattern: str, text: str) -> bool:
        return search(self.patterns[pattern], text) is not None

    def pattern(self, validator: Any, wanted: str, instance: Any, schema: Any) -> Errors:
        if isinstance(instance, str) and not self.matches(wanted, instance):
            yield ValidationError(f"{excerpt(instance)!r} does not match {wanted!r}")

    def pattern_properties(
        self, validator: Any, wanted: Mapping[str, _Schema], instance: Any, schema: Any
    ) -> Errors:
        if not isinstance(instance, dict):
            return
        for pattern, inner in wanted.items():
            for key, value in instance.items():
                if self.matches(pattern, key):
                    yield from validator.descend(value, inner, path=key, schema_path=pattern)

    def additional(self, keyword: Keyword) -> Keyword:
        """`additionalProperties` without those that a pattern allows."""

        def check(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors | None:
            known = schema.get("patternProperties")
            if known and isinstance(instance, dict):
                instance = {
                    key: value
                    for key, value in instance.items()
                    if not any(self.matches(pattern, key) for pattern in known)
                }
                schema = {key: part for key, part in schema.items() if key != "patternProperties"}
            return keyword(validator, wanted, instance, schema)

        return check


def _draft(schema: _Schema) -> tuple[Any, Specification[Any]]:
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if named is None:
        return Draft202012Validator, DRAFT202012
    known = _DRAFTS.get(str(named).removesuffix("#"))
    if known is None:
        raise SchemaError(f"`$schema` must be one of {', '.join(_DRAFTS)}: change it", "$schema")
    return known


def _inspect(part: Any, patterns: dict[str, Pattern], path: tuple[str | int, ...]) -> None:
    """Compile every pattern, and refuse what leaves the schema or cannot be guarded."""
    if isinstance(part, list):
        for index, item in enumerate(part):
            _inspect(item, patterns, (*path, index))
    if not isinstance(part, dict):
        return
    _refuse_outside(part, path)
    named = part.get("patternProperties")
    for pattern in (part.get("pattern"), *(named if isinstance(named, dict) else ())):
        if isinstance(pattern, str):
            patterns[pattern] = _compile(pattern, path)
    for key, inner in part.items():
        _inspect(inner, patterns, (*path, key))


def _refuse_outside(part: Mapping[str, Any], path: tuple[str | int, ...]) -> None:
    for key in _REFERENCES:
        if isinstance(part.get(key), str) and not part[key].startswith("#"):
            wrong = f"`{key}: {excerpt(part[key])}` leads outside the schema"
            raise SchemaError(f"{wrong}: write it below `$defs`, refer to `#/$defs/…`", *path, key)
    if path and isinstance(part.get("$id"), str):
        raise SchemaError("`$id` is allowed only at the top: remove it", *path, "$id")
    if "unevaluatedProperties" in part and "patternProperties" in part:
        wrong = "`unevaluatedProperties` beside `patternProperties` is not supported"
        raise SchemaError(f"{wrong}: use `additionalProperties`", *path, "unevaluatedProperties")


def _compile(pattern: str, path: tuple[str | int, ...]) -> Pattern:
    try:
        return compile_pattern(python_pattern(pattern))
    except PatternError as error:
        raise SchemaError(f"the pattern {excerpt(pattern)} is {error}", *path, "pattern") from None


def _check_references(schema: _Schema, specification: Specification[Any]) -> None:
    """Every reference leads somewhere."""
    resource = specification.create_resource(schema)
    resolver: Any = Registry().resolver_with_root(resource)
    for path, reference in _references(schema, ()):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            wrong = f"`{excerpt(reference)}` leads nowhere in the schema: fix the reference"
            raise SchemaError(wrong, *path) from None


def _references(
    part: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(part, bool):
        return
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if key in _REFERENCES and isinstance(value, str):
            yield (*path, key), value
        if isinstance(value, dict | list):
            yield from _references(value, (*path, key))


def _unique_items(validator: Any, wanted: bool, instance: Any, schema: Any) -> Errors:
    """In one pass, where comparing each with each takes hours for a long list of mixed kinds."""
    if wanted and isinstance(instance, list) and len(set(map(_key, instance))) < len(instance):
        yield ValidationError("the items are not unique")


def _multiple_of(validator: Any, wanted: float, instance: Any, schema: Any) -> Errors:
    """As the numbers are written: 19.99 is a multiple of 0.01, whatever binary floats say."""
    if isinstance(instance, int | float) and not isinstance(instance, bool):
        share = Fraction(repr(instance)) / Fraction(repr(wanted))
        if share.denominator != 1:
            yield ValidationError(f"{instance!r} is not a multiple of {wanted!r}")


def _format(validator: Any, wanted: str, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and not has_format(wanted, instance):
        yield ValidationError(f"{excerpt(instance)!r} is not of the format {wanted!r}")


def _key(value: Plain) -> Hashable:
    """Equal for values that are equal as JSON: 1 and 1.0, but not 1 and true."""
    if isinstance(value, dict):
        return frozenset((key, _key(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return tuple(map(_key, value))
    return (bool, value) if isinstance(value, bool) else value
