"""What a server says of its limits in the headers of a response, in all their spellings."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf

from multidict import MultiMapping

from promptci.latepattern import late
from promptci.models.pacing.throttle import AnnouncedLimit

_SECONDS = late(r"[0-9]{1,300}(\.[0-9]{0,300})?")
_COUNT = late(r"[0-9]{1,15}(\.[0-9]{0,15})?")
_SPAN = late(
    r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6}(?:\.\d*)?)s)?"
    r"(?:(\d{1,9}(?:\.\d*)?)ms)?",
    re.ASCII,
)
_UNITS = (86400.0, 3600.0, 60.0, 1.0, 0.001)

_IN_WORDS = late(
    r"(?:try again|retry)(?: your request)? (?:in|after) "
    r"(?:((?:\d+(?:\.\d+)?(?:ms|[hms]))+)\b|(\d+(?:\.\d+)?) (second|minute))",
    re.IGNORECASE,
)

_EPOCH = 10.0**8
_EPOCH_MILLIS = 10.0**11
"""From here on a plain number is no span of seconds but a moment since 1970."""

_NAMES = {
    "requests": (
        ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
        ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
        ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ),
    "tokens": (
        ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
        ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ),
}
"""OpenAI's names (also Azure's, Groq's and most others'), Anthropic's, and the plain ones."""

_ALL_NAME = "ratelimit-"
"""What all these have in them."""


def tells_limits(headers: Mapping[str, str]) -> bool:
    """Whether there may be something for `read_told` to read: most servers say nothing."""
    return _ALL_NAME in "\n".join(headers).lower()


def read_told(headers: Mapping[str, str], what: str, now: float) -> AnnouncedLimit | None:
    """What a server says is left of its `requests` or `tokens`, and until when; None if nothing.

    `now` is in seconds since 1970. Of what makes no sense, such as Azure's -1, nothing is taken.
    """
    for remaining, reset in _NAMES[what]:
        left = headers.get(remaining)
        if left is None:
            continue
        span = read_span(headers.get(reset, ""), now)
        if _COUNT.fullmatch(left.strip()) and span:
            return AnnouncedLimit(float(left), span)
    return None


def read_span(text: str, now: float) -> float | None:
    """The seconds until a reset: `1s`, `6m0s`, `250ms`, a number, or a moment; None if neither.

    A moment is RFC 3339 or seconds or milliseconds since 1970; one that is past gives None.
    """
    text = text.strip()
    if _COUNT.fullmatch(text):
        number = float(text)
        if number >= _EPOCH_MILLIS:
            number = number / 1000 - now
        elif number >= _EPOCH:
            number -= now
        return number if number > 0 else None
    match = _SPAN.fullmatch(text)
    if match and text:
        parts = zip(match.groups(), _UNITS, strict=True)
        return sum(float(part) * unit for part, unit in parts if part) or None
    return _until(text, now)


def _until(text: str, now: float) -> float | None:
    """The seconds until a moment as RFC 3339 writes it."""
    if not text[:4].isdecimal() or len(text) > 40:
        return None
    try:
        date = datetime.fromisoformat(text)
        left = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return left if left > 0 else None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that a server asks to wait, or None if it does not say so intelligibly.

    `now` is in seconds since 1970. Reads OpenAI's `retry-after-ms` and `Retry-After` (RFC 9110,
    10.2.3: whole seconds or a date; fractions are taken, too), and, where neither is there, when
    a limit of which nothing is left starts over. What is neither, or lies in the past, is ignored;
    of several the longest counts.
    """
    millis, wishes = _all(headers, "retry-after-ms"), _all(headers, "Retry-After")
    if not millis and not wishes:
        return _exhausted(headers, now)
    found = [float(each) / 1000 for each in millis if _SECONDS.fullmatch(each)]
    for wish in wishes:
        date = _date(wish, now)
        parts = [part.strip() for part in wish.split(",")]
        found += [float(part) for part in parts if _SECONDS.fullmatch(part)]
        found += [] if date is None else [date]
    return max(found, default=None)


def _all(headers: Mapping[str, str], name: str) -> list[str]:
    """Every value of a header, whether it may be there once or several times."""
    if isinstance(headers, MultiMapping):
        values = headers.getall(name, [])
    else:
        values = [headers[name]] if name in headers else []
    return [value.strip() for value in values if value.strip()]


def _date(wish: str, now: float) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(wish)
        left = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
    return left if left > 0 else None


def _exhausted(headers: Mapping[str, str], now: float) -> float | None:
    """When every limit of which nothing is left starts over."""
    found = (read_told(headers, what, now) for what in _NAMES)
    resets = [told.reset for told in found if told is not None and told.remaining < 1]
    longest = max(resets, default=inf)
    return None if longest == inf else longest


def wait_in_words(message: str, now: float) -> float | None:
    """The seconds to wait that a message names: `in 36.4s`, `in 14m24s`, `after 26 seconds`.

    Google tells it nowhere else, and proxies often lose the header.
    """
    found = _IN_WORDS.search(message)
    if found is None:
        return None
    if found[1]:
        return read_span(found[1].lower(), now)
    return float(found[2]) * (60 if found[3].lower() == "minute" else 1)
