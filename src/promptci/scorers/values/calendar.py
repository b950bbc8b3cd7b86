"""Dates and times as people and models write them."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone

from msgspec import Struct

from promptci.scorers.base.verdict import Unjudged

TAIL = 100_000
"""Characters at an end of a long text that are searched."""

_NAMES = (
    "january jan januar januari jänner janvier janv enero ene janeiro gennaio gen stycznia января",
    "february feb februar februari feber février fevrier févr fevr febrero fevereiro fev febbraio"
    " lutego февраля",
    "march mar märz maerz mär mrz mars marzo março marco maart marca марта",
    "april apr avril avr abril abr aprile kwietnia апреля",
    "may mai mayo maio maggio mag mei maj maja мая",
    "june jun juni juin junio junho giugno giu czerwca июня",
    "july jul juli juillet juil julio julho luglio lug lipca июля",
    "august aug augusti augustus août aout agosto ago sierpnia августа",
    "september sept sep septembre septiembre setiembre setembro settembre set"
    " września wrzesnia сентября",
    "october oct oktober okt octobre octubre outubro out ottobre ott"
    " października pazdziernika октября",
    "november nov novembre noviembre novembro listopada ноября",
    "december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre"
    " grudnia декабря",
)
"""The months in English, German, French, Spanish, Portuguese and Italian, with abbreviations, and
in full in Dutch, Swedish, Polish and Russian."""

_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_MONTH = rf"(?P<month#>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_FIRST = ("premier", "primero", "primeiro", "primo")
_ORDINALS = (
    *(
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
    ),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth", "twentieth"),
)
_SPOKEN = {word: day for day, word in enumerate(_ORDINALS, 1)} | {"thirtieth": 30}
_SPOKEN |= {f"twenty-{word}": 20 + day for day, word in enumerate(_ORDINALS[:9], 1)}
_SPOKEN |= {"thirty-first": 31} | dict.fromkeys(_FIRST, 1)
_DAYS = "|".join(sorted(_SPOKEN, key=len, reverse=True)).replace("-", r"[-\s]")
_DAY = rf"(?P<day#>\d{{1,2}}|{_DAYS})(?:st|nd|rd|th|er|ro|\.|[º°ª])?"
_OF = r"(?:\s+(?:day\s+)?of\s+|\s+del?\s+|\s+|-)"
_BEFORE_YEAR = r"(?:,?\s+(?:del?|of|in)\s+|,?\s+|-)"
_YEAR = r"(?P<year#>\d{4}|['\u2019]\d{2}|(?<=-)\d{2})"
_CLOCK = r"""
    (?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?)?
    (?:\s?(?P<half>[ap])\.?m\b\.?)?
    (?:\s?(?P<zone>Z\b|UTC\b|GMT\b|[+\u2212-]\d{2}:?\d{2}))?
"""
_TIME = rf"(?:(?:[tT]|,?\s+(?:at\s+|\()?|,\s*)(?=\d{{1,2}}(?:[:.h]\d{{2}}|\s?[ap]\.?m\b)){_CLOCK})?"

_DATE = re.compile(
    r"(?=\w)(?<![A-Za-z\d_./-])(?:"
    + "|".join(
        (
            r"(?P<year1>\d{4})(?P<mark1>[-/]|\.\s?)(?P<month1>\d{1,2})(?P=mark1)(?P<day1>\d{1,2})"
            r"(?!\d)",
            rf"{_DAY}{_OF}{_MONTH}{_BEFORE_YEAR}{_YEAR}(?!\d)".replace("#", "2"),
            rf"{_MONTH}\s+(?:the\s+)?{_DAY}(?:\s?,?\s+(?:of\s+)?|,){_YEAR}(?!\d)".replace("#", "3"),
            rf"(?P<year7>\d{{4}})(?:-|,?\s){_MONTH}(?:-|\s){_DAY}(?!\d)".replace("#", "7"),
            r"(?P<year5>\d{4})\s?[年년]\s?(?P<month5>\d{1,2})\s?[月월]\s?(?P<day5>\d{1,2})\s?[日號号일]",
            r"(?P<year6>(?:19|20)\d{2})(?P<month6>0[1-9]|1[0-2])(?P<day6>0[1-9]|[12]\d"
            r"|3[01])(?!\d)",
            r"(?P<one>\d{1,2})(?P<mark4>[/.-])\s?(?P<two>\d{1,2})(?P=mark4)\s?"
            r"(?P<year4>\d{4}|\d{2})(?![\d/]|[.-]\d)",
        )
    )
    + ")"
    + _TIME,
    re.VERBOSE | re.IGNORECASE,
)


class Moment(Struct, frozen=True):
    """A date as it is written in a text, and the time behind it where there is one.

    A time without a zone has none. `days` holds every day that the text may mean: none that is in
    the calendar, one, or two where it could be day or month first.
    """

    text: str
    days: tuple[date, ...]
    clock: time | None = None

    @property
    def doubt(self) -> str:
        """Why it is no one day; empty if it is one."""
        if len(self.days) == 1:
            return ""
        if not self.days:
            return f"{self.text} is no day of the calendar"
        first, second = (f"{day.day} {day:%B}" for day in self.days)
        return f"{self.text} may be {first} or {second}: set `day_first`"

    @property
    def day(self) -> date:
        """The day. Raises `Unjudged` where there is none or more than one."""
        if self.doubt:
            raise Unjudged(self.doubt)
        return self.days[0]


_HYPHENS = {0x2010: "-", 0x2011: "-"}
"""Hyphens that look like the plain one; dashes may part two dates."""


def moments(text: str, *, day_first: bool | None = None) -> Iterator[Moment]:
    """The dates in a text, in order; `day_first` says how to read 03/04/2024."""
    for match in _DATE.finditer(unicodedata.normalize("NFC", text).translate(_HYPHENS)):
        yield Moment(match[0].strip(), _days(match, day_first), _clock(match))


def _days(match: re.Match[str], day_first: bool | None) -> tuple[date, ...]:
    for n in ("1", "2", "3", "5", "6", "7"):
        if match[f"year{n}"]:
            return _real((match[f"year{n}"], match[f"month{n}"], match[f"day{n}"]))
    one, two, year = match.group("one", "two", "year4")
    if day_first is None and match["mark4"] == ".":
        day_first = True  # the month is never first with dots
    readings = {True: _real((year, two, one)), False: _real((year, one, two))}
    if day_first is not None:
        return readings[day_first] or readings[not day_first]
    return tuple(dict.fromkeys(readings[True] + readings[False]))


def _real(parts: tuple[str, str, str]) -> tuple[date, ...]:
    """The day of a year, a month (a number or a name) and a day, if there is such a day."""
    year, month, day = parts
    number = int(month) if month.isdigit() else _MONTHS.get(_folded(month), 0)
    try:
        return (date(_full(year), number, _spoken_day(day)),)
    except ValueError:
        return ()


def _spoken_day(day: str) -> int:
    """A day in digits or in words. Raises `ValueError` for digits that are none."""
    return _SPOKEN.get("-".join(day.lower().split())) or int(day)


def _full(year: str) -> int:
    """A year, which may have two digits; they are read as POSIX does."""
    digits = year.strip("'\u2019")
    if len(digits) > 2:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 69 else 1900)


def _folded(name: str) -> str:
    """A name as the table has it: patterns that ignore case take the Turkish letters for an i."""
    return unicodedata.normalize("NFC", name.casefold()).replace("\u0131", "i")


def _clock(match: re.Match[str]) -> time | None:
    """The time, if there is one that a clock can show."""
    hour, minute, second, half = match.group("hour", "minute", "second", "half")
    if hour is None:
        return None
    hours = int(hour)
    if half and not 1 <= hours <= 12:
        return None
    if half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    try:
        return time(hours, int(minute or 0), int(second or 0), tzinfo=_zone(match["zone"]))
    except ValueError:
        return None


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset if text[0] == "+" else -offset)


def instant(moment: Moment) -> datetime:
    """Date and time together; midnight where there is no time."""
    return datetime.combine(moment.day, moment.clock or time())
