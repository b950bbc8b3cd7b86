"""Whether an answer says yes or no."""

import re

from promptci.scorers.base.statements import ANNOUNCED, plain, statement_lines

HEAD = 2_000
"""Characters at the beginning of an answer in which its first word is looked for."""

_WORDS = {
    **dict.fromkeys(("yes", "yeah", "yep", "yup", "yes sir", "affirmative"), True),
    **dict.fromkeys(("no", "nope", "nah", "negative"), False),
}
_ALONE = _WORDS | {"true": True, "y": True, "correct": True, "false": False, "n": False}
"""Words that say yes or no when nothing else stands there."""

_NEITHER = r"(?!\s*(?:/|\bor\b|\band\b|\bor/)\s*\(?(?:no|yes)\b)"
_OPEN = re.compile(
    rf"""\(?(?P<word>yes|yeah|yep|yup|nope|nah|affirmative|negative|no)\b{_NEITHER}
    (?:(?<![Nn][Oo])|\)?\s*(?:$|[.,;:!?)\n\u2013\u2014-])|\s+(?:it|they|he|she|we|you|i|the|this|that|there
      |these|those|not|in\s+fact|because|since|as)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
"""A first word; `no` only where it is not the beginning of `no idea` or `no one`."""

_ANNOUNCED = re.compile(
    rf"""(?:{ANNOUNCED}|\b(?:so|thus|therefore|hence|indeed|sure|absolutely|definitely|certainly
      |in\s+short|i(?:'d|\s+would)?\s+say)[,:]?\s+)(?:an?\s+)?\(?
    (?P<word>yes|yeah|no|nope|true|false|affirmative|negative)\b{_NEITHER}(?!\s+(?:one|idea|way|doubt|longer|more
      |answer|information|evidence|need|matter)\b)(?!-)""",
    re.VERBOSE | re.IGNORECASE,
)


_SIGNS = re.compile(r"\A[^\w(]+")
_LAST = re.compile(r"[.,:;!?]\s+(?P<word>yes|no)[.!]*\s*\Z", re.IGNORECASE)
"""A last word that is a sentence of its own."""


def yes_or_no(text: str) -> bool | None:
    """What an answer says: True for yes, False for no, None for neither.

    The last word that is called the answer or ends it on a line of its own counts most, else the
    first word, else the last.
    """
    body = statement_lines(plain(text))
    if not body:
        return None
    stated = _alone(body[-1])
    if stated is None:
        found = [match["word"] for match in _ANNOUNCED.finditer("\n".join(body))]
        stated = _ALONE[found[-1].lower()] if found else None
    if stated is not None:
        return stated
    opening = _SIGNS.sub("", plain(text[:HEAD]))
    word = _OPEN.match(opening.split("\n")[0]) or _LAST.search("\n".join(body))
    return _alone(body[0]) if word is None else _WORDS[word["word"].lower()]


def _alone(line: str) -> bool | None:
    """What a line says that holds nothing but the word."""
    return _ALONE.get(line.strip("().,:;!'- \t").lower())
