"""What a change costs, as a sentence: calls, tokens and money of both sides."""

from collections.abc import Iterator, Sequence

from promptci.compare.outcomes.costs import CostChange, Costs
from promptci.render import figures

_DEAR = 1.5
"""How many times as much answers must cost for the first sentence to say so."""


def cost_sentence(found: CostChange, where: str) -> str:
    """What an example takes now, and what it took `where` it was before."""
    base, head = found.base, found.head
    is_same = base.each(base.answers) == head.each(head.answers)
    there, here = (_figures(side, is_short=is_same) for side in (base, head))
    before = f"as {where}" if here == there else f"({there} {where})"
    said = f"{_times(found)}: an example takes {here} {before}"
    sums = figures.money(head.cost), figures.money(base.cost)
    if found.has_prices and sums[0] != sums[1]:
        said += f", all together {sums[0]} ({sums[1]})"
    return said


def dearer(costs: Sequence[tuple[str, CostChange | None]]) -> Iterator[str]:
    """The eval whose answers cost so much more that somebody should want it, on any model."""
    dear: dict[str, CostChange] = {}
    for name, cost in costs:
        if cost is not None and cost.ratio >= max(_DEAR, dear[name].ratio if name in dear else 0):
            dear[name] = cost
    if dear:
        name, most = max(dear.items(), key=lambda each: each[1].ratio)
        others = figures.counted(len(dear) - 1, "other eval")
        yield f"`{name}` takes {_times(most)}{f', and {others} more' if len(dear) > 1 else ''}."


def _times(found: CostChange) -> str:
    """`2.0 times the cost`, or the tokens where no price is known."""
    ratio = f"{found.ratio:.1f} times" if found.ratio >= 1 else f"{found.ratio:.0%} of"
    return f"{ratio} the {'cost' if found.has_prices else 'tokens'}"


def _figures(side: Costs, *, is_short: bool) -> str:
    """Answers and tokens of one example; with `is_short` its tokens alone."""
    tokens = f"{_number(side.each(side.tokens))} tokens"
    answers = _number(side.each(side.answers))
    if is_short:
        return tokens
    return f"{answers} answer{'' if answers == '1' else 's'} and {tokens}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:,.1f}"
