"""The trend of a whole project: a curve, and a line per commit over all evals."""

from collections.abc import Iterator, Sequence

from promptci.history.trendpoints import Trend, TrendPoint
from promptci.render import figures
from promptci.render.terminal.columns import Cell, Column, kept, lay_out, painted
from promptci.render.terminal.history.loggedframe import framed
from promptci.render.terminal.history.sparkline import ends, sparkline
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import on_one_line

_NAMED = 3
"""Evals that a line names of each kind; of more only the count is given."""
_COLUMNS = (
    Column("commit"),
    Column("date"),
    Column("author", most=16),
    Column("score", is_right=True),
    Column("passed", is_right=True),
    Column("change", is_right=True),
    Column("lost", is_right=True),
    Column("won", is_right=True),
    Column("what changed"),
)
_DISPENSABLE = ("author", "passed", "date")
"""Columns that give way to the last one, in this order."""


def trend_report(trend: Trend, look: Look) -> str:
    """The curve and the lines as text."""
    rows = [_row(point) for point in trend.points]
    hidden = () if look.width >= 100 else ("author",)
    shown = kept(_COLUMNS, rows, look, _DISPENSABLE, hidden)
    table = lay_out([_COLUMNS[n] for n in shown], [[row[n] for n in shown] for row in rows], look)
    drawn = "".join((*_curve(trend, look), "\n", table))
    return framed(drawn, look, older=trend.older, notes=trend.notes)


def _curve(trend: Trend, look: Look) -> Iterator[str]:
    yield f"{painted(Cell('all evals', 'bold'), look)}\n"
    scores = [point.score for point in reversed(trend.points) if point.score is not None]
    if scores:
        curve = sparkline(scores, max(10, look.width - 20))
        shown = scores[-len(curve) :]
        yield f"  {painted(Cell(curve, 'cyan'), look)}  {ends(shown)}\n"


def _row(point: TrendPoint) -> list[Cell]:
    return [
        Cell(point.step.revision.short, "yellow"),
        Cell(point.step.date[:10]),
        Cell(point.step.author),
        Cell("-" if point.score is None else figures.share(point.score)),
        Cell(f"{point.passed}/{point.total}"),
        *_change(point),
        Cell(_what(point)),
    ]


def _change(point: TrendPoint) -> tuple[Cell, Cell, Cell]:
    """By how much examples moved the score that both sides have, and how many; if there are any."""
    lost, won = len(point.lost), len(point.won)
    if not (point.delta or lost or won or set(point.changed) - set(point.not_comparable)):
        return Cell("n/c" if point.not_comparable else ""), Cell(""), Cell("")
    change = figures.points(point.delta)
    return (
        Cell(change, {"+": "green", "-": "red"}.get(change[0], "")),
        Cell(str(lost), "red" if lost else ""),
        Cell(str(won), "green" if won else ""),
    )


def _what(point: TrendPoint) -> str:
    kinds = (
        ("stale: ", point.stale),
        ("", [name for name in point.changed if name not in point.not_comparable]),
        ("n/c: ", point.not_comparable),
        ("new: ", point.added),
        ("removed: ", point.removed),
        ("damaged: ", point.damaged),
    )
    said = ["history is cut short here"] if point.is_cut else []
    said += [f"{word}{_names(names)}" for word, names in kinds if names]
    if point.unmeasured:
        said.append(f"{point.unmeasured:,} not measured yet")
    return "; ".join(said)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(on_one_line(name, 40) for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED:,} more"
