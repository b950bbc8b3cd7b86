"""Numbers written in ways of their own, brought into the plain one."""

import re
import unicodedata
from decimal import Decimal

_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_MYRIADS = re.compile(
    rf"(?<![\d.,])(?:(?P<high>{_AMOUNT})\s?[億亿억])?\s?(?:(?P<low>{_AMOUNT})\s?[万萬만])?"
    r"(?P<rest>(?<=[億亿억万萬만])\d{1,4}(?!\d))?"
)
_KEYCAP = "\ufe0f\u20e3"
_SPACED = re.compile(
    r"(?P<sign>(?:=|\bis)\s{0,2})[-\u2212]\s(?=\d)|(?<=\d)(?P<half>\sand\sa\shalf)\b", re.IGNORECASE
)
_MIXED = re.compile(
    r"(?<![\d./,:-])(?P<whole>\d{1,4})[ -](?P<above>\d{1,2})/(?P<below>\d{1,2})(?![\d/])"
)
_GREAT = "億亿억万萬만"
_TOKEN = re.compile(r"(?<![\d.,])\d[\d.,]*\d")
_MINUS = "\u2212"
_FORMS = re.compile(
    r"[\u00bc-\u00be\u2150-\u215e]"
    r"|\\[cdt]?frac\s?(?:\{\s?(?P<minus>[-\u2212])?\s?(?P<above>\d{1,100}(?:\.\d{1,20})?)\s?\}"
    r"\s?\{\s?(?P<under>[-\u2212])?\s?(?P<below>\d{1,100}(?:\.\d{1,20})?)\s?\}"
    r"|(?P<one>\d)\s?(?P<other>\d))"
    r"|(?<=\d)\{,\}(?=\d)|(?<=\d)(?:\\[,;: ]|~)(?=\d)|\\!|\\(?=[$%])"
    r"|(?<=\d)[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b]{1,5}"
)
_LITERAL = {"{,}": ",", "\\,": "\u2009", "\\;": "\u2009", "\\:": "\u2009", "\\ ": "\u2009"}
_LITERAL |= {"~": "\u2009", "\\!": "", "\\": ""}
_SWAPPED = str.maketrans(".,", ",.")
_POINTED = re.compile(r"(?:\d+\.\d+|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,})")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")


_STYLED = re.compile(
    r"\\(?:text|math)(?:bf|rm|it|sf|tt)?\s?\{\s?(?P<inner>[-\u2212$]?\d[\d.,]*|[KMBT])\s?\}"
    r"|(?<=\d)(?P<comma>,)\\!\s?(?=\d{3}(?!\d))"
)
"""LaTeX that says how digits look, not what they are."""


def spelled(text: str) -> str:
    """A text whose LaTeX numbers, fractions of one sign and raised digits are plain ones."""
    return _FORMS.sub(_in_plain, _plainly(text))


def _in_plain(match: re.Match[str]) -> str:
    written = match[0]
    if written in _LITERAL:
        return _LITERAL[written]
    above, below = match["above"] or match["one"], match["below"] or match["other"]
    if above is None:
        form = unicodedata.normalize("NFKC", written)
        above, slash, below = form.partition("\u2044")
        if not slash:
            return f"^{{{form.replace(_MINUS, '-')}}}"
    has_whole = match.string[match.start() - 1 : match.start()].isdigit()
    sign = "-" if bool(match["minus"]) != bool(match["under"]) else " " if has_whole else ""
    above, below = _whole(above, below)
    return f"{sign}{above}\u2044{below}"


def _whole(above: str, below: str) -> tuple[str, str]:
    """The two parts of a fraction without decimals: 1.5 and 3 are 15 and 30."""
    parts = [part.partition(".")[::2] for part in (above, below)]
    places = max(len(decimals) for _, decimals in parts)
    above, below = (whole + decimals.ljust(places, "0") for whole, decimals in parts)
    return above, below


def _plainly(text: str) -> str:
    """A text whose keycaps, spaced signs, halves in words and East Asian units are plain digits.

    `2 1/2` is one number, with the sign of a fraction in it.
    """
    if "\u20e3" in text:
        text = text.replace(_KEYCAP, "").replace("\u20e3", "")
    if "\\" in text:
        text = _STYLED.sub(lambda found: found["comma"] or found["inner"], text)
    text = _SPACED.sub(lambda found: ".5" if found["half"] else f"{found['sign']}-", text)
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
