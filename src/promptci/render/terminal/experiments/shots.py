"""The report of a prompt's shots."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.experiments.shots import Recall, ShotFate, ShotsResult
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_LONGEST = 60


def report(found: Sequence[ShotsResult], look: Look) -> str:
    """What the shots do, for each model, as text."""
    return draw((part for each in found for part in _parts(each)), look)


def _parts(found: ShotsResult) -> Iterator[RenderableType]:
    yield text(f"{found.eval} on {found.model}: {_gap(found)}", "bold")
    rows = table({"": "left", "passed": "right", "score": "right", "95%": "right"})
    for title, each in _recalls(found):
        rows.add_row(*map(text, (title, *_cells(each))))
    yield rows
    if found.spread is not None:
        yield text(
            f"over {len(found.orders) + 1} orders the held-out score spreads "
            f"by {figures.plain_points(found.spread)} points"
        )
    yield from _shots(found)


def _gap(found: ShotsResult) -> str:
    """Whether the model gets its shots right rather than what it has not seen."""
    said = f"{len(found.shots)} shots"
    if found.gap is None:
        return said
    size, interval = found.gap
    more = "more" if size > 0 else "less"
    often = f"{figures.plain_points(size)} points {more} often than" if size else "as often as"
    ends = f"({figures.points(interval.low)} to {figures.points(interval.high)})"
    return f"{said}, right {often} held-out examples {ends}"


def _recalls(found: ShotsResult) -> Iterator[tuple[str, Recall]]:
    yield "shots, each among the shots", found.left_in
    yield "shots, each left out", found.left_out
    yield "held-out examples", found.held_out
    for number, each in enumerate(found.orders, 1):
        yield f"held-out, order {number}", each


def _cells(each: Recall) -> tuple[str, str, str]:
    score = "-" if each.score is None else figures.share(each.score)
    return f"{each.passed}/{each.total}", score, figures.interval(each.interval)


def _shots(found: ShotsResult) -> Iterator[RenderableType]:
    """Shots that are wrong, and those without which more is right."""
    for shot in found.shots:
        if not (shot.left_in and shot.left_out):
            yield text(f"shot {shot.number} ({_short(shot)}): {_fate(shot)}")
    for shot in found.harmful:
        assert shot.without is not None
        more = shot.without.passed - found.held_out.passed
        yield text(f"shot {shot.number} ({_short(shot)}): {more} more held-out pass without it")


def _fate(shot: ShotFate) -> str:
    words = {True: "right", False: "wrong", None: "without an answer"}
    return f"{words[shot.left_in]} among the shots, {words[shot.left_out]} left out"


def _short(shot: ShotFate) -> str:
    return shot.text if len(shot.text) <= _LONGEST else f"{shot.text[:_LONGEST]}…"
