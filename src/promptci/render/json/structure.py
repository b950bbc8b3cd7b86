"""What every JSON report is made of: numbered types whose fields say what they hold.

A type ends in the number of its version. A field may be added to it; a field that changes its
meaning or goes away makes a new type with the next number, and raises `format`.
"""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from promptci.stats import Interval

REF = "#/$defs/"
"""Where a schema has its definitions."""


def says(text: str) -> Meta:
    """What a field holds, for the JSON Schema and for docs/json.md."""
    return Meta(description=text)


class Part(Struct, frozen=True, kw_only=True):
    """A part of a report; its fields are written in their order."""


def either(*parts: type[Part]) -> Meta:
    """That a field holds one of several parts, which only their fields tell apart."""
    return Meta(extra_json_schema={"anyOf": [{"$ref": REF + part.__name__} for part in parts]})


class Report(Part, frozen=True, kw_only=True):
    """A whole document."""

    format: Annotated[Literal[1], says("the version of these documents")] = 1


ExitCode: TypeAlias = Annotated[int, says("what the process exits with")]
Money: TypeAlias = Annotated[str | None, says("US dollars; null where a price is unknown")]
Ends: TypeAlias = tuple[float, float]
"""The two ends of an interval."""


def ends(interval: Interval | None) -> Ends | None:
    """An interval as its two ends."""
    return None if interval is None else (interval.low, interval.high)


def money(cost: Decimal | None) -> str | None:
    """US dollars as text, which keeps every digit."""
    return None if cost is None else str(cost)
