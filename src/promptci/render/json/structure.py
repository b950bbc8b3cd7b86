"""What every JSON report is made of: numbered types whose fields say what they hold.

A type ends in the number of its version. A field may be added to it; a field that changes its
meaning or goes away makes a new type with the next number, and raises `format`.
"""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from promptci.compare.outcomes.costs import CostChange
from promptci.stats.uncertainty import Interval

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


class CostsV1(Part, frozen=True, kw_only=True):
    """What the answers of a side took, all examples together."""

    examples: Annotated[int, says("examples")]
    answers: Annotated[int, says("answers of models, stored ones included")]
    tokens: Annotated[int, says("tokens of requests and answers")]
    cost: Money


class CostChangeV1(Part, frozen=True, kw_only=True):
    """What answers cost before and now, where an example takes a quarter more or less."""

    ratio: Annotated[float, says("of an example: money, or tokens where no price is known")]
    base: Annotated[CostsV1, says("before")]
    head: Annotated[CostsV1, says("now")]


COST = "what answers cost on both sides; null where that is not known, or as before"


def cost_change_of(found: CostChange | None) -> CostChangeV1 | None:
    """What answers cost before and now."""
    if found is None:
        return None
    base, head = (
        CostsV1(
            examples=side.examples, answers=side.answers, tokens=side.tokens, cost=money(side.cost)
        )
        for side in (found.base, found.head)
    )
    return CostChangeV1(ratio=found.ratio, base=base, head=head)
