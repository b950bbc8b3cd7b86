"""Scorers for JSON and for the size of an answer."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from promptci.record import Score
from promptci.scorers.jsontext import NotJSON, compare_leaves, read_json
from promptci.scorers.scorer import Bench, Judge, Options, Scorer, Subject
from promptci.scorers.verdict import PASSED, Unjudged, failed, graded
from promptci.source import Plain, excerpt

Count = Annotated[int, Meta(ge=0)]


class SchemaOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`schema` is a JSON Schema; its `$ref`s stay inside it."""

    schema: dict[str, Any] | bool


class FieldsOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`value` is the object whose fields the output must have."""

    value: dict[str, Any] | UnsetType = UNSET


class LengthOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `min` to `max` units, both included; at least one of them is given."""

    min: Count | None = None
    max: Count | None = None
    unit: Literal["chars", "words", "lines"] = "chars"


def is_json(options: Options, bench: Bench) -> Judge:
    """The output is JSON as a whole."""

    def judge(subject: Subject) -> Score:
        try:
            read_json(subject.output)
        except NotJSON as error:
            return failed(str(error))
        return PASSED

    return judge


def json_schema(options: SchemaOptions, bench: Bench) -> Judge | None:
    """The output is JSON that the schema allows."""
    # jsonschema takes 60 ms to import: only evals that use it should wait for it.
    from promptci.scorers.schema import SchemaError, compile_schema

    try:
        first_error = compile_schema(options.schema)
    except SchemaError as error:
        bench.fault(str(error), "schema", *error.path)
        return None

    def judge(subject: Subject) -> Score:
        try:
            why = first_error(read_json(subject.output))
        except NotJSON as error:
            return failed(str(error))
        return PASSED if why is None else failed(why)

    return judge


def json_fields(options: FieldsOptions, bench: Bench) -> Judge:
    """The share of the expected object's fields that the output's object has right."""
    if isinstance(options.value, UnsetType):
        bench.needs_expected = True
        expected: Callable[[Subject], Mapping[str, Plain]] = _expected_object
    else:
        fixed = options.value
        expected = lambda subject: fixed  # noqa: E731

    def judge(subject: Subject) -> Score:
        goal = expected(subject)
        try:
            got = read_json(subject.output)
        except NotJSON as error:
            return failed(str(error))
        return _compare(goal, got) if isinstance(got, dict) else failed("JSON, but not an object")

    return judge


def length(options: LengthOptions, bench: Bench) -> Judge | None:
    """The output is neither too short nor too long."""
    low, high, unit = options.min or 0, options.max, options.unit
    if options.min is None and high is None:
        bench.fault("`length` needs `min` or `max`: add one")
        return None
    if high is not None and low > high:
        bench.fault(f"`min` {low} is more than `max` {high}: swap them", "min")
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


def _expected_object(subject: Subject) -> Mapping[str, Plain]:
    """The example's expected object, which a CSV file holds as JSON text."""
    if not subject.has_expected:
        raise Unjudged("the example has no `expected` to compare with")
    expected = subject.expected
    if isinstance(expected, str):
        try:
            expected = read_json(expected)
        except NotJSON as error:
            raise Unjudged(f"`expected` is {error}") from None
    if not isinstance(expected, dict):
        raise Unjudged("`expected` is not an object: give one whose fields are compared")
    return expected


def _compare(goal: Mapping[str, Plain], got: Mapping[str, Plain]) -> Score:
    leaves = list(compare_leaves(goal, got))
    wrong = [path for path, is_right in leaves if not is_right]
    if not wrong:
        return PASSED
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    paths = ", ".join(excerpt(path, 30) for path in wrong[:5])
    return graded(1 - len(wrong) / len(leaves), f"wrong: {paths}{more}")


def _lines(text: str) -> int:
    """Lines of a text; a line feed at its end opens no further one."""
    return text.count("\n") + (not text.endswith("\n")) if text else 0


_UNITS: dict[str, Callable[[str], int]] = {
    "chars": len,
    "words": lambda text: len(text.split()),
    "lines": _lines,
}


SCORERS = {
    "is_json": Scorer(is_json, Options, "the output is JSON", example="is_json", is_format=True),
    "json_schema": Scorer(
        json_schema,
        SchemaOptions,
        "the output is JSON that the schema allows (2020-12 or draft 7)",
        example="json_schema: {schema: {type: object, required: [queue]}}",
        is_format=True,
    ),
    "json_fields": Scorer(
        json_fields,
        FieldsOptions,
        "the share of the expected object's fields that the output has right",
        example="json_fields: {value: {queue: billing, urgent: false}}",
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
