"""A scorer that compares dates, however they are written."""

import re
from collections import deque
from datetime import timedelta
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, as_read, failed, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.values.asides import without_asides
from promptci.scorers.values.calendar import TAIL, Moment, instant, moments
from promptci.scorers.values.doubted import without_doubted
from promptci.scorers.values.finalanswer import final_answer


class DateOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time counts only where one is expected."""

    value: Annotated[
        str | list[str] | UnsetType, Meta(description="the date, or a list of dates")
    ] = UNSET
    which: Annotated[
        Literal["last", "first", "only"],
        Meta(description="which date of the output counts; `only` allows no other"),
    ] = "last"
    day_first: Annotated[
        bool | None, Meta(description="how to read 03/04/2024; without it that is no answer")
    ] = None
    tolerance: Annotated[
        int, Meta(ge=0, le=100_000, description="days that the output may be off")
    ] = 0


def date(options: DateOptions, binding: ScorerContext) -> Judge:
    """The date in the output is the one wanted.

    2024-03-03, 3 March 2024, March 3rd, 2024, 3.3.2024, 3-Mar-2024, 03/25/2024, 20240303 and
    2024年3月3日; months in English, German, French, Spanish, Portuguese,
    Italian, Dutch, Swedish, Polish and Russian. A date that
    could be day or month first is not judged. Where a time is expected the output must have the
    same; times with a zone are compared as instants if both have one.
    """
    goals = wanted(binding, options.value, lambda value: _expected(value, options))
    reach = timedelta(days=options.tolerance)

    def judge(subject: Subject) -> Score:
        expected = goals(subject)
        found = _chosen(subject.output, options)
        if found is None:
            raise Unjudged(f"no date in {shorten(subject.output)}")
        if any(_is_near(found, goal, reach) for goal in expected):
            return as_read(PASSED, (found.days, found.clock))
        why = f"found {_in_words(found)}, expected {' or '.join(map(_in_words, expected))}"
        return as_read(failed(why), (found.days, found.clock))

    return judge


_DATE = (
    r"(?:\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th|\.)?\s(?:of\s)?[^\W\d]{3,12},?\s\d{4}"
    r"|[^\W\d]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4})(?!\d)"
)
_NAMED = re.compile(_DATE)
_DENIED = re.compile(
    rf"""(?:\bnot|n't|n\u2019t)\s(?:on\s)?(?:the\s)?{_DATE}
    |(?:\A\W*|[.;:]\s|\b(?:is|was|are|were|be|happened|occurred|place|some\s?time|shortly|long|just
      |soon|well)\s)(?:before|after|prior\sto|(?:earlier|later|sooner)\sthan)\s(?:the\s)?{_DATE}
    |\bbetween\s(?:the\s)?{_DATE}\sand\s(?:the\s)?{_DATE}""",
    re.IGNORECASE | re.VERBOSE,
)
"""A date that is only said not to be the one, or to be beside it."""


def _chosen(text: str, options: DateOptions) -> Moment | None:
    """The date that is meant. Raises `Unjudged` where several might be."""
    text = without_doubted(_DENIED.sub(" ", text), _NAMED)
    if options.which == "last":
        meant = _meant(text[-TAIL:], options)
        if meant is not None:
            return meant
    part = text[-TAIL:] if options.which == "last" else text[:TAIL]
    found = list(moments(part, day_first=options.day_first))
    if not found:
        return None
    if options.which == "only" and len({(each.days, each.clock) for each in found}) > 1:
        raise Unjudged(f"several dates, such as {found[0].text} and {found[1].text}")
    return found[-1 if options.which == "last" else 0]


def _meant(text: str, options: DateOptions) -> Moment | None:
    """The date that is called the answer, or the last one before what is said beside it."""

    def first(part: str) -> Moment | None:
        return next(moments(part, day_first=options.day_first), None)

    meant = final_answer(text, first) or next(
        iter(deque(moments(without_asides(text), day_first=options.day_first), 1)), None
    )
    return _told_apart(meant, text, options) if meant is not None and len(meant.days) > 1 else meant


def _told_apart(meant: Moment, text: str, options: DateOptions) -> Moment:
    """The same in words, if that follows: `11/05/2023 (November 5, 2023)`."""
    others = moments(text, day_first=options.day_first)
    return next((m for m in others if len(m.days) == 1 and m.days[0] in meant.days), meant)


def _expected(value: Plain, options: DateOptions) -> Moment:
    """An expectation as a date. Raises `Unjudged` if it is not exactly one."""
    text = value[:1000] if isinstance(value, str) else ""
    found = list(moments(text, day_first=options.day_first))
    if len(found) != 1 or not found[0].days:
        raise Unjudged(f"{shorten(value, 40)} is not one date: write it as 2024-03-03")
    if len(found[0].days) > 1:
        raise Unjudged(str(found[0].doubt))
    return found[0]


def _is_near(found: Moment, goal: Moment, reach: timedelta) -> bool:
    """Whether a moment is as near as it must be; without an expected time the day alone counts."""
    if goal.clock is None:
        return abs(found.day - goal.day) <= reach
    if found.clock is None:
        return False
    one, other = instant(found), instant(goal)
    if one.tzinfo is None or other.tzinfo is None:
        one, other = one.replace(tzinfo=None), other.replace(tzinfo=None)
    return abs(one - other) <= reach


def _in_words(moment: Moment) -> str:
    clock = f" {moment.clock.isoformat()}" if moment.clock else ""
    return f"{moment.day.isoformat()}{clock}"


SCORERS = {
    "date": Scorer(
        date,
        DateOptions,
        "the date in it is the one wanted, however it is written",
        "value",
        version=10,
        example="date: {day_first: true}",
    ),
}
