"""Texts in one form, without what does not matter, and differences that cannot be seen."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain

from promptci.latepattern import late

NORMAL_FORM = 5
"""Raised where a text gets another form, so that records made by another one are told."""

_ODD_SPACE = dict.fromkeys(map(ord, "\u00a0\u1680\u202f\u205f\u3000\u2028\u2029\x85"), " ")
_ODD_SPACE |= dict.fromkeys(range(0x2000, 0x200B), " ")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u02bc"), "'")
_QUOTES |= dict.fromkeys(
    map(ord, "\u300c\u300d\u300e\u300f\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'
)
_LOWERED = {0x2080 + digit: str(digit) for digit in range(10)}
_PLAIN = {**_ODD_SPACE, **_UNSEEN, **_DASHES, **_QUOTES, **_LOWERED}

_FENCED = late(r"\A(`{3,}|~{3,})[^\n`]*\n(.*?)\n?[ \t]*\1\Z", re.DOTALL)
_WRAPPED = late(
    r"\A(?P<mark>\*{1,3}|_{1,3}|~~|`{1,2}|[\"'])(?=\S)(?P<inner>.+)(?<=\S)(?P=mark)\Z", re.DOTALL
)
_BRACKETED = late(r"\A[(\[](?P<inner>[^()\[\]]+)[)\]]\Z")
_BULLET = late(r"\A(?:[-*+>\u2022]\s+(?=\S)|\d{1,2}[.)]\s+(?=[^\W\d]))")
_HYPHEN = late(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_SPACED = late(r"(?<![\w.])([A-Z])\.\s(?=[A-Z]\.)")
_INITIALS = late(r"(?<![\w.])(?:[^\W\d_]\.)+[^\W\d_]\b\.?|(?<![\w.])(?:[^\W\d_]\.){2,}")
_TITLE = late(r"\b(St|Mr|Mrs|Ms|Dr|Jr|Sr|Mt|Ft|Prof)\.(?=\s|\Z)", re.IGNORECASE)
_INSIDE = late(r"(\*\*|__|(?<!\w)[*_](?=\w)|`)(?=\S)([^*_`\n]{1,500}?)(?<=\S)\1(?!\w)")
_ALL_EMOJI = (
    *(range(0x1F1E6, 0x1F200), range(0x1F300, 0x1F44E), range(0x1F44F, 0x1FB00)),
    *(range(0x2600, 0x2605), (0x2639, 0x263A, 0x26A0, 0x26A1, 0x2705, 0x2714, 0x2728, 0x2764)),
    (0x2B50, 0x2B55, 0xFE0F),
)
_EMOJI = " \n" + "".join(map(chr, chain(*_ALL_EMOJI)))
"""Pictures that decorate an answer. A cross, a thumb down and suits of cards say something."""

_END = " \t\n\r\f\v.,;:!?\u3002\uff01\uff1f\uff0c\u2026"
_ARTICLE = late(r"\A(?:the|an?)\s+(?=\S)", re.IGNORECASE)
_HEADING = late(r"\A\#{1,6}\s+")
_SPACE = late(r"\s+")
_MOST_NAMED = 3
_MOST_LAYERS = 6


def normal_form(text: str) -> str:
    """A text without markup, quotes, closing punctuation, emoji around it and a first article.

    It is in Unicode's NFC. A hyphen between letters is a space, `U.S.A.` is `USA`, `St.` is `St`
    and `H₂O` is `H2O`. Spaces, dashes and quotation marks of all kinds become the plain ones, a
    fence or back-ticks around the text are taken off, and white space in a row is one space. Case
    stays.
    """
    bare = unicodedata.normalize("NFC", text).translate(_PLAIN).strip()
    for _ in range(_MOST_LAYERS):
        bare = _without_wrapping(bare)
    bare = _SPACED.sub(r"\1.", _INSIDE.sub(r"\2", bare))
    bare = _INITIALS.sub(lambda match: match[0].replace(".", ""), bare)
    bare = _HYPHEN.sub(" ", _TITLE.sub(r"\1", bare))
    bare = _SPACE.sub(" ", bare).strip()
    return _ARTICLE.sub("", bare) or text.strip()


def _without_wrapping(text: str) -> str:
    """A text without one layer of what is put around an answer."""
    fenced = _FENCED.match(text)
    if fenced:
        return fenced[2].strip()
    wrapped = _WRAPPED.match(text)
    if wrapped and wrapped["mark"] not in wrapped["inner"]:
        return wrapped["inner"].strip()
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'" and text.count(text[0]) == 2:
        return text[1:-1].strip() or text
    bracketed = _BRACKETED.match(text)
    if bracketed:
        return bracketed["inner"].strip()
    bare = text.rstrip(_END)
    bare = bare.strip(_EMOJI) or bare
    headless = _HEADING.sub("", bare)
    return (headless if "\n" in headless else _BULLET.sub("", headless)) or text


def unseen_difference(got: str, wanted: str) -> str:
    """In which characters that look alike two texts differ; empty where one can see it."""
    composed = unicodedata.normalize("NFC", got), unicodedata.normalize("NFC", wanted)
    if composed[0] == composed[1]:
        marks = _names(char for char in got + wanted if unicodedata.combining(char))
        return f"they differ in Unicode form alone, {marks}: `normalise` makes both NFC"
    plain = [_SPACE.sub(" ", text.translate(_PLAIN)).strip() for text in composed]
    if plain[0] == plain[1]:
        odd = [c for a, b in (composed, composed[::-1]) for c in _odd(a, b)]
        if not odd:
            return "they differ in white space alone"
        return f"they differ in {_names(odd)} alone: `normalise` ignores that"
    if len(composed[0]) == len(composed[1]):
        pairs = [(a, b) for a, b in zip(*composed, strict=True) if a != b]
        if len(pairs) <= _MOST_NAMED and all(not (a.isascii() and b.isascii()) for a, b in pairs):
            return f"they differ in {_names(c for pair in pairs for c in pair)}"
    return ""


def _odd(text: str, other: str) -> list[str]:
    """What a text has of characters that are not plain and the other has not, each once."""
    return [c for c in dict.fromkeys(text) if ord(c) in _PLAIN and c not in other]


def _names(chars: Iterator[str] | list[str]) -> str:
    """Characters by number and name, each once."""
    named = [
        f"U+{ord(char):04X} {unicodedata.name(char, 'without a name').lower()}"
        for char in dict.fromkeys(chars)
    ]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return ", ".join(named[:_MOST_NAMED]) + more
