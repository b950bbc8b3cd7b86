"""What headers say of limits, in every spelling seen and some that make no sense."""

import pytest
from multidict import CIMultiDict

from promptci.models.pacing.ratelimits import (
    read_span,
    read_told,
    retry_after,
    tells_limits,
    wait_in_words,
)
from promptci.models.pacing.throttle import AnnouncedLimit
from tables import every_row

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@every_row(
    ("headers", "seconds"),
    [
        ({"Retry-After": "5"}, 5.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "300"}, 300.0),
        ({"Retry-After": "99999999999999999999"}, 1e20),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "0x10"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"retry-after-ms": "-250"}, None),
        ({"Retry-After": "-5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m30s"}, 90.0),
        ({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1m30s"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW + 20:.0f}000"}, 20.0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
        ({"Retry-After": "Friday, 15-Jan-27 08:00:30 GMT"}, 30.0),
        ({"Retry-After": "Fri Jan 15 08:00:30 2027"}, 30.0),
        ({"Retry-After": "Fri, 15 Jan 2027 07:59:30 GMT"}, None),
        ({"Retry-After": "Fri, 99 Jan 2027 08:00:30 GMT"}, None),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 1.0),
        ({"retry-after-ms": "x", "Retry-After": "1"}, 1.0),
        ({"Retry-After": "1, 4"}, 4.0),
        (CIMultiDict([("Retry-After", "1"), ("retry-after", "4"), ("Retry-After", "2")]), 4.0),
        ({}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@every_row(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("250ms", 0.25),
        ("12ms", 0.012),
        ("2m59.56s", 179.56),
        ("1h2m3s", 3723.0),
        ("1d", 86400.0),
        ("17.5", 17.5),
        ("60", 60.0),
        (str(int(NOW) + 30), 30.0),
        (f"{int(NOW) + 30}000", 30.0),
        ("2027-01-15T08:00:30Z", 30.0),
        ("2027-01-15T08:00:30", 30.0),
        ("2027-01-15T09:00:30+01:00", 30.0),
        ("2027-01-15T07:59:30Z", None),
        (str(int(NOW) - 30), None),
        ("0", None),
        ("0s", None),
        ("-1", None),
        ("", None),
        ("soon", None),
        ("1x", None),
        ("s", None),
        ("٣s", None),
        ("nan", None),
        ("2027-99-99T00:00:00Z", None),
        ("9" * 500, None),
    ],
)
def test_how_long_until_a_limit_begins_again(text: str, seconds: float | None) -> None:
    assert read_span(text, NOW) == (None if seconds is None else pytest.approx(seconds))


@every_row(
    ("headers", "requests", "tokens"),
    [
        (
            {
                "x-ratelimit-limit-requests": "5000",
                "x-ratelimit-remaining-requests": "4999",
                "x-ratelimit-reset-requests": "12ms",
                "x-ratelimit-remaining-tokens": "159976",
                "x-ratelimit-reset-tokens": "250ms",
            },
            AnnouncedLimit(4999, 0.012),
            AnnouncedLimit(159976, 0.25),
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "49",
                "anthropic-ratelimit-requests-reset": "2027-01-15T08:00:30Z",
                "anthropic-ratelimit-tokens-remaining": "1000",
                "anthropic-ratelimit-tokens-reset": "2027-01-15T08:01:00Z",
            },
            AnnouncedLimit(49, 30),
            AnnouncedLimit(1000, 60),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}, AnnouncedLimit(0, 9), None),
        ({"x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "0"}, None, None),
        ({"x-ratelimit-remaining-tokens": "nan", "x-ratelimit-reset-tokens": "9"}, None, None),
        ({"x-ratelimit-remaining-tokens": "5"}, None, None),
        ({}, None, None),
    ],
)
def test_what_is_left_of_a_limit(
    headers: dict[str, str], requests: AnnouncedLimit | None, tokens: AnnouncedLimit | None
) -> None:
    assert read_told(headers, "requests", NOW) == requests
    assert read_told(headers, "tokens", NOW) == tokens
    upper = CIMultiDict({"Server": "x", **{name.upper(): said for name, said in headers.items()}})
    assert tells_limits(upper) is bool(headers)


@every_row(
    ("message", "seconds"),
    [
        ("* Quota exceeded, limit: 20\nPlease retry in 36.429760048s.", 36.429760048),
        ("Rate limit reached. Please try again in 14m24.5s. Visit us", 864.5),
        ("Please try again in 850ms.", 0.85),
        ("Please retry after 26 seconds.", 26),
        ("Try again in 2 minutes", 120),
        ("Please try again in a moment", None),
        ("Please try again later. Retry 5", None),
        ("", None),
    ],
)
def test_the_wait_that_a_message_names(message: str, seconds: float | None) -> None:
    assert wait_in_words(message, NOW) == (None if seconds is None else pytest.approx(seconds))
