"""Patterns with placeholders, which promptfoo fills in with a test's variables as they are."""

import re
from collections.abc import Mapping
from contextlib import suppress

from promptci.importers.promptfoo.converting import text_value
from promptci.parsing.source import Node

_PLACE = re.compile(r"\{\{-?\s*(\w+)\s*-?\}\}")


def has_places(node: Node) -> bool:
    """Whether an assertion is a pattern that has to be filled in for each test."""
    parts = node.value if isinstance(node.value, dict) else {}
    kind, value = parts.get("type"), parts.get("value")
    if kind is None or value is None or not isinstance(value.value, str):
        return False
    return str(kind.value).endswith("regex") and bool(_PLACE.search(value.value))


def filled(pattern: str, values: Mapping[str, Node]) -> str:
    """The pattern with the plain values that a test gives; what it does not give stays.

    A list is not filled in, since it makes a test for each of its values, nor is a text that names
    a file or has placeholders of its own.
    """

    def put(found: re.Match[str]) -> str:
        value = values[found[1]].value if found[1] in values else None
        if isinstance(value, str) and (value.startswith("file://") or "{{" in value):
            return found[0]
        if isinstance(value, str | int | float):
            with suppress(ValueError):
                return text_value(value)
        return found[0]

    return _PLACE.sub(put, pattern)
