"""Numbers written in ways of their own, brought into the plain one."""

import re
from decimal import Decimal

_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_MYRIADS = re.compile(
    rf"(?<![\d.,])(?:(?P<high>{_AMOUNT})\s?[億亿억])?\s?(?:(?P<low>{_AMOUNT})\s?[万萬만])?"
    r"(?P<rest>(?<=[億亿억万萬만])\d{1,4}(?!\d))?"
)
_KEYCAP = "\ufe0f\u20e3"
_FORMS = re.compile(
    r"(?P<sign>(?:=|\bis)\s{0,2})[-\u2212]\s(?=\d)|(?<=\d)(?P<half>\sand\sa\shalf)\b", re.IGNORECASE
)
_MIXED = re.compile(
    r"(?<![\d./,:-])(?P<whole>\d{1,4})[ -](?P<above>\d{1,2})/(?P<below>\d{1,2})(?![\d/])"
)
_GREAT = "億亿억万萬만"
_TOKEN = re.compile(r"(?<![\d.,])\d[\d.,]*\d")
_SWAPPED = str.maketrans(".,", ",.")
_POINTED = re.compile(r"(?:\d+\.\d+|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,})")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")


_STYLED = re.compile(
    r"\\(?:text|math)(?:bf|rm|it|sf|tt)?\s?\{\s?(?P<inner>[-\u2212$]?\d[\d.,]*|[KMBT])\s?\}"
    r"|(?<=\d)(?P<comma>,)\\!\s?(?=\d{3}(?!\d))"
)
"""LaTeX that says how digits look, not what they are."""


def plainly(text: str) -> str:
    """A text whose keycaps, spaced signs, halves in words and East Asian units are plain digits.

    `2 1/2` is one number, with the sign of a fraction in it.
    """
    if "\u20e3" in text:
        text = text.replace(_KEYCAP, "").replace("\u20e3", "")
    if "\\" in text:
        text = _STYLED.sub(lambda found: found["comma"] or found["inner"], text)
    text = _FORMS.sub(lambda found: ".5" if found["half"] else f"{found['sign']}-", text)
    text = _MIXED.sub(_mixed, text) if "/" in text else text
    return _MYRIADS.sub(_in_full, text) if any(sign in text for sign in _GREAT) else text


def _mixed(found: re.Match[str]) -> str:
    whole, above, below = found.group("whole", "above", "below")
    is_part = 0 < int(above) < int(below)
    return f"{whole} {above}\u2044{below}" if is_part else found[0]


def _in_full(found: re.Match[str]) -> str:
    if not (found["high"] or found["low"]):
        return found[0]
    high, low, rest = (
        Decimal((found[name] or "0").replace(",", "")) for name in ("high", "low", "rest")
    )
    return f"{(high * 10**8 + low * 10**4 + rest).normalize():f} "


def pointed(text: str) -> str:
    """A text with decimal commas, its numbers written with points.

    `3.5`, `1,234.56` and `0.125` can only be meant with a point and stay.
    """
    return _TOKEN.sub(_with_point, text)


def _with_point(match: re.Match[str]) -> str:
    number = match[0]
    if _POINTED.fullmatch(number) and not _GROUPED.fullmatch(number):
        return number
    return number.translate(_SWAPPED)
