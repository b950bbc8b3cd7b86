"""The report of drift: a row per eval and model, then what moved."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding

from promptci.history.drift import DriftResult
from promptci.render import figures
from promptci.render.acceptance import show_command
from promptci.render.driftsentences import NEXT, drift_lines, drift_mark, drift_sentence
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_COLUMNS = {
    "eval": "left",
    "model": "left",
    "score": "right",
    "measured": "right",
    "verdict": "left",
}


def report(result: DriftResult, look: Look) -> str:
    """The whole report as text."""
    return draw(_parts(result), look)


def closing(result: DriftResult, path: str) -> str:
    """The last line, for stderr: what it took."""
    return f"{figures.taken(result.taken)}; measurements are in {path}"


def _parts(result: DriftResult) -> Iterator[RenderableType]:
    yield text(drift_sentence(result), "bold red" if result.exit_code else "bold")
    for each in result.found:
        lines = list(drift_lines(each))
        if lines:
            yield ""
            yield text(f"{each.now.eval} on {each.now.model}", "bold")
            yield from (Padding(text(line), (0, 0, 0, 2)) for line in lines)
    yield ""
    made = table(_COLUMNS)
    for each in result.found:
        score = figures.share(each.now.score) if each.now.scores else "none"
        row = (each.now.eval, each.now.model, score, str(each.count), drift_mark(each))
        made.add_row(*map(text, row))
    yield made
    for name, why in result.left_out.items():
        yield text(f"not asked: {name}: {why}")
    yield from _next(result)


def _next(result: DriftResult) -> Iterator[RenderableType]:
    """What to do where a model got worse."""
    lost = next(((each.now, each.lost[0]) for each in result.found if each.lost), None)
    if result.exit_code == 1:
        yield ""
        yield text(NEXT)
    if lost is not None:
        now, example = lost
        yield text(f"`{show_command(now.eval, example, now.model)}` shows what it says now.")
