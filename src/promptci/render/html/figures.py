"""Figures as the page writes them; None is a dash."""

from decimal import Decimal

from promptci.render.figures import money as _money
from promptci.render.figures import points as _points
from promptci.render.figures import share as _share

NONE = "-"


def percent(value: float | None) -> str:
    """A share in percent."""
    return NONE if value is None else _share(value)


def delta(value: float | None) -> str:
    """A difference of shares in points."""
    return NONE if value is None else _points(value)


def dollars(value: str | None) -> str:
    """An amount of money from its text."""
    return NONE if value is None else _money(Decimal(value))


def seconds(value: float | None) -> str:
    """A time in seconds or milliseconds."""
    if value is None:
        return NONE
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def count(value: int | None) -> str:
    """A count with separators."""
    return NONE if value is None else f"{value:,}"


def span(ends: tuple[float, float] | None) -> str:
    """An interval of shares in percent."""
    return NONE if ends is None else f"{100 * ends[0]:.0f}-{100 * ends[1]:.0f}%"
