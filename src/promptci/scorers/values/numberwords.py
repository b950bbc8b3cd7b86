"""Numbers that are spelled out in English."""

import re
from collections.abc import Iterator
from decimal import Decimal

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: value for value, word in enumerate(_UNITS)}
_SMALL |= {word: 20 + 10 * place for place, word in enumerate(_TENS)}
_GREAT = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD = "|".join((*_SMALL, *_GREAT))
_NUMBER = re.compile(
    rf"\b(?P<sign>minus |negative )?(?P<words>(?:a )?(?:{_WORD})s?\b"
    rf"(?:(?:[\s-]|\sand\s)(?:{_WORD})\b)*)"
    r"(?P<part>\sand\s(?:a\s)?(?:half|quarter|third))?",
    re.IGNORECASE,
)
_PARTS = {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "third": 1 / Decimal(3)}
_PRONOUNS = ("one", "a dozen")
"""Words that seldom count anything where they stand in a sentence."""


def spelled_numbers(text: str) -> Iterator[tuple[str, Decimal]]:
    """The numbers that are spelled out in a text, in order; `one` only if it is all there is."""
    is_all = _NUMBER.fullmatch(text.strip(" \t\r\n.!*_`\"'")) is not None
    for match in _NUMBER.finditer(text):
        words = match["words"].lower()
        if is_all or words not in _PRONOUNS:
            value = Decimal(_value(re.split(r"[\s-]+", words)))
            if match["part"]:
                value += _PARTS[match["part"].split()[-1].lower()]
            yield match[0], -value if match["sign"] else value


def _value(words: list[str]) -> int:
    total = current = 0
    for word in words:
        bare = word if word in _SMALL or word in _GREAT else word.removesuffix("s")
        if bare in _SMALL:
            current += _SMALL[bare]
        elif bare in _GREAT and _GREAT[bare] < 10**3:
            current = (current or 1) * _GREAT[bare]
        elif bare in _GREAT:
            total += (current or 1) * _GREAT[bare]
            current = 0
    return total + current
