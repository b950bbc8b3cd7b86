"""What answers took together: their number, tokens and cost, no more of each than that."""

from decimal import Decimal

from msgspec import Struct

from promptci.specs.completion import Completion, Outcome


class Took(Struct, gc=False):
    """What some answers took; `cost` is in US dollars, None where a price is not known.

    `last` is how the last of them ended, `is_cut` whether any was cut at a limit, `is_changed`
    whether a model refused the temperature for any.
    """

    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0
    cost: Decimal | None = Decimal(0)
    last: Outcome = "ok"
    is_cut: bool = False
    is_changed: bool = False

    def add(self, answer: Completion) -> None:
        """One more answer."""
        usage, cost = answer.usage, answer.cost
        self.answers += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.thought_tokens += usage.thought_tokens
        self.cost = None if cost is None or self.cost is None else self.cost + cost
        self.last = answer.outcome
        self.is_cut |= answer.outcome == "truncated"
        self.is_changed |= answer.sampling == "provider-default"

    def join(self, other: "Took") -> None:
        """Those of another count, too, after these."""
        if not other.answers:
            return
        self.answers += other.answers
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.thought_tokens += other.thought_tokens
        self.cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        self.last = other.last
        self.is_cut |= other.is_cut
        self.is_changed |= other.is_changed
