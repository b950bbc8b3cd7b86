"""Parts behind a number: it is what they sum up to, or a story tells how it came about."""

import re
from collections import deque
from decimal import Decimal
from itertools import islice

from promptci.scorers.values.digits import CONTEXT, Found, numbers_in

_LONGEST = 500
_MOST_PARTS = 8

_DIGITS = re.compile(r"\d[\d.,]*")
_IS_TOTAL = re.compile(r"\b(?:total|altogether|in\sall|sum|overall|combined)\b", re.IGNORECASE)
_LISTED = re.compile(r"\d\s[^\d\n:.;]{1,40}:\s")
"""Things that a list of parts follows: `88 keys: 52 white and 36 black`."""

_BREAKDOWN = re.compile(
    r"(?<![\w.,])\d[\d,]*(?:\.\d+)?[*_]{0,2}\s[^\d\n:.;=]{1,40}:[*_]{0,2}\s+[*_]{0,2}(?="
    r"[\d$\u20ac\xa3]|(?:one|two|three|four|five|six|seven|eight|nine|ten)\b)"
)
_NARRATED = re.compile(
    r"\d[*_]{0,2}\s[^\d\n:.;=]{1,40}:[*_]{0,2}\s+(?=(?:you|we|i|he|she|they|it|there)\s(?:have\s"
    r"|has\s|had\s)?"
    r"(?:start|began|begin|begun|had|have|has|is|are|was|were|got|took|bought|ate|gave)\w*\s)",
    re.IGNORECASE,
)
"""A colon between a number and how it came about: `4 apples: you started with 6, ate 3 …`."""

_ONES = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}
_CONCLUDED = re.compile(
    r"[=\u2248]|\b(?:left|remain\w*|leav\w+|so|thus|total|altogether|gives?|gets?|equals?|becomes?"
    r"|makes?|answer|now)\b",
    re.I,
)


def before_breakdown(text: str) -> str:
    """A text up to the colon behind a number that the first of those behind it sum up to.

    `7 buses: 6 full ones and one with just 12`; or that a story follows; else nothing.
    """
    tail = text[-_LONGEST:]
    narrated = _NARRATED.search(tail)
    if narrated and not _CONCLUDED.search(tail, narrated.end()):
        return text[: len(text) - len(tail) + narrated.end()]
    colon = _BREAKDOWN.search(tail)
    if colon is None or _CONCLUDED.search(tail, colon.end()):
        return ""
    behind = re.sub(r"\b(?:one|two|three|four|five)\b", lambda m: _ONES[m[0]], tail[colon.end() :])
    whole = next(numbers_in(tail[colon.start() :]), None)
    total = Decimal(0)
    for count, part in enumerate(islice(numbers_in(behind), _MOST_PARTS), 1):
        total = CONTEXT.add(total, part.values[0]) if part.values else total
        if count > 1 and whole and whole.values[:1] == (total,):
            return text[: len(text) - len(tail) + colon.end()]
    return ""


def total_of_parts(text: str) -> Found | None:
    """The number that those behind it sum up to, in a text that speaks of a total."""
    tail = text[-_LONGEST:]
    if len(_DIGITS.findall(tail)) < 3:
        return None
    if not _IS_TOTAL.search(tail) and not _LISTED.search(tail):
        return None
    last = [found for found in deque(numbers_in(tail), _MOST_PARTS) if found.values]
    for count in range(len(last) - 1, 1, -1):
        whole, parts = last[-count - 1], last[-count:]
        is_count = whole.values[0] == count and _LISTED.search(tail) is not None
        if whole.values[0] == _sum(parts) != 0 or is_count:
            return whole
    return None


def _sum(parts: list[Found]) -> Decimal:
    total = Decimal(0)
    for part in parts:
        total = CONTEXT.add(total, part.values[0])
    return total
