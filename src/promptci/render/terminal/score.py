"""The report on outputs obtained elsewhere: that of a run, and which of them fail, and why."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.outcome import EvalOutcome, LostAnswer
from promptci.render import figures
from promptci.render.scoredoutputs import Examined, ExaminedOutput
from promptci.render.terminal.look import Look
from promptci.render.terminal.run import parts
from promptci.render.terminal.screen import draw, labelled, text
from promptci.secrets.safetext import on_one_line
from promptci.spending.limits import Progress

MOST_FAILED = 20
"""Failing outputs that the terminal shows."""


def report(
    outcomes: Sequence[EvalOutcome], lost: Sequence[LostAnswer], examined: Examined, look: Look
) -> str:
    """The whole report as text."""
    shown = {example.example.id for example in lost}
    failed = [each for each in examined.results if each.fate == "fail"]
    rest = [each for each in failed if each.example not in shown]
    return draw((*parts(outcomes, lost, look), *_failed(rest)), look)


def _failed(results: Sequence[ExaminedOutput]) -> Iterator[RenderableType]:
    if results:
        yield ""
        yield text("failing:", "bold")
        yield labelled([(each.example, _why(each)) for each in results[:MOST_FAILED]])
    if len(results) > MOST_FAILED:
        more = figures.counted(len(results) - MOST_FAILED, "more output")
        yield text(f"{more} failing: see --json")


def _why(result: ExaminedOutput) -> str:
    """Why an output fails, on one line."""
    failed = [(name, score.why) for name, score in result.scores if not score.passed]
    whys = [f"{name}: {why}" if why else name for name, why in failed]
    return on_one_line("; ".join(filter(None, [result.why, *whys])), 400)


def closing(progress: Progress, path: str) -> str:
    """The last line, for stderr: what was judged, and what judges asked."""
    judged = figures.counted(progress.done, "output")
    asked = f"{progress.asked:,} asked by scorers"
    if progress.asked:
        known = figures.money(progress.cost)
        asked += " at an unknown cost" if progress.has_unknown_cost else f" for {known}"
    return on_one_line(f"{judged} of {path} judged; {asked}; no record was written", 400)
