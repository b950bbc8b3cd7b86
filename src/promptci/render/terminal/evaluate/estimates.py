"""What a command would ask: a row per eval and model, or a line before it asks."""

from collections.abc import Sequence
from decimal import Decimal

from promptci.render import figures
from promptci.render.terminal.lines import Line, Part, Rows, written
from promptci.render.terminal.look import Look
from promptci.run.estimates import Estimate, most_requests

MOST_ROWS = 20
"""Evals that are all shown; of more those that would ask anything."""

_COLUMNS = {
    "eval": "left",
    "model": "left",
    "examples": "right",
    "stored": "right",
    "recorded": "right",
    "requests": "right",
    "tokens": "right",
    "cost": "right",
}


def dry_run(estimates: Sequence[Estimate], look: Look) -> str:
    """What a run would ask, as text."""
    has_records = any(found.recorded for found in estimates)
    columns = [name for name in _COLUMNS if name != "recorded" or has_records]
    is_long = len(estimates) > MOST_ROWS
    shown = [each for each in estimates if each.requests or each.is_least or not is_long]
    rows = [dict(zip(_COLUMNS, _estimate(found), strict=True)) for found in shown]
    cells = [[(row[name], "") for name in columns] for row in rows]
    parts: list[Part] = [Rows({name: _COLUMNS[name] for name in columns}, cells)] if shown else []
    if len(shown) < len(estimates):
        rest = figures.counted(len(estimates) - len(shown), "more eval")
        parts.append(Line(f"… {rest}, for which nothing would be asked"))
    gap = [Line("")] if parts else []
    return written((*parts, *gap, Line(_would_ask(estimates))), look)


def _estimate(found: Estimate) -> tuple[str, ...]:
    form = f": {found.form}" if found.form else ""
    return (
        f"{found.task.spec.name}{form}",
        found.task.model.name,
        str(found.examples),
        str(found.cached),
        str(found.recorded),
        f"{found.requests}{'+' if found.is_least else ''}",
        figures.tokens(found.usage.input_tokens, found.usage.output_tokens),
        figures.money(found.cost),
    )


def _would_ask(estimates: Sequence[Estimate]) -> str:
    up_to = "up to " if any(found.again or found.refusals for found in estimates) else ""
    return f"{up_to}{_bound(estimates)}; nothing was asked"


def _bound(estimates: Sequence[Estimate]) -> str:
    requests = figures.counted(most_requests(estimates), "request")
    costs = [found.cost for found in estimates if found.cost is not None]
    cost = f"at most about {figures.money(sum(costs, Decimal(0)))}"
    if len(costs) < len(estimates):
        cost = "at a cost that is not known"
    again = sum(found.again for found in estimates)
    refusals = sum(found.refusals for found in estimates)
    only = [f"{again:,} only to confirm what flips"] if again else []
    only += [f"{refusals:,} only if a parameter is refused"] if refusals else []
    if only:
        requests = f"{requests} ({', '.join(only)})"
    judges = any(found.is_least for found in estimates)
    more = ", and what judges ask about new answers" if judges else ""
    return f"{requests}{more}, {cost}"


def may_ask(estimates: Sequence[Estimate]) -> str:
    """What a run will ask at most, in one line, before it asks."""
    usage = [found.usage for found in estimates]
    tokens = sum(each.input_tokens + each.output_tokens for each in usage)
    return f"asking up to {_bound(estimates)}, {tokens:,} tokens"
