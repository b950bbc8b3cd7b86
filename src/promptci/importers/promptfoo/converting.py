"""What a converter of an assertion takes and gives."""

import re
from collections.abc import Callable

from msgspec import Struct

from promptci.parsing.source import Mark, Plain

OptionValues = dict[str, Plain]

DEFAULT_JUDGE = "openai/gpt-6-luna"
"""Who judges where the configuration names no model."""


class Wanted(Struct, frozen=True):
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
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, str) and value != "":
        return value
    raise ValueError("has no `value` that is a text: add one")


def _number_text(value: int | float) -> str:
    """A number as `String(value)` of JavaScript writes it (ECMA-262, Number::toString)."""
    number = float(value)
    if number.is_integer() and abs(number) < _PLAIN_BELOW:
        return str(int(number))
    digits, _, exponent = repr(number).partition("e")
    power = int(exponent or 0)
    if -7 < power < 0:
        places = -power + len(digits.partition(".")[2])
        return f"{number:.{places}f}"
    return f"{digits.removesuffix('.0')}e{power:+d}" if exponent else digits


_PLAIN_BELOW = 1e21
"""Above it JavaScript writes whole numbers with an exponent, too."""


def list_value(value: Plain) -> list[Plain]:
    """A list, or a text with commas in which quotes keep a comma; empty parts count as none."""
    if isinstance(value, list):
        return [text_value(each) for each in value]
    return [each for each in _parted(text_value(value)) if each]


def _parted(text: str) -> list[str]:
    """The parts of a text with commas. Raises `ValueError` for a quote without its end."""
    found: list[str] = []
    place = 0
    while (part := _PART.match(text, place)) is not None and part.end() > place:
        place = part.end()
        quoted, bare = part["quoted"], part["bare"]
        if quoted is not None:
            found.append(re.sub(r'\\(["\\])|""', lambda each: each[1] or '"', quoted))
        elif bare:
            found.append(bare.strip())
    if place < len(text):
        raise ValueError("has a quote without its end: close it")
    return found


_PART = re.compile(
    r'[\s,]*(?:"(?P<quoted>(?:\\["\\]|""|[^"])*)"\s*(?=,|$)|(?P<bare>[^\s",][^,]*)|$)', re.DOTALL
)


Converter = Callable[[Wanted], tuple[str, OptionValues]]
