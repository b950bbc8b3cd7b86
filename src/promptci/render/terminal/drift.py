"""The report of drift: a row per eval and model, then what moved."""

from collections.abc import Iterator

from rich.console import RenderableType

from promptci.history.drift import DriftResult
from promptci.render import figures
from promptci.render.driftsentences import drift_lines, drift_mark, drift_sentence
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
            yield from (text(f"  {line}") for line in lines)
    yield ""
    made = table(_COLUMNS)
    for each in result.found:
        score = figures.share(each.now.score) if each.now.scores else "none"
        row = (each.now.eval, each.now.model, score, str(each.count), drift_mark(each))
        made.add_row(*map(text, row))
    yield made
    for name, why in result.left_out.items():
        yield text(f"not asked: {name}: {why}")
