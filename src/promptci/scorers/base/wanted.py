"""What an answer is compared with: the `value` of the options, else the example's `expected`."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from msgspec import UnsetType

from promptci.parsing.source import Plain, excerpt
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged
from promptci.templates.template import Template

T = TypeVar("T")

_Part: TypeAlias = "Plain | Template"
"""A value, or a text that is still to be filled in."""


def wanted(
    binding: ScorerContext, value: Any, form: Callable[[Plain], T], *, key: str = "value"
) -> Callable[[Subject], tuple[T, ...]]:
    """The alternatives that an answer is compared with, each brought into `form`.

    `value` is what the option `key` holds, or `UNSET`. A list holds several alternatives. Its texts
    are templates over the subject's scope; an expectation is data. `form` raises `Unjudged` for a
    value that cannot be compared with, which is a fault where the value is known by now.
    """
    if isinstance(value, UnsetType):
        binding.needs_expected = True
        return binding.golden(lambda subject: _expected(subject, form))
    items = value if isinstance(value, list) else [value]
    if not items:
        binding.fault(f"`{key}` is an empty list: write what the output is compared with", key)
    parts = [_part(binding, item, key, index) for index, item in enumerate(items)]
    if any(isinstance(part, Template) for part in parts):
        return binding.golden(lambda subject: tuple(form(_render(part, subject)) for part in parts))
    fixed = _fixed(binding, [part for part in parts if not isinstance(part, Template)], form, key)
    return lambda subject: fixed


def _expected(subject: Subject, form: Callable[[Plain], T]) -> tuple[T, ...]:
    if not subject.has_expected:
        raise Unjudged("the example has no `expected` to compare with")
    expected = subject.expected
    if not isinstance(expected, list):
        return (form(_filled(expected)),)
    if not expected:
        raise Unjudged("`expected` is an empty list: there is nothing to compare with")
    return tuple(form(_filled(each)) for each in expected)


def _filled(expected: Plain) -> Plain:
    """An expectation that is there. Raises `Unjudged` for a gap in the data: null, a blank text."""
    if expected is None:
        raise Unjudged("`expected` is null: write what is expected")
    if isinstance(expected, str) and not expected.strip():
        raise Unjudged("`expected` is empty: write what is expected")
    return expected


def _part(binding: ScorerContext, item: Plain, key: str, index: int) -> _Part:
    """A text with placeholders as a template, anything else as it is."""
    if not isinstance(item, str):
        return item
    template = binding.template(item, key, index)
    return template if template.names else template.literals[0]


def _render(part: _Part, subject: Subject) -> Plain:
    if not isinstance(part, Template):
        return part
    if "expected" in part.variables and subject.has_expected:
        _filled(subject.expected)
    return part.render(subject.scope)


def _fixed(
    binding: ScorerContext, items: list[Plain], form: Callable[[Plain], T], key: str
) -> tuple[T, ...]:
    formed = []
    for index, item in enumerate(items):
        try:
            formed.append(form(item))
        except Unjudged as error:
            binding.fault(f"`{key}`: {error}", key, index)
    return tuple(formed)


def warn_of_commas(value: object, binding: ScorerContext, key: str) -> None:
    """A warning for one text with commas where several texts are usual."""
    if isinstance(value, str) and "," in value:
        several = ", ".join(filter(None, map(str.strip, value.split(","))))
        wrong = f"`{key}` is one text that holds commas"
        binding.warn(f"{wrong}: write a list for several texts, as in `[{excerpt(several)}]`", key)
