"""What counts as a number in a text, and its value."""

import re
from collections import deque
from collections.abc import Iterator
from decimal import Context, Decimal, InvalidOperation

from msgspec import Struct

from promptci.scorers.values.citations import without_marks
from promptci.scorers.values.ranges import range_after, range_before

MAX_DIGITS = 1_000
"""Characters of a number; a longer one is no number that anything is compared with."""

TAIL = 10 * MAX_DIGITS
"""Characters at the end of a long text in which spelled out numbers are looked for."""

_NEAR = 400
"""Characters at the end of a text that are searched first."""

CONTEXT = Context(prec=60, traps=[])
"""How values are computed."""

_PLACES = 50
_MARKS = ("5", "10", "100")
"""What marks are out of."""

_EURO = re.compile(r"[1-9]\d{0,2}\.\d{3}")
"""A price of euros that may have a group of three behind its point."""

_OF = re.compile(
    r"\s(?:\w+\s)?(?:passed|correct|right|points?|marks?|tests?|questions?|stars?)\b", re.I
)
"""Words behind so many out of so many."""

_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")

_MINUS = "-\u2212\u2013"
_THIN = "\u00a0\u2009\u202f"
_GAP = rf"[\t {_THIN}]"
_INTEGER = (
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)"
    rf"|\d{{1,3}}(?:[{_THIN}]\d{{3}})+(?!\d)"
    r"|(?<!\d\x20)\d{1,3}(?:\x20\d{3})+(?!\x20?\d)"
    r"|\d{1,3}(?:['\u2019]\d{3})+(?!\d)"
    r"|\d{1,3}(?:_\d{3})+(?!\d)"
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"
    r"|\d+)"
)
_EUROPEAN = (
    rf"\d{{1,3}}(?:\.\d{{3}})+,\d{{1,2}}(?!\d)"
    rf"|(?<!\d[\x20,])\d{{1,3}}(?:[\x20{_THIN}]\d{{3}})+,\d{{1,2}}(?![\d,])"
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d|\.\d)"
)
_SCALES = {
    **dict.fromkeys(("thousand", "tausend", "mille", "k"), 3),
    **dict.fromkeys(("million", "millions", "millionen", "mio", "millones", "mn", "mln", "m"), 6),
    **dict.fromkeys(("billion", "billions", "milliarden", "milliarde", "mrd", "mld", "bn", "b"), 9),
    **dict.fromkeys(("milliard", "milliards", "miliardi", "mil millones"), 9),
    **dict.fromkeys(("trillion", "trillions", "tn", "t"), 12),
    **{"lakh": 5, "crore": 7},
}
_WORDS = "|".join(sorted((w for w in _SCALES if len(w) > 2), key=len, reverse=True))
_FACTOR = (
    rf"{_GAP}?(?:\\cdot|\\times|[*\u00b7\u00d7])?{_GAP}?"
    r"(?:\\sqrt\s?\{?(?P<root>\d{1,30})\}?|\u221a\(?(?P<sign_root>\d{1,30})\)?"
    r"|sqrt\((?P<named_root>\d{1,30})\)|(?P<pi>\\pi\b|\u03c0))"
)
_PI_ALONE = r"\\pi\b(?!\s*(?:[A-Za-z(]|\\cdot|\\times))"
_PERCENT = r"percent|per\ cent|prozent|pour\ cent|por\ ciento|por\ cento"
_ROOTS = ("root", "sign_root", "named_root")


def _pattern(fraction: str) -> re.Pattern[str]:
    """Sign, digits, root, power, scale, percent. A digit glued to a letter begins no number."""
    return re.compile(
        rf"""
        (?=[{_MINUS}+\\\d.\u221asmnMN])
        (?:(?<![A-Za-z\d)\]}}%])(?P<sign>[{_MINUS}+])\\?[$€£¥₹]?
          |(?<![\d)]\x20)\b(?P<word>minus|negative)\x20[$€£¥₹]?)?
        (?<![A-Za-z\d])(?<!\d[.])(?<![A-Z][A-Z]-)(?<!\^)(?<!\^[{{(])(?<![A-Za-z]_)(?<![A-Za-z]_\{{)
        (?:{fraction}
          (?P<digits>{_EUROPEAN}|{_INTEGER}(?:\.\d+)?|\.\d+|(?=\\sqrt|\u221a|sqrt\(|{_PI_ALONE}))
          (?:[eE](?P<exponent>[{_MINUS}+]?\d+)(?![A-Za-z\d])
            |{_GAP}?(?:[\u00d7x*]|\\times|\\cdot){_GAP}?10{_GAP}?\^{_GAP}?\{{?(?P<power>[{_MINUS}+]?\d+)\}}?
            |{_FACTOR}
            |\^\{{?(?P<raised>[{_MINUS}+]?\d{{1,4}})\}}?(?![\d.])
            |{_GAP}?(?P<scale>(?i:{_WORDS})|bn|Bn|BN|mn|tn)\b\.?
            |(?P<short>(?:[kKmb]|M|B|T)\b)
          )?)
        (?P<percent>{_GAP}?(?:\\?%|(?i:{_PERCENT})\b))?
        """,
        re.VERBOSE,
    )


_RATIO = (
    rf"(?=\d++(?:{_GAP}\d++)?\u2044)"
    rf"(?:(?P<whole>\d+){_GAP})?(?P<above>\d{{1,100}})\u2044(?P<below>\d{{1,100}})"
    rf"|(?<!\d/)(?:(?P<whole_2>\d+){_GAP})?(?P<above_2>{_INTEGER})"
    rf"{_GAP}?/{_GAP}?(?P<below_2>{_INTEGER})(?![\d/]|\.\d)|"
)
_NUMBER = _pattern(_RATIO.partition("|(?<!")[0] + "|")
_FRACTION = _pattern(_RATIO)

_DIGIT = re.compile(r"\d|\\sqrt|\u221a|\\pi\b")
_TO_ASCII = str.maketrans(dict.fromkeys(_MINUS, "-") | dict.fromkeys(f",{_THIN} '\u2019_", ""))


class Found(Struct, frozen=True):
    """A number in a text: as it is written, and its value.

    A percentage has two values, 45 and 0.45 for `45%`, and is equal to what equals either; so has
    `10k`, since the letter may be a unit, and `8/10`, which may be a mark. A number too long to be
    compared has none.
    """

    text: str
    values: tuple[Decimal, ...]


def numbers_in(text: str, *, fractions: bool = False) -> Iterator[Found]:
    """The numbers in a text, in order: 1,234.5, -3, $20, 45%, 1.5e3, 2 x 10^6; by option 3/4."""
    if _DIGIT.search(text):
        yield from map(_found, (_FRACTION if fractions else _NUMBER).finditer(text))


def last_number(text: str, *, fractions: bool = False) -> Found | None:
    """The last number that is no item's, no citation and no unit's base, unless all are.

    The end of a text will do, unless its number might begin before it.
    """
    match = _last(text, fractions=fractions) if _DIGIT.search(text) else None
    if match is None:
        return None
    before = range_before(match.string, match.start())
    return Found(f"{before}{match[0].strip()}", ()) if before else _found(match)


def first_number(text: str, *, fractions: bool = False) -> Found | None:
    """The first number; one without a value where it is the beginning of a range, or one of two."""
    match = (_FRACTION if fractions else _NUMBER).search(text) if _DIGIT.search(text) else None
    if match is None:
        return None
    found, more = _found(match), range_after(text, match.end())
    if more is None or any(v in found.values for n in numbers_in(more["other"]) for v in n.values):
        return found
    return Found(f"{found.text}{more[0]}", ())


def _last(text: str, *, fractions: bool) -> re.Match[str] | None:
    pattern = _FRACTION if fractions else _NUMBER
    for start in (len(text) - _NEAR, 0) if len(text) > _NEAR else (0,):
        bare = without_marks(text[start:])
        ends = deque(pattern.finditer(bare), 1)
        if ends and (not start or ends[0].start() > _NEAR // 2):
            return ends[0]
    ends = deque(pattern.finditer(text), 1)
    return ends[0] if ends else None


def _found(match: re.Match[str]) -> Found:
    text = match[0].strip()
    try:
        value = _value(match)
    except (InvalidOperation, ValueError):
        return Found(text, ())
    is_negative = match["word"] or (match["sign"] or "+") in _MINUS
    signed = value.copy_negate() if is_negative else value
    if match["percent"]:
        return Found(text, (signed, CONTEXT.scaleb(signed, -2)))
    if _is_out_of(match) and abs(value) <= 1:
        return Found(text, (signed, _decimal(match["above_2"])))
    if _EURO.fullmatch(match["digits"] or "") and _is_in_euros(match):
        return Found(text, (signed, CONTEXT.scaleb(signed, 3)))
    if match["short"]:
        scaled = CONTEXT.scaleb(signed, _SCALES[match["short"].lower()])
        before = match.string[max(0, match.start("digits") - 1) : match.start("digits")]
        plain = (signed,) if match["short"] in "mb" else (scaled, signed)
        return Found(text, (scaled,) if before in tuple("$€£¥₹") else plain)
    return Found(text, (signed,))


def _is_out_of(match: re.Match[str]) -> bool:
    """Whether `8/10` may be a mark, or so many out of so many."""
    if match.re is not _FRACTION or match["below_2"] is None or match["whole_2"]:
        return False
    return match["below_2"] in _MARKS or _OF.match(match.string, match.end()) is not None


def _is_in_euros(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start("digits") - 2) : match.start("digits")]
    return "\u20ac" in before or match.string[match.end() : match.end() + 4].strip()[:1] == "\u20ac"


def _value(match: re.Match[str]) -> Decimal:
    """The value without its sign. Raises `ValueError` or `InvalidOperation` where there is none."""
    if len(match[0]) > MAX_DIGITS:
        raise ValueError
    digits = match["digits"]
    if digits is None:
        return _fraction(match)
    value = _decimal(digits) if digits else Decimal(1)
    root = next((match[name] for name in _ROOTS if match[name]), None)
    if root is not None:
        return _rounded(CONTEXT.multiply(value, CONTEXT.sqrt(Decimal(root.translate(_TO_ASCII)))))
    if match["pi"]:
        return _rounded(CONTEXT.multiply(value, _PI))
    if match["raised"]:
        return CONTEXT.power(value, Decimal(match["raised"].translate(_TO_ASCII)))
    if match["scale"]:
        return CONTEXT.scaleb(value, _SCALES[match["scale"].lower()])
    shift = match["exponent"] or match["power"]
    if not shift:
        return value
    if len(shift) > 4:
        raise ValueError
    return CONTEXT.scaleb(value, int(shift.translate(_TO_ASCII)))


def _rounded(value: Decimal) -> Decimal:
    """A value that has no end, to the places in which two ways to compute it agree."""
    return value.quantize(Decimal(1).scaleb(-_PLACES), context=Context(prec=200, traps=[]))


def _fraction(match: re.Match[str]) -> Decimal:
    names = ("whole", "above", "below")
    if match["above"] is None:
        names = ("whole_2", "above_2", "below_2")
    whole, above, below = (_decimal(match[name]) for name in names)
    if not below:
        raise ValueError
    return CONTEXT.add(whole, CONTEXT.divide(above, below))


def _decimal(digits: str | None) -> Decimal:
    """The value of digits with or without separators; 0 where there are none."""
    if not digits:
        return Decimal(0)
    if "," in digits and any(gap in digits for gap in f" {_THIN}"):
        digits = digits.replace(",", ".")
    if "." in digits and ("," in digits.rpartition(".")[2] or digits.count(".") > 1):
        digits = digits.replace(".", "").replace(",", ".")
    return Decimal(digits.translate(_TO_ASCII))
