"""Decide whether a date to begin from is one that git understands.

Git itself takes whatever it does not know for now, so a wrong `--since` would show nothing.
"""

from datetime import datetime

from promptci.errors import RequestError
from promptci.latepattern import late
from promptci.parsing.source import excerpt

_ISO = late(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?\S*)?")
_EPOCH = late(r"@\d{1,12}( [+-]\d{4})?|\d{9,12}")
_TOKEN = late(r"[A-Za-z]+|\d+")
_OTHER = late(r"[^A-Za-z0-9 .,:/+_-]")
_UNITS = ("second", "minute", "hour", "day", "week", "fortnight", "month", "year")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENTS = ("now", "today", "yesterday", "noon", "midnight", "tea", "never", "epoch")
_COUNTS = (
    *("a", "an", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "last",
)
_FILLERS = ("ago", "at", "and", "on", "the", "of", "am", "pm", "st", "nd", "rd", "th", "z", "utc")


def check_date(text: str) -> str:
    """A date that git understands, unchanged: one like 2026-01-31, or like `2 weeks ago`.

    Raises `RequestError` for what is none.
    """
    given = text.strip()
    if _EPOCH.fullmatch(given) or _is_calendar(given) or _is_in_words(given.lower()):
        return text
    cure = "write one like 2026-01-31, or like `2 weeks ago`"
    raise RequestError(f"`{excerpt(text)}` is no date: {cure}")


def _is_calendar(text: str) -> bool:
    """Whether it is a day of the calendar, perhaps with a time of day."""
    found = _ISO.fullmatch(text)
    if found is None:
        return False
    try:
        datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def _is_in_words(text: str) -> bool:
    """Whether every word is one of a date, and one of them names a time."""
    words = [token for token in _TOKEN.findall(text) if not token.isdigit()]
    if _OTHER.search(text) or not all(map(_is_known, words)):
        return False
    is_counted = any(map(str.isdigit, _TOKEN.findall(text))) or any(w in _COUNTS for w in words)
    names = (_is_moment(w) or (is_counted and _is_unit(w)) for w in words)
    return any(names)


def _is_known(word: str) -> bool:
    return word in _FILLERS or word in _COUNTS or _is_unit(word) or _is_moment(word)


def _is_unit(word: str) -> bool:
    return word.removesuffix("s") in _UNITS


def _is_moment(word: str) -> bool:
    """Whether a word names a time by itself; months and days may be cut to three letters."""
    cut = len(word) >= 3 and any(name.startswith(word) for name in (*_MONTHS, *_DAYS))
    return cut or word in _MOMENTS
