"""Scorers that compare numbers, and what counts as a number in a text."""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from functools import reduce
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.scorer import Judge, Options, Scorer, ScorerContext, Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, listed, shorten
from promptci.scorers.base.wanted import wanted

Number: TypeAlias = str | int | float
Distance = Annotated[float, Meta(ge=0, le=1e300)]
Marker = Annotated[str, Meta(min_length=1, max_length=100)]
Clean: TypeAlias = Callable[[str], str]

MAX_DIGITS = 1_000
"""Characters of a number; a longer one is no number that anything is compared with."""

TAIL = 10 * MAX_DIGITS
"""Characters at the end of a long text that are searched first."""

_CONTEXT = Context(prec=60, traps=[])
_MINUS = "-\u2212\u2013"
_GROUPING = ",\u00a0\u2009\u202f"
_GAP = r"[\t \u00a0\u2009\u202f]"
_INTEGER = rf"(?:\d{{1,3}}(?:[{_GROUPING}]\d{{3}})+(?!\d)|\d+)"


def _pattern(fraction: str) -> re.Pattern[str]:
    """A number: sign, digits, power of ten, percent. A digit glued to a letter begins none."""
    return re.compile(
        rf"""
        (?:(?<![A-Za-z\d)\]}}%])(?P<sign>[{_MINUS}+])[$€£¥₹]?)?
        (?<![A-Za-z\d])(?<!\d[.])
        (?:{fraction}
          (?P<digits>{_INTEGER}(?:\.\d+)?|\.\d+)
          (?:[eE](?P<exponent>[{_MINUS}+]?\d+)(?![A-Za-z\d])
            |{_GAP}?(?:[\u00d7x*]|\\times){_GAP}?10{_GAP}?\^{_GAP}?\{{?(?P<power>[{_MINUS}+]?\d+)\}}?)?)
        (?P<percent>{_GAP}?%)?
        """,
        re.VERBOSE,
    )


_DIGIT = re.compile(r"\d")
_NUMBER = _pattern("")
_FRACTION = _pattern(
    rf"(?<!\d/)(?:(?P<whole>\d+){_GAP})?(?P<above>{_INTEGER})"
    rf"{_GAP}?/{_GAP}?(?P<below>{_INTEGER})(?![\d/]|\.\d)|"
)
_FORMS = re.compile(
    r"[\u00bc-\u00be\u2150-\u215e]"
    r"|\\[dt]?frac\s?\{\s?(?P<above>\d{1,100})\s?\}\s?\{\s?(?P<below>\d{1,100})\s?\}"
)
_SWAPPED = {ord("."): ",", ord(","): "."}
_TO_ASCII = str.maketrans(dict.fromkeys(_MINUS, "-") | dict.fromkeys(_GROUPING, ""))


class NumericOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the two distances allowed the larger counts."""

    value: Annotated[
        Number | list[Number] | UnsetType, Meta(description="the number, or a list of numbers")
    ] = UNSET
    tolerance: Annotated[Distance, Meta(description="the distance allowed")] = 0.0
    relative: Annotated[
        Distance, Meta(description="the distance allowed, as a share of the number wanted")
    ] = 0.0
    which: Annotated[
        Literal["last", "first", "only"],
        Meta(description="which number of the output counts; `only` allows no other"),
    ] = "last"
    after: Annotated[
        Marker | list[Marker] | None,
        Meta(description="take the first number behind the last such text, of any case"),
    ] = None
    fractions: Annotated[
        bool, Meta(description="read 3/4, ¾ and \\frac{3}{4} as 0.75 instead of two numbers")
    ] = False
    decimal_comma: Annotated[
        bool,
        Meta(description="read 1.234,5 as it is meant in much of Europe"),
    ] = False


@dataclass(frozen=True, slots=True)
class Found:
    """A number in a text: as it stands there, and its value.

    A percentage has two values, 45 and 0.45 for `45%`, and is equal to what equals either. A
    number too long to be compared has none.
    """

    text: str
    values: tuple[Decimal, ...]


def numeric(options: NumericOptions, bench: ScorerContext) -> Judge:
    """The number in the output is the one wanted, within a tolerance."""
    if options.after is not None and options.which != "last":
        bench.fault("`after` takes the first number behind it: drop `which`", "which")
    clean = _cleaner(options, bench)
    expected = wanted(bench, options.value, lambda value: _expected(value, options, clean))
    part = _behind(options.after)
    tolerance, relative = Decimal(repr(options.tolerance)), Decimal(repr(options.relative))

    def judge(subject: Subject) -> Score:
        goals = expected(subject)
        found = _chosen(part(clean(subject.output)), options)
        if found is None:
            return failed(f"no number in {shorten(subject.output)}")
        for goal in (value for each in goals for value in each.values):
            reach = max(tolerance, _CONTEXT.multiply(relative, goal.copy_abs()))
            if any(_is_near(value, goal, reach) for value in found.values):
                return PASSED
        return failed(f"found {found.text[:40]}, expected {_in_words(goals)}")

    return judge


def numbers_in(text: str, *, fractions: bool = False) -> Iterator[Found]:
    """The numbers in a text, in order: 1,234.5, -3, $20, 45%, 1.5e3, 2 x 10^6; by option 3/4."""
    for match in (_FRACTION if fractions else _NUMBER).finditer(text):
        yield _found(match)


def _cleaner(options: NumericOptions, bench: ScorerContext) -> Clean:
    """What brings other ways to write a number into the one that is read."""
    steps: list[Clean] = []
    if options.fractions:
        bench.canonical["fractions"] = "1/2, ½, \\frac"
        steps.append(lambda text: _FORMS.sub(_apart, text))
    if options.decimal_comma:
        steps.append(lambda text: text.translate(_SWAPPED))
    return lambda text: reduce(lambda made, step: step(made), steps, text)


def _apart(match: re.Match[str]) -> str:
    """A fraction that is one sign as `1/2`, apart from a whole number before it."""
    above, below = match.group("above", "below")
    if above is None:
        above, _, below = unicodedata.normalize("NFKC", match[0]).partition("\u2044")
    has_whole = match.string[match.start() - 1 : match.start()].isdigit()
    return f"{' ' if has_whole else ''}{above}/{below}"


def _behind(after: str | list[str] | None) -> Clean:
    """What takes the part of a text behind the last marker. Raises `Unjudged` without any."""
    if after is None:
        return lambda text: text
    markers = [after] if isinstance(after, str) else after
    pattern = re.compile("|".join(map(re.escape, markers)), re.IGNORECASE)

    def take(text: str) -> str:
        match = _end(pattern.finditer(text))
        if match is None:
            raise Unjudged(f"no {shorten(markers[0], 40)} in {shorten(text)}")
        return text[match.end() :]

    return take


def _chosen(text: str, options: NumericOptions) -> Found | None:
    """The number that is meant; None if there is none. Raises `Unjudged` if several might be."""
    if not _DIGIT.search(text):
        return None
    pattern = _FRACTION if options.fractions else _NUMBER
    if options.which == "last" and options.after is None:
        chosen = _last(pattern, text)
    else:
        matches = pattern.finditer(text)
        chosen, more = next(matches, None), next(matches, None)
        if chosen and more and options.which == "only":
            raise Unjudged(f"several numbers, such as {chosen[0][:40]} and {more[0][:40]}")
    return None if chosen is None else _found(chosen)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last number. Of a long text the tail will do, unless its number might begin before it."""
    match = _end(pattern.finditer(text[-TAIL:]))
    if len(text) <= TAIL or (match is not None and match.start() > TAIL // 2):
        return match
    return _end(pattern.finditer(text))


def _end(matches: Iterator[re.Match[str]]) -> re.Match[str] | None:
    ends = deque(matches, maxlen=1)
    return ends[0] if ends else None


def _found(match: re.Match[str]) -> Found:
    try:
        value = _value(match)
    except (InvalidOperation, ValueError):
        return Found(match[0].strip(), ())
    signed = value.copy_negate() if (match["sign"] or "+") in _MINUS else value
    values = (signed, _CONTEXT.scaleb(signed, -2)) if match["percent"] else (signed,)
    return Found(match[0].strip(), values)


def _value(match: re.Match[str]) -> Decimal:
    """The value without its sign. Raises `ValueError` or `InvalidOperation` where there is none."""
    if len(match[0]) > MAX_DIGITS:
        raise ValueError
    digits, exponent, power = match.group("digits", "exponent", "power")
    if digits is None:
        return _fraction(match)
    if not exponent and not power:
        return _decimal(digits)
    shift = (exponent or power).translate(_TO_ASCII)
    if len(shift) > 4:
        raise ValueError
    return _CONTEXT.scaleb(_decimal(digits), int(shift))


def _fraction(match: re.Match[str]) -> Decimal:
    whole, above, below = map(_decimal, match.group("whole", "above", "below"))
    if not below:
        raise ValueError
    return _CONTEXT.add(whole, _CONTEXT.divide(above, below))


def _decimal(digits: str | None) -> Decimal:
    """The value of digits with or without separators; 0 where there are none."""
    return Decimal(digits.translate(_TO_ASCII)) if digits else Decimal(0)


def _expected(value: Plain, options: NumericOptions, clean: Clean) -> Found:
    """An expectation as a number. Raises `Unjudged` if it is none, or a text that holds several."""
    if isinstance(value, str):
        found = tuple(numbers_in(clean(value), fractions=options.fractions))
        if len(found) == 1 and found[0].values:
            return found[0]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        exact = Decimal(value) if isinstance(value, int) else Decimal(repr(value))
        if exact.is_finite():
            return Found(shorten(value, 40), (exact,))
    raise Unjudged(f"{shorten(value, 40)} is not one number: give one to compare with")


def _is_near(value: Decimal, goal: Decimal, reach: Decimal) -> bool:
    return value == goal or (bool(reach) and _CONTEXT.subtract(value, goal).copy_abs() <= reach)


def _in_words(goals: tuple[Found, ...]) -> str:
    return goals[0].text if len(goals) == 1 else f"any of {listed(tuple(g.text for g in goals))}"


SCORERS = {
    "numeric": Scorer(
        numeric,
        NumericOptions,
        "the number in the output is the one wanted",
        "value",
        example="numeric: {tolerance: 0.01}",
    ),
}
