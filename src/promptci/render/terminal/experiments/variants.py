"""The report of variants: a line each, with what it costs and whether that pays."""

from collections.abc import Iterator

from rich.console import RenderableType

from promptci.compare.experiments.variants import VariantResult, VariantsResult, tells_cost
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_COLUMNS = {
    "variant": "left",
    "score": "right",
    "95%": "right",
    "change": "right",
    "p": "right",
    "tokens": "right",
    "thoughts": "right",
    "cost": "right",
    "p50": "right",
    "p95": "right",
    "": "left",
}


_PAIR_COLUMNS = {"from": "left", "to": "left", "change": "right", "p": "right"}

_MOST_PAIRS = 10
"""Pairs of variants that are listed, the surest first."""


def report(found: VariantsResult, look: Look) -> str:
    """The table of variants as text, with a sentence on how to read it."""
    rows = table(_COLUMNS)
    for each in found.found:
        rows.add_row(*map(text, _cells(each)))
    is_priced = tells_cost([each.outcome for each in found.found])
    little = "at most the cost" if is_priced else "at most as many tokens"
    count = figures.counted(len(found.pairs), "pair")
    said = f"* no other variant is as right for {little}; p of {count}, adjusted together (Holm)"
    missing = [
        text(f"{each.variant}: {sum(each.outcome.errors.values()):,} without an answer", "red")
        for each in found.found
        if each.outcome.errors
    ]
    among = _among(found)
    return draw((text(found.eval, "bold"), rows, *missing, *among, text(said, "dim")), look)


def _among(found: VariantsResult) -> Iterator[RenderableType]:
    """The pairs without the prompt itself, the surest first."""
    if not found.among:
        return
    rows = table(_PAIR_COLUMNS)
    for pair in found.among[:_MOST_PAIRS]:
        p = "-" if pair.adjusted_p is None else figures.p_value(pair.adjusted_p)
        rows.add_row(*map(text, (pair.first, pair.second, figures.points(pair.judgement.delta), p)))
    yield rows
    left = len(found.among) - _MOST_PAIRS
    if left > 0:
        yield text(f"and {left:,} more pairs: --json", "dim")


def _cells(each: VariantResult) -> tuple[str, ...]:
    outcome, judged = each.outcome, each.judgement
    spent = outcome.spent
    low, high = spent.latencies or (None, None)
    tested = ("", "") if judged is None else (figures.points(judged.delta), _p(each))
    return (
        each.variant,
        figures.share(outcome.record.score),
        figures.interval(outcome.interval),
        *tested,
        figures.tokens(spent.input_tokens, spent.output_tokens),
        figures.count(each.thought_tokens),
        figures.money(spent.cost),
        "-" if low is None else figures.seconds(low),
        "-" if high is None else figures.seconds(high),
        "*" if each.is_efficient else "",
    )


def _p(each: VariantResult) -> str:
    judged = each.judgement
    if judged is None or judged.p is None:
        return "-"
    return figures.p_value(judged.adjusted_p)
