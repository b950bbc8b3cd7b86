"""What a converter of an assertion takes and gives."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from promptci.parsing.source import Mark, Plain

Options = dict[str, Plain]

DEFAULT_JUDGE = "openai/gpt-6-luna"
"""Who judges where the configuration names no model."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One assertion: its parts that a converter reads."""

    kind: str
    value: Plain
    threshold: float | None
    judge: str
    mark: Mark


def text_value(value: Plain) -> str:
    """A value as JavaScript writes it. Raises `ValueError` where it is no text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float) and value != "":
        return str(value)
    raise ValueError("has no `value` that is a text: add one")


def list_value(value: Plain) -> list[Plain]:
    """A list, or a text with commas in which quotes keep a comma."""
    if isinstance(value, list):
        return [text_value(each) for each in value]
    found = re.findall(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]+))\s*(?:,|$)', text_value(value))
    listed = [quoted.replace('\\"', '"') if quoted else bare.strip() for quoted, bare in found]
    return [each for each in listed if each]


Converter = Callable[[Wanted], tuple[str, Options]]
