"""Numbers beside an answer that say the same, or what it is made of or holds for."""

import re

_LONGEST = 500

_ABOUT = r"about|approximately|approx\.?|roughly|around|exactly|\u2248|~"
_UNIT = r"%|\s?[A-Za-z\xb5\xb0\u20ac$][\w\xb0/\xb2\xb3^-]{0,15}"
_NO_UNIT = (
    r"(?!\s?(?:would|is|was|were|are|if|in|before|last|at|from|when|not|wrong|without|after|with"
    r"|plus|for|more|less|fewer"
    r"|previously|originally|formerly|earlier|expected|planned|including|excluding|each|every|by|on"
    r"|and|of|other|others)\b)"
)
"""No word that says of what else the number in the brackets is."""

_IN_BRACKETS = re.compile(
    rf"(?<=\w|[*_%$\u20ac\xa3\xb0\xb2\xb3])\s\((?P<said>(?:(?:{_ABOUT}|or|i\.e\.,?|=)\s?){{0,2}}"
    rf"[*_]{{0,2}}[$\u20ac\xa3]?-?\d[\d.,\x20]{{0,20}}{_NO_UNIT}(?:{_UNIT}(?:\s[a-z]{{1,12}}){{0,2"
    rf"}})[*_]{{0,2}})\)(?=[^\d]*\Z)"
)
"""The same in another unit, in brackets behind the last number."""

_OR = re.compile(
    rf"(?P<unit>(?<=\d){_UNIT})?(?:[*_$]{{0,3}})(?P<cut>,?\s(?:or|i\.e\.,?|that\sis,?)\s"
    rf"|(?<=[\d%\u03c0)}}])\s?(?=\u2248))"
    rf"(?P<about>(?:{_ABOUT})\s?)?(?P<said>[$\u20ac\xa3]?-?\d[\d,]*(?:\.\d+)?(?P<other>{_UNIT})?)"
    rf"(?:\s[a-z]{{1,12}})?[\s.!*_$]*\Z",
    re.IGNORECASE,
)
"""The same behind `or`: in another unit, or `about` so much."""

_MAY_RESTATE = re.compile(r"\s(?:or|i\.e|that\sis)\b|\u2248", re.IGNORECASE)
"""What each such end holds; to look for it first is a tenth of the work."""

_YEAR = re.compile(
    r"(?<=[^.!?\n])\s(?:in|by|as\sof|since|for|during|im\sjahr|seit|en|nel|em)\s"
    r"(?:(?:the\s)?(?:early|late|mid|(?:fiscal|financial|calendar|tax)(?:\syear)?|fy|(?:end"
    r"|start)\sof|year|q[1-4](?:\sof)?"
    r"|january|february|march|april|may|june|july|august|september|october|november"
    r"|december)\s){0,2}"
    r"(?:1[5-9]|20)\d\d(?!\d)[^\w\n]*\Z"
    r"|(?<=[^.!?\n])\s(?:between|from)\s(?:1[5-9]|20)\d\d\s(?:and|to)\s(?:1[5-9]|20)\d\d[^\w\n]*\Z",
    re.IGNORECASE,
)
"""The end of a sentence that says when something was so."""

_SPAN = re.compile(
    r"(?<=[^.!?\n])\s(?:in|over|within|during|after|for|on|across|among|at|with|every|from"
    r"|to\s(?:cover|travel|reach|make|complete|finish|fill|produce|walk|drive|run|read|paint|bake"
    r"|feed)"
    r"|(?<=\d\s)of(?=\s(?:the|these|those|its|their|our|his|her)\s))\s(?:(?:about|just|only|under"
    r"|the|those"
    r"|these|all|his|her|their|its|our|your|my|first|last|next|past|remaining|other|entire"
    r"|a\stotal\sof)\s){0,3}\d[\d,]*(?:\.\d+)?"
    r"[\s-]?(?:[a-z\xb0][\w'/-]{0,20}(?:\s(?=[a-z]))?){1,3}[^\w\n]*\Z"
    r"|(?<=\d)\sfor\s(?:all|the|these|those)\s(?:of\s(?:the|these)\s)?\d+[^\w\n]*\Z",
    re.IGNORECASE,
)
"""The end of a sentence that says for how long something is so, or for how many things."""

_BASE = re.compile(
    r"(?<=\d)(?:\s[a-z]+)?\s(?:on|from)\s(?:\w+\s){1,2}of\s[$\u20ac\xa3]?\d[\d.,]*[^\d\n]{0,30}\Z",
    re.IGNORECASE,
)
"""What an amount is made on: `a profit of $1,200 on revenue of $5,000`."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = re.compile(
    rf"(?<=[^.!?\n])\s(?:by|on|until|before|from|since)\s(?:the\s)?"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}|{_MONTH}\s\d{{1,2}}(?:st|nd|rd"
    rf"|th)?)(?:,?\s\d{{4}})?[^\w\n]*\Z",
    re.IGNORECASE,
)
"""The end of a sentence that says by when something is so."""

_SHARE = re.compile(
    r"(?P<what>\d[\d,]*(?:\.\d+)?[*_]{0,2}\s(?:is|are|was|were)\s[*_]{0,2}(?:about\s"
    r"|exactly\s)?\d[\d.,]*\s?(?:%|percent)[*_]{0,2})"
    r"\sof\s[$\u20ac\xa3]?\d[\d,.]*[^\d\n]*\Z"
)
"""A number, and its share of another: `36 is 15% of 240`."""

_AMOUNT = r"[$\u20ac\xa3]?\d[\d,]*(?:\.\d+)?%?"
_CHANGE = re.compile(
    rf"\sfrom\s\D{{0,12}}{_AMOUNT}[^\n.!?]{{0,30}}\sto\s\D{{0,12}}{_AMOUNT}[^\n.!?]{{0,30}},"
    r"\s(?:an?|which\sis\san?|or\san?)\s(?:\w+\s){0,2}(?:rise|increase|gain|growth|jump|drop|fall"
    r"|decrease|decline"
    rf"|loss|difference|change|reduction)\sof\s(?P<said>{_AMOUNT})"
)
"""A change behind the two numbers that it lies between: `from 20 to 27, an increase of 7`."""

_WHICH_IS = re.compile(
    rf"(?P<what>{_AMOUNT})(?:\s[a-z]+)?,\s(?:which|that)\s(?:is|was|makes|equals"
    rf"|represents)\s(?:about\s|roughly\s)?"
    r"(?P<share>\d[\d.]*\s?(?:%|percent))\sof\s[^\n]{0,80}\Z"
)
"""An amount, and its share of another: `$1,200, which is 24% of revenue`."""

_FIRST = re.compile(
    rf"[*_]{{0,2}}(?P<what>{_AMOUNT})[*_]{{0,2}}\s(?:is"
    rf"|are)\sthe\s(?:[a-z]+\s){{1,4}}of\s[^\n]{{1,80}}\Z"
)
"""A number and what it is of others: `8 is the mean of 4, 8 and 12`."""

_BOLD = re.compile(r"\*\*(?P<said>[^*\n]{0,80}\d[^*\n]{0,80})\*\*(?!:)")

_EITHER_WAY = re.compile(
    rf"(?P<said>{_AMOUNT})(?:\s[a-z]{{1,12}})?\s(?:on|by|via|with|without|if|for|at"
    rf"|in)\s[a-z][a-z\x20]{{1,30}},"
    rf"\s(?:or|and|but)\s[^\d\n.]{{0,12}}{_AMOUNT}(?:\s[a-z]{{1,12}})?\s(?:on|by|via|with|without"
    rf"|if|for|at|in)\s[^\d\n]*\Z",
    re.IGNORECASE,
)
"""A number for each of two ways: `25 minutes on foot, or 8 by bus`."""

_BACKWARDS = re.compile(
    rf"(?<![-+*/\u00d7\u00f7=^(][\s*_])(?<![\w.,+*/\u00d7\u00f7=^(-])(?P<said>-?{_AMOUNT})\s?=\s?"
    rf"{_AMOUNT}(?:\s?[-+*/x\u00d7\u00f7\u00b7]\s?{_AMOUNT})+[\s.!*_$`]*\Z"
)
"""A result in front of what it comes from: `72 = 48 + 24`."""


def without_working(text: str) -> str:
    """A text up to a result that precedes what it comes from."""
    tail = text[-_LONGEST:]
    found = _BACKWARDS.search(tail)
    return text if found is None else text[: len(text) - len(tail) + found.end("said")]


def without_restated(text: str) -> tuple[str, str]:
    """A text without what says its last number in another unit, and that."""
    tail = text[-_LONGEST:]
    told = _IN_BRACKETS.search(tail)
    if told is not None:
        return text[: len(text) - len(tail)] + tail[: told.start()] + tail[told.end() :], told[
            "said"
        ]
    told = _OR.search(tail) if _MAY_RESTATE.search(tail) else None
    if told is None or not _is_same(told):
        return text, ""
    return text[: len(text) - len(tail) + told.start("cut")], told["said"]


def _is_same(told: re.Match[str]) -> bool:
    """Whether what follows `or` is no other number: about so much, or in another unit."""
    unit, other = (told["unit"] or "").strip(), (told["other"] or "").strip()
    return bool(told["about"]) or bool(unit and other and unit.casefold() != other.casefold())


def before_span(text: str) -> str:
    """The last sentence up to what it holds for: a year, a time, so many things; else nothing."""
    tail = text[-_LONGEST:]
    span = _DAY.search(tail) or _YEAR.search(tail) or _SPAN.search(tail)
    if span is None and " of " in tail:
        span = _BASE.search(tail)
    return "" if span is None else re.split(r"[.!?]\s|\n", tail[: span.start()])[-1]


def sole_bold(text: str) -> str:
    """What is bold, where no more than one place with a number is; else nothing."""
    found = [
        m["said"] for m in _BOLD.finditer(text[-_LONGEST * 4 :]) if not m["said"].endswith(":")
    ]
    return found[0] if len(found) == 1 else ""


def parts_of_share(text: str) -> tuple[str, ...]:
    """Both numbers of an answer that ends in a share, such as 36 and 15% of `36 is 15% of 240`."""
    tail = text[-_LONGEST:]
    first = _FIRST.match(text) if len(text) <= _LONGEST else None
    if first is not None:
        return (first["what"],)
    which = _WHICH_IS.search(tail) if "%" in tail or "percent" in tail else None
    if which is not None:
        return which["what"], which["share"]
    share = _SHARE.search(tail)
    return () if share is None else tuple(re.split(r"\s(?:is|are|was|were)\s", share["what"]))


def change_between(text: str) -> str:
    """By how much something changed that went from one number to another; else nothing."""
    tail = text[-_LONGEST:]
    change = _CHANGE.search(tail) if " from " in tail else None
    return "" if change is None else change["said"]


def of_first_way(text: str) -> str:
    """The first number of an answer that has one for each of two ways; else nothing."""
    tail = text[-_LONGEST:]
    ways = _EITHER_WAY.search(tail) if ", " in tail else None
    return "" if ways is None else ways["said"]
