"""The report of a learning curve."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.curve import CurveResult
from promptci.render import figures
from promptci.render.terminal.screen import Look, draw, table, text

_WIDTH = 30


def report(found: Sequence[CurveResult], look: Look) -> str:
    """A line with a bar for each number of shots, for each model, as text."""
    return draw((part for each in found for part in _parts(each)), look)


def _parts(found: CurveResult) -> Iterator[RenderableType]:
    orders = figures.counted(found.orders, "order")
    yield text(f"{found.eval} on {found.model}: by number of shots, over {orders}", "bold")
    steps = {step.shots: step for step in found.steps}
    columns = {"shots": "right", "score": "right", "95%": "right", "cost": "right"}
    rows = table({**columns, "to the best": "right", "p": "right", "": "left"})
    for each in found.points:
        step = steps.get(each.shots)
        compared = ("", "") if step is None else _compared(step.delta, step.adjusted_p)
        bar = "█" * round(each.score * _WIDTH)
        ends = figures.interval(each.interval)
        cells = (str(each.shots), figures.share(each.score), ends, figures.money(each.cost))
        rows.add_row(*map(text, (*cells, *compared, bar)))
    yield rows
    enough = figures.counted(found.enough, "shot")
    yield text(f"from {enough} on, more is not shown to help (paired by example, Holm)")


def _compared(delta: float, p: float) -> tuple[str, str]:
    return figures.points(delta), figures.p_value(p)
