"""JSON compared with JSON: as a whole, and field by field."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain, excerpt
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.jsontext import NotJSON, as_read_json, read_json
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, graded, shorten
from promptci.scorers.json.alike import AlikeOptions, Equality, Leaf
from promptci.scorers.json.jsonpath import (
    PathError,
    PathPattern,
    is_below,
    parse_path,
    without,
    written_path,
)

Paths: TypeAlias = tuple[str, ...]


class FieldsOptions(AlikeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which fields of two objects are compared."""

    value: Annotated[
        dict[str, Any] | UnsetType, Meta(description="the object whose fields are wanted")
    ] = UNSET
    paths: Annotated[
        Annotated[Paths, Meta(min_length=1)] | None,
        Meta(description="the fields that count, such as `order.id`; without it all of them"),
    ] = None
    ignore: Annotated[Paths, Meta(description="fields that are left out")] = ()
    items: Annotated[bool, Meta(description="enter lists: each item is compared alone")] = False
    extra: Annotated[
        bool, Meta(description="other fields are allowed; with false each counts as wrong")
    ] = True


class EqualOptions(AlikeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the output is compared with."""

    value: Annotated[Any, Meta(description="the JSON that is wanted, as YAML")] = UNSET
    ignore: Annotated[
        Paths, Meta(description="what is left out on both sides, such as `items[*].at`")
    ] = ()


def json_fields(options: FieldsOptions, binding: ScorerContext) -> Judge | None:
    """The share of the expected object's fields that the output's object has right."""
    paths = _patterns(binding, options.paths or (), "paths")
    ignore = _patterns(binding, options.ignore, "ignore")
    _need_items(options, paths, binding)
    expected = _fixed_or_expected(options.value, binding, _object)
    if isinstance(options.value, dict):
        _refuse_nothing(options.value, paths, ignore, binding)

    def judge(subject: Subject) -> Score:
        goal = expected(subject)
        try:
            got = read_json(subject.output)
        except NotJSON as error:
            return failed(str(error))
        if not isinstance(got, dict):
            return as_read_json(failed("JSON, but not an object"), got)
        if not goal and options.extra:
            return as_read_json(PASSED, got)
        found = Equality(options).leaves(
            without(goal, ignore),
            without(got, ignore),
            extra=not options.extra,
            items=options.items,
        )
        leaves = [leaf for leaf in found if not paths or _is_listed(leaf, paths)]
        return as_read_json(_share(leaves), got)

    return judge


def json_equal(options: EqualOptions, binding: ScorerContext) -> Judge:
    """The output is the JSON that is wanted."""
    ignore = _patterns(binding, options.ignore, "ignore")
    expected = _fixed_or_expected(options.value, binding, _json)

    def judge(subject: Subject) -> Score:
        goal = without(expected(subject), ignore)
        try:
            got = without(read_json(subject.output), ignore)
        except NotJSON as error:
            return failed(str(error))
        if Equality(options).same(goal, got):
            return as_read_json(PASSED, got)
        items = not options.unordered
        leaves = Equality(options).leaves(goal, got, extra=True, items=items)
        wrong = islice((leaf for leaf in leaves if not leaf.is_right), 3)
        why = "; ".join(leaf.in_words() for leaf in wrong) or f"got {shorten(got)}"
        return as_read_json(failed(why), got)

    return judge


def _patterns(binding: ScorerContext, paths: Paths, option: str) -> list[PathPattern]:
    found = []
    for index, path in enumerate(paths):
        try:
            found.append(parse_path(path))
        except PathError as error:
            binding.fault(f"`{option}`: {error}", option, index)
    return found


def _need_items(options: FieldsOptions, paths: list[PathPattern], binding: ScorerContext) -> None:
    has_index = any(isinstance(step, int) for path in paths for step in path)
    if not options.items and (has_index or any("[*]" in path for path in options.paths or ())):
        binding.fault("a path into a list needs `items: true`: add it", "paths")


def _refuse_nothing(
    value: Mapping[str, Plain],
    paths: list[PathPattern],
    ignore: list[PathPattern],
    binding: ScorerContext,
) -> None:
    """A fault for a path that leads to no field of the object wanted."""
    options = FieldsOptions(items=True)
    leaves = list(
        Equality(options).leaves(without(dict(value), ignore), {}, extra=False, items=True)
    )
    for index, path in enumerate(paths):
        if not any(is_below(leaf.path, path) for leaf in leaves):
            binding.fault("`paths` names a field that `value` does not have", "paths", index)


def _fixed_or_expected(
    value: Any, binding: ScorerContext, form: Callable[[Plain], Plain]
) -> Callable[[Subject], Plain]:
    """The `value` of the options, else the example's `expected`."""
    if not isinstance(value, UnsetType):
        return lambda subject: value
    binding.needs_expected = True

    def expected(subject: Subject) -> Plain:
        if not subject.has_expected:
            raise Unjudged("the example has no `expected` to compare with")
        return form(subject.expected)

    return binding.golden(expected)


def _json(expected: Plain) -> Plain:
    """An expectation, which a CSV file holds as JSON text."""
    if not isinstance(expected, str):
        return expected
    try:
        return read_json(expected)
    except NotJSON as error:
        raise Unjudged(f"`expected` is {error}") from None


def _object(expected: Plain) -> Plain:
    found = _json(expected)
    if not isinstance(found, dict):
        raise Unjudged("`expected` is not an object: give one whose fields are compared")
    return found


def _is_listed(leaf: Leaf, paths: list[PathPattern]) -> bool:
    return any(is_below(leaf.path, path) for path in paths)


def _share(leaves: list[Leaf]) -> Score:
    if not leaves:
        raise Unjudged("none of the fields that count is in the object wanted")
    wrong = [leaf for leaf in leaves if not leaf.is_right]
    if not wrong:
        return PASSED
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    named = ", ".join(excerpt(written_path(leaf.path), 30) or "all of it" for leaf in wrong[:5])
    return graded(1 - len(wrong) / len(leaves), f"wrong: {named}{more}")


SCORERS = {
    "json_fields": Scorer(
        json_fields,
        FieldsOptions,
        "the share of the expected object's fields that the output has right",
        example="json_fields: {value: {queue: billing, urgent: false}}",
    ),
    "json_equal": Scorer(
        json_equal,
        EqualOptions,
        "the output is the JSON that is wanted, its keys in any order",
        "value",
        example="json_equal: {value: {tags: [a, b]}, unordered: true, ignore: [id]}",
    ),
}
