"""Scorers for JSON and for the size of an answer."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain, excerpt
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.jsontext import Check, NotJSON, as_read_json, json_inside, read_json
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed

Count = Annotated[int, Meta(ge=0)]

MAX_PROSE = 1_000_000
"""Characters of prose in which JSON is looked for: each piece may have to be checked."""


_Schema: TypeAlias = dict[str, Any] | bool


class JSONOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the JSON must be."""

    schema: Annotated[
        _Schema | UnsetType,
        Meta(description="a JSON Schema (2020-12 or draft 7) that allows it; `$ref` stays inside"),
    ] = UNSET


class InsideOptions(JSONOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as JSON among prose."""

    arrays: Annotated[
        bool | None,
        Meta(
            description="lists among prose count, too, not only objects "
            "(default: where the schema asks for a list)"
        ),
    ] = None


class SchemaOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the JSON must be."""

    schema: Annotated[
        _Schema, Meta(description="a JSON Schema (2020-12 or draft 7); `$ref` stays inside")
    ]


class LengthOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least one of `min` and `max` is given."""

    min: Annotated[Count | None, Meta(description="the fewest units that are enough")] = None
    max: Annotated[Count | None, Meta(description="the most units that are allowed")] = None
    unit: Annotated[Literal["chars", "words", "lines"], Meta(description="what is counted")] = (
        "chars"
    )


def is_json(options: JSONOptions, binding: ScorerContext) -> Judge | None:
    """The output is JSON as a whole, and by option what a schema allows."""
    check = compiled(options.schema, binding)
    return None if check is None else _whole(check)


def json_schema(options: SchemaOptions, binding: ScorerContext) -> Judge | None:
    """The output is JSON that the schema allows."""
    check = compiled(options.schema, binding)
    return None if check is None else _whole(check)


def contains_json(options: InsideOptions, binding: ScorerContext) -> Judge | None:
    """The output has a JSON object somewhere, and by option one that fits.

    A list counts where it is all of the output or of a fenced block: `[1]` in prose is a citation.
    """
    check = compiled(options.schema, binding)
    if check is None:
        return None

    lists = _asks_for_list(options.schema) if options.arrays is None else options.arrays

    def judge(subject: Subject) -> Score:
        why = "no JSON object or list" if lists else "no JSON object"
        for value in _values(subject.output, lists=lists):
            if isinstance(value, dict | list):
                why = check(value) or ""
                if not why:
                    return as_read_json(PASSED, value)
        return failed(why)

    return judge


def _asks_for_list(schema: _Schema | UnsetType) -> bool:
    kinds = schema.get("type") if isinstance(schema, dict) else None
    return "array" in (kinds if isinstance(kinds, list) else [kinds])


def _values(text: str, *, lists: bool) -> Iterator[Plain]:
    """The text itself if it is JSON, else what JSON there is in it. Raises `Unjudged`."""
    try:
        yield read_json(text)
    except NotJSON:
        if len(text) > MAX_PROSE:
            wrong = f"{len(text):,} characters: JSON is looked for in at most {MAX_PROSE:,}"
            raise Unjudged(wrong) from None
        yield from json_inside(text, lists=lists)


def _whole(check: Check) -> Judge:
    def judge(subject: Subject) -> Score:
        try:
            value = read_json(subject.output)
        except NotJSON as error:
            return failed(str(error))
        why = check(value)
        return as_read_json(PASSED if why is None else failed(why), value)

    return judge


def compiled(schema: _Schema | UnsetType, binding: ScorerContext) -> Check | None:
    """What says what is wrong with a value; None after a fault in the schema."""
    if isinstance(schema, UnsetType):
        return lambda value: None
    # jsonschema takes 60 ms to import: only evals that use it should wait for it.
    from promptci.scorers.json.schema import SchemaError, compile_schema, unchecked_formats

    try:
        check = compile_schema(schema)
    except SchemaError as error:
        binding.fault(str(error), "schema", *error.path)
        return None
    for name, path in unchecked_formats(schema):
        wrong = (
            f"`format: {excerpt(name)}` is not checked: use one of JSON Schema's, or a `pattern`"
        )
        binding.warn(wrong, "schema", *path)
    return check


def length(options: LengthOptions, binding: ScorerContext) -> Judge | None:
    """The output is neither too short nor too long."""
    low, high, unit = options.min or 0, options.max, options.unit
    if options.min is None and high is None:
        binding.fault("`length` needs `min` or `max`: add one")
        return None
    if high is not None and low > high:
        binding.fault(f"`min` {low} is more than `max` {high}: swap them", "min")
        return None
    count = _UNITS[unit]

    def judge(subject: Subject) -> Score:
        size = count(subject.output)
        if size < low:
            return failed(f"{size:,} {unit}, at least {low:,} wanted")
        if high is not None and size > high:
            return failed(f"{size:,} {unit}, at most {high:,} allowed")
        return PASSED

    return judge


def _lines(text: str) -> int:
    """Lines of a text; a line feed at its end opens no further one."""
    return text.count("\n") + (not text.endswith("\n")) if text else 0


_UNITS: dict[str, Callable[[str], int]] = {
    "chars": len,
    "words": lambda text: len(text.split()),
    "lines": _lines,
}


SCORERS = {
    "is_json": Scorer(
        is_json, JSONOptions, "the output is JSON", version=2, example="is_json", is_format=True
    ),
    "contains_json": Scorer(
        contains_json,
        InsideOptions,
        "there is a JSON object somewhere in the output",
        version=5,
        example="contains_json: {schema: {type: object, required: [queue]}}",
        is_format=True,
    ),
    "json_schema": Scorer(
        json_schema,
        SchemaOptions,
        "the output is JSON that the schema allows (2020-12 or draft 7)",
        version=4,
        example="json_schema: {schema: {type: object, required: [queue]}}",
        is_format=True,
    ),
    "length": Scorer(
        length,
        LengthOptions,
        "the output is neither too short nor too long",
        "max",
        example="length: {max: 50, unit: words}",
        is_format=True,
    ),
}
