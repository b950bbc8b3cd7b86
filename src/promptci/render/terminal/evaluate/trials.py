"""What several answers to each example say: pass@k, pass^k, and how the answer was picked."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from promptci.compare.experiments.trialscores import RecordedTrials
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.outcomes.trialfigures import AtK, Estimated, PickFigures
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_MOST_FLIPS = 20
_PICKED = {
    "vote": "picked by vote",
    "first_valid": "picked as the first that passes the check",
    "best": "picked by score",
    "judge": "picked by a judge",
}
_INVALID = {
    "vote": "no sample could be read, so the first counts",
    "first_valid": "no sample passes the check, so the last counts",
    "judge": "no verdict of the judge could be read, so the earliest sample counts",
}


def trial_parts(outcome: EvalOutcome) -> Iterator[RenderableType]:
    """A table of pass@k and pass^k, where examples were answered several times."""
    found = outcome.trials
    if found is None:
        return
    yield ""
    where = f"{outcome.record.eval} on {outcome.record.model}"
    yield text(f"{where}: {found.kind} by themselves, estimated without bias", "bold")
    yield chances(found.at)


def chances(found: Sequence[AtK]) -> Table:
    """A line for each number of trials: the chance that one of them passes, and that all do."""
    columns = ("examples", "pass@k (one passes)", "95%", "pass^k (all pass)", "95% ")
    made = table({"k": "right"} | dict.fromkeys(columns, "right"))
    for each in found:
        cells = (*_cells(each.any_passes), *_cells(each.all_pass))
        made.add_row(str(each.k), f"{each.examples:,}", *cells)
    return made


def recorded(found: Sequence[RecordedTrials], look: Look) -> str:
    """What repeated trials say whose scores came from elsewhere, as text."""
    return draw((part for each in found for part in _recorded(each)), look)


def _recorded(found: RecordedTrials) -> Iterator[RenderableType]:
    whose = f"{found.label} on {found.model}" if found.model else found.label
    count = figures.counted(len(found.scores), "example")
    yield text(f"{whose}: trials of {count}, score {figures.share(found.score)}", "bold")
    yield ""
    yield chances(found.at)
    column, values = found.together
    if column:
        yield ""
        yield text(
            f"each example has the {values} values of `{column}` as often, and their trials are "
            f"counted together: --by {column} reports on each by itself"
        )
    if found.left_out:
        yield ""
        count = figures.counted(found.left_out, "trial")
        yield text(f"{count} left out: `infrastructure_error` says that there was none")
    if found.errors:
        yield ""
        yield text(_ended(found))
    flips = len(found.flips)
    if flips:
        yield ""
        more = " and more" if flips > _MOST_FLIPS else ""
        listed = (
            f"{i} {found.passed(i)}/{len(found.scores[i])}" for i in found.flips[:_MOST_FLIPS]
        )
        yield text(f"{figures.counted(flips, 'example')} flip: {', '.join(listed)}{more}")
    yield ""


def _ended(found: RecordedTrials) -> str:
    """How many trials an error ended, and what the figures are without them."""
    count = figures.counted(found.errors, "trial")
    without = found.without_errors
    if not without.scores:
        return f"{count} ended by an error, counted as failed: there is no other"
    powers = ", ".join(f"{figures.share(each.all_pass.value)} at {each.k}" for each in without.at)
    said = f"{count} ended by an error, counted as failed as the benchmark does"
    return f"{said}; without them pass^k is {powers}"


def pick_sentences(found: PickFigures | None) -> Iterator[str]:
    """How answers were picked, and how far their samples agree."""
    if found is None:
        return
    said = f"{_PICKED[found.pick]} from at most {figures.counted(found.most, 'sample')}"
    asked = f"{found.samples:,} in all for {figures.counted(found.examples, 'example')}"
    parts = [f"{said} ({asked})"]
    if found.agreement is not None:
        parts.append(f"{figures.share(found.agreement)} of them agree with the answer")
    if found.tied:
        parts.append(f"{figures.counted(found.tied, 'example')} tied: the earliest sample counts")
    if found.invalid:
        rule = _INVALID.get(found.pick, "no sample could be judged, so the first counts")
        parts.append(f"{figures.counted(found.invalid, 'example')} undecided: {rule}")
    yield ", ".join(parts)


def _cells(found: Estimated) -> tuple[str, str]:
    return figures.share(found.value), figures.interval(found.interval)
