"""The report of a learning curve."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.experiments.curve import CurveResult
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_WIDTH = 30


def report(found: Sequence[CurveResult], look: Look) -> str:
    """A line with a bar for each number of shots, for each model, as text."""
    return draw((part for each in found for part in _parts(each)), look)


def _parts(found: CurveResult) -> Iterator[RenderableType]:
    orders = figures.counted(found.orders, "order")
    shots = f"shots of step {found.step}" if found.step else "shots"
    yield text(f"{found.eval} on {found.model}: {_said(found)}", "bold")
    yield text(f"by number of {shots}, over {orders} (paired by example, Holm)", "dim")
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


def _said(found: CurveResult) -> str:
    """From which number of shots on more does not help, or that this cannot be told."""
    best, enough = found.best.shots, found.enough
    if enough == best:
        are = figures.verb_of([0] * best, "is", "are")
        return f"{figures.counted(best, 'shot')} {are} enough: more is not shown to help"
    score = figures.verb_of([0] * best, "scores", "score")
    better = f"{figures.counted(best, 'shot')} {score} best, but that this beats {enough}"
    return f"{better} is not shown: more examples would tell"


def _compared(delta: float, p: float) -> tuple[str, str]:
    return figures.points(delta), figures.p_value(p)
