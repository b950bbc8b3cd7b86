"""The numbers that short answers state first, and what they go on to beside."""

import re

_LONGEST = 500
_DIGITS = re.compile(r"\d[\d.,]*")

_BESIDE = re.compile(
    r",\s(?:(?:\d[\d.,]*\s)?of\s(?:which|whom|these|those|them)|that\sis|which|who|whose|while"
    r"|the\s(?:sum|product|difference|quotient|average|mean|square|result)\sof"
    r"|whereas|although|since|because|with|roughly|about)\b"
    r"|;\s|\s[\u2013\u2014-]+\s|\s\((?:we|i|since|because|reject\w*|discard\w*|ignor\w*"
    r"|the\sother)\b"
    r"|,?\sand\s(?:the|its|his|her|their|your|my)\s[^\d.,;]{1,40}\s(?:is|are|was|were)\s"
    r"|\sand\s(?=\d+\sin\sa\b)"
    r"|\sto\s(?:reach|get(?:\sto)?|make|hit|total)\s(?=\D{0,12}\d[\d.,]*[^\w\n]*\Z)",
    re.IGNORECASE,
)
"""Where a sentence goes on to something beside what it states first."""

_WORKS_OUT = (
    r"so|thus|hence|therefore|then|leav\w+|(?<!to\s)makes?|giv\w+|in\stotal|altogether|in\sall"
    r"|remains?|left|sum|we\sget|step|wait|actually|correction|not|if|or|between|maybe|perhaps"
    r"|possibly"
)
_MEASURE = (
    r"hours?|hrs?|h|minutes?|mins?|m|days?|d|weeks?|years?|months?|dollars?|euros?|pounds?"
    r"|ft|feet|foot|kg|km|lbs?|g"
)
_SMALLER = (
    r"minutes?|mins?|seconds?|hours?|days?|months?|cents?|pence|in|inches|g|grams|cm|mm|oz|ounces"
)
_CONCLUDES = re.compile(
    rf"[=\u2248\xd7\xf7]|\d\s(?:[-+*/\u2212]|minus|plus|times)\s\D?\d|\b(?:{_WORKS_OUT})\b"
    r"|\n\s*\S|\d:\d|\d/\d"
    rf"|\d\s?(?:{_MEASURE})(?:,|\sand|,\sand)?\s\d+\s?(?:{_SMALLER})\b",
    re.IGNORECASE,
)
"""What a text has that works something out or takes it back, and numbers that come together."""

_CONDITION = re.compile(
    r"\s*(?:when|since|because|as|after|given|with|of|from|for|out\sof|among|\()"
    r"|\D*\b(?:from\s\D?\d[\d.,]*[^.!?\n]{0,20}\sto\b|of\s\D?\d[\d.]*,?\s(?:and\s)?\d)",
    re.IGNORECASE,
)
"""A sentence that first says what is given, or that begins with several numbers."""

_NAMED = re.compile(
    r"\b(?:pages?|lines?|gate|sections?|chapter|room|figure|table|question|item|version|number"
    r"|level|article)\s\d[\d.]*(?!\S)"
    r"|\b\d+(?:st|nd|rd|th)(?=\s[a-z]+\s(?:is|was|equals|of|will)\b)",
    re.IGNORECASE,
)
"""A number that is a name."""

_COUNTED = re.compile(
    r"(?<![\w.,])(?P<count>\d+(?:,\d{3})*(?:\.\d+)?)[*_]{0,2}(?P<thing>\s?(?:%|"
    r"(?!(?:and|or|is|are|was|were|but|than|to|of|in|when|with|for|on|at|by|as|so|from"
    r"|if)\b)[^\W\d_]+)|)",
    re.IGNORECASE,
)
"""A number and the word behind it."""

_SHARED = re.compile(
    r"\d[\d.,]*\s?(?:%|percent)\sof\s[$\u20ac\xa3]?\d[\d.,]*"
    r"(?=\s(?:is|are|equals|gives|makes|comes\sto)\s)",
    re.IGNORECASE,
)
"""A share and what it is of, before what that is: `40% of 250 is 100`."""

_ALIKE = 5
"""Times that one number may be another if both tell the same."""

_BRACKETS = re.compile(r"\([^()]*\)")
_CHECKED = re.compile(
    r"(?<=[.!?\n])\s+(?:(?:to|let's|let\sme|we\scan)\s)?(?:double-)?(?:check|verify|substitut"
    r"|plug)\w*\b[^\n]*\Z",
    re.IGNORECASE,
)
"""A last sentence that checks the result."""


def main_clause(text: str) -> str:
    """The last sentence up to where it goes on to something beside; else nothing."""
    tail = text[-_LONGEST:].rstrip()
    checked = _CHECKED.search(tail)
    last = re.split(r"(?<=[.!?])\s+|\n", tail[: checked.start()] if checked else tail)[-1]
    cuts = (cut.start() for cut in _BESIDE.finditer(last))
    first = next((cut for cut in cuts if _DIGITS.search(last, 0, cut)), None)
    return last[:first] if first or checked else ""


def outside_brackets(text: str) -> str:
    """A short text without its brackets, where all its digits are in them; else nothing."""
    outside = _BRACKETS.sub("", text) if "(" in text and len(text) <= _LONGEST else ""
    return "" if _DIGITS.search(outside) else outside


def statements(text: str) -> tuple[str, ...]:
    """The first and the last sentence with a number of a short answer that works nothing out.

    Of each, the first number may be the one that is asked for: `It has 95 moons, 4 of them large.`
    """
    if len(text) > _LONGEST or _CONCLUDES.search(text.strip()):
        return ()
    text = _SHARED.sub("", _NAMED.sub("", text))
    if _are_rivals(list(_COUNTED.finditer(text))):
        return ()
    told = [each for each in re.split(r"(?<=[.!?])\s+", text) if _DIGITS.search(each)]
    return tuple(each for each in (*told[:1], *told[-1:]) if not _CONDITION.match(each))


def _are_rivals(counted: list[re.Match[str]]) -> bool:
    """Whether the first and the last are so many of the same, as in `I expected 40 and got 42`."""
    if len(counted) < 2 or counted[0]["thing"].casefold() != counted[-1]["thing"].casefold():
        return False
    less, more = sorted(float(each["count"].replace(",", "")) for each in (counted[0], counted[-1]))
    return more <= _ALIKE * less
