"""The tables of one comparison: both sides, who met which fate, tags and metrics."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.table import Table

from promptci.compare.compared import Compared
from promptci.compare.comparison import ChangeFate
from promptci.compare.outcomes.outcome import Spent
from promptci.render import figures
from promptci.render.idlist import named
from promptci.render.sentences import shared_count
from promptci.render.terminal.breakdown import MetricRow, metric_rows, spent, splits
from promptci.render.terminal.screen import table, text
from promptci.secrets.safetext import on_one_line

if TYPE_CHECKING:
    from promptci.stats.uncertainty import Interval

MOST_TAGS = 20
_FATES: tuple[tuple[ChangeFate, str, str], ...] = (
    ("lost", "lost", "red"),
    ("won", "won", "green"),
    ("flaky", "flaky", "yellow"),
    ("error", "errors", "yellow"),
    ("changed", "changed", ""),
    ("new", "new", ""),
    ("removed", "removed", ""),
)


def sides(found: Compared, names: tuple[str, str]) -> Table:
    """The scores of both sides and what they took, side by side."""
    judgement = found.judgement
    made = table({"": "left"} | dict.fromkeys(side_titles(names), "right") | {"change": "right"})
    rows: list[tuple[str, str, str, str]] = []
    if judgement.n:
        scores = judgement.scores
        shares = figures.share(scores.base), figures.share(scores.head)
        rows.append(("score", *shares, figures.points(scores.delta)))
        if judgement.all is not None:
            own = figures.share(judgement.base_score), figures.share(judgement.head_score)
            rows.append(("without accepted", *own, figures.points(judgement.delta)))
        ends = figures.interval(judgement.base_interval), figures.interval(judgement.head_interval)
        rows.append(("95%", *ends, _ends(judgement.interval)))
    rows += _spent(*spent(found))
    for row in rows:
        made.add_row(*map(text, row))
    return made


def side_titles(names: tuple[str, str]) -> tuple[str, str]:
    """The names of the sides as titles, which must differ."""
    base, head = (on_one_line(name, 24) for name in names)
    return ("base", "head") if base == head else (base, head)


def _ends(interval: "Interval | None") -> str:
    if interval is None:
        return ""
    return f"{figures.points(interval.low)} to {figures.points(interval.high)}"


def _spent(base: Spent | None, head: Spent | None) -> Iterator[tuple[str, str, str, str]]:
    """Tokens, cost and latency; of a side whose record is used nothing is known."""
    if base is None and head is None:
        return
    calls = [side.asked + side.cached if side else None for side in (base, head)]
    if calls[0] != calls[1]:
        cells = ["-" if count is None else f"{count:,}" for count in calls]
        yield "answers", cells[0], cells[1], _relative(*calls)
    tokens = [side.input_tokens + side.output_tokens if side else None for side in (base, head)]
    yield "tokens", _tokens(base), _tokens(head), _relative(*tokens)
    costs = [None if side is None else side.cost for side in (base, head)]
    shown = [figures.money(side.cost) if side else "-" for side in (base, head)]
    yield "cost", shown[0], shown[1], _relative(*costs)
    for index, label in enumerate(("p50", "p95")):
        times = [s.latencies[index] if s and s.latencies else None for s in (base, head)]
        cells = ["-" if time is None else figures.seconds(time) for time in times]
        yield label, cells[0], cells[1], _relative(*times)


def _tokens(side: Spent | None) -> str:
    if side is None:
        return "-"
    return figures.tokens(side.input_tokens, side.output_tokens)


def _relative(base: float | Decimal | None, head: float | Decimal | None) -> str:
    return "" if base is None or head is None else figures.relative(float(base), float(head))


def fates(found: Compared) -> Table:
    """Who met which fate, how much moved, and what the test says."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for fate, label, style in _FATES:
        ids = found.confirmed.comparison.ids(fate)
        if ids:
            grid.add_row(label, text(f"{len(ids):,}", style), text(named(ids)))
    if shared_count(found):
        grid.add_row("compared", f"{shared_count(found):,}", text(_moved(found)))
    p = found.judgement.p
    if p is not None:
        adjusted = figures.p_value(found.judgement.adjusted_p)
        is_family = adjusted != figures.p_value(p.p)
        more = f", {adjusted} adjusted for all evals" if is_family else ""
        grid.add_row("p", figures.p_value(p.p), f"{p.test}{more}")
    return grid


def _moved(found: Compared) -> str:
    """The share that was lost, and how many answers are in other words."""
    lost = len(found.confirmed.comparison.ids("lost"))
    flips = f"{figures.share(lost / shared_count(found))} negative flips" if lost else ""
    churn = "" if not found.churn else f"{found.churn:,} answered in other words"
    return ", ".join(filter(None, (flips, churn)))


def tags(found: Compared, names: tuple[str, str]) -> Table | None:
    """Expected values and tags that moved; a fall that the total hides is marked."""
    rows = [row for row in splits(found) if row.delta]
    if not rows:
        return None
    columns = (*side_titles(names), "change")
    made = table({"expected or tag": "left"} | dict.fromkeys(columns, "right") | {" ": "left"})
    for row in rows[:MOST_TAGS]:
        cells = [
            f"{tally.passed}/{tally.total}  {figures.share(tally.score):>6}"
            for tally in (row.base, row.head)
            if tally is not None
        ]
        mark = text("! hidden by the total", "bold red") if row.is_hidden else text("")
        made.add_row(
            text(on_one_line(row.title, 60)),
            *map(text, cells),
            figures.points(row.delta or 0.0),
            mark,
        )
    if len(rows) > MOST_TAGS:
        made.add_row(text(f"… {len(rows) - MOST_TAGS:,} more"))
    return made


def _change(row: MetricRow) -> str:
    """In points between shares, else as a plain difference."""
    are_shares = all(0 <= (value or 0) <= 1 for value in (row.base, row.head))
    return figures.points(row.delta or 0) if are_shares else f"{row.delta:+,.4g}"


def metrics(found: Compared, names: tuple[str, str]) -> Table | None:
    """Each scorer on both sides where there are several, form apart from content."""
    rows = metric_rows(found)
    if len(rows) < 2:
        return None
    columns = (*side_titles(names), "change")
    made = table({"scorer": "left"} | dict.fromkeys(columns, "right") | {" ": "left"})
    for row in rows:
        shares = ["-" if v is None else figures.metric(v) for v in (row.base, row.head)]
        change = "" if row.delta is None else _change(row)
        made.add_row(text(row.label), *shares, change, "format" if row.is_format else "")
    return made
