"""Digits that are no part of what an answer says: in links, citations, items and units."""

import re

_LINK = re.compile(
    r"\[(?P<said>[^\[\]\n]{0,200})\]\(\s?(?:https?://"
    r"|www\.)[^()\s]{1,1000}(?:\([^()\s]{0,200}\)[^()\s]{0,200})?"
    r"(?:\s\"[^\"\n]{0,200}\")?\s?\)"
    r"|(?<=\n)[ \t]{0,8}\[\d{1,3}\]:?[ \t][^\n]{0,300}?(?:https?://|www\.)[^\n]{1,1000}"
    r"|https?://[^\s<>)\]]{1,1000}"
    r"|\[\^[\w-]{1,20}\]:?"
    r"|\u3010\d{1,3}[:\u2020][^\u3010\u3011\n]{0,100}\u3011"
    r"|\ue200[^\ue200\ue201]{1,300}\ue201"
)
_SIGNS = ("](", "://", "[^", "\u3010", "\ue200")


def uncited(text: str) -> str:
    """A text with the words of its links in their place, without addresses, sources and marks.

    Marks: Markdown's `[^1]`, the 【1†source】 of OpenAI's assistants and what ChatGPT puts between
    characters of private use. `[1]` stays: it may be a list.
    """
    if not any(sign in text for sign in _SIGNS):
        return text
    return _LINK.sub(lambda match: match["said"] or "", text)


_ITEM = re.compile(r"^[ \t>*-]*\d{1,3}[.)](?=[ \t]+\S)", re.MULTILINE)
_MARK = re.compile(
    r"(?<=[\w.,;)\]\u3002])[ \t]?\[\d{1,3}(?:[,\u2013-]\s?\d{1,3})*\]"
    r"|(?:(?<=[A-Za-z])\s?/|\b(?:[Pp]er|[Ee]very|[Ee]ach))\s?\d[\d,]*(?:\.\d+)?(?=\s?[A-Za-z])"
)
_MARK_SIGNS = ("[", "/", "er", "ach")
"""One of these is in each such mark; to look for them first is a tenth of the work."""


def without_marks(text: str) -> str:
    """A text without the numbers of its items, `[1]` behind a word and those of units.

    Such as 100 in `7.8 L/100 km` and 8 in `every 8 hours`.
    """
    text = _ITEM.sub("", text) if ". " in text or ") " in text or ".\t" in text else text
    return _MARK.sub(" ", text) if any(sign in text for sign in _MARK_SIGNS) else text
