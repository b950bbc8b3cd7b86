"""Numbers that are no answer: in twos, as `7-8` or `3:2`, or a bound, as in `more than 7`."""

import re

_BEFORE = re.compile(
    r"(?<![/\d.])\d[\d,.]*(?:[-\u2013\u2014]|:|['\u2032]|\s:\s|\s(?:or|oder|ou)\s)[~$\u20ac\xa3]?\Z"
    r"|\b(?:about|around|approximately|roughly|between|takes?|lasts?|costs?|range\s(?:of|is|was)"
    r"|(?:range|ranges|ranging|anywhere|somewhere)\sfrom|(?:ratio|odds|score)\s(?:is|are|was"
    r"|of))\s\W?\d[\d,.]*\s(?:to|and)\s"
    r"[~$\u20ac\xa3]?\Z"
    r"|\A[\W_]{0,4}\d[\d,.]*\sto\s[~$\u20ac\xa3]?\Z"
    r"|\[(?:[-\u2212]?\d[\d.]*,\s?){1,8}\Z",
    re.IGNORECASE,
)
_ROOTS = re.compile(
    r"(?<!\w)(?P<name>[a-z](?:_?\d)?)\s?=\s?[-\u2212\d][^=\n]{0,20}(?:\s(?:or|oder"
    r"|ou)\s[a-z](?:_?\d)?"
    r"|(?:\s(?:and|und|et)|,)\s(?:(?P=name)|[a-z]_?[2-9]))\s?=\s?[-\u2212]?\Z",
    re.IGNORECASE,
)
"""The first of two solutions: `x = -5 or x = 5`."""
_AFTER = re.compile(
    r"(?:[-\u2013\u2014]|\s(?:or|oder|ou"
    r"|to)\s(?:[a-z]\s?=\s?)?)[~$\u20ac\xa3]?(?P<other>\d[\d,]*(?:\.\d+)?%?)(?![\d/.^]*\d)",
    re.IGNORECASE,
)
_LONGEST = 40

_LARGER = re.compile(
    r"(?<![/\d.])\d[\d,.]*\s?(?:lbs?|pounds?|stones?|ft|feet|foot|yards?|hours?|hrs?|h|minutes?"
    r"|mins?|days?|weeks?"
    r"|years?|months?|kg|km|dollars?|euros?)\.?(?:\s|,\s|\sand\s|,\sand\s)\Z",
    re.IGNORECASE,
)
_SMALLER = re.compile(
    r"\d[\d.]*\s?(?:oz|ounces?|pounds?|lbs?|in(?!\s(?:the|an?|this|that|all|total|each)\b)"
    r"|inch(?:es)?|ft|feet|minutes?|mins?|seconds?|secs?|hours?|hrs?|days?"
    r"|months?|weeks?|grams?|g|m|meters?|metres?|cents?)\b",
    re.IGNORECASE,
)
"""The parts of one measure: `6 ft 2 in`."""

_AMOUNT = (
    r"(?:[$\u20ac\xa3*_]{0,3}\d[\d.,]*+"
    r"|(?:a\s)?(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred"
    r"|\w{3,5}teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)\b)"
)
_COMPARED = (
    r"(?:more|less|fewer|greater|higher|lower|larger|bigger|smaller|longer|shorter|older|younger"
    r"|heavier|lighter)\sthan"
)
_BEYOND = re.compile(
    rf"""(?<!\bno\s)(?<!\bnot\s)
    \b(?:{_COMPARED}|(?<!\d\s)(?:over|under|above|below)|exceed(?:s|ing|ed)?|in\sexcess\sof
      |upwards?\sof|(?:north|south)\sof|anything\sbut|everything\sbut|other\sthan)
    \s{_AMOUNT}""",
    re.IGNORECASE | re.VERBOSE,
)
"""A number that what is meant is not."""

_LIMIT = re.compile(
    rf"""\b(?:at\s(?:least|most)|(?:no|not)\s{_COMPARED}
      |(?:(?<=\A)|(?<=[.,;:]\s)|(?<=\b(?:is|be)\s)|(?<=\b(?:are|was|has|had)\s)
        |(?<=\b(?:were|have|with)\s))up\sto)
    \s{_AMOUNT}
    |(?<![\w.,]){_AMOUNT}(?:\+(?=[.,!]|\s+[a-z]{{3}}|\s*\Z)
      |(?:\s[a-z]+)?,?\s(?:or\s(?:more|fewer|less|higher|lower|above|below)|at\s(?:least|most)
        |and\s(?:above|up|over))\b)""",
    re.IGNORECASE | re.VERBOSE,
)
"""A number that what is meant may be, or not."""

_WANTED = re.compile(
    r"\b(?:need|must|requir|ha[sd]\sto\b|have\sto\b|should|can\b(?!'|\ssay|\stell)|could|may\b"
    r"|allow|permit|limit|minimum|maximum|hold|fit|seat|enough|guarantee|sure\sto|take)",
    re.IGNORECASE,
)
"""Words of a sentence whose limit is what it states: `You need at least 3 socks.`"""

_BOUND_SIGNS = re.compile(
    r"than |[OoUu][nv]d?er |[Aa]bove |[Bb]elow |[Ee]xce|ards? of |th of |ing but |t least |t most "
    r"|[Uu]p to |or (?:more|fewer|less|high|low|above|below)|and (?:above|up|over)|\d\+"
)
"""One of these is beside each bound; to look for them first is a tenth of the work."""

_TAIL = 1_000
"""Characters at the end of an answer in which bounds are looked for."""


def without_bounds(text: str) -> str:
    """A text without the numbers that what it means is only more, less or other than."""
    tail = text[-_TAIL:]
    if not _BOUND_SIGNS.search(tail):
        return text
    bare = _LIMIT.sub(_unless_wanted, _BEYOND.sub(" ", tail))
    return text[: len(text) - len(tail)] + bare


def _unless_wanted(limit: re.Match[str]) -> str:
    """Nothing in a limit's place; itself where its sentence says what is needed or allowed."""
    before = re.split(r"[.!?\n]", limit.string[max(0, limit.start() - 200) : limit.start()])[-1]
    behind = re.split(r"[.!?\n]", limit.string[limit.end() : limit.end() + 200], maxsplit=1)[0]
    return limit[0] if _WANTED.search(f"{before} {behind}") else " "


def range_before(text: str, start: int) -> str:
    """What precedes a number and makes it the end of a range, or one of two; else empty."""
    before = text[max(0, start - _LONGEST) : start]
    found = _BEFORE.search(before) or ("=" in before and _ROOTS.search(before))
    if not found and _SMALLER.match(text, start):
        found = _LARGER.search(before)
    return found[0] if found else ""


def range_after(text: str, end: int) -> re.Match[str] | None:
    """What follows a number and makes it the beginning of a range, or one of two."""
    return _AFTER.match(text, end)
