"""Scorers that compare numbers."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.statements import first_turn
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, as_read, failed, listed, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.values.asides import without_courtesy, without_denied
from promptci.scorers.values.citations import uncited
from promptci.scorers.values.digits import CONTEXT, Found, first_number, numbers_in
from promptci.scorers.values.doubted import without_doubted
from promptci.scorers.values.finalanswer import final_answer
from promptci.scorers.values.members import named_member
from promptci.scorers.values.ranges import without_bounds
from promptci.scorers.values.spellings import pointed, spelled
from promptci.scorers.values.toldnumbers import told_numbers

Number: TypeAlias = str | int | float
_Distance = Annotated[float, Meta(ge=0, le=1e300)]
Marker = Annotated[str, Meta(min_length=1, max_length=100)]
_Clean: TypeAlias = Callable[[str], str]


_SHARE = re.compile(r"\s*[-+]?(?:\d{1,9}\s)?\d{1,9}\s?/\s?\d{1,9}\s*")
_OUT_OF = re.compile(r"(?<![\d.,])(\d{1,9})\s(?:in|out\sof)\s(\d{1,9})(?![\d.,]*\d)")
_NAMED = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?")
_DIGIT = re.compile(r"\d")
_LONGEST = 100_000
"""Characters of an answer whose last number is looked for."""

_GREATEST = Decimal("1e308")
"""A golden beyond what numbers of computers go to is a slip."""


class NumericOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the two distances allowed the larger counts."""

    value: Annotated[
        Number | list[Number] | UnsetType, Meta(description="the number, or a list of numbers")
    ] = UNSET
    tolerance: Annotated[_Distance, Meta(description="the distance allowed")] = 0.0
    relative: Annotated[
        _Distance, Meta(description="the distance allowed, as a share of the number wanted")
    ] = 0.0
    which: Annotated[
        Literal["last", "first", "only"],
        Meta(
            description="which number counts if none is called the answer; `only` allows no other"
        ),
    ] = "last"
    after: Annotated[
        Marker | list[Marker] | None,
        Meta(description="take the first number behind the last such text, of any case"),
    ] = None
    fractions: Annotated[
        bool, Meta(description="read 3/4 as 0.75; `false` for two numbers, as in a date")
    ] = True
    decimal_comma: Annotated[
        bool,
        Meta(description="read 1.234,5 as it is meant in much of Europe"),
    ] = False


def numeric(options: NumericOptions, binding: ScorerContext) -> Judge:
    """The number in the output is the one wanted, within a tolerance.

    What the output calls its answer counts: behind `####`, in `\\boxed{}`, after "the answer
    is", in bold in the last line; else the last number. \\frac{3}{4} and 2\\sqrt{3} are one
    number, `$1.2M` and `3.5 million` are read in full, `1 234 567` and `1{,}234` are grouped. What
    is in brackets at the end, or follows "Explanation:", "because" or "not", counts only if
    there is nothing else; `7-8`, `7 or 8` and `6 ft 2 in` are no number. A short answer that works
    nothing out, as `It has 95 moons, 4 of them large`, may mean its first number or its last; what
    it sets aside, as in `12 was my guess; it is 15`, counts nowhere, nor does a bound, as in `more
    than 12`, unless the golden value is stated as one. `forty-two` is read without digits.
    """
    if options.after is not None and options.which != "last":
        binding.fault("`after` takes the first number behind it: drop `which`", "which")
    clean = _cleaner(options)
    expected = wanted(binding, options.value, lambda value: _expected(value, options, clean))
    with_fractions = replace(options, fractions=True)
    part = _behind(options.after)
    tolerance, relative = Decimal(repr(options.tolerance)), Decimal(repr(options.relative))

    def judge(subject: Subject) -> Score:
        goals = expected(subject)
        text, how = part(clean(_end(subject.output, options))), options
        if any("/" in goal.text for goal in goals):
            text, how = _OUT_OF.sub(r"\1/\2", text), with_fractions
        bare = without_bounds(text)
        if bare != text and any(_is_bound(goal.text) for goal in goals):
            bare = text
        first = None
        for found in _readings(bare, how):
            first = first or found
            for goal in (value for each in goals for value in each.values):
                reach = max(tolerance, CONTEXT.multiply(relative, goal.copy_abs()))
                if any(_is_near(value, goal, reach) for value in found.values):
                    return as_read(PASSED, _as_written(found.values))
        if first is None:
            what = "number" if bare == text else "number but a bound"
            return failed(f"no {what} in {shorten(subject.output)}")
        why = f"found {first.text[:40]}, expected {_in_words(goals)}"
        return as_read(failed(why), _as_written(first.values))

    return judge


def _end(text: str, options: NumericOptions) -> str:
    """The end of a very long text, if its last number counts and there is one."""
    if options.which != "last" or options.after is not None or len(text) <= _LONGEST:
        return text
    tail = text[-_LONGEST:]
    return tail if _DIGIT.search(tail) else text


def _as_written(values: Iterable[Decimal]) -> str:
    """What a number is, however many zeros it was written with."""
    return " or ".join(f"{value.normalize(CONTEXT)}" for value in values)


def _cleaner(options: NumericOptions) -> _Clean:
    """What brings other ways to write a number into the one that is read."""
    if options.decimal_comma:
        return lambda text: pointed(spelled(uncited(text)))
    return lambda text: spelled(uncited(text))


def _behind(after: str | list[str] | None) -> _Clean:
    """What takes the part of a text behind the last marker. Raises `Unjudged` without any."""
    if after is None:
        return lambda text: text
    markers = [after] if isinstance(after, str) else after
    pattern = re.compile("|".join(map(re.escape, markers)), re.IGNORECASE)

    def take(text: str) -> str:
        ends = deque(pattern.finditer(text), 1)
        if not ends:
            raise Unjudged(f"no {shorten(markers[0], 40)} in {shorten(text)}")
        return text[ends[0].end() :]

    return take


def _readings(text: str, options: NumericOptions) -> Iterator[Found]:
    """The number that is meant, and those that may be. Raises `Unjudged` if several might be."""
    if options.which == "last" and options.after is None:
        text = without_courtesy(first_turn(named_member(text) or text))
        text = without_doubted(text, _NAMED)
        stated = final_answer(text, lambda part: _stated(part, options))
        yield from (
            (stated,) if stated else told_numbers(without_denied(text), fractions=options.fractions)
        )
        return
    matches = numbers_in(text, fractions=options.fractions)
    chosen, more = next(matches, None), next(matches, None)
    if chosen and more and options.which == "only":
        raise Unjudged(f"several numbers, such as {chosen.text[:40]} and {more.text[:40]}")
    if chosen:
        yield chosen


def _stated(part: str, options: NumericOptions) -> Found | None:
    """The number that a place states which is called the answer."""
    return first_number(part, fractions=options.fractions)


def _expected(value: Plain, options: NumericOptions, clean: _Clean) -> Found:
    """An expectation as a number. Raises `Unjudged` if it is none, or a text that holds several.

    Of a worked solution only what is behind its `####` counts, as in GSM8K. `1/6` is a fraction.
    """
    if isinstance(value, str):
        text = clean(value.rpartition("####")[2])
        fractions = options.fractions or _SHARE.fullmatch(text) is not None
        found = tuple(numbers_in(text, fractions=fractions))
        if len(found) == 1 and found[0].values and abs(found[0].values[0]) <= _GREATEST:
            return replace(found[0], text=text.strip()) if _is_bound(text) else found[0]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        exact = Decimal(value) if isinstance(value, int) else Decimal(repr(value))
        if exact.is_finite():
            return Found(shorten(value, 40), (exact,))
    raise Unjudged(f"{shorten(value, 40)} is not one number: give one to compare with")


def _is_bound(text: str) -> bool:
    """Whether a golden is stated as a bound, such as `at least 12`: an answer may be, too."""
    return without_bounds(text) != text


def _is_near(value: Decimal, goal: Decimal, reach: Decimal) -> bool:
    return value == goal or (bool(reach) and CONTEXT.subtract(value, goal).copy_abs() <= reach)


def _in_words(goals: tuple[Found, ...]) -> str:
    return goals[0].text if len(goals) == 1 else f"any of {listed(tuple(g.text for g in goals))}"


SCORERS = {
    "numeric": Scorer(
        numeric,
        NumericOptions,
        "the number in the output is the one wanted",
        "value",
        version=16,
        example="numeric: {tolerance: 0.01}",
    ),
}
