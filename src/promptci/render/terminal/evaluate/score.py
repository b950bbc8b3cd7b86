"""The report on outputs obtained elsewhere: that of a run, and which of them fail, and why."""

from collections.abc import Iterator, Sequence
from shlex import quote

from rich.console import RenderableType

from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, lost_ids
from promptci.render import figures
from promptci.render.scoredoutputs import Examined, ExaminedOutput
from promptci.render.terminal.evaluate.run import parts
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, labelled, text
from promptci.secrets.safetext import on_one_line
from promptci.spending.limits import Progress

MOST_FAILED = 20
"""Failing outputs that the terminal shows."""


def report(
    outcomes: Sequence[EvalOutcome], lost: Sequence[LostAnswer], examined: Examined, look: Look
) -> str:
    """The whole report as text."""
    gone = {id_ for outcome in outcomes for id_ in lost_ids(outcome)}
    failed = [each for each in examined.results if each.fate == "fail"]
    rest = [each for each in failed if each.example not in gone]
    return draw(parts(outcomes, lost, look, [*_failed(rest, also=bool(gone))]), look)


def _failed(results: Sequence[ExaminedOutput], *, also: bool) -> Iterator[RenderableType]:
    """Failing outputs that were not lost just now, in the order of the file."""
    if results:
        number = figures.counted(len(results), "output")
        yield ""
        yield text(f"{'also ' if also else ''}failing: {number}", "bold")
        yield labelled(
            [(on_one_line(each.example, 60), _why(each)) for each in results[:MOST_FAILED]]
        )
    if len(results) > MOST_FAILED:
        more = figures.counted(len(results) - MOST_FAILED, "more output")
        yield text(f"{more} failing: see --json")


def _why(result: ExaminedOutput) -> str:
    """Why an output fails, on one line."""
    failed = [(name, score.why) for name, score in result.scores if not score.passed]
    whys = [f"{name}: {why}" if why else name for name, why in failed]
    is_said = any(score.why == result.why for _, score in result.scores)
    return on_one_line("; ".join(filter(None, ["" if is_said else result.why, *whys])), 400)


def closing(progress: Progress, path: str, outcomes: Sequence[EvalOutcome]) -> str:
    """The last lines, for stderr: what was judged, what judges asked, and what next."""
    judged = figures.counted(progress.done, "output")
    asked = f"{progress.asked:,} asked by scorers"
    if progress.asked:
        known = figures.money(progress.cost)
        asked += " at an unknown cost" if progress.has_unknown_cost else f" for {known}"
    said = on_one_line(f"{judged} of {path} judged; {asked}; no record was written", 400)
    return f"{said}{_hint(outcomes)}"


def _hint(outcomes: Sequence[EvalOutcome]) -> str:
    """How to see all that fails, where anything does, and how these scores become the record."""
    record = next((o.record for o in outcomes if o.record.passed < o.record.total), None)
    if record is None:
        return ""
    name = quote(on_one_line(record.eval))
    return f"\n--json has each output's scores; `promptci run {name}` asks the model and records"
