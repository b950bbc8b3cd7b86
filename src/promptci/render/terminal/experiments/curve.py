"""The report of a learning curve."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.experiments.curve import CurvePoint, CurveResult, CurveStep
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_WIDTH, _WIDTH_BESIDE_TUNED = 30, 12
"""Columns that a bar has at most, which stay within a terminal of 80."""


def report(found: Sequence[CurveResult], look: Look) -> str:
    """A line with a bar for each number of shots, for each model, as text."""
    return draw((part for each in found for part in _parts(each)), look)


def _parts(found: CurveResult) -> Iterator[RenderableType]:
    orders = figures.counted(found.orders, "order")
    shots = f"shots of step {found.step}" if found.step else "shots"
    yield text(f"{found.eval} on {found.model}: {_said(found)}", "bold")
    yield text(f"by number of {shots}, over {orders} (paired by example, Holm)", "dim")
    steps = {step.shots: step for step in found.steps}
    to_tuned = {step.shots: step for step in found.steps_to_tuned}
    columns = {"shots": "right", "score": "right", "95%": "right", "cost": "right"}
    width = _WIDTH_BESIDE_TUNED if found.tuned else _WIDTH
    beside = {"to the tuned": "right", "p ": "right"} if found.tuned else {}
    rows = table({**columns, "to the best": "right", "p": "right", **beside, "": "left"})
    for each in found.points:
        cells: tuple[str, ...] = (
            str(each.shots),
            *_measured(each),
            *_compared(steps.get(each.shots)),
        )
        if found.tuned:
            cells = (*cells, *_compared(to_tuned.get(each.shots)))
        rows.add_row(*map(text, (*cells, _bar(each, width))))
    if found.tuned:
        point = found.tuned.point
        rows.add_row(*map(text, ("tuned", *_measured(point), *[""] * 4, _bar(point, width))))
    yield rows
    if found.tuned and found.steps_to_tuned:
        yield text(_said_of_tuned(found, found.tuned.model))


def _measured(point: CurvePoint) -> tuple[str, str, str]:
    ends = figures.interval(point.interval)
    return figures.share(point.score), ends, figures.money(point.cost)


def _bar(point: CurvePoint, width: int) -> str:
    return "█" * round(point.score * width)


def _said(found: CurveResult) -> str:
    """From which number of shots on more does not help, or that this is not known."""
    best, enough = found.best.shots, found.enough
    if enough == best:
        are = figures.verb_of([0] * best, "is", "are")
        return f"{figures.counted(best, 'shot')} {are} enough: more is not shown to help"
    score = figures.verb_of([0] * best, "scores", "score")
    better = f"{figures.counted(best, 'shot')} {score} best, but that this beats {enough}"
    return f"{better} is not shown: more examples would tell"


def _said_of_tuned(found: CurveResult, tuned: str) -> str:
    """How many shots do as well as a tuned model."""
    if found.reaches_tuned is None:
        most = figures.counted(found.points[-1].shots, "shot")
        return f"tuned: {tuned} without shots is better than all up to {most}"
    shots = figures.counted(found.reaches_tuned, "shot")
    return f"tuned: {tuned} without shots is not shown to be better than {shots}"


def _compared(step: CurveStep | None) -> tuple[str, str]:
    if step is None:
        return "", ""
    return figures.points(step.delta), figures.p_value(step.adjusted_p)
