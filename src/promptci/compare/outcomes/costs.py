"""What the answers of an eval cost on both sides of a change, where that is known.

Records do not hold it, so it is remembered on this machine, by the record's fingerprint.
"""

from decimal import Decimal

from msgspec import Struct

from promptci.records.record import Record
from promptci.remembered import REMEMBERED, key_of

MATERIAL = 1.25
"""By how much a figure must have grown, or shrunk, to be reported."""


class Costs(Struct, frozen=True):
    """What all answers of an eval took; `cost` is None if a price is unknown."""

    examples: int
    answers: int
    tokens: int
    cost: Decimal | None

    def each(self, figure: int) -> float:
        """A figure of one example."""
        return figure / self.examples


class CostChange(Struct, frozen=True):
    """What an eval took before and now, of as many examples as each side has."""

    base: Costs
    head: Costs

    @property
    def has_prices(self) -> bool:
        """Whether both sides cost money that is known."""
        return bool(self.base.cost and self.head.cost)

    @property
    def ratio(self) -> float:
        """What an example costs now over what it cost, in tokens where no price is known."""
        if self.base.cost and self.head.cost:
            shares = float(self.base.cost), float(self.head.cost)
        else:
            shares = float(self.base.tokens), float(self.head.tokens)
        return _ratio(shares[0] / self.base.examples, shares[1] / self.head.examples)

    @property
    def is_material(self) -> bool:
        """Whether an example takes a quarter more or less: of calls, or of money, else tokens."""
        calls = _ratio(*(side.each(side.answers) for side in (self.base, self.head)))
        return any(max(each, 1 / each) >= MATERIAL for each in (calls, self.ratio) if each)


def _ratio(base: float, head: float) -> float:
    """0 where there is none."""
    return head / base if base and head else 0.0


def cost_change(base: Costs | None, head: Costs | None) -> CostChange | None:
    """How much more or less a change takes; None where that is not known or next to nothing."""
    if base is None or head is None or not (base.examples and head.examples):
        return None
    found = CostChange(base, head)
    return found if found.is_material else None


def keep_costs(record: Record, costs: Costs | None) -> None:
    """Remember what the answers behind a record took."""
    if costs is not None and known_costs(record) != costs:
        REMEMBERED.put(_key(record), costs)


def known_costs(record: Record) -> Costs | None:
    """What the answers behind a record took, where that is remembered."""
    return REMEMBERED.get(_key(record), Costs)


def _key(record: Record) -> str:
    return key_of("costs", record.model, record.fingerprint)
