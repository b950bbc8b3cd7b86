"""The report on outputs obtained elsewhere: that of a run, and which of them fail, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import RenderableType

from promptci.compare.outcome import EvalOutcome, LostAnswer
from promptci.render import figures
from promptci.render.terminal.run import parts
from promptci.render.terminal.screen import Look, draw, labelled, text
from promptci.run.work import Finished
from promptci.secrets.safetext import on_one_line
from promptci.spending.limits import Progress

MOST_FAILED = 20
"""Failing outputs that the terminal shows."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of each output, for the report."""

    results: list[dict[str, Any]] = field(default_factory=list)

    def take(self, finished: Finished) -> None:
        """Add one."""
        evaluated, result = finished.evaluated, finished.evaluated.result
        self.results.append(
            {
                "example": result.id,
                "is": result.fate,
                "score": None if result.fate == "error" else result.score,
                "why": evaluated.why,
                "scores": [
                    {"name": name, "value": score.value, "passed": score.passed, "why": score.why}
                    for name, score in evaluated.scores
                ],
            }
        )


def report(
    outcomes: Sequence[EvalOutcome], lost: Sequence[LostAnswer], examined: Examined, look: Look
) -> str:
    """The whole report as text."""
    shown = {example.example.id for example in lost}
    failed = [each for each in examined.results if each["is"] == "fail"]
    rest = [each for each in failed if each["example"] not in shown]
    return draw((*parts(outcomes, lost, look), *_failed(rest)), look)


def _failed(results: Sequence[dict[str, Any]]) -> Iterator[RenderableType]:
    if results:
        yield ""
        yield text("failing:", "bold")
        yield labelled([(each["example"], _why(each)) for each in results[:MOST_FAILED]])
    if len(results) > MOST_FAILED:
        more = figures.counted(len(results) - MOST_FAILED, "more output")
        yield text(f"{more} failing: see --json")


def _why(result: dict[str, Any]) -> str:
    """Why an output fails, on one line."""
    whys = [f"{s['name']}: {s['why']}" if s["why"] else s["name"] for s in result["scores"]
            if not s["passed"]]  # fmt: skip
    return on_one_line("; ".join(filter(None, [result["why"], *whys])), 400)


def closing(progress: Progress, path: str) -> str:
    """The last line, for stderr: what was judged, and what judges asked."""
    judged = figures.counted(progress.done, "output")
    asked = f"{progress.asked:,} asked by scorers"
    if progress.asked:
        known = figures.money(progress.cost)
        asked += " at an unknown cost" if progress.has_unknown_cost else f" for {known}"
    return on_one_line(f"{judged} of {path} judged; {asked}; no record was written", 400)
