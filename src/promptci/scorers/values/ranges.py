"""Numbers that come in twos: `7-8`, `7 or 8`, `3:2`, of which none is the answer."""

import re

_BEFORE = re.compile(
    r"(?<![/\d.])\d[\d,.]*(?:[-\u2013\u2014]|:|['\u2032]|\s:\s|\s(?:or|oder|ou)\s)[~$\u20ac\xa3]?\Z"
    r"|\b(?:about|around|approximately|roughly|between|range\sof|(?:ranges|ranging|anywhere|somewhere)\sfrom)\s\W?\d[\d,.]*\s(?:to|and)\s[~$\u20ac\xa3]?\Z",
    re.IGNORECASE,
)
_ROOTS = re.compile(
    r"(?<!\w)(?P<name>[a-z](?:_?\d)?)\s?=\s?[-\u2212\d][^=\n]{0,20}(?:\s(?:or|oder|ou)\s[a-z](?:_?\d)?"
    r"|(?:\s(?:and|und|et)|,)\s(?:(?P=name)|[a-z]_?[2-9]))\s?=\s?[-\u2212]?\Z",
    re.IGNORECASE,
)
"""The first of two solutions: `x = -5 or x = 5`."""
_AFTER = re.compile(
    r"(?:[-\u2013\u2014]|\s(?:or|oder|ou|to)\s(?:[a-z]\s?=\s?)?)[~$\u20ac\xa3]?(?P<other>\d[\d,]*(?:\.\d+)?%?)(?![\d/.^]*\d)",
    re.IGNORECASE,
)
_LONGEST = 40


def range_before(text: str, start: int) -> str:
    """What stands before a number and makes it the end of a range, or one of two; else empty."""
    before = text[max(0, start - _LONGEST) : start]
    found = _BEFORE.search(before) or ("=" in before and _ROOTS.search(before))
    return found[0] if found else ""


def range_after(text: str, end: int) -> re.Match[str] | None:
    """What stands behind a number and makes it the beginning of a range, or one of two."""
    return _AFTER.match(text, end)
