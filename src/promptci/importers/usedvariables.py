"""The variables that texts of a prompt and of scorers use."""

from collections.abc import Iterator
from itertools import chain

from promptci.importers.templates import jinja_paths
from promptci.parsing.source import Plain
from promptci.templates.template import Template, TemplateError


def used_paths(messages: list[Plain], *, is_jinja: bool) -> frozenset[str]:
    """The variables that a prompt's messages use, with the names below them."""
    if is_jinja:
        return frozenset().union(*map(jinja_paths, texts_in(messages)))
    return frozenset(name for text in texts_in(messages) for name in _template_names(text))


def empty_value(name: str, paths: frozenset[str]) -> Plain:
    """The value of a variable that is not given: an empty text, below the names used of it."""
    found: dict[str, Plain] = {}
    for path in sorted(each for each in paths if each.startswith(f"{name}.")):
        *folders, last = path.split(".")[1:]
        place = found
        for folder in folders:
            inner = place.get(folder)
            below = inner if isinstance(inner, dict) else {}
            place[folder] = below
            place = below
        place.setdefault(last, "")
    return found or ""


def first_names(text: str) -> frozenset[str]:
    """The first names of the variables of a plain template."""
    return frozenset(each.split(".")[0] for each in _template_names(text))


def _template_names(text: str) -> frozenset[str]:
    try:
        return frozenset(Template.parse(text).names)
    except TemplateError:
        return frozenset()


def texts_in(value: Plain) -> Iterator[str]:
    """All texts inside of a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(texts_in, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(texts_in, value))


def as_sent(value: Plain) -> Plain:
    """A value as promptfoo 0.123.1 sends it: a text without the line's end at its end."""
    return value.removesuffix("\n") if isinstance(value, str) else value
