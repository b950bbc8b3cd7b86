"""Numbers that are spelled out in English or Chinese."""

import re
from collections.abc import Iterator
from decimal import Decimal

from promptci.scorers.values.digits import CONTEXT

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
_EITHER = re.compile(rf"\b(?:{_WORD})\s(?:or|to)\s(?:{_WORD})\b[^\w]*\Z", re.IGNORECASE)
_PARTS = {
    "half": Decimal("0.5"),
    "quarter": Decimal("0.25"),
    "third": CONTEXT.divide(Decimal(1), Decimal(3)),
}
_SHARES = {"half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6}
_SHARES |= {"seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_SHARE = re.compile(
    rf"\b(?:(?P<above>an?|{'|'.join(_UNITS[1:10])})[\s-])?(?P<below>{'|'.join(_SHARES)})s?\b",
    re.IGNORECASE,
)
_HAN = {sign: digit for digit, sign in enumerate("零一二三四五六七八九")}
_HAN |= {"\u3007": 0, "两": 2, "兩": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000}
_IN_HAN = re.compile(
    rf"(?:^|[:\uff1a是为為は=\s])(?P<han>[{''.join((*_HAN, *_HAN_UNITS))}]{{1,20}})"
    r"[^\W\d_]{0,2}[。.!]?\s*\Z"
)
_EDGES = " \t\r\n.!*_`\"'"
_ROUGHLY = re.compile(
    r"\A(?:about|around|roughly|approximately|nearly|exactly|it(?:'s|\sis))\s", re.I
)
_PRONOUNS = ("one", "a dozen")
"""Words that rarely count anything in a sentence."""


def is_choice_of_words(text: str) -> bool:
    """Whether a text ends in one of two numbers, such as `six or seven`."""
    return _EITHER.search(text) is not None


def spelled_numbers(text: str) -> Iterator[tuple[str, Decimal]]:
    """The numbers that are spelled out in a text, in order, `three quarters` among them.

    `one`, `a dozen`, `half` and `a third` only if they are all there is.
    """
    in_han = _IN_HAN.search(text)
    if in_han is not None:
        yield in_han["han"], Decimal(_of_han(in_han["han"]))
        return
    bare = _ROUGHLY.sub("", text.strip(_EDGES))
    is_all = _NUMBER.fullmatch(bare) is not None
    shares = [
        match
        for match in _SHARE.finditer(text)
        if match[0] == bare or (match["above"] or "a").lower() in _SMALL
    ]
    found = [(match.start(), match[0], _share(match)) for match in shares]
    for match in _NUMBER.finditer(text):
        words = match["words"].lower()
        is_part = any(share.start() <= match.start() < share.end() for share in shares)
        if not is_part and (is_all or words not in _PRONOUNS):
            value = Decimal(_value(re.split(r"[\s-]+", words)))
            if match["part"]:
                value += _PARTS[match["part"].split()[-1].lower()]
            found.append((match.start(), match[0], -value if match["sign"] else value))
    yield from ((written, value) for _, written, value in sorted(found))


def _share(match: re.Match[str]) -> Decimal:
    """The value of a share: 0.75 of `three quarters`."""
    above = (match["above"] or "one").lower()
    below = Decimal(_SHARES[match["below"].lower()])
    return CONTEXT.divide(Decimal(_SMALL.get(above, 1)), below)


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


def _of_han(signs: str) -> int:
    """The value of Chinese numerals, with their units or as digits."""
    if not any(sign in _HAN_UNITS for sign in signs):
        return int("".join(str(_HAN[sign]) for sign in signs))
    total = part = digit = 0
    for sign in signs:
        if sign in _HAN:
            digit = _HAN[sign]
            continue
        unit = _HAN_UNITS[sign]
        if unit == 10_000:
            total, part = (total + part + digit) * unit, 0
        else:
            part += (digit or 1) * unit
        digit = 0
    return total + part + digit
